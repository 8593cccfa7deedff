"""The report's data sheets: the user's own rows and columns with bad cells marked, to be fixed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from importer.errors import WorkbookError
from importer.model import Fault, Severity, column_letter
from importer.workbook.book import Book, ErrorText, Formula, LongSheet, comment, needs_quote
from importer.workbook.carrying import Destination, carried
from importer.workbook.cells import OriginalCell, column_widths, original_cells
from importer.workbook.entry import align, guide, number_format
from importer.workbook.fields import Column, Kind
from importer.workbook.layout import (
    BY_SHEET,
    ERROR_HEADER,
    INVOICES,
    ORIGINAL_ROW_HEADER,
    STATUS_HEADER,
)
from importer.workbook.report.marks import WHOLE_ROW, PlacedSheet, worst
from importer.workbook.report.spelling import as_spelled
from importer.workbook.report.telling import row_words
from importer.workbook.report.words import status_label
from importer.workbook.styles import (
    COUNT_FORMAT,
    DATE_FORMAT,
    GENERAL,
    HAZE,
    HEADER,
    HEADER_HEIGHT,
    MUTED,
    OWN_COLOUR,
    OWN_HEADER,
    PLAIN,
    RULE,
    SEVERITY_FILL,
    SEVERITY_INK,
    SEVERITY_RULE,
    STRONG_HEADER,
    TABLE,
    TEXT_FORMAT,
    Look,
    height,
    set_up_table,
)

COMMENT_LIMIT = 2_000
"""Comments in a report. Each is a drawing, and Excel opens a file with many of them slowly."""

_MEASURED_ROWS = 300
_NUMBER = "number"  # the key of the column that joins the sheets
_WIDEST = 46
_NARROWEST, _THEIR_WIDEST = 4, 120
_OWN_WIDTHS = {STATUS_HEADER: 15, ERROR_HEADER: 64, ORIGINAL_ROW_HEADER: 14}

Row = Mapping[str, tuple[Any, str, str | None]]
"""Source letter → (value, number format, formula; see `OriginalCell`)."""


class RowsWriter:
    """Writes data sheets into a book. `uncommented` counts bad cells beyond the comments' limit."""

    def __init__(self, book: Book, source: Path, placed: Mapping[str, PlacedSheet]) -> None:
        self._book = book
        self._source = source
        self._placed = placed
        self._places = {title.casefold(): _destination(one) for title, one in placed.items()}
        self._styles: dict[tuple[str, Severity | None, bool, str | None, bool], int] = {}
        self._comments = 0
        self.uncommented = 0

    def write(self, placed: PlacedSheet) -> None:
        """Write one sheet: header, the chosen rows, marks, comments, drop-downs."""
        long = self._book.long_sheet(placed.title)
        columns = _columns(placed)
        widths = {letter: len(header) + 5 for letter, header in placed.sheet.headers.items()}
        self._write_header(long, placed, columns)
        for number, (row, cells) in enumerate(_rows(placed, self._source, columns)):
            self._write_row(long, placed, row, cells, columns)
            if number < _MEASURED_ROWS:
                for letter, (value, _, _) in cells.items():
                    widths[letter] = max(widths.get(letter, 0), _width(value))
        self._set_up(long, placed, columns, widths)

    def _write_header(
        self, long: LongSheet, placed: PlacedSheet, columns: dict[str, Column | None]
    ) -> None:
        cells = []
        marks = placed.marks.get(0, {})
        for letter, header in placed.sheet.headers.items():
            column = columns[letter]
            look = STRONG_HEADER if column and column.required else HEADER
            if letter in marks:
                severity = worst(marks[letter])
                look = HEADER.but(fill=SEVERITY_FILL[severity], colour=SEVERITY_INK[severity])
                self._comment(long, f"{placed.letters[letter]}1", marks[letter])
            cells.append((header, self._book.style(look, quote=needs_quote(header))))
        own = self._book.style(OWN_HEADER)
        cells += [(header, own) for header in (STATUS_HEADER, ERROR_HEADER, ORIGINAL_ROW_HEADER)]
        long.add(cells, height=HEADER_HEIGHT)

    def _write_row(
        self,
        long: LongSheet,
        placed: PlacedSheet,
        row: int,
        cells: Row,
        columns: dict[str, Column | None],
    ) -> None:
        sheet = placed.sheet
        marks = placed.marks.get(row, {})
        out = []
        for letter, column in columns.items():
            value, code, formula = cells.get(letter) or (None, number_format(column), None)
            faults = marks.get(letter, [])
            severity = worst(faults) if faults else None
            if any(fault.code in _STAYS_AT_FAULT for fault in faults):
                value, code, formula = ErrorText("#N/A"), GENERAL, None
            kept = carried(formula, sheet.title, self._places) if formula is not None else None
            note = _was(formula) if formula is not None and kept is None else ""
            if faults or note:
                self._comment(long, f"{placed.letters[letter]}{long.rows + 1}", faults, note)
            quote = isinstance(value, str) and needs_quote(value, code) and kept is None
            style = self._style(
                code, severity, _side(value, column), quote=quote, frozen=bool(note)
            )
            out.append((value if kept is None else Formula(kept, value), style))
        error = row_words(sheet.error.get(row, ()), sheet.title, row, self._placed)
        out += self._own_cells(sheet.status.get(row), error, sheet.original.get(row, row), marks)
        long.add(out, height=height(error, 62) if error else None)

    def _own_cells(
        self, status: str | None, error: str, original: int, marks: Mapping[str, list[Fault]]
    ) -> list[tuple[Any, int]]:
        look = _ROW_FAULT[worst(marks[WHOLE_ROW])] if WHOLE_ROW in marks else _ERROR
        return [
            self._text(status_label(status or ""), _STATUS),
            self._text(error, look),
            (original, self._book.style(_ORIGINAL, COUNT_FORMAT)),
        ]

    def _text(self, text: str, look: Look) -> tuple[str, int]:
        return text, self._book.style(look, quote=needs_quote(text, TEXT_FORMAT))

    def _style(
        self, code: str, severity: Severity | None, side: str | None, *, quote: bool, frozen: bool
    ) -> int:
        key = (code, severity, quote, side, frozen)
        found = self._styles.get(key)
        if found is None:
            look = _CELL.but(across=side, indent=1 if side in ("left", "right") else 0)
            if frozen:
                look = look.but(italic=True, colour=MUTED)
            if severity:
                look = look.but(fill=SEVERITY_FILL[severity], rule=SEVERITY_RULE[severity])
            found = self._styles[key] = self._book.style(look, code, quote=quote)
        return found

    def _comment(self, long: LongSheet, ref: str, faults: list[Fault], note: str = "") -> None:
        if self._comments >= COMMENT_LIMIT:
            self.uncommented += bool(faults)
            return
        self._comments += 1
        words = [f"{fault.message}\n{fault.remedy}".strip() for fault in faults]
        text = "\n\n".join([*words, note] if note else words)
        cell: Any = long.sheet[ref]
        cell.comment = comment(text)

    def _set_up(
        self,
        long: LongSheet,
        placed: PlacedSheet,
        columns: dict[str, Column | None],
        widths: dict[str, int],
    ) -> None:
        sheet, theirs = long.sheet, _widths(self._source, placed)
        for source, letter in placed.letters.items():
            column = columns[source]
            dimension: Any = sheet.column_dimensions[letter]
            dimension.width = theirs.get(source) or min(
                max(widths.get(source, 0), column.width if column else 10), _WIDEST
            )
            PLAIN.dress(dimension, number_format(column))
            if column:
                guide(sheet, letter, column)
        last = len(placed.letters)
        for number, (_, width) in enumerate(_OWN_WIDTHS.items(), last + 1):
            sheet.column_dimensions[column_letter(number)].width = width
        set_up_table(sheet, last + len(_OWN_WIDTHS), long.rows)
        sheet.freeze_panes = "B2"
        errors = any(worst(f) is Severity.ERROR for m in placed.marks.values() for f in m.values())
        sheet.sheet_properties.tabColor = "CF5C4C" if errors else "9DB9D3"


