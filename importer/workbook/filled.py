"""Pure: which rows of a sheet hold anything that could be meant for the store."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from importer.workbook.coded import Coded

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

_FIRST_YEAR = 1905
"""Excel shows a number of days as a date from 1899 or 1904 on: an empty cell plus 30 days."""


def is_empty(value: Any) -> bool:
    """Whether a raw cell is empty, or looks so: it holds blanks only."""
    return value is None or (isinstance(value, str) and not value.strip())


def without_nothing(
    columns: dict[str, list[Any]],
    rows: list[int],
    known: Collection[str],
    hidden: Collection[tuple[int, str]],
) -> tuple[dict[str, list[Any]], list[int]]:
    """Leave out the rows that hold nothing in the columns that are known.

    Nothing is what a helper formula leaves where there is no invoice: an empty text, a zero, a
    date from the beginning of Excel's time. `columns` are the raw cells by letter, `rows` Excel's
    numbers of them; `hidden` the (row, letter) of cells whose value the fast reader hides.
    """
    nothing = _rows_of_nothing(columns, rows, known, hidden)
    if not nothing:
        return columns, rows
    kept = [at for at in range(len(rows)) if at not in nothing]
    less = {letter: [values[at] for at in kept] for letter, values in columns.items()}
    return less, [rows[at] for at in kept]


def rows_of_nothing(
    columns: Mapping[str, Coded],
    rows: Array,
    known: Collection[str],
    hidden: Collection[tuple[int, str]],
) -> Array:
    """Say of each row whether it holds nothing in the columns that are known, as above."""
    import numpy as np

    nothing = np.ones(len(rows), bool)
    for letter in known:
        column = columns[letter]
        if column.codes.all() and _all_say_something(column.values[1:]):
            return np.zeros(len(rows), bool)
        if nothing.any():
            nothing &= column.where(_says_nothing)
    if nothing.any():
        nothing &= ~np.isin(rows, [row for row, letter in hidden if letter in known])
    return nothing


def _rows_of_nothing(
    columns: Mapping[str, Sequence[Any]],
    rows: Sequence[int],
    known: Collection[str],
    hidden: Collection[tuple[int, str]],
) -> set[int]:
    left: Sequence[int] = range(len(rows))
    for letter in known:
        if len(left) == len(rows) and _all_say_something(columns[letter]):
            return set()
        values = columns[letter]
        left = [at for at in left if _says_nothing(values[at])]
        if not left:
            return set()
    held = {row for row, letter in hidden if letter in known}
    return {at for at in left if rows[at] not in held}


def _all_say_something(values: Sequence[Any]) -> bool:
    """Whether every cell is a text of more than blanks or a number that isn't zero; quick."""
    kinds = set(map(type, values))
    if not kinds <= {str, int, float} or not all(values):
        return False
    return str not in kinds or not any(v.isspace() for v in values if type(v) is str)


def _says_nothing(value: Any) -> bool:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value == 0
    if isinstance(value, dt.datetime | dt.date):
        return value.year < _FIRST_YEAR
    return is_empty(value) or value in (dt.time(0), dt.timedelta(0))
