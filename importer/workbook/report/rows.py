"""The report's data sheets: the user's own rows and columns with bad cells marked, to be fixed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from importer.model import Fault, Severity, column_letter
from importer.workbook.book import Book, ErrorText, Formula, LongSheet, comment, needs_quote
from importer.workbook.carrying import Destination, carried
from importer.workbook.cells import OriginalCell
from importer.workbook.entry import align, guide, number_format
from importer.workbook.fields import Column
from importer.workbook.layout import (
    BY_SHEET,
    ERROR_HEADER,
    INVOICES,
    ORIGINAL_ROW_HEADER,
    STATUS_HEADER,
)
from importer.workbook.paint import Paint
from importer.workbook.report.copying import Columns, Row, copied, theirs
from importer.workbook.report.marks import WHOLE_ROW, PlacedSheet, worst
from importer.workbook.report.telling import row_words
from importer.workbook.report.words import status_label
from importer.workbook.styles import (
    COUNT_FORMAT,
    GENERAL,
    HAZE,
    HEADER,
    HEADER_HEIGHT,
    INK,
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
_MOST_PAINTED = 4_000  # each look takes time, and Excel has room for 65,490
_OWN_WIDTHS = {STATUS_HEADER: 15, ERROR_HEADER: 64, ORIGINAL_ROW_HEADER: 14}


class RowsWriter:
    """Writes data sheets into a book. `uncommented` counts bad cells beyond the comments' limit."""

    def __init__(self, book: Book, source: Path, placed: Mapping[str, PlacedSheet]) -> None:
        self._book = book
        self._source = source
        self._placed = placed
        self._places = {title.casefold(): _destination(one) for title, one in placed.items()}
        self._styles: dict[Any, int] = {}
        self._comments = 0
        self.uncommented = 0

    def write(self, placed: PlacedSheet) -> None:
        """Write one sheet: header, the chosen rows, marks, comments, drop-downs."""
        long = self._book.long_sheet(placed.title)
        columns = _columns(placed)
        sheet = copied(self._source, placed.sheet, columns)
        widths: dict[str, float] = {a: len(text) + 5 for a, text in placed.sheet.headers.items()}
        self._write_header(long, placed, columns, sheet.header)
        for number, (row, cells) in enumerate(sheet.rows):
            self._write_row(long, placed, row, cells, columns)
            if number < _MEASURED_ROWS:
                for letter, cell in cells.items():
                    widths[letter] = max(widths.get(letter, 0), _width(cell.value))
        self._set_up(long, placed, columns, {**_fitted(widths, columns), **sheet.widths})

    def _write_header(
        self,
        long: LongSheet,
        placed: PlacedSheet,
        columns: Columns,
        paints: Mapping[str, Paint | None],
    ) -> None:
        cells = []
        marks = placed.marks.get(0, {})
        for letter, header in placed.sheet.headers.items():
            look = _header_look(columns[letter], paints.get(letter))
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
        columns: Columns,
    ) -> None:
        sheet = placed.sheet
        marks = placed.marks.get(row, {})
        out = []
        for letter, column in columns.items():
            cell = cells.get(letter)
            if cell and cell.formula is None and letter not in marks:
                out.append(self._plain_cell(cell, column))
                continue
            cell = cell or OriginalCell(letter, None, number_format(column))
            _, value, code, formula, paint = cell
            faults = marks.get(letter, [])
            severity = worst(faults) if faults else None
            if any(fault.code in _STAYS_AT_FAULT for fault in faults):
                value, code, formula = ErrorText("#N/A"), GENERAL, None
            kept = carried(formula, sheet.title, self._places) if formula is not None else None
            note = _was(formula) if formula is not None and kept is None else ""
            if faults or note:
                self._comment(long, f"{placed.letters[letter]}{long.rows + 1}", faults, note)
            quote = isinstance(value, str) and needs_quote(value, code) and kept is None
            side = _side(value, column)
            style = self._style(code, paint, severity, side, quote=quote, frozen=bool(note))
            out.append((value if kept is None else Formula(kept, value), style))
        error = row_words(sheet.error.get(row, ()), sheet.title, row, self._placed)
        out += self._own_cells(sheet.status.get(row), error, sheet.original.get(row, row), marks)
        long.add(out, height=height(error, 62) if error else None)

    def _plain_cell(self, cell: OriginalCell, column: Column | None) -> tuple[Any, int]:
        """Give a cell without mark or formula, as it goes into the book: most are such."""
        _, value, code, _, paint = cell
        side = _side(value, column)
        quote = isinstance(value, str) and needs_quote(value, code)
        return value, self._style(code, paint, None, side, quote=quote, frozen=False)

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
        self,
        code: str,
        paint: Paint | None,
        severity: Severity | None,
        side: str | None,
        *,
        quote: bool,
        frozen: bool,
    ) -> int:
        key = (code, paint, severity, side, quote, frozen)
        found = self._styles.get(key)
        if found is None:
            look = _CELL.but(across=side, indent=1 if side in ("left", "right") else 0)
            if (own := theirs(paint)) and not severity and len(self._styles) < _MOST_PAINTED:
                look = _painted(look, own)
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
        columns: Columns,
        widths: Mapping[str, float],
    ) -> None:
        sheet = long.sheet
        for source, letter in placed.letters.items():
            column = columns[source]
            dimension: Any = sheet.column_dimensions[letter]
            dimension.width = widths[source]
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


def _columns(placed: PlacedSheet) -> Columns:
    """Give the layout's column of each of the user's, None for those that we don't know."""
    layout = BY_SHEET.get(placed.sheet.key or "")
    return {
        letter: layout.match(header) if layout else None
        for letter, header in placed.sheet.headers.items()
    }


def _fitted(widths: Mapping[str, float], columns: Columns) -> dict[str, float]:
    """Give how wide each column is to be for what it holds."""
    return {
        letter: min(max(widths.get(letter, 0), column.width if column else 10), _WIDEST)
        for letter, column in columns.items()
    }


def _header_look(column: Column | None, paint: Paint | None) -> Look:
    """Give the look of one of the user's headers: painted as they have it, else in our way."""
    if paint and (paint.fill or paint.colour):
        return _painted(HEADER, paint)
    return STRONG_HEADER if column and column.required else HEADER


def _painted(look: Look, paint: Paint) -> Look:
    return look.but(
        fill=paint.fill, colour=paint.colour or INK, bold=paint.bold, italic=paint.italic
    )


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
