"""Control totals on the screen: what became of the workbook's money."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.control import Control, ControlLine, Figure
from importer.terminal.screen import Screen
from importer.terminal.words import money, printable

if TYPE_CHECKING:
    from rich.text import Text

COMPANIES_SHOWN = 12


def show_control(screen: Screen, control: Control) -> None:
    """Print one row a currency, one a company when they are few, and whether it all ties."""
    from rich.table import Table

    if not control.lines:
        return
    read_back = control.read_back_at is not None
    few = len(control.lines) <= COMPANIES_SHOWN and len(control.lines) > len(control.by_currency)
    heads = ["Control totals", "company"] if few else ["Control totals"]
    heads += ["in the workbook", "posted", "skipped", "not posted"]
    heads += ["read back", "difference"] if read_back else ["difference"]
    table = Table(box=None, header_style="bold", padding=(0, 2, 0, 0))
    for place, head in enumerate(heads):
        left = place < 1 + few
        table.add_column(head, justify="left" if left else "right", no_wrap=not left)
    for total in control.by_currency:
        mine = [line for line in control.lines if line.currency == total.currency]
        if few and len(mine) > 1:
            for line in mine:
                table.add_row(*_cells(line, few=True, total=False))
        only = mine[0] if few and len(mine) == 1 else None
        table.add_row(*_cells(only or total, few=few, total=True))
    screen.say()
    screen.indented(table)
    screen.say(f"  {control.verdict}", style="green" if control.ties else "yellow")


def _cells(line: ControlLine, *, few: bool, total: bool) -> list[Text]:
    from rich.text import Text

    style = "bold" if total else ""
    cells = [Text(printable(line.currency or "no currency") if total else "", style="bold")]
    if few:
        cells.append(Text(printable(line.company or ("all" if total else "none")), style=style))
    figures = [line.workbook, line.posted, line.skipped, line.not_posted]
    if line.read_back is not None:
        figures.append(line.read_back)
    cells += [_figure(figure, line.currency, style) for figure in figures]
    warn = "yellow" if line.difference else "green"
    return [*cells, _figure(line.difference, line.currency, warn)]


def _figure(figure: Figure, currency: str, style: str) -> Text:
    from rich.text import Text

    text = Text(money(figure.amount, currency), style=style)
    return text.append(f" ({figure.invoices:,})", style="dim")
