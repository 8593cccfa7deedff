"""The command `importer`: parse, call runs, print. One command a module, imported when called."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence


def entry() -> None:
    """Run the command line and leave with its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a console that lacks a letter shows "?"
    try:
        code = main()
        sys.stdout.flush()
    except BrokenPipeError:  # the reader, `head` for one, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    sys.exit(code)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; give its exit code. `arguments` default to the process's own."""
    from importer.cli.parser import build_parser

    try:
        parsed = build_parser().parse_args(arguments)
    except SystemExit as end:  # argparse has said why, or shown the help
        return int(end.code or 0)
    from importer.cli.boundary import guarded

    return guarded(parsed)
