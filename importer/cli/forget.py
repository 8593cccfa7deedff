"""`importer forget`: remove the copies of workbooks that runs have kept."""

from __future__ import annotations

import argparse

from importer.errors import Exit, UsageError
from importer.terminal import Screen
from importer.terminal.words import plural


def forget(arguments: argparse.Namespace) -> int:
    """Remove the copies that the arguments name; give exit code 0.

    Raises UsageError when they name none, or a run that isn't over.
    """
    from importer import runs

    if (arguments.run is None) == (arguments.older_than is None):
        raise UsageError(
            "Say which copies to remove: those of one run, or all old ones.",
            "importer forget RUN, or importer forget --older-than DAYS",
        )
    found = runs.forget(arguments.run, older_than_days=arguments.older_than)
    screen = Screen(as_json=arguments.json)
    if arguments.json:
        screen.object(found.as_json())
    copies = plural(found.copies, "workbook copy")
    screen.say(f"Removed {copies} ({found.bytes / 1e6:,.1f} MB).")
    if found.runs:
        screen.say(
            f"The reports of {plural(len(found.runs), 'run')} can no longer be written. What was "
            "posted is still on record, and nothing is posted twice."
        )
    return Exit.OK
