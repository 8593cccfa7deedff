"""The edge to a store: sends one request, gives back what came, decides nothing.

It tells apart, for certain, a request of which no byte left from one that may have reached the
store: its connections note when the first byte of a request is handed to an open connection.
Nothing is sent again by itself and no redirect is followed, so the token never travels on. An
answer has a time-out and a size as a whole.
"""

from __future__ import annotations

import ipaddress
import json
import re
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.utils import get_environ_proxies, select_proxy

from importer.errors import SettingsError
from importer.model import Json, Store
from importer.secret import Secret

from .connections import Adapter, trace
from .reaching import Hurdle, causes_of, hurdle_of, words_for
from .trust import authorities

_POOL = 16
_TEXT = 4000
_LARGEST = 20_000_000  # bytes of an answer
_SHORTEST_TOKEN = 8  # what is shorter could be part of any word


class NeverSent(requests.ConnectionError):
    """The connection never opened: no byte of the request left this machine.

    `hurdle` is what was in the way, None when the request was held back here.
    """

    def __init__(self, words: str, hurdle: Hurdle | None = None) -> None:
        super().__init__(words)
        self.hurdle = hurdle


class NoAnswer(requests.ConnectionError):
    """The request may have reached the store, but no whole answer came back."""


class _TooLong(Exception):
    """An answer has no end."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request to the API. `body` is JSON text; `path` is below the base URL."""

    method: str
    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    body: str | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """One whole answer. `body` is the JSON object, its fractions as decimals; None: unreadable.

    `headers` have lower-case names; `text` is the beginning of the raw answer; `elapsed` is in
    seconds.
    """

    status: int
    headers: Mapping[str, str]
    body: Json | None
    text: str
    elapsed: float
    request_id: str | None


def create_invoice(body: str) -> Request:
    """Create an invoice of this JSON text."""
    return Request("POST", "/ip/invoices", body=body)


def find_invoices(number: str, offset: int, limit: int) -> Request:
    """List invoices whose number looks like this one; the store matches loosely."""
    params = {"searchBy": "invoiceNumber", "q": number}
    return Request("GET", "/ip/invoices", params | {"offset": str(offset), "limit": str(limit)})


def list_invoices(offset: int, limit: int) -> Request:
    """List invoices with all that they hold, the newest first."""
    params = {"isIncludeExtraFields": "1", "sortBy": "createdAt", "orderBy": "DESC"}
    return Request("GET", "/ip/invoices", params | {"offset": str(offset), "limit": str(limit)})


def get_invoice(store_invoice_id: str) -> Request:
    """Read one invoice by the store's ID."""
    return Request("GET", f"/ip/invoices/{store_invoice_id}")


def update_invoice(store_invoice_id: str, body: str) -> Request:
    """Replace an invoice's content."""
    return Request("PUT", f"/ip/invoices/{store_invoice_id}", body=body)


def delete_invoice(store_invoice_id: str) -> Request:
    """Delete one invoice."""
    return Request("DELETE", f"/ip/invoices/{store_invoice_id}")


def list_companies(offset: int = 0, limit: int = 1) -> Request:
    """List companies."""
    return Request("GET", "/companies", {"offset": str(offset), "limit": str(limit)})


def list_extra_fields(offset: int = 0, limit: int = 200) -> Request:
    """List the store's own invoice fields."""
    return Request("GET", "/ip/invoices/extra-fields", {"offset": str(offset), "limit": str(limit)})


