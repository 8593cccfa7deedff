"""The open connections of the server, so that one of them can be broken on purpose.

ASGI hides the connection from the application. So the server's protocol class enters each one in
a register, and the application finds it there by the client's address, which ASGI does tell.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import sys
from collections.abc import MutableMapping
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

Client = tuple[str, int]

# Lingering for zero seconds makes close send RST in place of FIN.
_NO_LINGER = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)


class Connections:
    """All open connections by client address."""

    def __init__(self) -> None:
        self._open: dict[Client, asyncio.Transport] = {}

    def protocol(self) -> type[H11Protocol]:
        """Make a protocol class for uvicorn that keeps this register."""
        known = self._open

        class Registered(H11Protocol):
            def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
                super().connection_made(transport)
                peer = transport.get_extra_info("peername")
                self._peer: Client | None = (str(peer[0]), int(peer[1])) if peer else None
                if self._peer:
                    known[self._peer] = transport

            def connection_lost(self, exc: Exception | None) -> None:
                if self._peer:
                    known.pop(self._peer, None)
                super().connection_lost(exc)

        return Registered

    async def reset(self, scope: MutableMapping[str, Any]) -> None:
        """Send RST to the client of this request and drop everything that waits to be sent."""
        transport = self._of(scope)
        if transport is not None:
            with contextlib.suppress(OSError):  # the client may have gone already
                transport.get_extra_info("socket").setsockopt(
                    socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER
                )
            transport.abort()
            await _let_the_server_notice()

    async def end(self, scope: MutableMapping[str, Any]) -> None:
        """Send what waits to be sent, then end the connection."""
        transport = self._of(scope)
        if transport is not None:
            transport.close()
            await _let_the_server_notice()

    def is_open(self, scope: MutableMapping[str, Any]) -> bool:
        """Tell whether the client of this request is still there."""
        transport = self._of(scope)
        return transport is not None and not transport.is_closing()

    def _of(self, scope: MutableMapping[str, Any]) -> asyncio.Transport | None:
        client = scope.get("client")
        return self._open.get((client[0], client[1])) if client else None


async def _let_the_server_notice() -> None:
    """Wait for `connection_lost`, without which the server takes a missing answer for a bug."""
    for _ in range(3):
        await asyncio.sleep(0)
