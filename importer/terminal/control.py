"""Control totals on the screen: what became of the workbook's money."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from importer.control import Control, ControlLine, Figure
from importer.terminal.screen import Screen
from importer.terminal.words import money, printable

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

COMPANIES_SHOWN = 12
_GAP = 2
_HEADS = ("in the workbook", "posted", "skipped", "not posted", "read back", "difference")
_ALWAYS = ("in the workbook", "posted", "difference")

Line = tuple[str, str, ControlLine, bool]
"""Currency and company as they are shown, the figures, and whether they are a sum."""


def show_control(screen: Screen, control: Control) -> None:
    """Print one row a currency, one a company when they are few, and whether it all ties.

    A figure that is nowhere other than zero has no column. Where the table is wider than the
    screen, the counts are left out, and then each line takes several.
    """
    if not control.lines:
        return
    lines = _lines(control)
    heads = [head for head in _HEADS if head in _ALWAYS or _says(head, control)]
    screen.say()
    screen.say("  Control totals", style="bold")
    screen.indented(_fitting(lines, heads, screen.console().width - 2))
    screen.say(f"  {control.verdict}", style="green" if control.ties else "yellow")


def _lines(control: Control) -> list[Line]:
    few = len(control.lines) <= COMPANIES_SHOWN and len(control.lines) > len(control.by_currency)
    found: list[Line] = []
    for total in control.by_currency:
        currency = printable(total.currency or "no currency")
        mine = [line for line in control.lines if line.currency == total.currency] if few else []
        found += [(currency, _company(line), line, False) for line in mine if len(mine) > 1]
        only = mine[0] if len(mine) == 1 else None
        company = "" if not few else _company(only) if only else "all"
        found.append((currency, company, only or total, True))
    return found


def _company(line: ControlLine) -> str:
    return printable(line.company or "none")


def _says(head: str, control: Control) -> bool:
    """Whether the figures under a head say anything."""
    figures = [_figures(line)[head] for line in control.lines]
    if head == "read back":
        return any(figure is not None for figure in figures)
    return any(figures)


def _figures(line: ControlLine) -> dict[str, Figure | None]:
    given = (line.workbook, line.posted, line.skipped, line.not_posted, line.read_back)
    return dict(zip(_HEADS, (*given, line.difference), strict=True))


def _fitting(lines: Sequence[Line], heads: Sequence[str], width: int) -> Table:
    wide = _table(lines, heads, counts=True)
    if _width(wide) <= width:
        return wide
    narrow = _table(lines, heads, counts=False)
    return narrow if _width(narrow) <= width else _stacked(lines, heads)


def _table(lines: Sequence[Line], heads: Sequence[str], *, counts: bool) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, header_style="bold", padding=(0, _GAP, 0, 0))
    companies = any(company for _, company, _, _ in lines)
    for head in ("", "company")[: 1 + companies]:
        table.add_column(head, no_wrap=True)
    for head in heads:
        table.add_column(head, justify="right", no_wrap=True)
    for currency, company, line, total in lines:
        style = "bold" if total else ""
        names = [Text(currency if total else "", style="bold"), Text(company, style=style)]
        figures = [_figure(line, head, style, counts=counts) for head in heads]
        table.add_row(*names[: 1 + companies], *figures)
    return table


def _width(table: Table) -> int:
    """Give how wide a table is when nothing of it is cut off."""
    from rich.text import Text

    cells = [[column.header, *column.cells] for column in table.columns]
    widths = [max(Text(str(cell)).cell_len for cell in column) for column in cells]
    return sum(widths) + _GAP * (len(widths) - 1)


def _stacked(lines: Sequence[Line], heads: Sequence[str]) -> Table:
    """Give each line's figures below each other."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, show_header=False, padding=(0, _GAP, 0, 0))
    for currency, company, line, total in lines:
        style = "bold" if total else ""
        table.add_row(Text(f"{currency} {company}".strip(), style=style), "")
        for head in heads:
            table.add_row(Text(f"  {head}"), _figure(line, head, style, counts=True))
    table.columns[1].justify = "right"
    return table


def _figure(line: ControlLine, head: str, style: str, *, counts: bool) -> Text:
    from rich.text import Text

    figure = _figures(line)[head]
    if figure is None:
        return Text("")
    if head == "difference":
        style = "yellow" if figure else "green"
    text = Text(money(figure.amount, line.currency), style=style)
    return text.append(f" ({figure.invoices:,})", style="dim") if counts else text
