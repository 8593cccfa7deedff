"""Pure: cells → days and moments, and those → Unix seconds in the store's time zone."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from importer.errors import SettingsError
from importer.workbook.bad import SPACES, Bad, refuse_unseen, shown
from importer.workbook.months import as_numbers, bare, months, weekdays

_CLOCK = re.compile(
    r"(?P<day>.*?\S)(?:T|,? )(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.\d+)?)?"
    r"(?: ?(?P<half>[AaPp])\.?[Mm]\.?)?"
)
_AT_MIDNIGHT = re.compile(r"(.*)T00:00(?::00(?:\.0+)?)?(?:Z|[+-]\d\d:?\d\d)")
_ISO_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_YEAR_FIRST = re.compile(r"(\d{4})[./](\d{1,2})[./](\d{1,2})")
_TWO_WAY = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4}|\d{2})")
_NAMED = re.compile(r"[^\W\d_]+|\d+")
_SMALL_WORDS = frozenset({"st", "nd", "rd", "th", "er", "of", "the", "de", "del", "d", "le", "den"})
_FIRST_DAY, _LAST_DAY = dt.date(1990, 1, 1), dt.date(2100, 1, 1)
_EPOCH = dt.date(1899, 12, 30)
_LAST_SERIAL = 2_958_465  # 31 December 9999


def moment(value: Any, formats: Sequence[str] = (), locale: str | None = None) -> dt.datetime:
    """Give the day and time of a date cell, of ISO text, or of text in one of the declared formats.

    Without a time it is midnight. A text that names the month, in English or in the language of
    `locale`, needs no format. A plain whole number counts as text when a format is declared that
    fits it (20260301). Raises Bad.
    """
    if isinstance(value, dt.datetime):
        found = value.replace(tzinfo=None)
    elif isinstance(value, dt.date):
        found = dt.datetime(value.year, value.month, value.day)
    elif isinstance(value, str):
        found = _of_text(SPACES.sub(" ", value).strip(), formats, locale)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        found = _of_number(value, formats, locale)
    else:
        raise Bad("date-not-a-date", value=shown(value))
    if not _FIRST_DAY <= found.date() < _LAST_DAY:
        raise Bad("date-out-of-range", value=found.date().isoformat())
    return found


def day(value: Any, formats: Sequence[str] = (), locale: str | None = None) -> dt.date:
    """Give the day of a cell as `moment` does; a time of day is left out. Raises Bad."""
    return moment(value, formats, locale).date()


def seconds(when: dt.date, zone: ZoneInfo) -> int:
    """Give the Unix seconds of a moment, or of a day's beginning, in a time zone, through DST.

    A day without a midnight begins when its first hour does; of two midnights the first counts.
    """
    if not isinstance(when, dt.datetime):
        when = dt.datetime(when.year, when.month, when.day)
    return int(when.replace(tzinfo=zone).timestamp())


def zone_of(name: str) -> ZoneInfo:
    """Give a time zone by its IANA name. Raises SettingsError for one that there isn't."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise SettingsError(
            f"There is no time zone {name}.", "Give the store one such as America/New_York."
        ) from error


def _of_text(value: str, formats: Sequence[str], locale: str | None) -> dt.datetime:
    refuse_unseen(value)
    if declared := _by_formats(value, formats, locale):
        return declared
    if midnight := _AT_MIDNIGHT.fullmatch(value):
        return _day_at(midnight[1], dt.time(), value, formats, locale)
    if clock := _CLOCK.fullmatch(value):
        return _day_at(clock["day"], _time(clock, value), value, formats, locale)
    return _day_at(value, dt.time(), value, formats, locale)


def _time(clock: re.Match[str], value: str) -> dt.time:
    hour, half = int(clock["hour"]), (clock["half"] or "").casefold()
    if half and not 1 <= hour <= 12:
        raise Bad("date-not-a-date", value=value[:60])
    hour = hour % 12 + 12 * (half == "p") if half else hour
    try:
        return dt.time(hour, int(clock["minute"]), int(clock["second"] or 0))
    except ValueError as error:
        raise Bad("date-not-a-date", value=value[:60]) from error


