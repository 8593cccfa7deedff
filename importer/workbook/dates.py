"""Pure: cells → days and moments, and those → Unix seconds in the store's time zone."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any
from zoneinfo import ZoneInfo

from importer.errors import SettingsError
from importer.workbook.bad import SPACES, Bad, refuse_unseen, shown
from importer.workbook.months import as_numbers, bare, locale_of_month, months, weekdays
from importer.workbook.options import excel_format

_CLOCK = re.compile(
    r"(?P<day>.*?\S)(?:T|,? )(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.\d+)?)?"
    r"(?: ?(?P<half>[AaPp])\.?[Mm]\.?)?"
    r"(?: ?(?P<offset>Z|UTC|GMT|(?P<sign>[+-])(?P<hours>\d\d)(?::?(?P<minutes>\d\d))?))?"
)
_ISO_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_YEAR_FIRST = re.compile(r"(\d{4})([./])(\d{1,2})([./])(\d{1,2})")
_TWO_WAY = re.compile(r"(\d{1,2})([./-])(\d{1,2})([./-])(\d{4}|\d{2})")
_COMPACT = re.compile("[0-9]{8}")
_NAMED = re.compile(r"[^\W\d_]+|\d+")
_SMALL_WORDS = frozenset({"st", "nd", "rd", "th", "er", "of", "the", "de", "del", "d", "le", "den"})
_FIRST_DAY, _LAST_DAY = dt.date(1990, 1, 1), dt.date(2100, 1, 1)
_EPOCH = dt.date(1899, 12, 30)
_LAST_SERIAL = 2_958_465  # 31 December 9999


def moment(value: Any, formats: Sequence[str] = (), locale: str | None = None) -> dt.datetime:
    """Give the day and time of a date cell, of ISO text, or of text in one of the declared formats.

    Without a time it is midnight; it has a time zone only where the text names its offset (ISO
    8601). A text that names the month, in English or in the language of `locale`, needs no format.
    A plain whole number counts as text when a format is declared that fits it (20260301). Raises
    Bad.
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


def day(
    value: Any,
    formats: Sequence[str] = (),
    locale: str | None = None,
    zone: dt.tzinfo = dt.UTC,
) -> dt.date:
    """Give the day of a cell as `moment` does; a time of day is left out.

    A midnight somewhere is the day as written. Raises Bad, also for another moment somewhere that
    is in another day in `zone`.
    """
    found = moment(value, formats, locale)
    there = found.astimezone(zone).date() if found.tzinfo and found.time() != dt.time() else None
    if there and there != found.date():
        words = {"first": in_words(found.date()), "second": in_words(there)}
        raise Bad("date-of-two-days", value=value, **words)
    return found.date()


def seconds(when: dt.date, zone: ZoneInfo) -> int:
    """Give the Unix seconds of a moment, or of a day's beginning, in a time zone, through DST.

    A moment with a time zone of its own is the same in any. A day without a midnight begins when
    its first hour does; of two midnights the first counts.
    """
    if not isinstance(when, dt.datetime):
        when = dt.datetime(when.year, when.month, when.day)
    return int((when if when.tzinfo else when.replace(tzinfo=zone)).timestamp())


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
    if clock := _CLOCK.fullmatch(value):
        return _day_at(clock["day"], _time(clock, value), value, formats, locale)
    return _day_at(value, dt.time(), value, formats, locale)


def _time(clock: re.Match[str], value: str) -> dt.time:
    hour, half = int(clock["hour"]), (clock["half"] or "").casefold()
    if half and not 1 <= hour <= 12:
        raise Bad("date-not-a-date", value=value[:60])
    hour = hour % 12 + 12 * (half == "p") if half else hour
    try:
        return dt.time(hour, int(clock["minute"]), int(clock["second"] or 0), 0, _offset(clock))
    except ValueError as error:
        raise Bad("date-not-a-date", value=value[:60]) from error


def _offset(clock: re.Match[str]) -> dt.timezone | None:
    """Give the offset that a text names, None for none. Raises ValueError for one that isn't."""
    if not clock["offset"]:
        return None
    ahead = dt.timedelta(hours=int(clock["hours"] or 0), minutes=int(clock["minutes"] or 0))
    return dt.timezone(-ahead if clock["sign"] == "-" else ahead)


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
    _refuse(value, _readings(text))
    if locale := locale_of_month(text):
        raise Bad("date-month-foreign", value=value[:60], locale=locale)
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
        form = _form_of(text, names)
        raise Bad("date-undeclared", value=value[:60], first=in_words(found), form=form)
    return None


