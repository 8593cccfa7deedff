"""Edge: the settings file, as text and as tables."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from importer.errors import SettingsError
from importer.settings.folders import config_file


def text() -> str:
    """Give the settings file's text, "" when there is none. Raises SettingsError."""
    path = config_file()
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise SettingsError(
            f"The settings file {path} can't be read: {reason}.", "Check that you may read it."
        ) from None


TABLES = ("stores", "severities", "limits")
"""All that the settings file may hold."""


def table(name: str, remedy: str) -> Mapping[str, Any]:
    """Give one table of the settings file, empty when it has none.

    Raises SettingsError, with `remedy` when there is something of that name that isn't a table.
    """
    try:
        tables = tomllib.loads(text())
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(
            f"The settings file can't be understood: {error}.", f"Correct {config_file()}"
        ) from None
    _refuse_unknown(tables)
    found = tables.get(name, {})
    if not isinstance(found, Mapping):
        raise SettingsError(f"'{name}' in {config_file()} is not a table.", remedy)
    return found


def _refuse_unknown(tables: Mapping[str, Any]) -> None:
    """Raise SettingsError for a table or key that nobody reads: it would change nothing."""
    for name in tables:
        if name not in TABLES:
            near = get_close_matches(name, TABLES, n=1)
            known = ", ".join(f"[{one}]" for one in TABLES)
            raise SettingsError(
                f"'{name}' in {config_file()} is not a known setting.",
                f"Did you mean [{near[0]}]?" if near else f"There are {known}.",
            )
