"""`importer undo`: delete from the store what a run created there, and nothing else."""

from __future__ import annotations

import argparse
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING

from importer.cli.boundary import explain, interrupted, tell
from importer.cli.interrupt import first_ctrl_c, in_thread, leaving
from importer.cli.target import Target, target_of_run
from importer.errors import Exit, UsageError
from importer.runs import Undone, UndoSteps
from importer.terminal import Screen
from importer.terminal.words import command

if TYPE_CHECKING:
    from importer.posting import Progress


def undo(arguments: argparse.Namespace) -> int:
    """Show what would be deleted, ask for the count, delete; give the exit code."""
    unasked = arguments.dry_run or arguments.confirm is not None
    if not unasked and not sys.stdin.isatty():
        raise UsageError(
            "This is not a terminal, so nobody can be asked to confirm the deletion.",
            "Run it with --dry-run first, then give the count: --confirm COUNT.",
        )
    screen = Screen(as_json=arguments.json, retells=True)
    with target_of_run(arguments) as to, _Deletion(screen, arguments) as talk:
        return talk.undo(to)


class _Deletion:
    """What the user sees, is asked and may interrupt. Use as a context manager."""

    def __init__(self, screen: Screen, arguments: argparse.Namespace) -> None:
        from importer.posting import StopSignal

        self._screen = screen
        self._arguments = arguments
        self._stop = StopSignal()
        self._begun = False
        self._shown = ExitStack()

    def __enter__(self) -> _Deletion:
        return self

    def __exit__(self, *_error: object) -> None:
        self._shown.close()

    def undo(self, to: Target) -> int:
        """Do it; give the exit code."""
        from importer import runs

        on_reading = self._shown.enter_context(self._screen.reading())
        self._shown.enter_context(first_ctrl_c(self._interrupt))
        steps = UndoSteps(
            confirm=self._confirm,
            on_looking=lambda done, total: on_reading("Looking", done, total),
            on_deleting=self._deleting,
            stop=self._stop,
            inferred=self._arguments.inferred,
        )
        given = self._arguments
        try:
            undone = runs.undo(
                given.run, store=to.store, token=to.token, dry_run=given.dry_run, steps=steps
            )
        except (KeyboardInterrupt, Exception) as error:
            return self._broken_off(error, to)
        self._shown.close()
        return self._finish(undone, to)

    def _confirm(self, plan: Undone) -> bool:
        """Show the plan and compare its count with the one that is typed or given."""
        from importer.terminal.trying import show_undo_plan

        self._shown.close()
        show_undo_plan(self._screen, plan)
        wanted = self._arguments.confirm
        if wanted is not None and wanted != plan.to_delete:
            raise UsageError(
                f"--confirm says {wanted:,}, but {plan.to_delete:,} would be deleted.",
                "Nothing was deleted. Run it with --dry-run again.",
            )
        if wanted is None:
            question = f"This can't be reversed. Type {plan.to_delete} to delete them:"
            if self._screen.type_in(question) != str(plan.to_delete):
                return False
        self._begun = True
        self._show_deleting = self._shown.enter_context(self._screen.posting("Deleting"))
        self._shown.enter_context(first_ctrl_c(self._interrupt))
        return True

    def _broken_off(self, error: BaseException, to: Target) -> int:
        """Say how to go on after leaving at once, or when something of ours has ended it."""
        self._shown.close()
        again = command("importer", "undo", self._arguments.run, *to.flags.split())
        if isinstance(error, KeyboardInterrupt) or leaving():
            remedy = f"What was deleted is recorded. To continue: {again}"
            return interrupted(remedy, as_json=self._arguments.json)
        if not self._begun:
            raise error
        explain(error, as_json=self._arguments.json)
        self._screen.warn(f"What was deleted is recorded. To continue: {again}")
        return Exit.INVOICES

    def _finish(self, undone: Undone, to: Target) -> int:
        from importer.terminal.trying import show_undo_plan, show_undone

        if self._screen.as_json:
            self._screen.object(undone.as_json())
        elif not undone.dry_run:
            self._screen.whole(lambda: show_undone(self._screen, undone, to.flags.split()))
        elif self._arguments.dry_run or not undone.to_delete:
            show_undo_plan(self._screen, undone)
        if undone.dry_run and not self._arguments.dry_run:
            self._screen.say("Nothing was deleted.")
            return Exit.INVOICES if undone.to_delete or undone.left_alone else Exit.OK
        if undone.error:
            return tell(str(undone.error), undone.error.remedy, undone.error.exit_code)
        if self._stop.asked:
            return Exit.INTERRUPTED
        return Exit.OK if undone.well else Exit.INVOICES

    def _deleting(self, now: Progress) -> None:
        """Move the bar."""
        self._show_deleting(now)

    def _interrupt(self) -> None:
        # In a thread: a signal may come while this one holds the locks that stopping needs.
        in_thread(self._ask_to_stop)

    def _ask_to_stop(self) -> None:
        self._stop.ask()
        self._screen.warn("Stopping after the request in flight; Ctrl-C again stops at once.")
