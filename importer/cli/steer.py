"""`importer pause`, `cancel`, `reconcile` and `verify`: what can be done about a run."""

from __future__ import annotations

import argparse

from importer import settings
from importer.cli.conversation import Conversation
from importer.cli.output import finish
from importer.cli.replacing import may_replace
from importer.cli.target import target_of_run
from importer.errors import Exit
from importer.model import Result, State
from importer.terminal import Screen
from importer.terminal.words import command, plural


def pause(arguments: argparse.Namespace) -> int:
    """Let no further request of the run begin; give exit code 0."""
    from importer import runs

    result = runs.pause(arguments.run)
    screen = Screen(as_json=arguments.json, retells=True)
    screen.say(f"Run {result.run} is paused; requests in flight will finish. {_left(result)}")
    return _told(screen, result, "resume")


def cancel(arguments: argparse.Namespace) -> int:
    """Cancel what the run hasn't posted; give exit code 0."""
    from importer import runs

    result = runs.cancel(arguments.run)
    screen = Screen(as_json=arguments.json, retells=True)
    cancelled = plural(result.invoices[State.CANCELLED], "invoice")
    screen.say(f"Run {result.run} is cancelled: {cancelled} will not be posted.")
    return _told(screen, result, "rerun")


def reconcile(arguments: argparse.Namespace) -> int:
    """Settle what is unknown by asking the store; exit code 1 when something stays to be done."""
    from importer import runs

    screen = Screen(as_json=arguments.json, retells=True)
    with target_of_run(arguments) as to, Conversation(screen, arguments, yes=True) as talk:
        talk.begin()
        result, settled = runs.reconcile(
            arguments.run, store=to.store, token=to.token, steps=talk.steps
        )
        talk.close()
        if arguments.json:
            screen.object({**result.as_json(), "reconciled": [one.as_json() for one in settled]})
        else:
            from importer.terminal.lists import show_settled

            screen.whole(lambda: show_settled(screen, settled))
            if _waiting(result):
                _say_next(screen, "resume", result, to.flags)
    if talk.interrupted:
        return Exit.INTERRUPTED
    good = (State.CREATED, State.UPDATED, State.SKIPPED, State.PENDING, State.DELETED)
    return Exit.OK if all(one.state in good for one in settled) else Exit.INVOICES


def verify(arguments: argparse.Namespace) -> int:
    """Read back from the store what a run put there; exit code 1 when it isn't the same."""
    from importer import runs

    screen = Screen(as_json=arguments.json, retells=True)
    force = may_replace(screen, arguments.report, force=arguments.force)
    with target_of_run(arguments) as to, Conversation(screen, arguments, yes=True) as talk:
        talk.begin()
        result = runs.verify(
            arguments.run,
            store=to.store,
            token=to.token,
            report=arguments.report,
            force=force,
            steps=talk.steps,
        )
        talk.close()
        code = finish(screen, result, to.flags)
    return Exit.INTERRUPTED if talk.interrupted else code


def _told(screen: Screen, result: Result, verb: str) -> int:
    if screen.as_json:
        screen.object(result.as_json())
    else:
        _say_next(screen, verb, result, settings.flags_of(result.store))
    return Exit.OK


def _say_next(screen: Screen, verb: str, result: Result, flags: str) -> None:
    words = {"resume": "To continue it", "rerun": "To post them after all"}[verb]
    screen.say(f"{words}: {command('importer', verb, result.run or '', *flags.split())}")


def _waiting(result: Result) -> int:
    return sum(result.invoices[s] for s in (State.PENDING, State.POSTING, State.UNKNOWN))


def _left(result: Result) -> str:
    left = plural(_waiting(result), "invoice")
    return f"{left} of {result.invoices.valid:,} left."
