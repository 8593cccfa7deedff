"""The report's Control Totals sheet: what became of the workbook's money, to be signed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from importer.control import Control, ControlLine, Figure
from importer.model import Result, column_letter
from importer.money import places
from importer.workbook.book import Book, LongSheet, needs_quote
from importer.workbook.layout import CONTROL_SHEET
from importer.workbook.styles import (
    AMBER,
    COUNT_FORMAT,
    GREEN,
    HAZE,
    HEADER,
    LABEL,
    MINT,
    MUTED,
    PLAIN,
    QUIET,
    RED,
    ROSE,
    ROW_HEIGHT,
    SAND,
    SECTION,
    STRONG_HEADER,
    SUBTITLE,
    TABLE,
    TEXT_FORMAT,
    TITLE,
    Look,
    set_up_page,
)

GROUPS = ("In the workbook", "Posted", "Skipped", "Not posted", "Read back", "Difference")
WIDTHS = [3, 11, 20, *[10, 18] * len(GROUPS)]
"""Characters: a margin, currency, company, then invoices and amount of each group."""

_LAST = len(WIDTHS)
_SIGNATURES = ("Prepared by", "Checked by")

Cells = list[tuple[Any, int]]


def write_control(book: Book, result: Result, made: datetime) -> None:
    """Write the sheet, none at all for a result without control totals. `made` is in UTC."""
    if result.control is None:
        return
    page = _Page(book, book.long_sheet(CONTROL_SHEET))
    _head(page, result, made)
    _band(page, result.control)
    _table(page, result.control)
    _notes(page, result)
    _signatures(page)
    _set_up(page)


class _Page:
    """The sheet on its way down, with the few looks that it needs."""

    def __init__(self, book: Book, long: LongSheet) -> None:
        self.book = book
        self.long = long
        self.sheet: Any = long.sheet
        self.frozen = 1

    def style(self, look: Look, number_format: str = "General", *, quote: bool = False) -> int:
        """Give the number of a look."""
        return self.book.style(look, number_format, quote=quote)

    def row(self, cells: Iterable[tuple[Any, int]], height: float = ROW_HEIGHT) -> int:
        """Add a row that begins in column B."""
        return self.long.add([(None, self.style(PLAIN)), *cells], height=height)

    def blank(self) -> None:
        """Leave a row free."""
        self.row([])

    def merge(self, row: int, first: int, last: int) -> None:
        """Make one cell of several of a row."""
        self.sheet.merge_cells(f"{column_letter(first)}{row}:{column_letter(last)}{row}")


def _head(page: _Page, result: Result, made: datetime) -> None:
    page.blank()
    page.row([("Control totals", page.style(TITLE))], 36)
    words = "What became of the workbook's money, by currency and company."
    page.row([(words, page.style(SUBTITLE))])
    page.blank()
    facts = (
        ("Workbook", result.workbook),
        ("Store", result.store),
        ("Run", result.run),
        ("Made", f"{made:%Y-%m-%d %H:%M} UTC"),
    )
    label, fact = page.style(LABEL), page.style(Look(bold=True))
    for name, value in facts:
        page.row([(name, label), (value, fact)])
    page.blank()


def _band(page: _Page, control: Control) -> None:
    ink, fill = (GREEN, MINT) if control.ties else (AMBER, SAND)
    if not control.explained:
        ink, fill = RED, ROSE
    look = Look(size=14, bold=True, colour=ink, fill=fill, down="center", indent=1)
    style = page.style(look)
    row = page.row([(control.verdict, style), *[(None, style)] * (_LAST - 2)], 32)
    page.merge(row, 2, _LAST)
    page.blank()


def _table(page: _Page, control: Control) -> None:
    _table_head(page)
    currency = None
    for total in control.by_currency:
        lines = [line for line in control.lines if line.currency == total.currency]
        decimals = max(_decimals(line) for line in lines)
        for line in lines:
            shown = line.currency or "none" if currency != line.currency else None
            currency = line.currency
            _line(page, line, shown, line.company or "none", decimals)
        _line(page, total, None, "All companies", decimals, total=True)


def _table_head(page: _Page) -> None:
    strong = page.style(STRONG_HEADER.but(across="center"))
    plain = page.style(STRONG_HEADER)
    titles: Cells = [("Currency", plain), ("Company ID", plain)]
    for group in GROUPS:
        titles += [(group, strong), (None, strong)]
    row = page.row(titles, 24)
    head, right = page.style(HEADER), page.style(HEADER.but(across="right"))
    page.frozen = page.row(
        [(None, head), (None, head), *[("Invoices", right), ("Amount", right)] * len(GROUPS)]
    )
    for place in range(len(GROUPS)):
        page.merge(row, 4 + 2 * place, 5 + 2 * place)


def _line(
    page: _Page,
    line: ControlLine,
    currency: str | None,
    company: str,
    decimals: int,
    *,
    total: bool = False,
) -> None:
    base = TABLE.but(bold=True, fill=HAZE) if total else TABLE
    money = f"#,##0.{'0' * decimals}" if decimals else COUNT_FORMAT
    figure = base.but(across="right", wrap=False)
    counts, amounts = page.style(figure, COUNT_FORMAT), page.style(figure, money)
    cells: Cells = [
        (currency, page.style(base.but(bold=True))),
        (company, page.style(base, TEXT_FORMAT, quote=needs_quote(company, TEXT_FORMAT))),
    ]
    shown: list[Figure | None] = [line.workbook, line.posted, line.skipped, line.not_posted]
    for one in [*shown, line.read_back]:
        cells += [(one.invoices if one else _none(one), counts)]
        cells += [(one.amount if one else _none(one), amounts)]
    good = not line.difference
    last = figure.but(bold=True, colour=GREEN if good else RED, fill=MINT if good else ROSE)
    cells += [
        (line.difference.invoices, page.style(last, COUNT_FORMAT)),
        (line.difference.amount, page.style(last, money)),
    ]
    page.row(cells)


def _none(figure: Figure | None) -> int | str:
    return "not asked" if figure is None else 0


def _decimals(line: ControlLine) -> int:
    """Give how many decimals are shown: all that the currency has, or all that count."""
    figures = [line.workbook, line.posted, line.skipped, line.not_posted, line.difference]
    return max(places(figure.amount, line.currency) for figure in figures)


def _notes(page: _Page, result: Result) -> None:
    page.blank()
    quiet = page.style(QUIET)
    for note in _note_texts(result):
        page.row([(note, quiet)])
    page.blank()


def _note_texts(result: Result) -> Sequence[str]:
    notes = [
        "Difference: what is in the workbook, less what the store was found to hold (or, where "
        "the store wasn't asked, less what was posted or skipped). Amounts are original balances.",
        "Not posted: invalid, refused, failed, in conflict, cancelled, taken back, still "
        "waiting. Those whose amount can't be read count as 0.",
    ]
    if result.control and not result.control.read_back_at:
        notes.append(
            f"The store was not asked what it holds. To ask it: importer verify {result.run} "
            "--report FILE"
        )
    return notes


def _signatures(page: _Page) -> None:
    page.row([("Sign-off", page.style(SECTION))], 26)
    label = page.style(Look(colour=MUTED, down="center", across="left", indent=1))
    line = page.style(Look(rule="9AA7B5", down="center"))
    for who in _SIGNATURES:
        cells: Cells = [(who, label), (None, label)]
        for what, wide in (("Name", 3), ("Date", 1), ("Signature", 3)):
            cells += [(what, label), *[(None, line)] * wide]
        row = page.row(cells, 30)
        page.merge(row, 2, 3)
        page.merge(row, 5, 7)
        page.merge(row, 11, 13)
        page.row([], 8)


def _set_up(page: _Page) -> None:
    sheet = page.sheet
    for place, width in enumerate(WIDTHS, 1):
        sheet.column_dimensions[column_letter(place)].width = width
    sheet.sheet_view.showGridLines = False
    sheet.sheet_properties.tabColor = "24405C"
    sheet.freeze_panes = f"D{page.frozen + 1}"
    sheet.print_title_rows = f"{page.frozen - 1}:{page.frozen}"
    set_up_page(sheet)
    sheet.print_area = f"A1:{column_letter(_LAST)}{page.long.rows}"
