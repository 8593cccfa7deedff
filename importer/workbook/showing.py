"""Pure: numbers in columns of text become the text that their cells show, or are bad.

Amounts keep their number; where their cell shows another one, or another currency, that is said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from importer.workbook.bad import Bad, shown
from importer.workbook.fields import Kind
from importer.workbook.formats import EN_MARKS, Format, is_faithful, is_plain
from importer.workbook.signs import currencies_of

_ROUNDED_FROM = 1e15


def as_shown(
    values: Sequence[Any],
    rows: Sequence[int],
    formats: Mapping[int, Format],
    kind: Kind,
    locale: str | None,
) -> tuple[list[Any], dict[int, Bad]]:
    """Give a column's cells with its numbers as text where a format changes how they look.

    `formats` are by row; a row's cell is at the same position in `values`. What shows a text that
    can't be told is None, and bad by its position.
    """
    meant, bad = list(values), {}
    marks = None if kind is Kind.IDENTIFIER else _marks(locale)
    for at, row in enumerate(rows):
        value, form = values[at], formats.get(row)
        if form is None or type(value) not in (int, float) or abs(value) >= _ROUNDED_FROM:
            continue
        if is_plain(form.code, value) and not form.shown:
            continue
        meant[at] = form.text(value, marks)
        if meant[at] is None:
            code = form.shown or form.code
            bad[at] = Bad("number-shown-otherwise", value=shown(value), format=code)
    return meant, bad


def against_formats(
    values: Sequence[Any],
    rows: Sequence[int],
    formats: Mapping[int, Format],
    currencies: Sequence[str | None] | None,
) -> dict[int, Bad]:
    """Give the amounts, by position, whose cells show another number or another currency."""
    said: dict[int, Bad] = {}
    for at, row in enumerate(rows):
        value, form = values[at], formats.get(row)
        if form is None or type(value) not in (int, float):
            continue
        code = currencies[at] if currencies else None
        meant = _currencies(form)
        if code and meant and code not in meant:
            sign = next(iter(meant)) if len(meant) == 1 else form.shown or form.code
            said[at] = Bad("currency-against-format", value=sign, currency=code)
        elif not _shows(form, value):
            said[at] = Bad(
                "format-hides-amount", value=shown(value), format=form.shown or form.code
            )
    return said


def _currencies(form: Format) -> frozenset[str]:
    return frozenset({form.currency}) if form.currency else currencies_of(form.code or form.shown)


def _shows(form: Format, value: float) -> bool:
    """Whether a cell shows an amount as it is; one with too many decimals is a fault anyway."""
    if form.code and is_faithful(form.code):
        return True
    text = form.text(round(value, 2))
    return text is not None and (value >= 0 or "-" in text or "(" in text or "\u2212" in text)


@lru_cache(maxsize=64)
def _marks(locale: str | None) -> tuple[str, str]:
    """Give the marks of decimals and thousands; those of English when nothing says which."""
    if locale is None:
        return EN_MARKS
    from babel.numbers import get_decimal_symbol, get_group_symbol

    return get_decimal_symbol(locale), get_group_symbol(locale)
