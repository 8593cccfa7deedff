"""The edge to a store: sends one request, gives back what came, decides nothing.

It tells apart, for certain, a request of which no byte left from one that may have reached the
store: its connections note when the first byte of a request is handed to an open connection.
Nothing is sent again by itself and no redirect is followed, so the token never travels on.
"""

from __future__ import annotations

import ipaddress
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

from importer.errors import SettingsError
from importer.model import Json, Store
from importer.secret import Secret

_POOL = 16
_TEXT = 4000
_SHORTEST_TOKEN = 8  # what is shorter could be part of any word


class NeverSent(requests.ConnectionError):
    """The connection never opened: no byte of the request left this machine."""


class NoAnswer(requests.ConnectionError):
    """The request may have reached the store, but no whole answer came back."""


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

    `timeout` is (connect, read) in seconds. Raises SettingsError when the token would travel
    unprotected or can't be a header.
    """

    def __init__(self, store: Store, token: Secret, timeout: tuple[float, float]) -> None:
        local = _check_address(store.base_url)
        self._base = store.base_url.rstrip("/")
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
            self._session.mount(scheme, _Adapter(pool_maxsize=_POOL))

    def send(self, request: Request, guard: Callable[[], None] | None = None) -> Reply:
        """Send one request once. Raises NeverSent or NoAnswer when there is no whole answer.

        `guard` is called right before each part of the request is handed to the open connection,
        and raises when it must not leave any more.
        """
        _trace.sent, _trace.guard = False, guard
        try:
            return self._send(request)
        except Exception as problem:
            # Whatever it was: only whether a byte had left decides what may be done next.
            kind = NoAnswer if _trace.sent else NeverSent
            words = _why(problem, self._timeout)
        # Not raised in there: requests' own errors carry the headers, and so the token.
        raise kind(words)

    def _send(self, request: Request) -> Reply:
        response = self._session.request(
            request.method,
            self._base + request.path,
            params=request.params,
            data=request.body.encode() if request.body is not None else None,
            headers={"Content-Type": "application/json"} if request.body else None,
            timeout=self._timeout,
            allow_redirects=False,
        )
        return _reply(response, self._token)

    def close(self) -> None:
        """Close idle connections."""
        self._session.close()


def _why(problem: Exception, timeout: tuple[float, float]) -> str:
    """Say in a few words what broke, without urllib3's nesting."""
    if isinstance(problem, requests.ConnectTimeout):
        return f"no connection within {timeout[0]:g} s"
    if isinstance(problem, requests.Timeout) or "timed out" in str(problem):
        return f"no answer within {timeout[1]:g} s"
    inner: BaseException = problem
    while True:
        reason = getattr(inner, "reason", None)
        nested = [part for part in (reason, *inner.args) if isinstance(part, BaseException)]
        if not nested:
            break
        inner = nested[0]
    words = getattr(inner, "strerror", None) or str(inner).rpartition(": ")[2]
    what = (
        "no secure connection"
        if isinstance(problem, requests.exceptions.SSLError)
        else ("the connection failed")
    )
    return f"{what} ({type(inner).__name__}: {words})"


def _reply(response: requests.Response, token: Secret) -> Reply:
    text = _without(token, response.content.decode("utf-8", "replace"))
    headers = {name.lower(): _without(token, value) for name, value in response.headers.items()}
    return Reply(
        status=response.status_code,
        headers=headers,
        body=_parse(text),
        text=text[:_TEXT],
        elapsed=response.elapsed.total_seconds(),
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
    if not host or parts.scheme not in ("http", "https"):
        raise SettingsError(
            f"{base_url!r} isn't a web address.", "Give an address that begins with https://."
        )
    if parts.scheme == "http" and not local:
        raise SettingsError(
            f"The token would travel unprotected to {host}.",
            "Give the store's address with https://.",
        )
    return local


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _check_header(value: str, name: str) -> str:
    if not value or not all("!" <= char <= "~" for char in value):
        raise SettingsError(
            f"The {name} is empty or has characters that no {name} has, such as blanks.",
            f"Copy the {name} again, without anything around it.",
        )
    return value


def _no_auth(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


class _Trace(threading.local):
    sent = False
    guard: Callable[[], None] | None = None

    def leaves(self) -> None:
        """Note that bytes are about to leave, if they still may."""
        if self.guard is not None:
            self.guard()
        self.sent = True


_trace = _Trace()


class _HTTP(HTTPConnection):
    """Notes when a request's first byte goes to a connection that is open."""

    _opening = False

    def connect(self) -> None:
        self._opening = True
        try:
            super().connect()
        finally:
            self._opening = False

    def send(self, data: Any) -> None:
        if self.sock is None and self.auto_open:
            self.connect()
        if not self._opening:
            _trace.leaves()
        super().send(data)


class _HTTPS(HTTPSConnection):
    """The same over TLS; the handshake belongs to opening the connection."""

    _opening = False

    def connect(self) -> None:
        self._opening = True
        try:
            super().connect()
        finally:
            self._opening = False

    def send(self, data: Any) -> None:
        if self.sock is None and self.auto_open:
            self.connect()
        if not self._opening:
            _trace.leaves()
        super().send(data)


class _HTTPPool(HTTPConnectionPool):
    ConnectionCls = _HTTP


class _HTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _HTTPS


class _Adapter(HTTPAdapter):
    """Requests' own adapter, with connections that take notes."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _HTTPPool, "https": _HTTPSPool}

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(*args, **kwargs)
        manager.pool_classes_by_scheme = {"http": _HTTPPool, "https": _HTTPSPool}
        return manager
