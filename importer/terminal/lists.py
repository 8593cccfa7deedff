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
