"""Lists: runs and stores."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from importer.model import Store
from importer.terminal.screen import Screen
from importer.terminal.words import STATE_WORDS, printable

if TYPE_CHECKING:
    from rich.table import Table

    from importer.ledger import Run
    from importer.model import Counts
    from importer.runs import Settled


def show_runs(screen: Screen, runs: Sequence[tuple[Run, Counts]]) -> None:
    """Print one row a run, the latest first."""
    if not runs:
        screen.say("There are no runs yet. Begin with: importer run WORKBOOK --sandbox")
        return
    table = _table("run", "started (UTC)", "store", "workbook", "state", "invoices")
    for run, counts in runs:
        states = ", ".join(
            f"{counts[state]:,} {state.value}" for state in STATE_WORDS if counts[state]
        )
        table.add_row(
            run.id,
            f"{run.created_at:%Y-%m-%d %H:%M}",
            run.store_name,
            printable(Path(run.workbook).name),
            str(run.state),
            states or "none",
        )
    screen.indented(table)
    screen.say("More about one: importer show RUN", style="dim")


def show_settled(screen: Screen, settled: Sequence[Settled]) -> None:
    """Print one row for each invoice that was unknown, with what became of it."""
    if not settled:
        screen.say("Nothing was unknown: the store's answer about every invoice was seen.")
        return
    table = _table("invoice", "state", "store ID", "what became of it")
    for one in settled:
        words = one.message or STATE_WORDS[one.state]
        table.add_row(
            printable(one.number), one.state.value, one.store_invoice_id or "", printable(words)
        )
    screen.indented(table)


def show_stores(screen: Screen, stores: Sequence[Store]) -> None:
    """Print one row a store."""
    if not stores:
        screen.say("There are no stores yet. Add one with: importer store add NAME --hash HASH")
        return
    table = _table("name", "hash", "base URL", "time zone")
    for store in stores:
        table.add_row(store.name, store.hash, store.base_url, store.time_zone)
    screen.indented(table)


def _table(*headers: str) -> Table:
    from rich.table import Table

    table = Table(box=None, header_style="bold", padding=(0, 2, 0, 0))
    for header in headers:
        table.add_column(header, overflow="fold")
    return table
