"""Where the importer keeps what it keeps: the home that a caller names, else `IMPORTER_HOME`'s.

Without either it is the system's own folders.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

_NAMED: ContextVar[Path | None] = ContextVar("home", default=None)


@contextmanager
def at_home(home: str | Path | None) -> Iterator[None]:
    """Take a folder for `IMPORTER_HOME`, in this context alone; None: leave it as it is."""
    before = _NAMED.set(Path(home).expanduser() if home else _NAMED.get())
    try:
        yield
    finally:
        _NAMED.reset(before)


def data_folder() -> Path:
    """Give the folder of the ledger, the sandbox's data and the logs. It may not exist yet."""
    return _home() or _platform_folder("user_data_path")


def config_file() -> Path:
    """Give the path of the settings file. It may not exist."""
    return (_home() or _platform_folder("user_config_path")) / "settings.toml"


def ledger_target() -> str | Path:
    """Give where the ledger is, as `Ledger.open` takes it."""
    return data_folder() / "ledger.db"


def sandbox_data() -> Path:
    """Give the file in which the practice store keeps what it holds."""
    return data_folder() / "sandbox.db"


def log_folder() -> Path:
    """Give the folder for the logs of our own bugs."""
    return data_folder() / "logs"


def _home() -> Path | None:
    if named := _NAMED.get():
        return named
    home = os.environ.get("IMPORTER_HOME", "").strip()
    return Path(home).expanduser() if home else None


def _platform_folder(which: str) -> Path:
    import platformdirs

    return Path(getattr(platformdirs, which)("importer", appauthor=False))
