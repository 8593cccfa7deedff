"""Pure: one column of cells → typed values and faults. One conversion for each kind of column.

A conversion takes a cell's raw value (str, float, int, bool, date, datetime, time, timedelta) and
gives the typed value, or raises `Bad`. Amounts and quantities become exact decimal text, dates
Unix seconds, identifiers text, choices the API's own value.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from importer.codes import Place, fault
from importer.model import Fault
from importer.workbook.layout import Column, Kind, normal
from importer.workbook.options import ReadOptions
from importer.workbook.scan import Odd, Oddity

Convert = Callable[[Any], Any]

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060\ufeff]")
_SPACES = re.compile(r"[\s\u00a0\u2007\u202f]+")
_PLAIN = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?")
_ISO_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]00:00(?::00(?:\.0+)?)?)?")
_TWO_WAY = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4}|\d{2})")
_FIRST_DAY, _LAST_DAY = dt.date(1990, 1, 1), dt.date(2100, 1, 1)
_WORDS: dict[type, str] = {
    bool: "TRUE or FALSE",
    dt.datetime: "a date",
    dt.date: "a date",
    dt.time: "a time of day",
    dt.timedelta: "a length of time",
}


class Bad(Exception):
    """A value that can't be taken: the code of its fault and the words that fill it."""

    def __init__(self, code: str, **words: Any) -> None:
        super().__init__(code)
        self.code = code
        self.words = words


def convert(
    values: Sequence[Any],
    column: Column,
    options: ReadOptions,
    currencies: Sequence[str | None] | None = None,
) -> tuple[list[Any], dict[int, Bad]]:
    """Convert one column.

    `values` are raw cells (None: empty); `currencies` gives each row's currency code for an amount
    column (None: not known). Gives the typed values in the same order (None: empty or bad) and
    what is bad by its position.
    """
    if column.kind in (Kind.IDENTIFIER, Kind.TEXT) and all(map(_is_clean, values)):
        return list(values), {}
    if currencies is None or column.kind is not Kind.AMOUNT:
        return _convert(values, converter(column, options))
    used = set(currencies)
    if len(used) == 1:
        return _convert(values, converter(column, options, used.pop()))
    typed: list[Any] = [None] * len(values)
    bad: dict[int, Bad] = {}
    places: dict[str | None, list[int]] = {}
    for i, code in enumerate(currencies):
        places.setdefault(code, []).append(i)
    for code, chosen in places.items():
        some, wrong = _convert([values[i] for i in chosen], converter(column, options, code))
        for i, value in zip(chosen, some, strict=True):
            typed[i] = value
        bad.update((chosen[i], why) for i, why in wrong.items())
    return typed, bad


def converter(column: Column, options: ReadOptions, code: str | None = None) -> Convert:
    """Give the function that converts one cell of a column; it raises Bad."""
    match column.kind:
        case Kind.IDENTIFIER:
            return identifier
        case Kind.TEXT:
            return text
        case Kind.AMOUNT:
            return lambda value: amount(value, code, options.locale)
        case Kind.QUANTITY:
            return lambda value: plain(number(value, options.locale))
        case Kind.INTEGER:
            return whole
        case Kind.CURRENCY:
            return currency
        case Kind.CHOICE:
            labels = {normal(label): value for label, value in column.choices.items()}
            return lambda value: choice(value, labels, tuple(column.choices))
        case Kind.URL:
            return url
        case Kind.DATE:
            zone = ZoneInfo(options.time_zone)
            return lambda value: seconds(day(value, options.date_formats), zone)
        case Kind.DAY:
            return lambda value: day(value, options.date_formats).isoformat()


def odd(oddity: Oddity, column: Column, value: Any, typed: Any) -> Any:
    """Give what a cell means that the fast reader misreads; raises Bad when it can't be taken."""
    match oddity.kind:
        case Odd.ERROR:
            raise Bad("cell-error", value=oddity.detail)
        case Odd.UNCACHED:
            raise Bad("cell-formula-without-value", value=oddity.detail)
        case Odd.MERGED:
            raise Bad("cell-merged", value=oddity.detail)
        case Odd.PERCENT if column.kind in (Kind.AMOUNT, Kind.QUANTITY, Kind.INTEGER):
            if isinstance(value, float):
                raise Bad("amount-percent", value=f"{plain(number(value * 100))} %")
        case Odd.PADDED if column.kind is Kind.IDENTIFIER and isinstance(value, float):
            return typed.zfill(int(oddity.detail)) if typed else typed
    return typed


def faults_of(bad: Mapping[int, Bad], place: Callable[[int], Place]) -> list[Fault]:
    """Make the faults of what is bad; `place` gives where a position is."""
    return [fault(why.code, place(i), **why.words) for i, why in sorted(bad.items())]