_STAYS_AT_FAULT = frozenset({"cell-formula-without-value", "cell-merged"})
"""What a copied cell would no longer show: left as it is, it would be taken as empty or as text."""

_CELL = Look(rule=RULE, down="center")
_STATUS = TABLE.but(bold=True, colour=OWN_COLOUR, fill=HAZE)
_ERROR = TABLE.but(fill=HAZE)
_ROW_FAULT = {severity: TABLE.but(fill=fill) for severity, fill in SEVERITY_FILL.items()}
_ORIGINAL = TABLE.but(colour=OWN_COLOUR, fill=HAZE, across="right")


def _destination(placed: PlacedSheet) -> Destination:
    """Give where a sheet's cells lie in the report, for the formulas that name them."""
    numbers = [
        letter for letter, column in _columns(placed).items() if column and column.key == _NUMBER
    ]
    return Destination(
        placed.title,
        placed.letters,
        {placed.sheet.header_row: 1, **placed.rows},
        number=numbers[0] if numbers else None,
        child=placed.sheet.key not in (None, INVOICES.key),
    )


def _was(formula: str) -> str:
    return f"This was a formula: ={formula}" if formula else "This was a formula of several cells."


def _columns(placed: PlacedSheet) -> dict[str, Column | None]:
    """Give the layout's column of each of the user's, None for those that we don't know."""
    layout = BY_SHEET.get(placed.sheet.key or "")
    return {
        letter: layout.match(header) if layout else None
        for letter, header in placed.sheet.headers.items()
    }


