"""Writes the blank workbook that a clerk is handed; all of it comes from the layout table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from importer.model import column_letter
from importer.workbook.book import Book, comment, put
from importer.workbook.entry import LAST_ROW, align, guide, number_format
from importer.workbook.fields import KIND_WORDS, Column, SheetLayout
from importer.workbook.howto import write_howto
from importer.workbook.layout import HOWTO_SHEET, LAYOUT_VERSION, SHEETS
from importer.workbook.stamps import LAYOUT_PROPERTY
from importer.workbook.styles import (
    HEADER,
    NAVY,
    ROSE,
    SAND,
    STRONG_HEADER,
    Look,
    set_up_table,
)

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

TAB_COLOURS = {"invoices": NAVY, "lines": "5B8DB8"}


def write(path: Path) -> None:
    """Write the template to `path`; the same code writes the same bytes each time.

    Raises `WorkbookError` when the file can't be written.
    """
    with Book() as book:
        book.frame.properties.title = "Invoice import"
        book.stamp(LAYOUT_PROPERTY, LAYOUT_VERSION)
        write_howto(book.sheet(HOWTO_SHEET))
        for layout in SHEETS:
            _write_data_sheet(book.sheet(layout.title), layout)
        book.save(path)


def _write_data_sheet(sheet: Worksheet, layout: SheetLayout) -> None:
    for number, column in enumerate(layout.columns, 1):
        letter = column_letter(number)
        _write_header(sheet, f"{letter}1", column)
        _prepare_column(sheet, letter, column)
        guide(sheet, letter, column)
    _mark_what_is_missing(sheet, layout)
    set_up_table(sheet, len(layout.columns), 1)
    sheet.freeze_panes = "B2"
    sheet.sheet_properties.tabColor = TAB_COLOURS.get(layout.key, "9DB9D3")


def _write_header(sheet: Worksheet, ref: str, column: Column) -> None:
    look = STRONG_HEADER if column.required else HEADER
    if align(column):
        look = look.but(across=align(column), indent=1 if align(column) == "right" else 0)
    cell = put(sheet, ref, f"{column.header} *" if column.required else column.header, look)
    cell.comment = comment(help_text(column))


def _prepare_column(sheet: Worksheet, letter: str, column: Column) -> None:
    """Format the whole column: Excel gives each cell that somebody fills the column's style."""
    dimension = sheet.column_dimensions[letter]
    dimension.width = max(column.width, len(column.header) + 5)
    Look(across=align(column), down="bottom").dress(dimension, number_format(column))


def _mark_what_is_missing(sheet: Worksheet, layout: SheetLayout) -> None:
    """Tint required cells that are empty in a row in use, and invoice numbers given twice."""
    from openpyxl.formatting.rule import Rule
    from openpyxl.styles import PatternFill
    from openpyxl.styles.differential import DifferentialStyle

    missing = DifferentialStyle(fill=PatternFill("solid", bgColor=SAND))
    last = column_letter(len(layout.columns))
    for number, column in enumerate(layout.columns, 1):
        if column.required:
            letter = column_letter(number)
            formula = f"AND(COUNTA($A2:${last}2)>0,ISBLANK({letter}2))"
            rule = Rule(type="expression", formula=[formula], dxf=missing)
            sheet.conditional_formatting.add(f"{letter}2:{letter}{LAST_ROW}", rule)
    if layout.key == "invoices":
        twice = DifferentialStyle(fill=PatternFill("solid", bgColor=ROSE))
        sheet.conditional_formatting.add(f"A2:A{LAST_ROW}", Rule(type="duplicateValues", dxf=twice))


def help_text(column: Column) -> str:
    """Give what a column's header says when the mouse rests on it."""
    lines = ["Required." if column.required else "Optional."]
    if column.help:
        lines[0] += f" {column.help}"
    if column.choices:
        lines.append(f"One of: {', '.join(column.choices)}.")
    else:
        lines.append(f"Type: {KIND_WORDS[column.kind]}.")
    if column.example:
        lines.append(f"Example: {column.example}")
    return "\n".join(lines)
