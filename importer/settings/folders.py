"""Where the importer keeps what it keeps: `IMPORTER_HOME`, else the system's own folders."""

from __future__ import annotations

import os
from pathlib import Path


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
    home = os.environ.get("IMPORTER_HOME", "").strip()
    return Path(home).expanduser() if home else None


def _platform_folder(which: str) -> Path:
    import platformdirs

    return Path(getattr(platformdirs, which)("importer", appauthor=False))
