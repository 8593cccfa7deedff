"""What a report copies from the user's sheet: its rows, and the width and paint of its columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Any

from importer.errors import WorkbookError
from importer.workbook.cells import (
    ColumnShape,
    OriginalCell,
    OriginalRow,
    column_shapes,
    original_rows,
)
from importer.workbook.entry import number_format
from importer.workbook.fields import Column, Kind
from importer.workbook.paint import Paint
from importer.workbook.report.data import ReportSheet
from importer.workbook.report.spelling import as_spelled
from importer.workbook.styles import (
    DATE_FORMAT,
    GENERAL,
    INK,
    MIST,
    MUTED,
    NAVY,
    ROSE,
    SAND,
    TEXT_FORMAT,
)

_NARROWEST, _WIDEST = 4, 120  # columns of other widths hide what is in them
_OUR_FILLS = frozenset({ROSE, SAND, MIST, NAVY})

Columns = Mapping[str, Column | None]
"""The source's letter → the layout's column, None for one that we don't know."""

Row = Mapping[str, OriginalCell]
"""By the source's letter."""


@dataclass(frozen=True)
class Copied:
    """A user's sheet as far as a report copies it. `rows` can be gone through once.

    `header` and `widths` are by the source's letter.
    """

    header: Mapping[str, Paint | None]
    widths: Mapping[str, float]
    rows: Iterator[tuple[int, Row]]


def copied(source: Path, sheet: ReportSheet, columns: Columns) -> Copied:
    """Give the chosen rows of a sheet as they were, or as read where that can't be, and its look.

    Only an .xlsx or .xlsm file has a look.
    """
    shapes = _shapes(source, sheet.title)
    found = _originals(source, sheet.title, [sheet.header_row, *sheet.rows])
    first = next(found, None)
    above = first.cells if first and first.number == sheet.header_row else ()
    return Copied(
        {cell.letter: theirs(cell.paint) for cell in above},
        {a: s.width for a, s in shapes.items() if s.width and _NARROWEST <= s.width <= _WIDEST},
        _rows(sheet, chain([first] if first else (), found), columns, shapes),
    )


@lru_cache(1_000)
def theirs(paint: Paint | None) -> Paint | None:
    """Give how the user painted a cell, without the marks and inks of an earlier report of ours."""
    if paint is None or paint.fill in _OUR_FILLS:
        return None
    if paint.colour == INK:
        paint = paint._replace(colour=None)
    if paint.italic and paint.colour == MUTED:  # it was a formula once
        paint = paint._replace(colour=None, italic=False)
    return None if paint == Paint() else paint


def _rows(
    sheet: ReportSheet,
    originals: Iterator[OriginalRow],
    columns: Columns,
    shapes: Mapping[str, ColumnShape],
) -> Iterator[tuple[int, Row]]:
    painted = {letter: shape.paint for letter, shape in shapes.items() if shape.paint}
    found = next(originals, None)
    for row in sheet.rows:
        while found and found.number < row:
            found = next(originals, None)
        if found and found.number == row:
            yield row, _as_it_was(found, columns, painted)
        else:
            yield row, _as_read(sheet.values(row), columns)


def _as_it_was(row: OriginalRow, columns: Columns, painted: Mapping[str, Paint]) -> Row:
    cells = {cell.letter: cell for cell in row.cells if cell.letter in columns}
    if painted or row.paint:
        for letter, column in columns.items():
            paint = row.paint or painted.get(letter)
            if paint and letter not in cells:
                cells[letter] = OriginalCell(letter, None, number_format(column), None, paint)
    return cells


def _as_read(values: Mapping[str, Any], columns: Columns) -> Row:
    return {
        letter: OriginalCell(
            letter, one.value, one.number_format or _format(one.value, columns[letter])
        )
        for letter, value in values.items()
        if letter in columns and not _is_missing((one := as_spelled(value)).value)
    }


def _originals(source: Path, title: str, rows: Sequence[int]) -> Iterator[OriginalRow]:
    try:
        yield from original_rows(source, title, rows)
    except WorkbookError:
        # The run read the values of these rows before, so the report goes on with those.
        return


def _shapes(source: Path, title: str) -> Mapping[str, ColumnShape]:
    try:
        return column_shapes(source, title)
    except (WorkbookError, ValueError):
        return {}


def _is_missing(value: Any) -> bool:
    """Say whether a value is one of pandas' ways to say that there is none: NaN, NaT."""
    return isinstance(value, float | date) and value != value  # noqa: PLR0124


def _format(value: Any, column: Column | None) -> str:
    if isinstance(value, datetime) and value.time() != time():
        return f"{DATE_FORMAT} hh:mm"
    if isinstance(value, date):
        return DATE_FORMAT
    if isinstance(value, time):
        return "hh:mm:ss"
    if isinstance(value, str):
        return TEXT_FORMAT if number_format(column) == TEXT_FORMAT else GENERAL
    if column and column.kind in (Kind.DATE, Kind.DAY):
        return GENERAL  # a plain number that nobody called a date mustn't become one
    return number_format(column)
