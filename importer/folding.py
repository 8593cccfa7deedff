"""Pure: which invoice numbers look alike to a store that tells neither case nor accents apart."""

from __future__ import annotations

import unicodedata


def fold(text: str) -> str:
    """Give a text without what a lax store may overlook: case, accents, Unicode forms, blanks.

    `RÉ-1`, `re-1` and `Re -1` give the same. Equal results don't mean the same invoice.
    """
    plain = unicodedata.normalize("NFKD", text)
    plain = "".join(char for char in plain if not unicodedata.combining(char))
    return "".join(unicodedata.normalize("NFKC", plain.casefold()).split())
