"""What the conversions of cells have in common: a value that can't be taken, and its words."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from decimal import Decimal
from typing import Any

UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
"""Characters that nobody sees, although a store tells texts with and without them apart."""

SPACES = re.compile(r"[\s\u00a0\u2007\u202f]+")

KINDS: dict[type, str] = {
    bool: "TRUE or FALSE",
    dt.datetime: "a date",
    dt.date: "a date",
    dt.time: "a time of day",
    dt.timedelta: "a length of time",
}
"""What a cell's value is, for those that are neither text nor number."""


class Bad(Exception):
    """A value that can't be taken: the code of its fault and the words that fill it."""

    def __init__(self, code: str, **words: Any) -> None:
        super().__init__(code)
        self.code = code
        self.words = words


def refuse_unseen(text: str, among: re.Pattern[str] = UNSEEN) -> None:
    """Raise Bad, which names it, for a character that can't be seen."""
    if found := among.search(text):
        name = unicodedata.name(found[0], "a control character").lower()
        raise Bad("cell-control-character", value=f"{name}, U+{ord(found[0]):04X}")


def shown(value: Any) -> str:
    """Give a cell's value as a clerk would read it."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, dt.datetime):
        return value.isoformat(" ", "seconds")
    if isinstance(value, float | int):
        return plain(Decimal(f"{value:.15g}"))
    return str(value)


def plain(exact: Decimal) -> str:
    """Give a decimal without exponent and without trailing zeros: `1E+3` → `1000`."""
    if not exact.is_finite():
        return str(exact)
    if not exact:
        return "0"
    text = f"{exact:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
