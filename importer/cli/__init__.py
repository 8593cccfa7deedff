"""The command `importer`: parse, call runs, print. One command a module, imported when called."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

TYPE_CHECKING = False  # not from `typing`: this comes before anything that takes time
if TYPE_CHECKING:
    from typing import NoReturn


def entry() -> None:
    """Run the command line and leave with its exit code."""
    try:
        from importer.cli.interrupt import install, leave, leave_at_once
    except KeyboardInterrupt:
        cut_short()
    try:
        install()
        _fix_streams()
        leave(main())
    except KeyboardInterrupt:  # outside of any command: while it began or ended
        leave_at_once()


def cut_short() -> NoReturn:
    """End the process as interrupted before any part of it that could do so is there."""
    os.write(2, b"importer: Interrupted.\n")
    os._exit(130)


def _fix_streams() -> None:
    """Let every letter be printed, and no file be opened in the place of a closed stream."""
    while True:
        number = os.open(os.devnull, os.O_RDWR)
        if number > 2:
            os.close(number)
            break
    if sys.stdin is None:
        sys.stdin = open(os.devnull)  # noqa: PTH123, SIM115 - nobody is at the keyboard
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a console that lacks a letter shows "?"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; give its exit code. `arguments` default to the process's own."""
    from importer.cli.parser import build_parser
    from importer.errors import UsageError

    try:
        parsed = build_parser().parse_args(arguments)
    except SystemExit as end:  # argparse has shown the help or the version
        return int(end.code or 0)
    except UsageError as error:
        from importer.cli.boundary import explain

        typed = sys.argv[1:] if arguments is None else arguments
        return explain(error, as_json="--json" in typed)
    from importer.cli.boundary import guarded

    return guarded(parsed)
