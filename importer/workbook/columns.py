"""Pure: one column of cells → typed values and faults. One conversion for each kind of column.

A conversion takes a cell's raw value (str, float, int, bool, date, datetime, time, timedelta) and
gives the typed value, or raises `Bad`. Amounts and quantities become exact decimal text, dates
Unix seconds, identifiers text, choices the API's own value.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from importer.codes import Place, again, fault
from importer.model import Fault
from importer.workbook.amounts import amount, decimals_of, number, quantity, whole
from importer.workbook.bad import KINDS, SPACES, UNSEEN, Bad, plain, refuse_unseen, shown
from importer.workbook.coded import Coded
from importer.workbook.dates import day, moment, seconds, zone_of
from importer.workbook.fields import Column, Kind, normal
from importer.workbook.options import ReadOptions
from importer.workbook.scan import Odd, Oddity
from importer.workbook.spoilt import identifier_of, may_be_spoilt, text_of

Convert = Callable[[Any], Any]

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


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
    if column.kind in (Kind.IDENTIFIER, Kind.TEXT) and _are_clean(values):
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


def convert_coded(
    column: Coded,
    known: Column,
    options: ReadOptions,
    currencies: Sequence[str | None] | None = None,
) -> tuple[list[Any], dict[int, Bad]]:
    """Convert one column, each distinct value once; gives what `convert` gives of its rows."""
    used = set(currencies) if currencies is not None and known.kind is Kind.AMOUNT else {None}
    if len(used) > 1:
        return convert(column.objects().tolist(), known, options, currencies)
    codes = None if currencies is None else [*used] * len(column.values)
    typed, bad = convert(column.values, known, options, codes)
    return column.meant(typed).objects().tolist(), column.by_row(bad)


def converter(column: Column, options: ReadOptions, code: str | None = None) -> Convert:
    """Give the function that converts one cell of a column; it raises Bad."""
    formats, locale = options.date_formats, options.locale
    match column.kind:
        case Kind.IDENTIFIER:
            return lambda value: _sound(value, identifier(value), identifier_of, column.key)
        case Kind.TEXT:
            return lambda value: _sound(value, text(value), text_of, column.key)
        case Kind.AMOUNT:
            return lambda value: amount(value, code, options.locale)
        case Kind.QUANTITY:
            return lambda value: quantity(value, options.locale)
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
            zone = zone_of(options.zone)
            if column.timed:
                return lambda value: seconds(moment(value, formats, locale), zone)
            return lambda value: seconds(day(value, formats, locale, zone), zone)
        case Kind.DAY:
            zone = zone_of(options.zone)
            return lambda value: day(value, formats, locale, zone).isoformat()


def odd(oddity: Oddity, column: Column, value: Any, typed: Any) -> Any:
    """Give what a cell means that the fast reader misreads; raises Bad when it can't be taken."""
    match oddity.kind:
        case Odd.ERROR:
            raise Bad("cell-error", value=oddity.detail)
        case Odd.UNCACHED:
            raise Bad("cell-formula-without-value", value=oddity.detail)
        case Odd.UNREAD if value is None:
            raise Bad("cell-unread", value=oddity.detail[:60])
        case Odd.TOO_LONG:
            raise Bad("row-too-long", value=oddity.detail)
        case Odd.MERGED:
            raise Bad("cell-merged", value=oddity.detail)
        case Odd.PERCENT if isinstance(value, int | float) and not isinstance(value, bool):
            if column.kind in (Kind.AMOUNT, Kind.QUANTITY, Kind.INTEGER):
                raise Bad("amount-percent", value=f"{plain(number(value) * 100)}%")
        case Odd.BOOLEAN if column.kind in (Kind.AMOUNT, Kind.QUANTITY, Kind.INTEGER):
            raise Bad("amount-wrong-kind", value=oddity.detail, what=KINDS[bool])
    return typed


def faults_of(
    bad: Mapping[int, Bad],
    place: Callable[[int], Place],
    rows: Sequence[int],
    numbers: Sequence[str | None],
) -> list[Fault]:
    """Make the faults of what is bad in one column; `place` gives where a position is.

    `rows` and `numbers` are the Excel row and the invoice number of each position.
    """
    made: dict[int, Fault] = {}
    faults = []
    for i, why in sorted(bad.items()):
        first = made.get(id(why))
        if first:
            faults.append(again(first, rows[i], numbers[i]))
        else:
            made[id(why)] = fault(why.code, place(i), **why.words)
            faults.append(made[id(why)])
    return faults


def identifier(value: Any) -> str | None:
    """Give an identifier as text: `00012` stays, 12.0 is `12`; stray spaces go."""
    if isinstance(value, str):
        refuse_unseen(value.strip())
        return SPACES.sub(" ", value).strip() or None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Bad("identifier-not-text", value=shown(value), what=KINDS[type(value)])
    if not math.isfinite(value):
        raise Bad("identifier-not-text", value=str(value), what="not a number")
    if abs(value) >= 1e15:
        raise Bad("identifier-rounded", value=f"{value:.0f}"[:40])
    if value != int(value):
        raise Bad("identifier-not-text", value=plain(number(value)), what="a number with decimals")
    return str(int(value))


def text(value: Any) -> str | None:
    """Give a text without spaces around it (no-break ones too); a number as Excel shows it."""
    if isinstance(value, str):
        if value.isprintable():
            return value.strip() or None
        value = value.replace("\r\n", "\n").strip()
        refuse_unseen(value, _CONTROL)
        return value or None
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return plain(number(value))
    return shown(value)


def currency(value: Any) -> str | None:
    """Give an ISO 4217 code that is in use, in capitals."""
    code = text(value)
    if code is None:
        return None
    if decimals_of(code.upper()) is None:
        refuse_unseen(code)
        raise Bad("currency-unknown", value=code)
    return code.upper()


def choice(value: Any, labels: Mapping[str, Any], known: Sequence[str]) -> Any:
    """Give the API's value of a label, in any case and spacing."""
    label = text(value)
    if label is None:
        return None
    if normal(label) not in labels:
        raise Bad("choice-unknown", value=label, choices=", ".join(known))
    return labels[normal(label)]


def url(value: Any) -> str | None:
    """Give a web address that begins with http:// or https:// and has a host."""
    address = text(value)
    if address is None:
        return None
    if not re.fullmatch(r"https?://[^\s/?#]+\S*", address, re.IGNORECASE):
        raise Bad("url-not-http", value=address[:80])
    return address


def _are_clean(values: Sequence[Any]) -> bool:
    """Whether values are their own text: nothing to strip, nothing unseen. Most columns are."""
    if not {str, type(None)}.issuperset(map(type, values)):
        return False
    texts = list(set(values) - {None})
    joined = " ".join([*texts, ""])
    if list(map(str.strip, texts)) != texts or not joined.isprintable():
        return False
    return (joined.isascii() or not UNSEEN.search(joined)) and not may_be_spoilt(texts, joined)


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


def _sound(value: Any, typed: str | None, sound: Callable[[str, str], str], key: str) -> str | None:
    """Give a text of a cell as it was before a program spoilt it; a number's is never spoilt."""
    return (sound(typed, key) or None) if typed and isinstance(value, str) else typed


def _attempt(one: Convert, value: Any) -> Any:
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    try:
        return one(value)
    except Bad as bad:
        return bad
