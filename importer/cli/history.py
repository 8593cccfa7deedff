"""`importer runs` and `importer show`: what was done before."""

from __future__ import annotations

import argparse

from importer import settings
from importer.errors import Exit
from importer.terminal import Screen


def runs(arguments: argparse.Namespace) -> int:
    """List the latest runs; give exit code 0."""
    from importer import runs as importer_runs
    from importer.terminal.lists import show_runs

    show_runs(Screen(), importer_runs.history(arguments.limit))
    return Exit.OK


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
