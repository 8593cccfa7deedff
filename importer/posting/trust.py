"""Whose certificates are trusted: the authorities that requests brings, or a file of one's own."""

from __future__ import annotations

import os
import ssl
from pathlib import Path

from importer.errors import SettingsError

VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
"""Environment variables that name such a file, as other programs use them; the first counts."""


def authorities() -> str | bool:
    """Give the file (or folder) of trusted authorities, True for those that requests brings.

    Raises SettingsError when there is no such file, or it can't be read.
    """
    variable = next((name for name in VARIABLES if os.environ.get(name)), None)
    if variable is None:
        return True
    path = Path(os.environ[variable])
    try:
        if path.is_dir():
            return str(path)
        ssl.create_default_context(cafile=path)
    except FileNotFoundError:
        raise SettingsError(
            f"{variable} names a file that doesn't exist: {path}.",
            f"Correct the path, or unset {variable}.",
        ) from None
    except ssl.SSLError:
        raise SettingsError(
            f"{variable} names a file without certificates in PEM format: {path}.",
            f"Ask your network's administrator for the right file, or unset {variable}.",
        ) from None
    except OSError as problem:
        raise SettingsError(
            f"{variable} names a file that can't be read ({problem.strerror}): {path}.",
            f"Correct the path or its permissions, or unset {variable}.",
        ) from None
    return str(path)
