"""Which store a command posts to, and with which token."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from importer import settings
from importer.errors import SettingsError
from importer.model import Store
from importer.secret import Secret


@dataclass(frozen=True)
class Target:
    """A store, its token, and the flags that name it again in the next command."""

    store: Store
    token: Secret
    flags: str


@contextmanager
def target(name: str | None, *, sandbox: bool) -> Iterator[Target]:
    """Give the store to post to; the practice store runs for as long as the context is open.

    Without a name the environment describes the store. Raises SettingsError.
    """
    if sandbox:
        with _practice_store() as practice:
            yield practice
        return
    store = settings.find_store(name)
    yield Target(store, settings.token_for(store), settings.flags_of(store.name))


@contextmanager
def target_of_run(arguments: argparse.Namespace) -> Iterator[Target]:
    """Give the store that the flags name, else the one that the run `arguments.run` was made for.

    Raises SettingsError, or LedgerError for an unknown run.
    """
    name, sandbox = arguments.store, arguments.sandbox
    if name is None and not sandbox:
        from importer import runs

        flags = settings.flags_of(runs.store_name(arguments.run))
        name = flags.removeprefix("--store ") if flags.startswith("--store ") else None
        sandbox = flags == "--sandbox"
    with target(name, sandbox=sandbox) as found:
        yield found


@contextmanager
def _practice_store() -> Iterator[Target]:
    from importer import sandbox

    with sandbox.running(practice_data()) as running:
        store = Store(settings.SANDBOX, running.store_hash, running.base_url)
        yield Target(store, Secret(running.token), "--sandbox")


def practice_data() -> Path:
    """Give the practice store's file, with its folder made. Raises SettingsError."""
    data = settings.sandbox_data()
    try:
        data.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(
            f"The folder {data.parent} can't be made: {error.strerror}.",
            "Choose another folder with IMPORTER_HOME.",
        ) from None
    return data
