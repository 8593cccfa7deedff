"""`importer run` and `importer rerun`: check, ask, post, report."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from threading import Thread
from typing import TYPE_CHECKING

from importer.cli.boundary import tell
from importer.cli.check import dry_run, read_options, reading_flags
from importer.cli.interrupt import first_ctrl_c
from importer.cli.output import finish
from importer.cli.target import Target, flags_of, target
from importer.errors import Exit, StoreError, UsageError
from importer.model import Result
from importer.terminal import Screen
from importer.terminal.results import show_plan

if TYPE_CHECKING:
    from importer.posting import Progress
    from importer.runs import Plan


def run(arguments: argparse.Namespace) -> int:
    """Check the workbook, ask, and post its valid invoices; give the exit code."""
    if arguments.dry_run:
        return dry_run(arguments)
    _refuse_to_post_unasked(arguments)
    from importer import runs

    with target(arguments.store, sandbox=arguments.sandbox) as to:
        options = read_options(arguments, to.store.time_zone)
        post = partial(runs.run, arguments.workbook, options=options)
        return _post(arguments, to, post, reading_flags(arguments))


def rerun(arguments: argparse.Namespace) -> int:
    """Post again what an earlier run left through no fault of its rows; give the exit code."""
    _refuse_to_post_unasked(arguments)
    from importer import runs, settings

    name, sandbox = arguments.store, arguments.sandbox
    if name is None and not sandbox:
        earlier = flags_of(runs.show(arguments.run).store)
        name = earlier.removeprefix("--store ") if earlier.startswith("--store ") else None
        sandbox = earlier == f"--{settings.SANDBOX}"
    with target(name, sandbox=sandbox) as to:
        return _post(arguments, to, partial(runs.rerun, arguments.run))


def _refuse_to_post_unasked(arguments: argparse.Namespace) -> None:
    if not arguments.yes and not sys.stdin.isatty():
        raise UsageError(
            "Nobody can be asked here whether to post: this is not a terminal.",
            "Add --yes to post without asking, or --dry-run to check only.",
        )


def _post(
    arguments: argparse.Namespace,
    to: Target,
    post: Callable[..., Result],
    reading: Sequence[str] = (),
) -> int:
    """Call `post` with everything that shows and steers it; print what came of it."""
    screen = Screen(as_json=arguments.json)
    with _Conversation(screen, yes=arguments.yes) as talk:
        try:
            result = post(
                store=to.store,
                token=to.token,
                report=arguments.report,
                write_report=not arguments.no_report,
                steps=talk.steps,
            )
        except StoreError as error:
            talk.close()
            if error.result is None:
                raise
            finish(screen, error.result, to.flags)
            return tell(str(error), error.remedy, error.exit_code)
    if talk.declined:
        screen.say("Nothing was posted.")
    code = finish(screen, result, to.flags, reading)
    return Exit.INTERRUPTED if talk.interrupted else code


class _Conversation:
    """What the user sees, is asked and may interrupt, from the first row read to the last post."""

    def __init__(self, screen: Screen, *, yes: bool) -> None:
        from importer.posting import StopSignal

        self.stop = StopSignal()
        self.interrupted = False
        self.declined = False
        self._screen = screen
        self._yes = yes
        self._shown = ExitStack()

    def __enter__(self) -> _Conversation:
        from importer.runs import Steps

        on_progress = self._shown.enter_context(self._screen.reading())
        self.steps = Steps(self.confirm, on_progress, self.on_posting, self.stop)
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Take the bars off the screen."""
        self._shown.close()

    def confirm(self, plan: Plan) -> bool:
        """Say what is about to be posted and ask, unless told not to; give the answer."""
        self.close()
        show_plan(self._screen, plan)
        if plan.to_post and not self._yes and not self._screen.ask("Post them?"):
            self.declined = True
            return False
        self._show_posting = self._shown.enter_context(self._screen.posting())
        self._shown.enter_context(first_ctrl_c(self._interrupt))
        return True

    def on_posting(self, now: Progress) -> None:
        """Move the bar."""
        self._show_posting(now)

    def _interrupt(self) -> None:
        self.interrupted = True
        # In a thread: a signal may come while this one holds the locks that stopping needs.
        Thread(target=self._ask_to_stop, name="interrupt", daemon=True).start()

    def _ask_to_stop(self) -> None:
        self.stop.ask()
        self._screen.warn("Stopping after the request in flight; Ctrl-C again leaves at once.")