class Client:
    """Sends requests to one store; threads may share it.

    `timeout` is (connect, read) in seconds, the latter for a whole answer. Raises SettingsError
    when the token would travel unprotected or can't be a header, and when the file of trusted
    certificates that the environment names can't be used.
    """

    def __init__(self, store: Store, token: Secret, timeout: tuple[float, float]) -> None:
        self._base = store.base_url.strip().rstrip("/")
        local = _check_address(self._base)
        self._host = urlsplit(self._base).hostname or ""
        self._proxy = None if local else _proxy_of(self._base)
        self._verify = authorities() if self._base.startswith("https:") else True
        self._timeout = timeout
        self._token = token
        self._session = requests.Session()
        # On this machine no proxy may come between: it would get the token unprotected.
        self._session.trust_env = not local
        self._session.auth = _no_auth  # or requests would look for a password in ~/.netrc
        self._session.headers.update(
            {
                "Accept": "application/json",
                "User-Agent": "importer",
                "X-Auth-Token": _check_header(token.reveal(), "token"),
                "X-Store-Hash": _check_header(store.hash, "store hash"),
            }
        )
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, Adapter(pool_maxsize=_POOL))

    def send(self, request: Request, guard: Callable[[], None] | None = None) -> Reply:
        """Send one request once. Raises NeverSent or NoAnswer when there is no whole answer.

        `guard` is called right before each part of the request is handed to the open connection,
        and raises when it must not leave any more.
        """
        trace.begin(guard)
        try:
            return self._send(request)
        except Exception as problem:
            # Whatever it was: only whether a byte had left decides what may be done next.
            failure = self._lost(problem) if trace.sent else self._never_sent(problem)
        # Not raised in there: requests' own errors carry the headers, and so the token.
        raise failure

    def _never_sent(self, problem: Exception) -> NeverSent:
        if held_back := next((x for x in causes_of(problem) if isinstance(x, NeverSent)), None):
            return NeverSent(str(held_back), held_back.hurdle)
        hurdle = hurdle_of(problem)
        if hurdle is Hurdle.CONNECTION and isinstance(problem, requests.Timeout):
            return NeverSent(f"no connection within {self._timeout[0]:g} s", hurdle)
        return NeverSent(words_for(hurdle, problem, self._host, self._proxy), hurdle)

    def _lost(self, problem: Exception) -> NoAnswer:
        for one in causes_of(problem):
            if isinstance(one, NeverSent | _TooLong):
                return NoAnswer(str(one))
        if isinstance(problem, requests.Timeout) or "timed out" in str(problem):
            return NoAnswer(f"no whole answer within {self._timeout[1]:g} s")
        return NoAnswer(words_for(Hurdle.CONNECTION, problem, self._host, None))

    def _send(self, request: Request) -> Reply:
        started = time.monotonic()
        response = self._session.request(
            request.method,
            self._base + request.path,
            params=request.params,
            data=request.body.encode() if request.body is not None else None,
            headers={"Content-Type": "application/json"} if request.body else None,
            timeout=self._timeout,
            allow_redirects=False,
            verify=self._verify,
            stream=True,
        )
        with closing(response):
            content = _content(response)
        return _reply(response, content, time.monotonic() - started, self._token)

    def close(self) -> None:
        """Close idle connections; a later request opens new ones."""
        self._session.close()


def _content(response: requests.Response) -> bytes:
    """Read the body, unpacked, as far as an answer can be long."""
    parts: list[bytes] = []
    size = 0
    for part in response.iter_content(65536):
        parts.append(part)
        size += len(part)
        if size > _LARGEST:
            raise _TooLong(f"an answer of more than {_LARGEST // 1_000_000} MB")
    return b"".join(parts)


def _reply(response: requests.Response, content: bytes, elapsed: float, token: Secret) -> Reply:
    text = _without(token, content.decode("utf-8", "replace"))
    headers = {name.lower(): _without(token, value) for name, value in response.headers.items()}
    return Reply(
        status=response.status_code,
        headers=headers,
        body=_parse(text),
        text=text[:_TEXT],
        elapsed=elapsed,
        request_id=headers.get("x-request-id"),
    )


def _without(token: Secret, text: str) -> str:
    """Blank out the token: error pages of gateways show the request, and what is said is kept."""
    value = token.reveal()
    return text.replace(value, "***") if len(value) >= _SHORTEST_TOKEN else text


def _parse(text: str) -> Json | None:
    try:
        body: Any = json.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) else None


def _check_address(base_url: str) -> bool:
    """Give whether the store is on this machine; refuse to send a token unprotected elsewhere."""
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    local = host == "localhost" or _is_loopback(host)
    if not host or parts.scheme not in ("http", "https") or re.search(r"\s", base_url):
        raise SettingsError(
            f"{base_url!r} isn't a web address.", "Give an address that begins with https://."
        )
    if parts.query or parts.fragment or "@" in parts.netloc or not _has_a_port(base_url):
        raise SettingsError(
            "The store's address has more than a host, a port and a path, or its port isn't valid.",
            "Leave out any user name, password, ? and #.",
        )
    if host.endswith(".bigcommerce.com") and not parts.path.strip("/"):
        raise SettingsError(
            f"{base_url!r} is only the beginning of the API's address.",
            f"The vendor's is {Store('', '').base_url}",
        )
    if parts.scheme == "http" and not local:
        raise SettingsError(
            f"The token would be sent unprotected to {host}.",
            "Give the store's address with https://.",
        )
    return local


def _has_a_port(address: str) -> bool:
    try:
        return urlsplit(address).port != 0
    except ValueError:
        return False


def _proxy_of(address: str) -> str | None:
    """Give the proxy that the environment names for an address, without any password."""
    proxy = select_proxy(address, get_environ_proxies(address))
    return proxy and proxy.rpartition("@")[2].rpartition("//")[2].rstrip("/")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _check_header(value: str, name: str) -> str:
    if not value or not all("!" <= char <= "~" for char in value):
        raise SettingsError(
            f"The {name} is empty or has characters that a {name} can't have, such as spaces.",
            f"Copy the {name} again, without anything around it.",
        )
    return value


def _no_auth(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request