def identifier(value: Any) -> str | None:
    """Give an identifier as text: `00012` stays, 12.0 is `12`; stray spaces go."""
    if isinstance(value, str):
        if value.isprintable():
            return value.strip() or None
        unseen = _UNSEEN.search(value.strip())
        if unseen:
            raise Bad("cell-control-character", value=f"U+{ord(unseen[0]):04X}")
        return text(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Bad("identifier-not-text", value=_shown(value), what=_WORDS[type(value)])
    if abs(value) >= 1e15:
        raise Bad("identifier-rounded", value=f"{value:.0f}")
    if value != int(value):
        raise Bad("identifier-not-text", value=plain(number(value)), what="a number with decimals")
    return str(int(value))


def text(value: Any) -> str | None:
    """Give a text without spaces around it (no-break ones too); a number as Excel shows it."""
    if isinstance(value, str):
        if value.isprintable():
            return value.strip() or None
        found = _CONTROL.search(value)
        if found:
            raise Bad("cell-control-character", value=f"U+{ord(found[0]):04X}")
        return value.strip() or None
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return plain(number(value))
    return _shown(value)


def number(value: Any, locale: str | None = None) -> Decimal:
    """Give an exact decimal; Excel's noise behind the 15th digit (0.1 + 0.2) is left out."""
    if isinstance(value, bool | dt.date | dt.time | dt.timedelta):
        raise Bad("amount-wrong-kind", value=_shown(value), what=_WORDS[type(value)])
    if isinstance(value, int | float):
        return Decimal(f"{value:.15g}")
    if locale:
        return _localised(value, locale)
    return _unlocalised(value)


def amount(value: Any, code: str | None, locale: str | None = None) -> str:
    """Give an amount as text with exactly the decimals of its currency `code` (None: as it is)."""
    decimals = decimals_of(code) if code else None
    if type(value) is float and decimals is not None:
        shown = f"{value:.{decimals}f}"
        if float(shown) == value and len(shown) <= 15:
            return shown if value else shown.lstrip("-")
    exact = number(value, locale)
    if len(exact.as_tuple().digits) > 15 or abs(exact) >= Decimal(10) ** 15:
        raise Bad("amount-too-large", value=plain(exact))
    if decimals is None:
        return plain(exact)
    if exact != round(exact, decimals):
        raise Bad("amount-too-precise", value=plain(exact), decimals=decimals, currency=code)
    return f"{exact if exact else abs(exact):.{decimals}f}"


def plain(exact: Decimal) -> str:
    """Give a decimal without exponent and without trailing zeros: `1E+3` → `1000`."""
    shown = f"{exact:f}"
    return (shown.rstrip("0").rstrip(".") if "." in shown else shown) or "0"


def whole(value: Any) -> int | None:
    """Give a whole number."""
    if isinstance(value, str):
        value = value.strip()
        if not re.fullmatch(r"[+-]?\d{1,15}", value):
            raise Bad("number-not-whole", value=value)
        return int(value)
    exact = number(value)
    if exact != int(exact) or abs(exact) >= Decimal(10) ** 15:
        raise Bad("number-not-whole", value=plain(exact))
    return int(exact)


def currency(value: Any) -> str | None:
    """Give an ISO 4217 code that is in use, in capitals."""
    code = text(value)
    if code is None:
        return None
    if decimals_of(code.upper()) is None:
        raise Bad("currency-unknown", value=code)
    return code.upper()


@lru_cache(maxsize=512)
def decimals_of(code: str) -> int | None:
    """Give how many decimals a currency has (JPY 0, USD 2, KWD 3); None if there is none such."""
    from babel.core import get_global
    from babel.numbers import get_currency_precision

    if code not in get_global("all_currencies"):
        return None
    return get_currency_precision(code)


def choice(value: Any, labels: Mapping[str, Any], shown: Sequence[str]) -> Any:
    """Give the API's value of a label, in any case and spacing."""
    label = text(value)
    if label is None:
        return None
    if normal(label) not in labels:
        raise Bad("choice-unknown", value=label, choices=", ".join(shown))
    return labels[normal(label)]


def url(value: Any) -> str | None:
    """Give a web address that begins with http:// or https:// and has a host."""
    address = text(value)
    if address is None:
        return None
    if not re.fullmatch(r"https?://[^\s/?#]+\S*", address, re.IGNORECASE):
        raise Bad("url-not-http", value=address[:80])
    return address


def day(value: Any, formats: Sequence[str] = ()) -> dt.date:
    """Give the day of a date cell, of ISO text, or of text in one of the declared formats."""
    if isinstance(value, dt.datetime):
        found = value.date()
    elif isinstance(value, dt.date):
        found = value
    elif isinstance(value, str):
        found = _day_of_text(_SPACES.sub(" ", value).strip(), formats)
    else:
        raise Bad("date-not-a-date", value=_shown(value))
    if not _FIRST_DAY <= found < _LAST_DAY:
        raise Bad("date-out-of-range", value=found.isoformat())
    return found


def seconds(date: dt.date, zone: ZoneInfo) -> int:
    """Give the Unix seconds at which a day begins in a time zone, through DST."""
    return int(dt.datetime(date.year, date.month, date.day, tzinfo=zone).timestamp())


def _is_clean(value: Any) -> bool:
    """Whether a value is its own text: nothing to strip, nothing unseen. Most columns are."""
    return value is None or (type(value) is str and value.isprintable() and value == value.strip())


def _convert(values: Sequence[Any], one: Convert) -> tuple[list[Any], dict[int, Bad]]:
    """Convert each distinct value once; TRUE is kept apart from 1, which it equals in Python."""
    if bool in set(map(type, values)):
        typed = [None if value is None else _attempt(one, value) for value in values]
        any_bad = any(isinstance(result, Bad) for result in typed)
    else:
        results = {value: _attempt(one, value) for value in set(values)}
        typed = list(map(results.__getitem__, values))
        any_bad = any(isinstance(result, Bad) for result in results.values())
    if not any_bad:
        return typed, {}
    bad = {i: result for i, result in enumerate(typed) if isinstance(result, Bad)}
    return [None if isinstance(result, Bad) else result for result in typed], bad


def _attempt(one: Convert, value: Any) -> Any:
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    try:
        return one(value)
    except Bad as bad:
        return bad


def _day_of_text(value: str, formats: Sequence[str]) -> dt.date:
    for form in formats:
        try:
            return dt.datetime.strptime(value, form).date()
        except ValueError:
            continue
    iso = _ISO_DAY.fullmatch(value)
    try:
        if iso:
            return dt.date(int(iso[1]), int(iso[2]), int(iso[3]))
    except ValueError as error:
        raise Bad("date-not-a-date", value=value) from error
    both = _TWO_WAY.fullmatch(value)
    if both:
        _refuse_two_way(value, int(both[1]), int(both[2]), int(both[3]))
    raise Bad("date-not-a-date", value=value[:60])


def _refuse_two_way(value: str, one: int, two: int, year: int) -> None:
    """Raise Bad with every reading of a text such as 03/04/2026: the clerk must say which."""
    year += 2000 if year < 100 else 0
    readings = []
    for month, date in ((one, two), (two, one)):
        try:
            readings.append(f"{dt.date(year, month, date):%d %B %Y}".lstrip("0"))
        except ValueError:
            continue
    if len(set(readings)) == 2:
        raise Bad("date-ambiguous", value=value, first=readings[0], second=readings[1])
    if readings:
        raise Bad("date-undeclared", value=value, first=readings[0])


def _unlocalised(value: str) -> Decimal:
    shown = _SPACES.sub("", value)
    negative = shown.startswith("(") and shown.endswith(")")
    bare = shown[1:-1] if negative else shown
    if bare.endswith("-"):
        negative, bare = True, bare[:-1]
    if not _PLAIN.fullmatch(bare) or (negative and bare[:1] in "+-"):
        marks = re.sub(r"[0-9]", "", bare)
        if marks and set(marks) <= set(",.'") and re.fullmatch(r"[0-9.,']+", bare):
            _refuse_marks(value, bare)
        raise Bad("amount-not-a-number", value=value.strip()[:60])
    if re.fullmatch(r"[+-]?[0-9]{1,3}\.[0-9]{3}", bare):
        _refuse_marks(value, bare)
    return -Decimal(bare) if negative else Decimal(bare)


def _refuse_marks(value: str, bare: str) -> None:
    last = max(bare.rfind(","), bare.rfind("."))
    before = re.sub(r"[^0-9]", "", bare[:last])
    after = re.sub(r"[^0-9]", "", bare[last + 1 :])
    raise Bad(
        "amount-ambiguous", value=value.strip(), first=f"{before}.{after}", second=before + after
    )


def _localised(value: str, locale: str) -> Decimal:
    from babel.numbers import NumberFormatError, parse_decimal

    shown = _SPACES.sub("", value)
    negative = shown.startswith("(") and shown.endswith(")")
    bare = shown[1:-1] if negative else shown
    if bare.endswith("-"):
        negative, bare = True, bare[:-1]
    try:
        exact = parse_decimal(bare, locale=locale, strict=True)
    except (NumberFormatError, InvalidOperation) as error:
        raise Bad("amount-not-a-number", value=value.strip()[:60]) from error
    if not exact.is_finite():
        raise Bad("amount-not-a-number", value=value.strip()[:60])
    return -exact if negative else exact


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, dt.datetime):
        return value.isoformat(" ", "seconds")
    if isinstance(value, float | int):
        return plain(Decimal(f"{value:.15g}"))
    return str(value)
