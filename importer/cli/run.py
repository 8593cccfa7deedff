"""`importer run`, `resume` and `rerun`: check, ask, post, report."""

from __future__ import annotations

import argparse
import sys
from functools import partial

from importer.cli.check import dry_run, read_options, reading_flags
from importer.cli.conversation import post
from importer.cli.target import target, target_of_run
from importer.errors import UsageError


def run(arguments: argparse.Namespace) -> int:
    """Check the workbook, ask, and post its valid invoices; give the exit code."""
    if arguments.dry_run:
        return dry_run(arguments)
    _refuse_to_post_unasked(arguments)
    from importer import runs

    with target(arguments.store, sandbox=arguments.sandbox) as to:
        options = read_options(arguments, to.store.known_time_zone)
        work = partial(runs.run, arguments.workbook, options=options)
        return post(arguments, to, work, yes=arguments.yes, reading=reading_flags(arguments))


def resume(arguments: argparse.Namespace) -> int:
    """Go on with a run that was confirmed before; give the exit code."""
    from importer import runs

    with target_of_run(arguments) as to:
        return post(arguments, to, partial(runs.resume, arguments.run), yes=True)


def rerun(arguments: argparse.Namespace) -> int:
    """Post again what an earlier run left through no fault of its rows; give the exit code."""
    _refuse_to_post_unasked(arguments)
    from importer import runs

    with target_of_run(arguments) as to:
        return post(arguments, to, partial(runs.rerun, arguments.run), yes=arguments.yes)


def _refuse_to_post_unasked(arguments: argparse.Namespace) -> None:
    if not arguments.yes and not sys.stdin.isatty():
        raise UsageError(
            "This is not a terminal, so nobody can be asked whether to post.",
            "Add --yes to post without asking, or --dry-run to check only.",
        )
