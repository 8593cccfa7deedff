"""`importer report`: the report workbook of a run, as often as it is wanted."""

from __future__ import annotations

import argparse
from pathlib import Path

from importer.cli.replacing import may_replace
from importer.errors import Exit
from importer.terminal import Screen


def report(arguments: argparse.Namespace) -> int:
    """Write the report of the run to `--output`; give exit code 0."""
    from importer import runs

    screen = Screen(as_json=arguments.json)
    force = may_replace(screen, arguments.output, force=arguments.force)
    written = runs.report(arguments.run, Path(arguments.output), force=force)
    if arguments.json:
        screen.object({"run": arguments.run, "report": str(written)})
    screen.say(f"Report: {written}")
    return Exit.OK
