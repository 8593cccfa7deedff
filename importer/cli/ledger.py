"""`importer ledger check`: whether the ledger is as this program wrote it."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from importer import settings
from importer.errors import Exit
from importer.terminal import Screen
from importer.terminal.words import plural, printable

if TYPE_CHECKING:
    from importer.ledger import Examination


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
        _show(screen, found)
    return Exit.INVOICES if found and found.damages else Exit.OK


def _show(screen: Screen, found: Examination) -> None:
    for damage in found.damages:
        screen.say(printable(damage.what), style="bold red")
        screen.say(f"  {printable(damage.meaning)}")
        screen.say(f"  {printable(damage.remedy)}")
    held = f"{plural(found.runs, 'run')}, {plural(found.invoices, 'invoice')}"
    if found.damages:
        screen.say(f"The ledger {found.place} is damaged. Read: {held}.")
    else:
        screen.say(f"The ledger {found.place} is sound: {held}.")
