"""The report's first sheet: how things stand, at a glance and in figures that add up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from importer.model import Cause, Result
from importer.money import places
from importer.workbook.book import link, put
from importer.workbook.layout import ERRORS_SHEET, LAYOUT_VERSION
from importer.workbook.report.rows import COMMENT_LIMIT
from importer.workbook.report.telling import is_here
from importer.workbook.report.words import (
    SEVERITY,
    STATE,
    state_words,
    sum_of_states,
    verdict,
)
from importer.workbook.stamps import CHECK_ONLY, RUN_LABEL
from importer.workbook.styles import (
    COUNT_FORMAT,
    GREEN,
    HEADER,
    INK,
    LABEL,
    LINK,
    MINT,
    PALE_STATES,
    PAPER,
    QUIET,
    RED,
    ROSE,
    ROW_HEIGHT,
    SECTION,
    SEVERITY_FILL,
    SEVERITY_INK,
    STATE_COLOUR,
    SUBTITLE,
    TABLE,
    TITLE,
    Look,
    height,
    set_up_page,
)

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

WIDTHS = {"A": 3, "B": 16, "C": 14, "D": 28, "E": 46, "F": 46, "G": 32}
"""Column → width in characters. B to G hold the tables."""

CAUSES_SHOWN = 15


def write_summary(
    sheet: Worksheet,
    result: Result,
    causes: Sequence[Cause],
    steps: Iterable[str],
    made: datetime,
    *,
    uncommented: int = 0,
) -> None:
    """Fill the Summary sheet of a report made at a time in UTC.

    `causes` are the result's, with the report's cells; `steps` say what to do next; `uncommented`
    is how many bad cells are coloured without a comment.
    """
    sheet.sheet_view.showGridLines = False
    sheet.sheet_properties.tabColor = "24405C"
    for letter, width in WIDTHS.items():
        sheet.column_dimensions[letter].width = width
    row = _head(sheet, result, made)
    row = _outcomes(sheet, result, row)
    row = _totals(sheet, result, row)
    row = _causes(sheet, result, causes, row)
    row = _steps(sheet, steps, row)
    notes = [f"Layout {LAYOUT_VERSION}"]
    if uncommented:
        notes.insert(
            0,
            f"{uncommented:,} more marked cells are coloured but have no comment: a workbook "
            f"with over {COMMENT_LIMIT:,} comments opens slowly. The {ERRORS_SHEET} sheet lists "
            "them all.",
        )
    for note in notes:
        put(sheet, f"B{row}", note, QUIET)
        row += 1
    set_up_page(sheet)
    sheet.page_setup.fitToHeight = 1
    sheet.print_area = f"A1:G{row}"


def _head(sheet: Worksheet, result: Result, made: datetime) -> int:
    put(sheet, "B2", "Check report" if result.dry_run else "Import report", TITLE)
    sheet.row_dimensions[2].height = 36
    nothing_sent = "A dry run: everything was checked, and nothing was sent."
    put(sheet, "B3", nothing_sent if result.dry_run else "What became of each invoice.", SUBTITLE)
    facts = [
        ("Workbook", result.workbook),
        ("Store", result.store),
        (RUN_LABEL, result.run or CHECK_ONLY),
        ("Follows run", result.parent),
        ("Made", f"{made:%Y-%m-%d %H:%M} UTC"),
    ]
    row = 5
    for label, fact in facts:
        if fact:
            put(sheet, f"B{row}", label, LABEL)
            put(sheet, f"C{row}", fact, Look(bold=True))
            row += 1
    row = _band(sheet, row + 1, verdict(result), good=result.well)
    if result.stopped:
        row = _band(sheet, row, f"Posting stopped early: {result.stopped}", good=False)
    return row + 1


def _band(sheet: Worksheet, row: int, text: str, *, good: bool) -> int:
    look = Look(
        size=14,
        bold=True,
        colour=GREEN if good else RED,
        fill=MINT if good else ROSE,
        across="left",
        down="center",
        indent=1,
    )
    for letter in "BCDEFG":
        put(sheet, f"{letter}{row}", text if letter == "B" else None, look)
    sheet.merge_cells(f"B{row}:G{row}")
    sheet.row_dimensions[row].height = 32
    return row + 1


def _outcomes(sheet: Worksheet, result: Result, row: int) -> int:
    """Write a row for each state, their sum, and a chart of them at the right."""
    start = row
    _section(sheet, row, "Outcome")
    _header(sheet, row + 1, {"B": "State", "C": "Invoices", "D": "What it means", "E": ""})
    sheet.merge_cells(f"D{row + 1}:E{row + 1}")
    row = first = row + 2
    states = [state for state in STATE if result.invoices[state]]
    for state in states:
        label, meaning = state_words(state, dry_run=result.dry_run)
        ink = INK if state in PALE_STATES else PAPER
        swatch = TABLE.but(bold=True, colour=ink, fill=STATE_COLOUR[state])
        put(sheet, f"B{row}", label, swatch)
        put(sheet, f"C{row}", result.invoices[state], FIGURE, COUNT_FORMAT)
        _wide(sheet, row, meaning, TABLE)
        row += 1
    put(sheet, f"B{row}", "Read", TABLE.but(bold=True))
    put(sheet, f"C{row}", result.invoices.read, FIGURE.but(bold=True), COUNT_FORMAT)
    _wide(sheet, row, f"{sum_of_states(result)}.", TABLE.but(bold=True))
    sheet.row_dimensions[row].height = height(sum_of_states(result), 72)
    if states:
        _chart(sheet, f"F{start}", first, row - 1, [STATE_COLOUR[state] for state in states])
    return max(row + 2, start + _CHART_ROWS)


def _wide(sheet: Worksheet, row: int, text: str, look: Look) -> None:
    put(sheet, f"D{row}", text, look)
    put(sheet, f"E{row}", None, look)
    sheet.merge_cells(f"D{row}:E{row}")
    sheet.row_dimensions[row].height = ROW_HEIGHT


_CHART_ROWS = 10
FIGURE = TABLE.but(across="right", wrap=False)


def _chart(sheet: Worksheet, anchor: str, first: int, last: int, colours: list[str]) -> None:
    """Set a ring at a cell: one slice for each state of the rows from `first` to `last`."""
    from openpyxl.chart import DoughnutChart, Reference
    from openpyxl.chart.label import DataLabelList
    from openpyxl.chart.layout import Layout, ManualLayout
    from openpyxl.chart.marker import DataPoint
    from openpyxl.chart.shapes import GraphicalProperties

    chart: Any = DoughnutChart()
    chart.add_data(Reference(sheet, min_col=3, min_row=first, max_row=last))
    chart.set_categories(Reference(sheet, min_col=2, min_row=first, max_row=last))
    chart.holeSize = 58
    chart.style = 2
    chart.width, chart.height = 12.5, 6.2  # centimetres
    chart.legend.position = "r"
    chart.layout = Layout(ManualLayout(x=0.04, y=0.06, w=0.5, h=0.88))
    chart.dataLabels = DataLabelList()
    for shown in ("showVal", "showPercent", "showSerName", "showCatName", "showLegendKey"):
        setattr(chart.dataLabels, shown, False)
    for index, colour in enumerate(colours):
        properties: Any = GraphicalProperties(solidFill=colour)
        properties.line.solidFill = PAPER
        chart.series[0].dPt.append(DataPoint(idx=index, spPr=properties))
    chart.graphical_properties = GraphicalProperties(noFill=True)
    chart.graphical_properties.line.noFill = True
    sheet.add_chart(chart, anchor)


def _totals(sheet: Worksheet, result: Result, row: int) -> int:
    if not result.totals:
        return row
    _section(sheet, row, "Totals of the invoices' original balances")
    _header(sheet, row + 1, {"B": "Currency", "C": "Invoices", "D": "Amount"}, right="CD")
    row += 2
    for total in result.totals:
        decimals = places(total.amount, total.currency)
        money = f"#,##0.{'0' * decimals}" if decimals else COUNT_FORMAT
        put(sheet, f"B{row}", total.currency, TABLE.but(bold=True))
        put(sheet, f"C{row}", total.invoices, FIGURE, COUNT_FORMAT)
        put(sheet, f"D{row}", total.amount, FIGURE, money)
        sheet.row_dimensions[row].height = ROW_HEIGHT
        row += 1
    return row + 1


def _causes(sheet: Worksheet, result: Result, causes: Sequence[Cause], row: int) -> int:
    if not causes:
        return row
    faults = "1 fault" if len(result.faults) == 1 else f"{len(result.faults):,} faults"
    kinds = "1 cause" if len(causes) == 1 else f"{len(causes):,} causes"
    _section(sheet, row, f"The most common problems: {faults}, {kinds}")
    titles = dict(
        zip(
            "BCDEFG",
            ("Severity", "Times", "Where", "What is wrong", "What to do", "First cells"),
            strict=True,
        )
    )
    _header(sheet, row + 1, titles)
    row += 2
    for cause in causes[:CAUSES_SHOWN]:
        _cause(sheet, row, cause)
        row += 1
    if len(causes) > CAUSES_SHOWN:
        rest = len(causes) - CAUSES_SHOWN
        put(sheet, f"B{row}", f"{rest:,} more on the {ERRORS_SHEET} sheet.", QUIET)
        row += 1
    return row + 1


def _cause(sheet: Worksheet, row: int, cause: Cause) -> None:
    where = ", ".join(part for part in (cause.sheet, cause.column) if part) or "Workbook"
    cells = ", ".join(cause.cells) + (", ..." if cause.count > len(cause.cells) else "")
    chip = TABLE.but(
        bold=True, colour=SEVERITY_INK[cause.severity], fill=SEVERITY_FILL[cause.severity]
    )
    put(sheet, f"B{row}", SEVERITY[cause.severity], chip)
    put(sheet, f"C{row}", cause.count, FIGURE, COUNT_FORMAT)
    texts = {"D": where, "E": cause.message, "F": cause.remedy, "G": cells}
    for letter, text in texts.items():
        put(sheet, f"{letter}{row}", text, TABLE)
    if cause.cells and is_here(cause.cells[0]):
        title, _, ref = cause.cells[0].rpartition("!")
        first = put(sheet, f"G{row}", cells, TABLE.but(colour=LINK.colour, underline=True))
        first.hyperlink = link(title, ref, f"G{row}")
    sheet.row_dimensions[row].height = max(
        height(text, WIDTHS[letter] - 2) for letter, text in texts.items()
    )


def _steps(sheet: Worksheet, steps: Iterable[str], row: int) -> int:
    _section(sheet, row, "What to do next")
    for number, step in enumerate(steps, 1):
        row += 1
        put(sheet, f"B{row}", f"{number}.  {step}", Look(down="center"))
        sheet.row_dimensions[row].height = ROW_HEIGHT
    return row + 2


def _section(sheet: Worksheet, row: int, text: str) -> None:
    put(sheet, f"B{row}", text, SECTION)
    sheet.row_dimensions[row].height = 26


def _header(sheet: Worksheet, row: int, titles: dict[str, str], right: str = "C") -> None:
    for letter, title in titles.items():
        look = HEADER.but(across="right") if letter in right else HEADER
        put(sheet, f"{letter}{row}", title, look)
    sheet.row_dimensions[row].height = 22
