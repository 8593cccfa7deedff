"""Pure: what a number means in a cell that is formatted as a date, a time or a length of time."""

from __future__ import annotations

import datetime as dt
import re

_MILLISECONDS = 86_400_000  # a day
_EPOCH_1900, _EPOCH_1904 = dt.datetime(1899, 12, 30), dt.datetime(1904, 1, 1)
_LAST_DAY = 2_958_466  # 9999-12-31, the last that Excel knows, plus one


_NO_LETTERS = re.compile(r'"[^"]*"|[\\_*].|\[(?!(?:h+|m+|s+)\])[^\]]*\]', re.IGNORECASE)
_LETTERS = re.compile("[dmyhs]", re.IGNORECASE)
_LENGTH = re.compile(r"\[(?:h+|m+|s+)\]", re.IGNORECASE)


def shows_date(code: str) -> bool:
    """Whether a number format shows a date, a time or a length of time: ECMA-376 18.8.31."""
    return _LETTERS.search(_NO_LETTERS.sub("", code.partition(";")[0])) is not None


def shows_length(code: str) -> bool:
    """Whether a number format shows a length of time: hours beyond 24, minutes beyond 60."""
    return _LENGTH.search(code.partition(";")[0]) is not None


def moment(serial: float, *, date1904: bool) -> dt.date | dt.time | float:
    """Give the day, moment or time of day that a serial number stands for.

    A number that is no date stays one.
    """
    if not 0 <= serial < _LAST_DAY - (1462 if date1904 else 0):
        return serial
    found = (_EPOCH_1904 if date1904 else _EPOCH_1900) + dt.timedelta(
        milliseconds=round(serial * _MILLISECONDS)
    )
    if serial < 1:
        return found.time()
    return found if found.time() != dt.time() else found.date()


class DateStyles:
    """Knows which cell styles show dates, by their number formats."""

    def __init__(self, formats: list[str], *, date1904: bool) -> None:
        self._lengths = {at for at, code in enumerate(formats) if shows_length(code)}
        self._dates = {at for at, code in enumerate(formats) if shows_date(code)}
        self._date1904 = date1904

    def __contains__(self, style: int) -> bool:
        """Whether a number is anything else than a number in a cell of that style."""
        return style in self._dates or style in self._lengths

    def value(self, number: float, style: int) -> dt.date | dt.time | dt.timedelta | float:
        """Give what a number means in a cell of that style."""
        if style in self._lengths and abs(number) < _LAST_DAY:
            return dt.timedelta(milliseconds=round(number * _MILLISECONDS))
        return moment(number, date1904=self._date1904) if style in self._dates else number
