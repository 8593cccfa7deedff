"""`importer store`: add, token, list, test, remove."""

from __future__ import annotations

import argparse
import getpass
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

from importer import settings
from importer.errors import Exit, SettingsError, StoreError, TokenRefused
from importer.model import Json, Store
from importer.secret import Secret
from importer.terminal import Screen
from importer.terminal.words import plural

if TYPE_CHECKING:
    from importer.posting.client import Reply

TIMEOUT = (10.0, 30.0)
"""Seconds to connect, and to wait for the answer."""


def add(arguments: argparse.Namespace) -> int:
    """Save a store, and its token in the keyring if one can be asked for."""
    screen = Screen(as_json=arguments.json)
    store = Store(
        name=arguments.name,
        hash=arguments.hash,
        base_url=arguments.base_url or settings.DEFAULT_BASE_URL,
        time_zone=arguments.time_zone,
    )
    settings.checked(store)  # before asking for a token
    given = _token(arguments)
    kept = settings.add_store(store, given)
    screen.say(f"The store '{store.name}' is saved in {settings.config_file()}")
    if arguments.json:
        screen.object({**_as_json(store), "token_kept": kept})
    _say_where_the_token_is(screen, store.name, kept=kept)
    return Exit.OK


def token(arguments: argparse.Namespace) -> int:
    """Save another token of a store in the keyring."""
    store = settings.find_store(arguments.name)
    given = _token(arguments)
    if given is None:
        raise SettingsError(
            "No token was given.", "Type it when asked, or pass it with --token-stdin."
        )
    kept, screen = settings.keep_token(store, given), Screen(as_json=arguments.json)
    if arguments.json:
        screen.object({"store": store.name, "token_kept": kept})
    _say_where_the_token_is(screen, store.name, kept=kept)
    return Exit.OK if kept else Exit.UNUSABLE


def list_stores(arguments: argparse.Namespace) -> int:
    """List the saved stores."""
    from importer.terminal.lists import show_stores

    screen, stores = Screen(as_json=arguments.json), settings.stores()
    if arguments.json:
        screen.object({"stores": [_as_json(store) for store in stores]})
    else:
        show_stores(screen, stores)
    return Exit.OK


def _as_json(store: Store) -> Json:
    fields = asdict(store)
    return {"store": fields.pop("name"), **fields}


def test(arguments: argparse.Namespace) -> int:
    """Ask the store for one company, which shows that address, hash and token are right.

    Raises TokenRefused, StoreUnreachable or StoreError when they aren't.
    """
    from importer.posting.outcomes import Kind, of_read
    from importer.posting.reaching import unreachable

    store = settings.find_store(arguments.name)
    reply = _ask(store, settings.token_for(store))
    outcome = of_read(reply)
    if outcome.kind is Kind.REFUSED:
        raise TokenRefused(
            f"The store '{store.name}' refused the token ({outcome.said}).",
            "Check that the token is this store's, is still valid, and has the B2B Edition scope.",
        )
    if outcome.hurdle:
        raise unreachable(f"The store '{store.name}'", outcome.told, outcome.hurdle, "")
    if outcome.kind is not Kind.DONE or reply.body is None:
        raise StoreError(
            f"{store.base_url} answered, but not the way a store does ({outcome.said}).",
            "Check that the base URL and the store hash are right: importer store list",
        )
    pages = (reply.body.get("meta") or {}).get("pagination") or {}
    screen, companies = Screen(as_json=arguments.json), int(pages.get("totalCount") or 0)
    left = reply.headers.get("x-requests-remaining")
    if arguments.json:
        found = {"token_known": True, "companies": companies, "requests_left": left}
        screen.object({"store": store.name, **found})
    screen.say(f"The store '{store.name}' accepts the token.", style="green")
    screen.say(f"It has {plural(companies, 'company')}.")
    if left is not None:
        screen.say(f"Requests left this minute: {left}.")
    return Exit.OK


def _ask(store: Store, token: Secret) -> Reply:
    """Send the one request. Raises StoreUnreachable."""
    import requests

    from importer.posting.client import Client, NeverSent, list_companies
    from importer.posting.reaching import unreachable

    client = Client(store, token, TIMEOUT)
    try:
        return client.send(list_companies())
    except requests.ConnectionError as error:
        hurdle = error.hurdle if isinstance(error, NeverSent) else None
        raise unreachable(f"The store '{store.name}'", str(error), hurdle, "") from None
    finally:
        client.close()


def remove(arguments: argparse.Namespace) -> int:
    """Forget a store and its token in the keyring."""
    store = settings.remove_store(arguments.name)
    screen = Screen(as_json=arguments.json)
    if arguments.json:
        screen.object({"store": store.name})
    screen.say(f"The store '{store.name}' is removed. Its runs stay in the ledger.")
    return Exit.OK


def _token(arguments: argparse.Namespace) -> Secret | None:
    """Read the token where nobody can see it: standard input when told so, else a hidden prompt."""
    if arguments.token_stdin:
        text = sys.stdin.readline()
    elif sys.stdin.isatty():
        text = getpass.getpass("API token (not shown; leave empty to use the environment): ")
    else:
        return None
    return Secret(text.strip()) if text.strip() else None


def _say_where_the_token_is(screen: Screen, name: str, *, kept: bool) -> None:
    variable = settings.token_variable(name)
    if kept:
        screen.say("Its token is in this computer's keyring.")
    else:
        screen.say(
            f"No token is kept for it: set the environment variable {variable} to the store's API "
            "token before a run."
        )
    screen.say(f"To check that the store answers: importer store test {name}")
