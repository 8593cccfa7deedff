"""Where every error ends: a sentence and a remedy for a person, an exit code for a script."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
import sys
import tempfile
import traceback
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from importer import __version__
from importer.cli import interrupt
from importer.errors import Exit, ImporterError, UsageError

Command = Callable[[argparse.Namespace], int]


def guarded(arguments: argparse.Namespace) -> int:
    """Call the parsed command; give its exit code, whatever happens in it."""
    try:
        _refuse_what_is_no_text(arguments)
        return _command(arguments.handler)(arguments)
    except (KeyboardInterrupt, Exception) as error:
        return explain(error, as_json=arguments.json)


def _refuse_what_is_no_text(arguments: argparse.Namespace) -> None:
    """Raise UsageError for a name of bytes that are no letters: no ledger or report can hold it."""
    from importer.settings import data_folder

    given = [value for value in vars(arguments).values() if isinstance(value, str)]
    with suppress(OSError):  # a folder that was removed while we are in it
        given.append(str(Path.cwd()))
    for name in (*given, str(data_folder())):
        if any("\ud800" <= letter <= "\udfff" for letter in name):
            raise UsageError(
                f"The name {name} has characters that this computer can't read as text.",
                "Rename it, then type the new name.",
            )


def explain(error: BaseException, *, as_json: bool = False) -> int:
    """Print what ended a command; give its exit code."""
    if isinstance(error, KeyboardInterrupt) or interrupt.leaving():
        return interrupted(
            "What was posted is recorded and won't be posted twice; run the same command again "
            "to continue.",
            as_json=as_json,
        )
    if isinstance(error, ImporterError):
        return tell(str(error), error.remedy, error.exit_code, as_json=as_json)
    if isinstance(error, OSError) and error.filename is not None:
        message = f"{error.strerror or error}: {os.fsdecode(error.filename)}"
        remedy = "Check that the file is there and that you may use it."
        return tell(message, remedy, Exit.UNUSABLE, as_json=as_json)
    return _apologise(error, as_json=as_json)


def interrupted(remedy: str, *, as_json: bool = False) -> int:
    """Say that Ctrl-C ended it and how to go on; give exit code 130."""
    code = tell("Interrupted.", remedy, Exit.INTERRUPTED, as_json=as_json)
    interrupt.told()
    return code


def _command(handler: str) -> Command:
    module, _, function = handler.partition(":")
    command: Command = getattr(importlib.import_module(f"importer.cli.{module}"), function)
    return command


def tell(message: str, remedy: str, code: Exit, *, as_json: bool = False) -> int:
    """Print what went wrong and what to do; give the exit code.

    `as_json` prints it as the one object of `--json` too, for when no result could be printed.
    """
    from importer.terminal.outlet import Outlet
    from importer.terminal.words import printable

    output = Outlet(sys.stdout)
    errors = Outlet(sys.stderr, None if as_json else output)
    lines = [f"importer: {message}", *([f"  {remedy}"] if remedy else [])]
    errors.write("".join(f"{printable(line)}\n" for line in lines))
    errors.flush()
    if as_json:
        said = {"message": message, "remedy": remedy, "exit_code": int(code)}
        output.write(json.dumps({"error": said}) + "\n")
        output.flush()
    return int(code)


def _apologise(error: BaseException, *, as_json: bool) -> int:
    """Say sorry for a bug of ours, and where its log is."""
    log = _write_log(error)
    kind = type(error).__name__
    return tell(
        f"Sorry, this is a bug in importer ({kind}), not a mistake of yours.",
        f"What was posted is recorded and won't be posted twice. Please send us this log: {log}",
        Exit.UNUSABLE,
        as_json=as_json,
    )


def _write_log(error: BaseException) -> Path:
    from importer.settings import log_folder
    from importer.terminal.outlet import Outlet

    now = datetime.now(UTC)
    text = "\n".join(
        (
            f"importer {__version__}, Python {platform.python_version()}, {platform.platform()}",
            now.isoformat(timespec="seconds"),
            _without_tokens("".join(traceback.format_exception(error))),
        )
    )
    name = f"{now:%Y%m%d-%H%M%S}-{os.getpid()}.log"
    for folder in (log_folder(), Path(tempfile.gettempdir())):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8", errors="backslashreplace")
        except OSError:
            continue
        return folder / name
    Outlet(sys.stderr).write(text)
    return Path("(the lines above)")


def _without_tokens(text: str) -> str:
    """Blank out every token of the environment, should one have found its way into a message."""
    for name, value in os.environ.items():
        if name.startswith("IMPORTER_TOKEN") and value.strip():
            text = text.replace(value.strip(), "***")
    return text
