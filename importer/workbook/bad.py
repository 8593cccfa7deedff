"""What the conversions of cells have in common: a value that can't be taken, and its words."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import Any

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
