"""What was found when the ledger was looked through."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.terminal.screen import Screen
from importer.terminal.words import plural, printable

if TYPE_CHECKING:
    from importer.ledger import Examination


def show_examination(screen: Screen, found: Examination) -> None:
    """Print each damage with what it means and what to do; in the end how much was read."""
    for damage in found.damages:
        screen.say(printable(damage.what), style="bold red")
        screen.say(f"  {printable(damage.meaning)}")
        screen.say(f"  {printable(damage.remedy)}")
    held = f"{plural(found.runs, 'run')}, {plural(found.invoices, 'invoice')}"
    if found.damages:
        screen.say(f"The ledger {found.place} is damaged. It holds {held}.")
    else:
        screen.say(f"The ledger {found.place} is sound: {held}.")
