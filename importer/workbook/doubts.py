"""Pure: cells that were taken and yet are worth a word: times of day, dates that were identifiers.

Each gives what is to be said by the cell's position.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from importer.workbook.bad import Bad
from importer.workbook.dates import in_words, moment, zone_of
from importer.workbook.fields import Column, Kind, normal
from importer.workbook.options import ReadOptions

_MIDNIGHT = dt.time()

_WITH_FIVE = "US PR DE FR IT ES FI MX TR EE LT UA MY KR PE SK DO"
_ZIP_DIGITS = {
    **dict.fromkeys(_WITH_FIVE.split(), 5),
    **dict.fromkeys(("NO", "AU", "ZA", "NZ", "PH"), 4),
    **dict.fromkeys(("CN", "RO", "CO"), 6),
    "JP": 7,
    "BR": 8,
}
"""How many digits the postal codes have of countries in which some begin with 0 (from UPU)."""

_US = {"usa": "US", "unitedstatesofamerica": "US", "puertorico": "PR"}


_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_DATES = frozenset(
    [f"{day}-{month}" for month in _MONTHS for day in range(1, 32)]
    + [f"{day:02d}-{month}" for month in _MONTHS for day in range(1, 10)]
    + [f"{month}-{year:02d}" for month in _MONTHS for year in range(100)]
)
"""What a spreadsheet makes of identifiers such as 12-3 and 3-26."""


def doubtful(column: Column, values: Sequence[Any], options: ReadOptions) -> dict[int, Bad]:
    """Give what is to be said of a column's raw cells."""
    if column.kind in (Kind.DATE, Kind.DAY):
        return _times(column, values, options)
    if column.kind is Kind.IDENTIFIER:
        if _DATES.isdisjoint(values):
            return {}
        words = {value: Bad("looks-like-a-date", value=value) for value in _DATES & set(values)}
        return _at(values, words)
    return {}


def short_zips(
    zips: Sequence[str | None], countries: Sequence[str | None], locale: str | None
) -> dict[int, Bad]:
    """Give the zip codes that have likely lost the zeros with which their country's begin."""
    padded = {
        c: _ZIP_DIGITS.get(_territories(locale).get(normal(c or ""), "")) for c in set(countries)
    }
    lengths = {digits + by for digits in padded.values() if digits for by in (-2, -1, 3, 4)}
    likely = {code for code in set(zips) if code and len(code) in lengths}
    if not likely:
        return {}
    return {
        at: Bad("zip-too-short", value=code, country=country, digits=digits, full=full)
        for at, (code, country) in enumerate(zip(zips, countries, strict=True))
        if code in likely and (digits := padded[country]) and (full := _full(code, digits))
    }


def _full(code: str, digits: int) -> str:
    """Give a zip code with the zeros that it lacks, one or two; "" when it lacks none."""
    main, dash, more = code.partition("-")
    lost = main.isdecimal() and digits - 2 <= len(main) < digits and len(more) in (0, 4)
    return main.zfill(digits) + dash + more if lost else ""


def _times(column: Column, values: Sequence[Any], options: ReadOptions) -> dict[int, Bad]:
    """Say of each time of day where it went, and of a midnight that is one elsewhere."""
    words = {}
    for value in set(values):
        when = _moment_of(value, options)
        if when is None:
            continue
        if when.tzinfo and column.timed:
            if said := _elsewhere(value, when, options):
                words[value] = said
        elif when.time() != _MIDNIGHT and not (column.timed and options.time_zone):
            code = "date-time-as-utc" if column.timed else "date-time-left-out"
            words[value] = Bad(code, value=when.time().isoformat("auto"))
    return _at(values, words)


def _elsewhere(value: str, when: dt.datetime, options: ReadOptions) -> Bad | None:
    """Say of a midnight somewhere, by which a day is often meant, that here it is another day."""
    here = when.astimezone(zone_of(options.zone))
    if when.time() != _MIDNIGHT or here.date() == when.date():
        return None
    return Bad("date-other-day", value=value, there=f"{in_words(here)}, {here:%H:%M},")


def _moment_of(value: Any, options: ReadOptions) -> dt.datetime | None:
    """Give the moment of a cell that has a time of day; None for others."""
    if isinstance(value, dt.datetime):
        return value.replace(microsecond=0)
    if not isinstance(value, str) or ":" not in value:
        return None
    try:
        return moment(value, options.date_formats, options.locale)
    except Bad:
        return None


def _at(values: Sequence[Any], words: Mapping[Any, Bad]) -> dict[int, Bad]:
    if not words:
        return {}
    return {at: words[value] for at, value in enumerate(values) if value in words}


@lru_cache(maxsize=16)
def _territories(locale: str | None) -> Mapping[str, str]:
    """Give the ISO codes of countries by their names and codes, as names are compared."""
    from babel.core import Locale

    found = {normal(code): code for code in _ZIP_DIGITS}
    for language in ("en", locale or "en"):
        names = Locale.parse(language).territories
        found |= {normal(name): code for code, name in names.items() if code in _ZIP_DIGITS}
    return found | _US
