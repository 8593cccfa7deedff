"""Connections that take notes: whether a byte of a request left, and when its answer is due.

`http.client` gives each read of an answer a time-out of its own, so that a byte a second lasts for
ever; here the whole answer has one. A connection that holds more than the answer isn't used again:
what is left over would be taken for the answer to the next request.
"""

from __future__ import annotations

import io
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from http.client import HTTPResponse
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection


class Trace(threading.local):
    """What a thread's request has come to: `sent` once a byte of it left.

    `guard` is called before each part of it leaves, and raises when it must not.
    """

    sent = False
    guard: Callable[[], None] | None = None

    def begin(self, guard: Callable[[], None] | None) -> None:
        """Begin a request, of which nothing has left."""
        self.sent, self.guard = False, guard

    def leaves(self) -> None:
        """Note that bytes are about to leave, if they still may."""
        if self.guard is not None:
            self.guard()
        self.sent = True


trace = Trace()


class _Timed(io.RawIOBase):
    """Reads from a socket until a moment on the monotonic clock; None: only what is there."""

    def __init__(self, raw: Any, sock: socket.socket, deadline: float) -> None:
        self._raw = raw
        self._sock = sock
        self.deadline: float | None = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = 0.0
        if self.deadline is not None:
            left = self.deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError("timed out")
        self._sock.settimeout(left)
        count: int | None = self._raw.readinto(buffer)
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Answer(HTTPResponse):
    """An answer with one time-out for all of it: that of its socket when it begins."""

    def __init__(self, sock: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self._sock = sock
        self._timeout = sock.gettimeout()
        deadline = time.monotonic() + (self._timeout or 0.0)
        self._timed = _Timed(self.fp.detach(), sock, deadline)
        self.fp = io.BufferedReader(self._timed)

    def _close_conn(self) -> None:
        reader: Any = self.fp
        try:
            self._timed.deadline = None
            with suppress(OSError, ValueError):  # nothing is there, as it should be
                if reader.peek(1):
                    self._sock.shutdown(socket.SHUT_RDWR)
            with suppress(OSError):
                self._sock.settimeout(self._timeout)
        finally:
            super()._close_conn()  # type: ignore[misc]


class _HTTP(HTTPConnection):
    """Notes when a request's first byte goes to a connection that is open."""

    response_class = _Answer
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
            trace.leaves()
        super().send(data)


class _HTTPS(HTTPSConnection):
    """The same over TLS; proxy and handshake belong to opening the connection."""

    response_class = _Answer
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
            trace.leaves()
        super().send(data)


class _HTTPPool(HTTPConnectionPool):
    ConnectionCls = _HTTP


class _HTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _HTTPS


class Adapter(HTTPAdapter):
    """Requests' own adapter, with these connections."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make the pools for direct connections."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _HTTPPool, "https": _HTTPSPool}

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        """Make the pools for connections through a proxy."""
        manager = super().proxy_manager_for(*args, **kwargs)
        manager.pool_classes_by_scheme = {"http": _HTTPPool, "https": _HTTPSPool}
        return manager
