"""How every command that gives a `Result` ends: the object or the summary, and the exit code."""

from __future__ import annotations

from collections.abc import Sequence

from importer.errors import Exit
from importer.model import Result
from importer.terminal import Screen


def finish(screen: Screen, result: Result, target: str, reading: Sequence[str] = ()) -> int:
    """Print the result; give exit code 0 or 1.

    `target` is `--sandbox`, `--store NAME` or ""; `reading` the flags that say how to read it.
    """
    if screen.as_json:
        screen.object(result.as_json())
    else:
        from importer.terminal.results import show_result

        screen.whole(lambda: show_result(screen, result, target, reading))
    return Exit.OK if result.well else Exit.INVOICES