def _form_of(text: str, months: Mapping[str, int]) -> str:
    """Give the form, in Excel's words, of a day with a named month and two digits of the year."""
    numbers = iter(("D", "YY"))

    def word(found: re.Match[str]) -> str:
        if found[0].isdecimal():
            return next(numbers)
        return "MMM" if bare(found[0]) in months else "DDDD"

    form = _NAMED.sub(word, text)
    return f'"{form}"' if " " in form else form


def _of_number(value: float, formats: Sequence[str], locale: str | None) -> dt.datetime:
    """Read a number without a date format: 20260301 if that was declared, else a fault."""
    whole = 0 <= value < 1e9 and value % 1 == 0
    text = str(int(value)) if whole else ""
    if declared := _by_formats(text, formats, locale):
        return declared
    _refuse(text, _readings(text))
    if 1 <= value <= _LAST_SERIAL:
        found = _EPOCH + dt.timedelta(days=int(value))
        if _FIRST_DAY <= found < _LAST_DAY:
            raise Bad("date-number", value=shown(value), first=in_words(found))
    raise Bad("date-not-a-date", value=shown(value)[:40])


def _by_formats(value: str, formats: Sequence[str], locale: str | None) -> dt.datetime | None:
    """Give the moment that the declared formats make of a text; two of them may not disagree."""
    found = []
    for form in formats:
        text = as_numbers(value, locale) if _names_something(form) else value
        try:
            found.append(dt.datetime.strptime(text, _numeric(form)))
        except ValueError:
            continue
    other = next((when for when in found if when.date() != found[0].date()), None)
    if other:
        words = {"first": in_words(found[0]), "second": in_words(other)}
        forms = " or ".join(map(excel_format, formats))
        raise Bad("date-ambiguous", value=value, form=f"{forms}, not both", **words)
    return found[0] if found else None


def _names_something(form: str) -> bool:
    return any(sign in form for sign in ("%b", "%B", "%a", "%A"))


def _numeric(form: str) -> str:
    """Give a format whose months are numbers, without weekdays: the names are put so before."""
    if not _names_something(form):
        return form
    form = re.sub(r"%[aA]\.?", "", re.sub(r"%[bB]\.?", "%m", form))
    return form.strip(" ,")


def _readings(text: str) -> list[tuple[str, dt.date]]:
    """Give what a text in digits can mean, each with the form, in Excel's words, that it has then.

    A day that there isn't is no reading.
    """
    if parts := _TWO_WAY.fullmatch(text):
        one, mark, other, second, year = parts.groups()
        years, full = ("YY", f"20{year}") if len(year) == 2 else ("YYYY", year)
        tried = [
            (f"MM{mark}DD{second}{years}", full, one, other),
            (f"DD{mark}MM{second}{years}", full, other, one),
        ]
    elif parts := _YEAR_FIRST.fullmatch(text):
        year, mark, month, second, date = parts.groups()
        tried = [(f"YYYY{mark}MM{second}DD", year, month, date)]
    elif _COMPACT.fullmatch(text):
        tried = [
            ("YYYYMMDD", text[:4], text[4:6], text[6:]),
            ("MMDDYYYY", text[4:], text[:2], text[2:4]),
            ("DDMMYYYY", text[4:], text[2:4], text[:2]),
        ]
        tried = [one for one in tried if _FIRST_DAY.year <= int(one[1]) < _LAST_DAY.year]
    else:
        return []
    found = []
    for form, year, month, date in tried:
        with suppress(ValueError):
            found.append((form, dt.date(int(year), int(month), int(date))))
    return found


def _refuse(value: str, readings: Sequence[tuple[str, dt.date]]) -> None:
    """Raise Bad with every reading of a text such as 03/04/2026, and how it could be declared."""
    days = list(dict.fromkeys(in_words(day) for _, day in readings))
    form = " or ".join(form for form, _ in readings)
    if len(days) == 2:
        raise Bad("date-ambiguous", value=value, first=days[0], second=days[1], form=form)
    if days:
        raise Bad("date-undeclared", value=value, first=days[0], form=form)


def in_words(date: dt.date) -> str:
    """Give a day so that nobody takes it for another: `3 April 2026`."""
    return f"{date:%d %B %Y}".lstrip("0")
