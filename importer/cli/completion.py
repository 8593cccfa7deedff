"""`importer completion`: what a shell needs to complete commands and flags."""

from __future__ import annotations

import argparse
import sys

from importer.errors import Exit
from importer.terminal import Screen
from importer.terminal.outlet import Outlet


def completion(arguments: argparse.Namespace) -> int:
    """Print the script for a shell; give exit code 0."""
    import shtab

    from importer.cli.parser import build_parser

    script = shtab.complete(build_parser(), shell=arguments.shell)
    if arguments.json:
        Screen(as_json=True).object({"shell": arguments.shell, "script": script})
        return Exit.OK
    output = Outlet(sys.stdout, Outlet(sys.stderr))
    output.write(f"{script}\n")
    output.flush()
    return Exit.OK
