"""The report's Errors sheet: one row a fault, with a link that jumps to the cell to fix."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from importer.model import Fault, Severity
from importer.workbook.book import LINK_LIMIT, ROW_LIMIT, Book, LongSheet, link, needs_quote
from importer.workbook.layout import ERRORS_SHEET, ORIGINAL_ROW_HEADER
from importer.workbook.report.marks import PlacedSheet
from importer.workbook.report.words import SEVERITY
from importer.workbook.styles import (
    COUNT_FORMAT,
    HEADER,
    HEADER_HEIGHT,
    LINK,
    MUTED,
    SEVERITY_FILL,
    SEVERITY_INK,
    TABLE,
    TEXT_FORMAT,
    height,
    set_up_table,
)

COLUMNS = {
    "Severity": 12,
    "Cell": 20,
    "Sheet": 16,
    ORIGINAL_ROW_HEADER: 13,
    "Column": 20,
    "Invoice": 18,
    "What Is Wrong": 56,
    "What to Do": 56,
    "Code": 26,
}
"""Header → width in characters."""

FAULT_LIMIT = 1_000_000


def write_errors(book: Book, faults: Iterable[Fault], placed: dict[str, PlacedSheet]) -> None:
    """Write the sheet. Faults beyond what a sheet can hold are counted in its last row."""
    sheet = book.long_sheet(ERRORS_SHEET)
    header = book.style(HEADER)
    sheet.add(((title, header) for title in COLUMNS), height=HEADER_HEIGHT)
    looks = _Looks(book)
    left_out = 0
    for fault in faults:
        if sheet.rows > FAULT_LIMIT:
            left_out += 1
            continue
        _add_fault(sheet, fault, placed.get(fault.sheet or ""), looks)
    _say_the_rest(sheet, left_out, looks)
    _set_up(sheet)


class _Looks:
    """The styles of the sheet's cells, as numbers of the book."""

    def __init__(self, book: Book) -> None:
        self.severity = {
            severity: book.style(
                TABLE.but(bold=True, colour=SEVERITY_INK[severity], fill=SEVERITY_FILL[severity])
            )
            for severity in Severity
        }
        self.link = book.style(TABLE.but(colour=LINK.colour, underline=True))
        self.plain = book.style(TABLE)
        self.count = book.style(TABLE.but(across="right"), COUNT_FORMAT)
        self.wrapped = {quote: book.style(TABLE, quote=quote) for quote in (False, True)}
        self.text = {quote: book.style(TABLE, TEXT_FORMAT, quote=quote) for quote in (False, True)}
        self.code = book.style(TABLE.but(size=10, colour=MUTED))


def _add_fault(sheet: LongSheet, fault: Fault, placed: PlacedSheet | None, looks: _Looks) -> None:
    ref = placed.place(fault) if placed else None
    linked = placed is not None and ref is not None and sheet.rows <= LINK_LIMIT
    address = f"{placed.title}!{ref}" if placed and ref else None
    row = fault.row
    if placed and row is not None:
        row = placed.sheet.original.get(row, row)
    number = sheet.add(
        (
            (SEVERITY[fault.severity], looks.severity[fault.severity]),
            (address, looks.link if linked else looks.plain),
            _text(fault.sheet, looks),
            (row, looks.count),
            _text(fault.column, looks),
            (fault.invoice, looks.text[needs_quote(fault.invoice or "", "@")]),
            _text(fault.message, looks),
            _text(fault.remedy, looks),
            (fault.code, looks.code),
        ),
        height=max(height(fault.message, 54), height(fault.remedy, 54), height(fault.column, 18)),
    )
    if linked and placed and ref:
        cell: Any = sheet.sheet[f"B{number}"]
        cell.hyperlink = link(placed.title, ref, f"B{number}")


def _text(text: str | None, looks: _Looks) -> tuple[str | None, int]:
    return text, looks.wrapped[needs_quote(text or "", "@")]


def _say_the_rest(sheet: LongSheet, left_out: int, looks: _Looks) -> None:
    words = None
    if left_out:
        words = f"{left_out:,} more faults are not shown: a sheet can't hold them."
    elif sheet.rows == 1:
        words = "No faults."
    if words:
        sheet.add([(None, looks.plain)] * 6 + [(words, looks.wrapped[False])])


def _set_up(sheet: LongSheet) -> None:
    for letter, width in zip("ABCDEFGHI", COLUMNS.values(), strict=True):
        sheet.sheet.column_dimensions[letter].width = width
    set_up_table(sheet.sheet, len(COLUMNS), min(sheet.rows, ROW_LIMIT))
    sheet.sheet.sheet_properties.tabColor = "CF5C4C"