def _rows(
    placed: PlacedSheet, source: Path, columns: dict[str, Column | None]
) -> Iterator[tuple[int, Row]]:
    """Yield each chosen row's cells as they were, or the values as read where that can't be."""
    sheet = placed.sheet
    originals = _originals(source, sheet.title, list(sheet.rows))
    found = next(originals, None)
    for row in sheet.rows:
        while found and found[0] < row:
            found = next(originals, None)
        if found and found[0] == row:
            yield (
                row,
                {
                    c.letter: (c.value, c.number_format, c.formula)
                    for c in found[1]
                    if c.letter in columns
                },
            )
        else:
            yield (
                row,
                {
                    letter: (
                        one.value,
                        one.number_format or _format(one.value, columns[letter]),
                        None,
                    )
                    for letter, value in sheet.values(row).items()
                    if letter in columns and not _is_missing((one := as_spelled(value)).value)
                },
            )


def _originals(
    source: Path, title: str, rows: list[int]
) -> Iterator[tuple[int, list[OriginalCell]]]:
    try:
        yield from original_cells(source, title, rows)
    except WorkbookError:
        # The run read the values of these rows before, so the report goes on with those.
        return


def _widths(source: Path, placed: PlacedSheet) -> dict[str, float]:
    """Give the widths that the user gave to columns, those aside in which nothing can be read."""
    try:
        found = column_widths(source, placed.sheet.title)
    except (WorkbookError, ValueError):
        return {}
    return {
        letter: width for letter, width in found.items() if _NARROWEST <= width <= _THEIR_WIDEST
    }


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


def _side(value: Any, column: Column | None) -> str | None:
    """Give where a value is aligned in its cell: text left, numbers right, as Excel has it."""
    if isinstance(value, bool | ErrorText):
        return "center"
    if value is None:
        return (align(column) or "left") if column else "left"
    return "left" if isinstance(value, str) else "right"


def _width(value: Any) -> int:
    if value is None:
        return 0
    if isinstance(value, date):
        return 13
    return max(len(line) for line in str(value).split("\n")) + 3
