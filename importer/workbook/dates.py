"""Pure: cells → days, and days → Unix seconds in the store's time zone."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from importer.errors import SettingsError
from importer.workbook.bad import SPACES, Bad, shown

_TIME = r"(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?"
_ISO_DAY = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})(?:" + _TIME + r"|T00:00(?::00(?:\.0+)?)?(?:Z|[+-]\d\d:?\d\d))"
)
_YEAR_FIRST = re.compile(r"(\d{4})[./](\d{1,2})[./](\d{1,2})" + _TIME)
_TWO_WAY = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4}|\d{2})" + _TIME)
_FIRST_DAY, _LAST_DAY = dt.date(1990, 1, 1), dt.date(2100, 1, 1)
_EPOCH = dt.date(1899, 12, 30)
_LAST_SERIAL = 2_958_465  # 31 December 9999


def day(value: Any, formats: Sequence[str] = ()) -> dt.date:
    """Give the day of a date cell, of ISO text, or of text in one of the declared formats.

    A plain whole number counts as text when a format is declared that fits it (20260301).
    """
    if isinstance(value, dt.datetime):
        found = value.date()
    elif isinstance(value, dt.date):
        found = value
    elif isinstance(value, str):
        found = _day_of_text(SPACES.sub(" ", value).strip(), formats)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        found = _day_of_number(value, formats)
    else:
        raise Bad("date-not-a-date", value=shown(value))
    if not _FIRST_DAY <= found < _LAST_DAY:
        raise Bad("date-out-of-range", value=found.isoformat())
    return found


def seconds(date: dt.date, zone: ZoneInfo) -> int:
    """Give the Unix seconds at which a day begins in a time zone, through DST.

    A day without a midnight begins when its first hour does; of two midnights the first counts.
    """
    return int(dt.datetime(date.year, date.month, date.day, tzinfo=zone).timestamp())


def zone_of(name: str) -> ZoneInfo:
    """Give a time zone by its IANA name. Raises SettingsError for one that there isn't."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise SettingsError(
            f"There is no time zone {name}.", "Give the store one such as America/New_York."
        ) from error


def _day_of_text(value: str, formats: Sequence[str]) -> dt.date:
    declared = _by_formats(value, formats)
    if declared:
        return declared
    iso = _ISO_DAY.fullmatch(value)
    try:
        if iso:
            return dt.date(int(iso[1]), int(iso[2]), int(iso[3]))
    except ValueError as error:
        raise Bad("date-not-a-date", value=value) from error
    if both := _TWO_WAY.fullmatch(value):
        year = int(both[3]) + (2000 if len(both[3]) == 2 else 0)
        _refuse(value, year, (int(both[1]), int(both[2])), (int(both[2]), int(both[1])))
    if first := _YEAR_FIRST.fullmatch(value):
        _refuse(value, int(first[1]), (int(first[2]), int(first[3])))
    raise Bad("date-not-a-date", value=value[:60])


def _day_of_number(value: float, formats: Sequence[str]) -> dt.date:
    """Read a number without a date format: 20260301 if that was declared, else a fault."""
    declared = (
        _by_formats(str(int(value)), formats) if 0 <= value < 1e9 and value % 1 == 0 else None
    )
    if declared:
        return declared
    if 1 <= value <= _LAST_SERIAL:
        found = _EPOCH + dt.timedelta(days=int(value))
        if _FIRST_DAY <= found < _LAST_DAY:
            raise Bad("date-number", value=shown(value), first=_words(found))
    raise Bad("date-not-a-date", value=shown(value)[:40])


def _by_formats(value: str, formats: Sequence[str]) -> dt.date | None:
    """Give the day that the declared formats make of a text; two of them may not disagree."""
    found = []
    for form in formats:
        try:
            found.append(dt.datetime.strptime(value, form).date())
        except ValueError:
            continue
    other = next((date for date in found if date != found[0]), None)
    if other:
        raise Bad("date-ambiguous", value=value, first=_words(found[0]), second=_words(other))
    return found[0] if found else None


def _refuse(value: str, year: int, *readings: tuple[int, int]) -> None:
    """Raise Bad with every (month, day) reading of a text such as 03/04/2026."""
    found = []
    for month, date in readings:
        try:
            found.append(_words(dt.date(year, month, date)))
        except ValueError:
            continue
    if len(set(found)) == 2:
        raise Bad("date-ambiguous", value=value, first=found[0], second=found[1])
    if found:
        raise Bad("date-undeclared", value=value, first=found[0])


def _words(date: dt.date) -> str:
    return f"{date:%d %B %Y}".lstrip("0")
