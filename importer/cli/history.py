"""`importer runs` and `importer show`: what was done before."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from importer import settings
from importer.errors import Exit
from importer.terminal import Screen

if TYPE_CHECKING:
    from importer.ledger import Run
    from importer.model import Counts, Json


def runs(arguments: argparse.Namespace) -> int:
    """List the latest runs; give exit code 0."""
    from importer import runs as importer_runs
    from importer.terminal.lists import show_runs

    screen, found = Screen(as_json=arguments.json), importer_runs.history(arguments.limit)
    if arguments.json:
        screen.object({"runs": [_as_json(run, counts) for run, counts in found]})
    else:
        show_runs(screen, found)
    return Exit.OK


def _as_json(run: Run, counts: Counts) -> Json:
    return {
        "run": run.id,
        "parent": run.parent,
        "started": run.created_at.isoformat(timespec="seconds"),
        "store": run.store_name,
        "workbook": run.workbook,
        "state": run.state.value,
        "stopped": run.stopped,
        "invoices": counts.as_json(),
    }


def show(arguments: argparse.Namespace) -> int:
    """Show what became of a run's invoices. Exit code 0: showing it is what was asked for."""
    from importer import runs as importer_runs

    result = importer_runs.show(arguments.run)
    screen = Screen(as_json=arguments.json)
    if arguments.json:
        screen.object(result.as_json())
    else:
        from importer.terminal.results import show_result

        show_result(screen, result, settings.flags_of(result.store))
    return Exit.OK
