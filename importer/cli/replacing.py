"""Whether the file that a report is to be written to may be replaced."""

from __future__ import annotations

import os
import sys

from importer.errors import UsageError
from importer.terminal import Screen
from importer.terminal.words import printable


def may_replace(screen: Screen, path: str | None, *, force: bool) -> bool:
    """Give whether a file at `path` may be replaced: told so by `force`, or asked on a terminal.

    Raises UsageError when the answer is no.
    """
    if force or not path or not os.path.lexists(path) or not sys.stdin.isatty():
        return force
    if not screen.ask(f"{printable(path)} exists already. Replace it?"):
        raise UsageError(f"{path} was left as it is.", "Choose another name.")
    return True
