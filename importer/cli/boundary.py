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
from datetime import UTC, datetime
from pathlib import Path

from importer import __version__
from importer.errors import Exit, ImporterError

Command = Callable[[argparse.Namespace], int]


def guarded(arguments: argparse.Namespace) -> int:
    """Call the parsed command; give its exit code, whatever happens in it."""
    try:
        return _command(arguments.handler)(arguments)
    except ImporterError as error:
        return tell(str(error), error.remedy, error.exit_code, as_json=arguments.json)
    except KeyboardInterrupt:
        return tell(
            "Interrupted.",
            "What was posted is recorded and won't be posted twice; the same command goes on.",
            Exit.INTERRUPTED,
            as_json=arguments.json,
        )
    except BrokenPipeError:
        raise
    except OSError as error:
        if error.filename is None:
            return _apologise(error, as_json=arguments.json)
        message = f"{error.strerror or error}: {error.filename}"
        remedy = "See that the file is there and yours to use."
        return tell(message, remedy, Exit.UNUSABLE, as_json=arguments.json)
    except Exception as error:
        return _apologise(error, as_json=arguments.json)


def _command(handler: str) -> Command:
    module, _, function = handler.partition(":")
    command: Command = getattr(importlib.import_module(f"importer.cli.{module}"), function)
    return command


def tell(message: str, remedy: str, code: Exit, *, as_json: bool = False) -> int:
    """Print what went wrong and what to do; give the exit code.

    `as_json` prints it as the one object of `--json` too, for when no result could be printed.
    """
    from importer.terminal.words import printable

    for line in (f"importer: {message}", f"  {remedy}"):
        if line.strip():
            sys.stderr.write(printable(line) + "\n")
    if as_json:
        said = {"message": message, "remedy": remedy, "exit_code": int(code)}
        sys.stdout.write(json.dumps({"error": said}) + "\n")
    return int(code)


def _apologise(error: Exception, *, as_json: bool) -> int:
    """Say sorry for a bug of ours, and where its log is."""
    log = _write_log(error)
    kind = type(error).__name__
    return tell(
        f"Sorry, this is a mistake of ours ({kind}), not of yours.",
        f"What was posted is recorded and won't be posted twice. Please send us this log: {log}",
        Exit.UNUSABLE,
        as_json=as_json,
    )


def _write_log(error: Exception) -> Path:
    from importer.settings import log_folder

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
            (folder / name).write_text(text, encoding="utf-8")
        except OSError:
            continue
        return folder / name
    sys.stderr.write(text)
    return Path("(the lines above)")


def _without_tokens(text: str) -> str:
    """Blank out every token of the environment, should one have found its way into a message."""
    for name, value in os.environ.items():
        if name.startswith("IMPORTER_TOKEN") and value.strip():
            text = text.replace(value.strip(), "***")
    return text
