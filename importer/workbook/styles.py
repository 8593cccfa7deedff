"""The look of every workbook that we write: one palette, one font, a few looks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from importer.model import Severity, State

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

INK, MUTED, RULE, PAPER = "1F2A37", "6B7686", "D5DCE4", "FFFFFF"
NAVY, MIST, HAZE = "24405C", "DCE6F0", "F4F7FA"
RED, AMBER, GREEN = "8F2A1D", "7A5200", "1E6B3C"
ROSE, SAND, MINT = "F8CFC8", "FCE5A6", "D7ECDD"

FONT = "Calibri"
DATE_FORMAT, TEXT_FORMAT, MONEY_FORMAT = "yyyy-mm-dd", "@", "#,##0.00"
NUMBER_FORMAT, COUNT_FORMAT, GENERAL = "#,##0.######", "#,##0", "General"

SEVERITY_FILL = {Severity.ERROR: ROSE, Severity.WARNING: SAND}
SEVERITY_INK = {Severity.ERROR: RED, Severity.WARNING: AMBER}
SEVERITY_RULE = {Severity.ERROR: "E39B8F", Severity.WARNING: "E3C262"}

STATE_COLOUR = {
    State.CREATED: "4C9A6A",
    State.UPDATED: "6FAF92",
    State.SKIPPED: "9CC7AC",
    State.PENDING: "5B8DB8",
    State.POSTING: "9DB9D3",
    State.INVALID: "CF5C4C",
    State.REJECTED: "A63D40",
    State.FAILED: "E08E45",
    State.UNKNOWN: "E3BE5B",
    State.CONFLICT: "9C6B98",
    State.MISSING: "B5657A",
    State.CANCELLED: "A9B2BD",
    State.DELETED: "6F7B88",
}
"""Fills and slices."""

PALE_STATES = frozenset({State.SKIPPED, State.POSTING, State.UNKNOWN, State.CANCELLED})
"""States on whose colour dark text reads better than white."""

STATE_INK = {
    State.CREATED: GREEN,
    State.UPDATED: GREEN,
    State.SKIPPED: GREEN,
    State.PENDING: "2F5F88",
    State.POSTING: "2F5F88",
    State.INVALID: RED,
    State.REJECTED: RED,
    State.FAILED: "9A4F0B",
    State.UNKNOWN: AMBER,
    State.CONFLICT: "6E3F6A",
    State.MISSING: "8A3550",
    State.CANCELLED: MUTED,
    State.DELETED: MUTED,
}
"""Text."""


@dataclass(frozen=True, slots=True)
class Look:
    """How a cell looks. Colours are RGB in hex, sizes in points."""

    size: float = 11
    bold: bool = False
    italic: bool = False
    underline: bool = False
    colour: str = INK
    fill: str | None = None
    rule: str | None = None
    across: str | None = None
    down: str = "top"
    wrap: bool = False
    indent: int = 0

    def but(self, **changes: Any) -> Look:
        """Give the same look with some things changed."""
        return replace(self, **changes)

    def dress(self, cell: Any, number_format: str = GENERAL, *, quote: bool = False) -> None:
        """Give a cell of openpyxl this look.

        `quote` keeps its text from being taken for a formula or number when somebody edits it.
        """
        from openpyxl.styles import Alignment, Border, Font, PatternFill, Side

        cell.font = Font(
            name=FONT,
            size=self.size,
            bold=self.bold,
            italic=self.italic,
            underline="single" if self.underline else None,
            color=self.colour,
        )
        if self.fill:
            cell.fill = PatternFill("solid", fgColor=self.fill)
        if self.rule:
            side = Side("thin", color=self.rule)
            cell.border = Border(left=side, right=side, top=side, bottom=side)
        cell.alignment = Alignment(
            horizontal=self.across, vertical=self.down, wrap_text=self.wrap, indent=self.indent
        )
        cell.number_format = number_format
        if quote:
            cell.quotePrefix = True


PLAIN = Look()
WRAPPED = Look(wrap=True)
TITLE = Look(size=22, bold=True, colour=NAVY, down="center")
SUBTITLE = Look(size=12, colour=MUTED, down="center")
SECTION = Look(size=13, bold=True, colour=NAVY, down="center")
QUIET = Look(size=10, colour=MUTED)
LABEL = Look(colour=MUTED)
LINK = Look(colour="1F5F99", underline=True)

TABLE = Look(rule=RULE, across="left", down="center", wrap=True, indent=1)
HEADER = TABLE.but(bold=True, fill=MIST, rule="C3CFDB")
STRONG_HEADER = HEADER.but(colour=PAPER, fill=NAVY, rule=NAVY)
OWN_COLOUR = "5D6B7A"
OWN_HEADER = HEADER.but(colour=PAPER, fill=OWN_COLOUR, rule=OWN_COLOUR)

HEADER_HEIGHT, ROW_HEIGHT, LINE_HEIGHT = 34.0, 19.0, 15.0
"""Points: a header of two lines, a row of one, a further line."""


def height(text: str | None, characters: int, lines: int = 8) -> float:
    """Give the height in points of a row whose text wraps in a column so many characters wide."""
    if not text:
        return ROW_HEIGHT
    per_line = max(1, int(characters * 1.12))
    needed = sum(1 + (len(line) - 1) // per_line for line in text.split("\n"))
    return max(ROW_HEIGHT, 5 + LINE_HEIGHT * min(needed, lines))


def set_up_table(sheet: Worksheet, columns: int, rows: int) -> None:
    """Make a sheet with a header in row 1 easy to read and to print.

    Freezes and filters the header, repeats it on each page, landscape and fitted to the width.
    `rows` is the number of the last row, header included.
    """
    from importer.model import column_letter

    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = f"A1:{column_letter(columns)}{max(rows, 2)}"
    sheet.row_dimensions[1].height = HEADER_HEIGHT
    sheet.sheet_format.defaultRowHeight = ROW_HEIGHT
    sheet.sheet_format.customHeight = True
    sheet.print_title_rows = "1:1"
    set_up_page(sheet)


def set_up_page(sheet: Worksheet) -> None:
    """Print a sheet in landscape, one page wide, with its name and the page's number below."""
    from openpyxl.worksheet.properties import PageSetupProperties

    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = 9  # A4
    sheet.page_setup.fitToWidth = 1
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    for side, inches in (
        ("left", 0.4),
        ("right", 0.4),
        ("top", 0.5),
        ("bottom", 0.7),
        ("footer", 0.3),
    ):
        setattr(sheet.page_margins, side, inches)
    footer: Any = sheet.oddFooter
    footer.left.text, footer.right.text = "&A", "&P / &N"
