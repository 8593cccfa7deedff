"""What makes sense in a store: name, hash, base URL, time zone, token. Pure."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from importer.errors import SettingsError
from importer.model import Store
from importer.secret import Secret

SANDBOX = "sandbox"
"""The name of the practice store; no saved store may bear it."""

DEFAULT_BASE_URL = "https://api-b2b.bigcommerce.com/api/v3/io"


def checked(store: Store) -> Store:
    """Give the store with its parts tidied. Raises SettingsError that says what is wrong."""
    return Store(
        name=checked_name(store.name),
        hash=checked_hash(store.hash),
        base_url=checked_url(store.base_url),
        time_zone=checked_time_zone(store.time_zone),
        share=store.share,
        between=store.between,
    )


def checked_name(name: str) -> str:
    """Give a store's name. Raises SettingsError when it can't be one."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}", name):
        raise SettingsError(
            f"'{name}' can't be the name of a store.",
            "Use up to 40 letters, digits, - and _, beginning with a letter or digit.",
        )
    if name.casefold() == SANDBOX:
        raise SettingsError(
            f"'{name}' is the name of the practice store.", "Choose another name for yours."
        )
    return name


def checked_hash(value: str) -> str:
    """Give a store hash, trimmed. Raises SettingsError when it can't be one."""
    value = value.strip()
    if not re.fullmatch(r"[A-Za-z0-9]{3,64}", value):
        raise SettingsError(
            f"'{value}' is not a store hash.",
            "It is the letters and digits in the address of your control panel: "
            "https://store-HASH.mybigcommerce.com",
        )
    return value


def checked_url(value: str) -> str:
    """Give a base URL without its last slash; https, or http to this computer only."""
    value = value.strip().rstrip("/")
    parts = urlsplit(value)
    try:
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        host = ""
    if parts.scheme not in ("http", "https") or not host or re.search(r"\s", value):
        raise SettingsError(
            f"'{value}' is not a web address.", f"The vendor's is {DEFAULT_BASE_URL}"
        )
    if parts.username or parts.password or parts.query or parts.fragment:
        raise SettingsError(
            "The base URL has more in it than an address.",
            "Leave out any user name, password, ? and #; the token is kept elsewhere.",
        )
    if parts.scheme == "http" and not _is_loopback(host):
        raise SettingsError(
            f"'{value}' would send the token unprotected.",
            "Use https://; plain http:// is for this computer only (127.0.0.1, localhost).",
        )
    return value


def _is_loopback(host: str) -> bool:
    import ipaddress

    if host.casefold() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def checked_time_zone(value: str) -> str:
    """Give an IANA time zone's name. Raises SettingsError when there is none such."""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    value = value.strip()
    try:
        return ZoneInfo(value).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise SettingsError(
            f"'{value}' is not a time zone.",
            "Use a name such as America/New_York, Europe/Berlin or UTC.",
        ) from None


def checked_token(value: str, where: str) -> Secret:
    """Give the token; `where` names its place. Raises SettingsError when it is garbled."""
    if not value.isascii() or not value.isprintable() or " " in value:
        raise SettingsError(
            f"{where} has characters that a token can't have.",
            "Copy the token again, without quotes, spaces or line breaks.",
        )
    return Secret(value)
