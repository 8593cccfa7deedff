"""The report's Results sheet: each invoice of the run and what became of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from importer.model import State
from importer.workbook.book import ROW_LIMIT, Book, needs_quote
from importer.workbook.layout import ORIGINAL_ROW_HEADER, RESULTS_SHEET
from importer.workbook.report.data import InvoiceLine
from importer.workbook.report.words import STATE
from importer.workbook.styles import (
    COUNT_FORMAT,
    HEADER,
    HEADER_HEIGHT,
    STATE_INK,
    TABLE,
    TEXT_FORMAT,
    height,
    set_up_table,
)

COLUMNS = {
    "Invoice Number": 20,
    ORIGINAL_ROW_HEADER: 14,
    "State": 13,
    "Store Invoice ID": 18,
    "Attempts": 11,
    "Message": 90,
}
"""Header → width in characters."""


def write_results(book: Book, outcomes: Iterable[InvoiceLine]) -> None:
    """Write the sheet row by row, none at all without outcomes. Long runs get a second sheet."""
    lines = iter(outcomes)
    first = next(lines, None)
    number = 1
    while first is not None:
        title = RESULTS_SHEET if number == 1 else f"{RESULTS_SHEET} {number}"
        first = _write_sheet(book, title, first, lines)
        number += 1


def _write_sheet(
    book: Book, title: str, first: InvoiceLine, lines: Iterator[InvoiceLine]
) -> InvoiceLine | None:
    """Write one sheet until it is full; give the line that had no room."""
    sheet = book.long_sheet(title)
    header = book.style(HEADER)
    text = {quote: book.style(TABLE, TEXT_FORMAT, quote=quote) for quote in (False, True)}
    words = {quote: book.style(TABLE, quote=quote) for quote in (False, True)}
    count = book.style(TABLE.but(across="right"), COUNT_FORMAT)
    states = {state: book.style(TABLE.but(bold=True, colour=STATE_INK[state])) for state in State}
    sheet.add(((name, header) for name in COLUMNS), height=HEADER_HEIGHT)
    line: InvoiceLine | None = first
    while line is not None and sheet.rows < ROW_LIMIT:
        sheet.add(
            (
                (line.number, text[needs_quote(line.number, TEXT_FORMAT)]),
                (line.row, count),
                (STATE[line.state][0], states[line.state]),
                (
                    line.store_invoice_id,
                    text[needs_quote(line.store_invoice_id or "", TEXT_FORMAT)],
                ),
                (line.attempts, count),
                (line.message, words[needs_quote(line.message or "", TEXT_FORMAT)]),
            ),
            height=height(line.message, 88),
        )
        line = next(lines, None)
    for letter, width in zip("ABCDEF", COLUMNS.values(), strict=True):
        sheet.sheet.column_dimensions[letter].width = width
    set_up_table(sheet.sheet, len(COLUMNS), sheet.rows)
    sheet.sheet.sheet_properties.tabColor = "4C9A6A"
    return line
