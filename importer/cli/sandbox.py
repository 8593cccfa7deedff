"""`importer sandbox`: the practice store in the foreground, with a page to look at."""

from __future__ import annotations

import argparse
import sqlite3

from importer import settings
from importer.cli.target import practice_data
from importer.errors import Exit, UsageError
from importer.terminal import Screen


def sandbox(arguments: argparse.Namespace) -> int:
    """Serve the practice store until Ctrl-C; with `--reset` empty it first."""
    from importer import sandbox as practice

    screen = Screen(as_json=arguments.json)
    data = practice_data()
    try:
        if arguments.reset:
            _reset(screen)
        practice.serve(data, arguments.port, lambda url: _greet(screen, url), limit=arguments.limit)
    except sqlite3.DatabaseError as error:
        raise UsageError(
            f"{data} can't be used as the practice store's file: {error}.",
            "Move that file away; a new one will be made.",
        ) from None
    except OSError as error:
        raise UsageError(
            f"The practice store can't listen on port {arguments.port}: {error.strerror}.",
            "Choose another port with --port, or 0 for any free port.",
        ) from None
    screen.say("The practice store has stopped; its contents are kept.")
    return Exit.OK


def _reset(screen: Screen) -> None:
    from importer import sandbox as practice
    from importer.ledger import Ledger

    practice.reset(settings.sandbox_data())
    with Ledger.open(settings.ledger_target()) as ledger:
        ledger.forget_store(practice.DEFAULT_STORE_HASH)
    screen.say("The practice store is empty again.")


def _greet(screen: Screen, url: str) -> None:
    from importer import sandbox as practice

    base_url = f"{url}/api/v3/io"
    if screen.as_json:
        known = {"store_hash": practice.DEFAULT_STORE_HASH, "token": practice.DEFAULT_TOKEN}
        screen.object({"url": url, "base_url": base_url, **known})
    screen.say(f"The practice store is running at {url}", style="bold")
    screen.say(f"  See its invoices and e-mails in a browser: {url}")
    screen.say("  Post to it: importer run WORKBOOK --sandbox")
    screen.say(
        f"  From other programs: base URL {base_url}, store hash "
        f"{practice.DEFAULT_STORE_HASH}, token {practice.DEFAULT_TOKEN}"
    )
    screen.say("  Ctrl-C stops it.")
