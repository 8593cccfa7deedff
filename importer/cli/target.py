"""Which store a command posts to, and with which token."""

from __future__ import annotations

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
    yield Target(store, settings.token_for(store), flags_of(store.name))


def flags_of(name: str | None) -> str:
    """Give the flags that name a store: `--sandbox`, `--store acme`, "" for the environment's."""
    if name == settings.SANDBOX:
        return "--sandbox"
    known = {store.name for store in settings.stores()}
    return f"--store {name}" if name in known else ""


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
            "Choose another one with IMPORTER_HOME.",
        ) from None
    return data