def _day_at(
    text: str, time: dt.time, value: str, formats: Sequence[str], locale: str | None
) -> dt.datetime:
    """Read a text as a day, and give it at a time; `value` is what the cell holds."""
    declared = _by_formats(text, formats, locale) if text != value else None
    found = declared.date() if declared else _undeclared(text, value, locale)
    return dt.datetime.combine(found, time)


def _undeclared(text: str, value: str, locale: str | None) -> dt.date:
    """Read a day that can be read in one way; raises Bad for others."""
    iso = _ISO_DAY.fullmatch(text)
    try:
        if iso:
            return dt.date(int(iso[1]), int(iso[2]), int(iso[3]))
        if named := _by_name(text, value, locale):
            return named
    except ValueError as error:
        raise Bad("date-not-a-date", value=value[:60]) from error
    if both := _TWO_WAY.fullmatch(text):
        year = int(both[3]) + (2000 if len(both[3]) == 2 else 0)
        _refuse(value, year, (int(both[1]), int(both[2])), (int(both[2]), int(both[1])))
    if first := _YEAR_FIRST.fullmatch(text):
        _refuse(value, int(first[1]), (int(first[2]), int(first[3])))
    raise Bad("date-not-a-date", value=value[:60])


def _by_name(text: str, value: str, locale: str | None) -> dt.date | None:
    """Read a day whose month is named: `1 March 2026`, `Mar 1, 2026`, `2026-Mar-01`.

    Raises Bad where the year has two digits only, and ValueError for a day that there isn't.
    """
    names, passed = months(locale), _SMALL_WORDS | weekdays(locale)
    words = [bare(word) for word in _NAMED.findall(text)]
    words = [word for word in words if word in names or word not in passed]
    month = next((at for at, word in enumerate(words) if word in names), None)
    numbers = [word for word in words if word.isdecimal() and word.isascii()]
    if month is None or len(words) != 3 or len(numbers) != 2:
        return None
    lengths = [len(number) for number in numbers]
    if sorted(lengths) in ([1, 4], [2, 4]) and (month < 2 or lengths[0] < 4):
        date, year = sorted(numbers, key=len)
        return dt.date(int(year), names[words[month]], int(date))
    if max(lengths) == 2 and lengths[1] == 2 and month < 2:
        found = dt.date(2000 + int(numbers[1]), names[words[month]], int(numbers[0]))
        raise Bad("date-undeclared", value=value[:60], first=_words(found))
    return None


def _of_number(value: float, formats: Sequence[str], locale: str | None) -> dt.datetime:
    """Read a number without a date format: 20260301 if that was declared, else a fault."""
    whole = 0 <= value < 1e9 and value % 1 == 0
    if declared := _by_formats(str(int(value)), formats, locale) if whole else None:
        return declared
    if 1 <= value <= _LAST_SERIAL:
        found = _EPOCH + dt.timedelta(days=int(value))
        if _FIRST_DAY <= found < _LAST_DAY:
            raise Bad("date-number", value=shown(value), first=_words(found))
    raise Bad("date-not-a-date", value=shown(value)[:40])


def _by_formats(value: str, formats: Sequence[str], locale: str | None) -> dt.datetime | None:
    """Give the moment that the declared formats make of a text; two of them may not disagree."""
    found = []
    for form in formats:
        text = as_numbers(value, locale) if _names_something(form) else value
        try:
            found.append(dt.datetime.strptime(text, _numeric(form)).replace(tzinfo=None))
        except ValueError:
            continue
    other = next((when for when in found if when.date() != found[0].date()), None)
    if other:
        raise Bad("date-ambiguous", value=value, first=_words(found[0]), second=_words(other))
    return found[0] if found else None


def _names_something(form: str) -> bool:
    return any(sign in form for sign in ("%b", "%B", "%a", "%A"))


def _numeric(form: str) -> str:
    """Give a format whose months are numbers, without weekdays: the names are put so before."""
    if not _names_something(form):
        return form
    form = re.sub(r"%[aA]\.?", "", re.sub(r"%[bB]\.?", "%m", form))
    return form.strip(" ,")


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
