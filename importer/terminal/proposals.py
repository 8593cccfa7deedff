"""A proposed mapping as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from importer.terminal.screen import Screen
from importer.terminal.words import printable

_MOST_RIVALS = 2


@dataclass(frozen=True)
class Line:
    """One column: the user's header, ours ("" for none), how sure (percent), some values.

    With `taken` False ours is only the best candidate; without `theirs` it is one still needed.
    `rivals` are others of the user's headers that may be meant instead.
    """

    sheet: str
    theirs: str
    ours: str
    confidence: int
    taken: bool
    samples: str
    rivals: Sequence[str] = ()


def show_proposals(screen: Screen, lines: Sequence[Line]) -> None:
    """Print one row a column, sheet by sheet."""
    from rich.table import Table
    from rich.text import Text

    for sheet in dict.fromkeys(line.sheet for line in lines):
        table = Table(box=None, header_style="bold", padding=(0, 2, 0, 0))
        for header in ("your column", "becomes", "sure", "such as"):
            table.add_column(
                header, overflow="fold", justify="right" if header == "sure" else "left"
            )
        for line in (line for line in lines if line.sheet == sheet):
            ours, style = _ours(line)
            table.add_row(
                printable(line.theirs) or Text("?", style="yellow"),
                Text(ours, style=style),
                f"{line.confidence}%" if line.ours and line.confidence else "",
                Text(printable(line.samples), style="dim"),
            )
        screen.say(printable(sheet), style="bold")
        screen.indented(table)
        screen.say()


def _ours(line: Line) -> tuple[str, str]:
    if line.taken:
        return line.ours, "green"
    if not line.theirs:
        return f"{line.ours}: required, but nothing looks like it", "yellow"
    if line.ours:
        others = " or ".join(f"“{printable(rival)}”" for rival in line.rivals[:_MOST_RIVALS])
        return f"not used; perhaps {line.ours}{f', or {others} is' if others else ''}", "yellow"
    return "left alone", "dim"
