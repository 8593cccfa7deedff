"""A server that really does it: answers with exact bytes, resets, hangs, or isn't there."""

from __future__ import annotations

import json
import select
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

Act = Callable[[socket.socket], None]


def http(status: int, body: bytes | dict[str, Any] | str = b"", *headers: str) -> Act:
    """Answer with a status, a body and headers, then close."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    if isinstance(body, str):
        data = body.encode()

    def act(connection: socket.socket) -> None:
        lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(data)}", *headers]
        connection.sendall("\r\n".join([*lines, "", ""]).encode() + data)

    return act


def raw(data: bytes) -> Act:
    return lambda connection: connection.sendall(data)


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def hang(connection: socket.socket) -> None:
    """Say nothing until the client gives up."""
    with suppress(OSError):
        while connection.recv(65536):
            pass


def drip(data: bytes) -> Act:
    """Send a byte at a time, for ever if need be, until the client goes."""

    def act(connection: socket.socket) -> None:
        with suppress(OSError):
            for place in range(len(data)):
                connection.sendall(data[place : place + 1])
                if select.select([connection], [], [], 0.02)[0]:
                    return

    return act


def kept(*answers: bytes) -> Act:
    """Send so many answers, one for each request on the same connection."""

    def act(connection: socket.socket) -> None:
        for place, answer in enumerate(answers):
            if place:
                read(connection)
            connection.sendall(answer)
        hang(connection)

    return act


def silence(_connection: socket.socket) -> None:
    """Close without a word."""


class Raw:
    """`seen` holds the whole requests that came, as bytes."""

    def __init__(self, act: Act, reading: bool, tls: ssl.SSLContext | None = None) -> None:
        self.seen: list[bytes] = []
        self._act = act
        self._reading = reading
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with suppress(OSError), connection, self._secured(connection) as peer:
                if self._reading:
                    self.seen.append(read(peer))
                self._act(peer)

    def _secured(self, connection: socket.socket) -> socket.socket:
        return self._tls.wrap_socket(connection, server_side=True) if self._tls else connection


def read(connection: socket.socket) -> bytes:
    """Read one whole request."""
    data = b""
    while b"\r\n\r\n" not in data:
        part = connection.recv(65536)
        if not part:
            raise ConnectionError
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    while len(body) < length:
        part = connection.recv(65536)
        if not part:
            raise ConnectionError
        body += part
    return head + b"\r\n\r\n" + body


@contextmanager
def serving(act: Act, *, reading: bool = True, tls: ssl.SSLContext | None = None) -> Iterator[Raw]:
    server = Raw(act, reading, tls)
    try:
        yield server
    finally:
        server.close()
