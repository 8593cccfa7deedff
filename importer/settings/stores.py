"""The saved stores: a TOML file; and the one that the environment describes."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from importer.errors import SettingsError
from importer.hours import hours, share
from importer.model import Store
from importer.secret import Secret
from importer.settings.file import table, text
from importer.settings.folders import config_file
from importer.settings.rules import (
    DEFAULT_BASE_URL,
    SANDBOX,
    checked,
    checked_hash,
    checked_time_zone,
    checked_url,
)
from importer.settings.tokens import forget_token, keep_token, token_variable

_T = TypeVar("_T")

STORE_KEYS = ("hash", "base_url", "time_zone", "share", "between")


def stores() -> list[Store]:
    """Give the saved stores, by name. Raises SettingsError when the file makes no sense."""
    found = [_store(name, table) for name, table in _read().items()]
    return sorted(found, key=lambda store: store.name)


def find_store(name: str | None = None) -> Store:
    """Give the saved store of that name; without a name the one that the environment describes.

    That one's name is its hash. Raises SettingsError, with what to type, when there is none.
    """
    if name is None:
        return _environment_store() or _no_store_named()
    for store in stores():
        if store.name.casefold() == name.casefold():
            return store
    environment = _environment_store()
    if environment and environment.name == name:
        return environment
    known = ", ".join(store.name for store in stores())
    raise SettingsError(
        f"There is no store named '{name}'.",
        f"Choose one of: {known}."
        if known
        else f"Add it with: importer store add {name} --hash HASH",
    )


def flags_of(name: str | None) -> str:
    """Give the flags that name a store in a command: `--sandbox`, `--store acme`.

    "" for the environment's, which needs none.
    """
    if name == SANDBOX:
        return "--sandbox"
    known = {store.name for store in stores()}
    return f"--store {name}" if name in known else ""


def add_store(store: Store, token: Secret | None = None) -> bool:
    """Save a store, and its token in the keyring; give whether the keyring took the token.

    Raises SettingsError when a part makes no sense, when the name is taken, or when the file
    can't be written.
    """
    store = checked(store)
    for other in stores():
        if token_variable(other.name) == token_variable(store.name):
            raise SettingsError(
                f"There is already a store named '{other.name}'.",
                f"Choose another name, or remove it first: importer store remove {other.name}",
            )
    document = _document()
    tables = document.setdefault("stores", {})
    tables[store.name] = {
        "hash": store.hash,
        "base_url": store.base_url,
        "time_zone": store.time_zone,
    }
    if store.share is not None:
        tables[store.name]["share"] = f"{store.share:.0%}"
    if store.between is not None:
        tables[store.name]["between"] = store.between
    _write(document)
    return token is not None and keep_token(store, token)


def remove_store(name: str) -> Store:
    """Forget a saved store and its token in the keyring; give what was removed."""
    store = find_store(name)
    document = _document()
    del document["stores"][store.name]
    _write(document)
    forget_token(store)
    return store


def _environment_store() -> Store | None:
    store_hash = _from_environment("IMPORTER_STORE_HASH", "", checked_hash)
    if not store_hash:
        return None
    return Store(
        name=store_hash,
        hash=store_hash,
        base_url=_from_environment("IMPORTER_BASE_URL", DEFAULT_BASE_URL, checked_url),
        time_zone=_from_environment("IMPORTER_TIME_ZONE", "UTC", checked_time_zone),
    )


def _from_environment(variable: str, default: str, check: Callable[[str], str]) -> str:
    value = os.environ.get(variable, "").strip()
    try:
        return check(value) if value else default
    except SettingsError as error:
        raise SettingsError(f"{variable}: {error}", error.remedy) from None


def _no_store_named() -> Store:
    known = ", ".join(store.name for store in stores())
    raise SettingsError(
        "No store was named.",
        f"Say which: --store NAME ({known}), or --sandbox to practise."
        if known
        else "Add yours with: importer store add NAME --hash HASH. To practise, use --sandbox.",
    )


def _store(name: str, table: Any) -> Store:
    where = f"[stores.{name}] in {config_file()}"
    if not isinstance(table, Mapping) or not isinstance(table.get("hash"), str):
        raise SettingsError(f"{where} has no hash.", 'Add a line such as: hash = "abc123"')
    for key in table:
        if "token" in str(key).casefold():
            raise SettingsError(
                f"{where} has a token in it.",
                f"Delete that line, and set {token_variable(name)} or use the keyring instead.",
            )
        if key not in STORE_KEYS or not isinstance(table[key], str):
            raise SettingsError(
                f"{where}: '{key}' can't be understood.",
                f'Only {", ".join(STORE_KEYS)} are known there, each as "text in quotes".',
            )
    return checked(
        Store(
            name=name,
            hash=table["hash"],
            base_url=table.get("base_url", DEFAULT_BASE_URL),
            time_zone=table.get("time_zone", "UTC"),
            share=_understood(where, share, table.get("share")),
            between=_understood(where, lambda text: str(hours(text)), table.get("between")),
        )
    )


def _understood(where: str, convert: Callable[[str], _T], text: str | None) -> _T | None:
    """Convert a setting's text, None for none. Raises SettingsError in the conversion's words."""
    try:
        return convert(text) if text is not None else None
    except ValueError as error:
        raise SettingsError(f"{where}: {error}.", f"Correct {config_file()}") from None


def _read() -> Mapping[str, Any]:
    return table("stores", "Name each store as [stores.NAME].")


def _document() -> Any:
    """Give the file as a document that keeps the user's own comments when it is written again."""
    import tomlkit

    return tomlkit.parse(text())


def _write(document: Any) -> None:
    import tomlkit

    path = config_file()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".settings-", dir=path.parent)
        temporary = Path(name)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(tomlkit.dumps(document))
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise SettingsError(
            f"The settings can't be saved in {path.parent}: {error.strerror}.",
            "Make the folder writable, or choose another one with IMPORTER_HOME.",
        ) from None
