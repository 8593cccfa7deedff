"""The template's first sheet: how to fill it in, in a few plain steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.workbook.book import link, put
from importer.workbook.layout import LAYOUT_VERSION, SHEETS
from importer.workbook.styles import (
    HEADER,
    LINK,
    QUIET,
    ROSE,
    RULE,
    SAND,
    SECTION,
    STRONG_HEADER,
    SUBTITLE,
    TABLE,
    TITLE,
    WRAPPED,
    Look,
    set_up_page,
)

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

STEPS = (
    (
        "Fill in the sheet Invoices.",
        "One row for each invoice. Dark headers with an asterisk (*) are required; hover over "
        "any header to see what belongs there, with an example.",
    ),
    (
        "Add what belongs to each invoice.",
        "Lines, addresses, cost lines and shipments have sheets of their own. Repeat the "
        "invoice number in each row: it shows which rows belong together. Leave a sheet empty "
        "if you don't need it.",
    ),
    (
        "Check the workbook.",
        "importer check invoice-import.xlsx\nNothing is sent. You get a list of everything that "
        "is wrong, with the cell and what to do.",
    ),
    (
        "Import it.",
        "importer run invoice-import.xlsx --store NAME\nYou see the number of invoices and "
        "the totals, and are asked before anything is posted. To practise, type --sandbox "
        "instead of --store NAME.",
    ),
    (
        "Fix the report and import that.",
        "If some invoices could not be created, you get a report workbook that holds just "
        "those. Fix the coloured cells, save it, and import the report in the same way. What "
        "was created before is never posted again.",
    ),
)

LEGEND = (
    (STRONG_HEADER, "Header *", "A required column."),
    (HEADER, "Header", "A column that may stay empty."),
    (Look(fill=SAND, rule=RULE), "", "Here: required and still empty. In a report: a warning."),
    (
        Look(fill=ROSE, rule=RULE),
        "",
        "Here: an invoice number given twice. In a report: an error to fix.",
    ),
)

GOOD_TO_KNOW = (
    "Invoice, order and customer numbers and zip codes are text: leading zeros are kept.",
    "Type dates as 2026-03-31 and amounts as plain numbers, without a currency sign.",
    "Columns may be in any order. Columns of your own are allowed: reports keep them, but they "
    "are not sent to the store.",
    "Don't rename the sheets, and keep one header row at the top of each.",
)

LINK_CELL = TABLE.but(colour=LINK.colour, underline=True)
MEANING = Look(across="left", down="center", indent=1)
LINE_HEIGHT = 19.0
"""Points."""

WIDTHS = {"A": 3, "B": 16, "C": 32, "D": 78}


def write_howto(sheet: Worksheet) -> None:
    """Write the sheet: steps, the sheets and their required columns, colours, hints."""
    sheet.sheet_view.showGridLines = False
    sheet.sheet_properties.tabColor = "4C9A6A"
    for letter, width in WIDTHS.items():
        sheet.column_dimensions[letter].width = width
    put(sheet, "B2", "Import invoices", TITLE)
    sheet.row_dimensions[2].height = 34
    put(sheet, "B3", "Five steps from this workbook to invoices in your store.", SUBTITLE)
    row = _steps(sheet, 5)
    row = _sheets(sheet, row + 1)
    row = _legend(sheet, row + 1)
    row = _hints(sheet, row + 1)
    put(sheet, f"B{row + 1}", f"Layout {LAYOUT_VERSION}", QUIET)
    set_up_page(sheet)
    sheet.page_setup.fitToHeight = 1


def _steps(sheet: Worksheet, row: int) -> int:
    number = Look(size=16, bold=True, colour="5B8DB8", across="center", down="top")
    for index, (what, how) in enumerate(STEPS, 1):
        put(sheet, f"B{row}", index, number)
        put(sheet, f"C{row}", what, Look(bold=True, wrap=True))
        put(sheet, f"D{row}", how, WRAPPED)
        lines = sum(1 + len(line) // 94 for line in how.split("\n"))
        sheet.row_dimensions[row].height = 10 + 15 * lines
        row += 1
    return row


def _sheets(sheet: Worksheet, row: int) -> int:
    put(sheet, f"B{row}", "The sheets", SECTION)
    row += 1
    for letter, text in zip("BCD", ("Sheet", "One row for", "Required columns"), strict=True):
        put(sheet, f"{letter}{row}", text, HEADER)
    for layout in SHEETS:
        row += 1
        required = ", ".join(layout.needed)
        ref = f"B{row}"
        put(sheet, ref, layout.title, LINK_CELL).hyperlink = link(layout.title, "A2", ref)
        put(sheet, f"C{row}", ROWS_FOR.get(layout.key, layout.help), TABLE)
        put(sheet, f"D{row}", required, TABLE)
        sheet.row_dimensions[row].height = LINE_HEIGHT
    return row + 1


ROWS_FOR = {
    "invoices": "each invoice",
    "lines": "each line of an invoice",
    "addresses": "each address of an invoice",
    "costs": "each amount below the lines",
    "shipments": "each shipment of an invoice",
}


def _legend(sheet: Worksheet, row: int) -> int:
    put(sheet, f"B{row}", "The colours", SECTION)
    for look, sample, meaning in LEGEND:
        row += 1
        put(sheet, f"B{row}", sample, look)
        put(sheet, f"C{row}", meaning, MEANING)
        sheet.row_dimensions[row].height = LINE_HEIGHT
    return row + 1


def _hints(sheet: Worksheet, row: int) -> int:
    put(sheet, f"B{row}", "Good to know", SECTION)
    for hint in GOOD_TO_KNOW:
        row += 1
        put(sheet, f"B{row}", f"•  {hint}", Look(wrap=True))
        sheet.merge_cells(f"B{row}:D{row}")
    return row + 1
