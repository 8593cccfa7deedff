"""Pure: which invoice numbers look alike to a store that tells neither case nor accents apart."""

from __future__ import annotations

import unicodedata


def fold(text: str) -> str:
    """Give a text without what a lax store, or a reader, may overlook.

    That is case, accents, Unicode forms, kinds of dashes, blanks and what can't be seen: `RÉ-1`,
    `re-1` and `Re‑ 1` give the same. Equal results don't mean the same invoice.
    """
    if text.isascii():
        return "".join(text.lower().split())
    plain = "".join(map(_folded, unicodedata.normalize("NFKD", text)))
    return "".join(unicodedata.normalize("NFKC", plain.casefold()).split())


def _folded(char: str) -> str:
    category = unicodedata.category(char)
    if category == "Pd":
        return "-"
    return "" if category in ("Mn", "Cf") else char
