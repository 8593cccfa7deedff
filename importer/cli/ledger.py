"""`importer ledger check`: whether the ledger is as this program wrote it."""

from __future__ import annotations

import argparse

from importer import settings
from importer.errors import Exit
from importer.terminal import Screen


def check(arguments: argparse.Namespace) -> int:
    """Say what of the ledger is damaged; exit code 1 if anything is."""
    from importer import runs

    found = runs.check_ledger()
    screen = Screen(as_json=arguments.json)
    if arguments.json:
        none = {"ledger": str(settings.ledger_target()), "runs": 0, "invoices": 0, "damages": []}
        screen.object(found.as_json() if found else none)
    elif found is None:
        screen.say("There is no ledger yet: nothing has been run.")
    else:
        from importer.terminal.ledger import show_examination

        show_examination(screen, found)
    return Exit.INVOICES if found and found.damages else Exit.OK
