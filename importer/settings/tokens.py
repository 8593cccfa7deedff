"""Where a store's token comes from: the environment or the system's keyring, nothing else."""

from __future__ import annotations

import os
import re

from importer.errors import SettingsError
from importer.model import Store
from importer.secret import Secret
from importer.settings.rules import checked_token

KEYRING_SERVICE = "importer"


def token_for(store: Store) -> Secret:
    """Give the store's token: from the environment, else from the keyring.

    `IMPORTER_TOKEN` counts for a saved store too, unless `IMPORTER_STORE_HASH` says that it
    belongs to another one. Raises SettingsError that names the variable to set.
    """
    told = os.environ.get("IMPORTER_STORE_HASH", "").strip()
    variables = [token_variable(store.name)]
    if told in ("", store.hash):
        variables.append("IMPORTER_TOKEN")
    for variable in variables:
        value = os.environ.get(variable, "").strip()
        if value:
            return checked_token(value, variable)
    kept = _token_from_keyring(store)
    if kept:
        return kept
    if store.name == told:
        remedy = "Set the environment variable IMPORTER_TOKEN to the store's API token."
    else:
        remedy = (
            f"Set the environment variable {variables[0]} to the store's API token, "
            f"or save it in the keyring: importer store token {store.name}"
        )
    raise SettingsError(f"There is no token for the store '{store.name}'.", remedy)


def keep_token(store: Store, token: Secret) -> bool:
    """Put a token into the system's keyring; give whether there is a keyring that took it."""
    import keyring
    from keyring.errors import KeyringError

    checked_token(token.reveal(), "The token")
    try:
        keyring.set_password(KEYRING_SERVICE, store.name, token.reveal())
    except (KeyringError, OSError):
        return False
    return True


def token_variable(name: str) -> str:
    """Give the variable of a saved store's token: `acme-eu` → `IMPORTER_TOKEN_ACME_EU`."""
    return "IMPORTER_TOKEN_" + re.sub(r"\W", "_", name).upper()


def _token_from_keyring(store: Store) -> Secret | None:
    import keyring
    from keyring.errors import KeyringError

    try:
        value = keyring.get_password(KEYRING_SERVICE, store.name)
    except (KeyringError, OSError):
        return None
    return Secret(value) if value else None


def forget_token(store: Store) -> None:
    """Take a store's token out of the keyring, if there is one."""
    import keyring
    from keyring.errors import KeyringError

    try:
        keyring.delete_password(KEYRING_SERVICE, store.name)
    except (KeyringError, OSError):
        return  # nothing was kept there
