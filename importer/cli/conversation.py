"""What the user sees, is asked and may interrupt while a command talks with a store."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING

from importer.cli.boundary import explain, interrupted, tell
from importer.cli.interrupt import first_ctrl_c, in_thread, leaving
from importer.cli.output import finish
from importer.cli.replacing import may_replace
from importer.cli.target import Target
from importer.errors import Exit, ImporterError, StoreError
from importer.model import Counts, Result, State
from importer.terminal import Screen
from importer.terminal.results import show_plan
from importer.terminal.words import command, plural

if TYPE_CHECKING:
    from importer.posting import Progress
    from importer.runs import Plan, Trial

SENT = (State.CREATED, State.UPDATED, State.POSTING, State.UNKNOWN, State.REJECTED, State.FAILED)
"""The states of what the store has been asked to take."""


def post(
    arguments: argparse.Namespace,
    to: Target,
    work: Callable[..., Result],
    *,
    yes: bool,
    reading: Sequence[str] = (),
) -> int:
    """Call `work` with everything that shows and steers it; print what came of it.

    `yes`: it doesn't ask. `reading` are the flags that say how the workbook is read. Gives the
    exit code.
    """
    screen = Screen(as_json=arguments.json, retells=True)
    force = may_replace(screen, arguments.report, force=arguments.force)
    with Conversation(screen, arguments, yes=yes, flags=to.flags) as talk:
        try:
            result = work(
                store=to.store,
                token=to.token,
                report=arguments.report,
                write_report=not arguments.no_report,
                force=force,
                steps=talk.steps,
            )
        except StoreError as error:
            talk.close()
            if error.result is None:
                raise
            finish(screen, error.result, to.flags)
            return tell(str(error), error.remedy, error.exit_code)
        except (KeyboardInterrupt, Exception) as error:
            talk.close()
            if isinstance(error, KeyboardInterrupt) or leaving():
                return interrupted(talk.way_on(to), as_json=arguments.json)
            if not talk.begun:
                raise
            return _broken_off(screen, talk, to, error)
    if talk.declined:
        screen.say("Nothing was posted.")
    code = finish(screen, result, to.flags, reading)
    return Exit.INTERRUPTED if talk.interrupted else code


def _broken_off(screen: Screen, talk: Conversation, to: Target, error: Exception) -> int:
    """Say what is known of a run that something of ours ended while it was posted.

    Raises the error again when nothing was posted by this command.
    """
    known = _as_it_stands(talk.run)
    if known is not None and _sent(known.invoices) == talk.sent_before:
        raise error
    if known is not None:
        finish(screen, known, to.flags)
    explain(error, as_json=screen.as_json and known is None)
    if known is None:
        screen.warn(talk.way_on(to))
    return Exit.INVOICES


def _sent(counts: Counts) -> list[int]:
    """Count what was sent of a run, by what became of it."""
    return [counts[state] for state in SENT]


def _as_it_stands(run: str | None) -> Result | None:
    """Give what the ledger says of a run, None when it can't be read."""
    from importer import runs

    try:
        return runs.show(run) if run else None
    except ImporterError:
        return None


class Conversation:
    """From the first row read to the last answer. Use as a context manager; `steps` is for runs."""

    def __init__(
        self, screen: Screen, arguments: argparse.Namespace, *, yes: bool, flags: str = ""
    ) -> None:
        from importer.posting import StopSignal

        self.stop = StopSignal()
        self.interrupted = False
        self.declined = False
        self.sent_before = [0] * len(SENT)
        self.begun = False
        self.run: str | None = None
        self._arguments = arguments
        self._screen = screen
        self._yes = yes
        self._flags = flags.split()
        self._shown = ExitStack()

    def __enter__(self) -> Conversation:
        from importer.runs import Canary, Steps

        given = self._arguments
        first = getattr(given, "canary", None)
        self.steps = Steps(
            confirm=self.confirm,
            on_progress=self._shown.enter_context(self._screen.reading()),
            on_posting=self.on_posting,
            stop=self.stop,
            share=given.share,
            between=given.between,
            give_up_after=given.give_up_after,
            verify=given.verify,
            recheck=getattr(given, "recheck", False),
            canary=Canary(first, self.canary) if first else None,
            on_existing=getattr(given, "on_existing", None),
        )
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Take the bars off the screen."""
        self._shown.close()

    def confirm(self, plan: Plan) -> bool:
        """Say what is about to be posted and ask, unless told not to; give the answer."""
        self.close()
        self.run = plan.run
        self.sent_before = _sent(plan.counts) if plan.goes_on else self.sent_before
        show_plan(self._screen, plan)
        if plan.to_post and not self._yes and not self._screen.ask("Post them?"):
            self.declined = True
            return False
        self.begin()
        return True

    def canary(self, trial: Trial) -> bool:
        """Show what went first and ask about the rest; unasked it follows if all is the same."""
        from importer.terminal.trying import show_declined, show_trial

        self.close()
        show_trial(self._screen, trial)
        if not trial.left:
            return True
        what = plural(trial.left, "invoice")
        if trial.same if self._yes else self._screen.ask(f"Post the other {what}?"):
            self.begin()
            return True
        show_declined(self._screen, trial, self._flags)
        return False

    def begin(self) -> None:
        """Show the bar; from now on the first Ctrl-C lets what is in flight end."""
        self.close()
        self.begun = True
        self._show_posting = self._shown.enter_context(self._screen.posting())
        self._shown.enter_context(first_ctrl_c(self._interrupt))

    def on_posting(self, now: Progress) -> None:
        """Move the bar."""
        self._show_posting(now)

    def way_on(self, to: Target) -> str:
        """Say how to go on after leaving at once."""
        kept = "What was posted is recorded and won't be posted twice"
        if self.run is None or self.declined:
            return f"{kept}; run the same command again to continue."
        return f"{kept}. To continue: {command('importer', 'resume', self.run, *to.flags.split())}"

    def _interrupt(self) -> None:
        self.interrupted = True
        # In a thread: a signal may come while this one holds the locks that stopping needs.
        in_thread(self._ask_to_stop)

    def _ask_to_stop(self) -> None:
        self.stop.ask()
        self._screen.warn("Stopping after the request in flight; Ctrl-C again stops at once.")
