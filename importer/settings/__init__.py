"""Stores and settings: a TOML file, overridden by the environment, overridden by flags.

Tokens are never in the file and never a flag: they come from the environment or from the
system's keyring. Where things are:

* `IMPORTER_HOME`, if set, is the folder for everything; else the system's own folders for a
  user's data and configuration. `at_home` names another one for the calls within it.
* `IMPORTER_BASE_URL`, `IMPORTER_STORE_HASH`, `IMPORTER_TIME_ZONE` and `IMPORTER_TOKEN` describe
  a store without any file; `IMPORTER_TOKEN_<NAME>` is the token of the saved store of that name.
"""

from __future__ import annotations

from importer.settings.folders import (
    at_home,
    config_file,
    data_folder,
    ledger_target,
    log_folder,
    sandbox_data,
)
from importer.settings.reading import limits, severities
from importer.settings.rules import DEFAULT_BASE_URL, SANDBOX, checked
from importer.settings.stores import add_store, find_store, flags_of, remove_store, stores
from importer.settings.tokens import keep_token, token_for, token_variable

__all__ = [
    "DEFAULT_BASE_URL",
    "SANDBOX",
    "add_store",
    "at_home",
    "checked",
    "config_file",
    "data_folder",
    "find_store",
    "flags_of",
    "keep_token",
    "ledger_target",
    "limits",
    "log_folder",
    "remove_store",
    "sandbox_data",
    "severities",
    "stores",
    "token_for",
    "token_variable",
]
