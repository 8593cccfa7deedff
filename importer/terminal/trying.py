"""What a canary did, and what an undo would do or did."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from importer.model import Total
from importer.terminal.screen import Screen
from importer.terminal.words import command, money, plural, printable

if TYPE_CHECKING:
    from rich.table import Table

    from importer.runs import Trial, Undone

LEFT_ALONE_SHOWN = 20


def show_trial(screen: Screen, trial: Trial) -> None:
    """Print one row for each invoice that went first, as the store shows it now."""
    screen.say()
    screen.say(f"Posted first and read back: {plural(len(trial.tried), 'invoice')}", style="bold")
    table = _table("invoice", "company", "amount", "store ID", "in the store")
    for one in trial.tried:
        if one.same:
            words = f"the same. {one.not_compared}" if one.not_compared else "the same"
        elif one.differs:
            words = f"differs: {one.differs}"
        elif one.state.well:
            words = "it wasn't there when read back"
        else:
            words = f"{one.state.value}: {one.message or 'not in the store'}"
        table.add_row(
            printable(one.number),
            printable(one.company),
            f"{money(one.amount, one.currency)} {one.currency}",
            one.store_invoice_id or "",
            printable(words),
            style="green" if one.same else "red",
        )
    screen.indented(table)


def show_declined(screen: Screen, trial: Trial, flags: Sequence[str]) -> None:
    """Say how things stand when the rest isn't posted, and the two ways from there."""
    screen.say(f"The other {plural(trial.left, 'invoice')} stay pending.")
    screen.say(f"To post them: {command('importer', 'resume', trial.run, *flags)}")
    screen.say(f"To take back what was posted: {command('importer', 'undo', trial.run, *flags)}")


def show_undo_plan(screen: Screen, plan: Undone) -> None:
    """Say what would be deleted, and what is left alone and why."""
    screen.say()
    what = plural(plan.to_delete, "invoice") if plan.to_delete else "nothing"
    screen.say(f"Undoing run {plan.run} would delete {what} from {plan.store}", style="bold")
    _totals(screen, plan.totals)
    _left_alone(screen, plan)


def show_undone(screen: Screen, undone: Undone, flags: Sequence[str]) -> None:
    """Say what was deleted, what was not, and how to go on."""
    screen.say()
    screen.say(
        f"Run {undone.run}: {undone.deleted:,} of {plural(undone.to_delete, 'invoice')} deleted",
        style="bold",
    )
    _left_alone(screen, undone)
    if undone.unsure:
        screen.say(f"  {plural(undone.unsure, 'deletion')} without an answer", style="yellow")
    if undone.deleted < undone.to_delete:
        screen.say(f"To continue: {command('importer', 'undo', undone.run, *flags)}")
    if undone.deleted:
        screen.say("The deleted invoice numbers can be posted again. E-mails can't be taken back.")


def _left_alone(screen: Screen, plan: Undone) -> None:
    if not plan.left_alone:
        return
    screen.say(f"  Left alone: {plural(len(plan.left_alone), 'invoice')}", style="yellow")
    table = _table("invoice", "store ID", "why")
    for one in plan.left_alone[:LEFT_ALONE_SHOWN]:
        table.add_row(printable(one.number), one.store_invoice_id, printable(one.why or ""))
    screen.indented(table)
    more = len(plan.left_alone) - LEFT_ALONE_SHOWN
    if more > 0:
        screen.say(f"  and {more:,} more; --json lists them all", style="dim")


def _totals(screen: Screen, totals: Sequence[Total]) -> None:
    for total in totals:
        amount = money(total.amount, total.currency)
        screen.say(f"  {total.currency} {amount} in {plural(total.invoices, 'invoice')}")


def _table(*headers: str) -> Table:
    from rich.table import Table

    table = Table(box=None, header_style="bold", padding=(0, 2, 0, 0))
    for header in headers:
        table.add_column(header, overflow="fold")
    return table
