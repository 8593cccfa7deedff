"""Starting and stopping the store's server, in the foreground or in a thread."""

from __future__ import annotations

import asyncio
import http.client
import json
import logging
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import uvicorn

from .app import build
from .gate import Gate
from .options import BASE_PATH, FaultSpec, Settings
from .store import Store
from .wire import Connections

_OF_CLIENTS = (
    "ASGI callable returned without",  # the client was gone, or we broke its connection
    "Invalid HTTP request received",
)


def _is_ours(record: logging.LogRecord) -> bool:
    """Keep what clients do out of the console: only a fault of the server itself is told there."""
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, (ConnectionError, asyncio.CancelledError)):
        return False
    return not record.getMessage().startswith(_OF_CLIENTS)


logging.getLogger("uvicorn.error").addFilter(_is_ours)


_TICK = 0.1  # seconds
_GRACE = 2.0  # seconds that answers under way have when the server stops
_LOOK = 0.005  # seconds between looks whether they are sent


class Server(uvicorn.Server):
    """A uvicorn server that says when it accepts and stops at once, whatever hangs on purpose."""

    def __init__(self, store: Store, settings: Settings, on_ready: Callable[[], None]) -> None:
        connections = Connections()
        self._gate: Gate = build(store, settings, connections)
        self._on_ready = on_ready
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping = asyncio.Event()
        super().__init__(
            uvicorn.Config(
                self._gate,
                http=connections.protocol(),
                ws="none",
                loop="asyncio",
                lifespan="off",
                access_log=False,
                log_config=None,
                proxy_headers=False,
                server_header=False,
                timeout_keep_alive=75,
            )
        )

    def stop(self) -> None:
        """Ask it to stop, from another thread than its own."""
        self.should_exit = True
        if self._loop is not None:
            with suppress(RuntimeError):  # it has stopped by itself
                self._loop.call_soon_threadsafe(self._stopping.set)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to accept, then say so."""
        await super().startup(sockets)
        self._loop = asyncio.get_running_loop()
        self._on_ready()

    async def main_loop(self) -> None:
        """Serve until a signal is seen, which takes a tick, or `stop` is called.

        Each tick sets the answers' Date; uvicorn's own loop does so with every tenth only, which
        on a busy computer is seconds behind the dates that we say ourselves.
        """
        while not await self.on_tick(0):
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), _TICK)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End what hangs on purpose, then stop as soon as every answer under way is sent.

        Uvicorn's own way sleeps a tenth of a second even when there is nothing to wait for.
        """
        self._gate.closing.set()
        for listening in self.servers:
            listening.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        with suppress(TimeoutError):
            async with asyncio.timeout(_GRACE):
                while self.server_state.connections or self.server_state.tasks:
                    await asyncio.sleep(_LOOK)


class Sandbox:
    """A running sandbox, as its starter sees it."""

    def __init__(self, url: str, settings: Settings) -> None:
        self.url = url
        self.base_url = url + BASE_PATH
        self.token = settings.token
        self.store_hash = settings.store_hash

    def stats(self) -> dict[str, Any]:
        """Return the counts: `requests`, `posts`, `too_many_requests`, `emails`, `peak`..."""
        counts: dict[str, Any] = self._control("GET", "stats")
        return counts

    def invoices(self) -> list[dict[str, Any]]:
        """Return every invoice as GET shows it, oldest first; `hidden` has what GET hides."""
        found: list[dict[str, Any]] = self._control("GET", "invoices")
        return found

    def pay(self, number: str, amount: Decimal | str) -> None:
        """Let the buyer pay so much of an invoice. Raises ValueError when it isn't there."""
        self._control("POST", "payments", {"number": number, "amount": str(amount)})

    def alter(self, number: str, **fields: Any) -> None:
        """Set fields of an invoice by hand, named as in GET: `isPendingPayment=1`, `dueDate=0`...

        Balances are `{code, value}`. Raises ValueError when the invoice isn't there.
        """
        self._control("PATCH", "invoices", {"number": number, "set": fields})

    def delete(self, number: str) -> None:
        """Delete an invoice by hand. Raises ValueError when it isn't there."""
        self._control("DELETE", f"invoices?{urlencode({'number': number})}")

    def outbox(self) -> list[dict[str, Any]]:
        """Return every e-mail that real buyers would have got, newest first."""
        found: list[dict[str, Any]] = self._control("GET", "outbox")
        return found

    def faults(self) -> list[dict[str, Any]]:
        """Return the faults that are set, with how often each has shown."""
        found: list[dict[str, Any]] = self._control("GET", "faults")
        return found

    def set_fault(self, name: FaultSpec, **settings: Any) -> None:
        """Add a fault: a name with keyword settings, or a whole spec. Raises ValueError."""
        spec = {"name": name, **settings} if settings else name
        self._control("POST", "faults", spec)

    def clear_faults(self) -> None:
        """Remove all faults."""
        self._control("DELETE", "faults")

    def reset(self) -> None:
        """Empty the store and the outbox, start counting anew, remove all faults."""
        self._control("POST", "reset")

    def _control(self, method: str, path: str, body: object = None) -> Any:
        address = urlsplit(self.url)
        with closing(http.client.HTTPConnection(address.netloc, timeout=60)) as connection:
            connection.request(method, f"/_sandbox/{path}", None if body is None else _json(body))
            answer = connection.getresponse()
            text = answer.read()
        if answer.status != 200:
            raise ValueError(json.loads(text).get("error", text))
        return json.loads(text)


def serve(
    data: Path, port: int, on_ready: Callable[[str], None] | None, settings: Settings
) -> None:
    """Run in the foreground until Ctrl-C. Raises OSError when the port is taken."""
    listener = _listen(settings.host, port)
    url = _url(listener)
    with closing(listener), closing(Store(data, settings)) as store:
        server = Server(store, settings, lambda: on_ready(url) if on_ready else None)
        try:
            server.run(sockets=[listener])
        except KeyboardInterrupt:
            return


@contextmanager
def running(data: Path, port: int, settings: Settings) -> Iterator[Sandbox]:
    """Run in a thread for as long as the context is open. Raises OSError when the port is taken."""
    listener = _listen(settings.host, port)
    ready = threading.Event()
    with closing(listener), closing(Store(data, settings)) as store:
        server = Server(store, settings, ready.set)
        thread = threading.Thread(
            target=server.run, args=([listener],), name="sandbox", daemon=True
        )
        thread.start()
        try:
            while not ready.wait(0.1):
                if not thread.is_alive():
                    raise OSError("the sandbox's server could not start")
            yield Sandbox(_url(listener), settings)
        finally:
            server.stop()
            thread.join()


def _json(body: object) -> bytes:
    return json.dumps(body).encode()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio turns Nagle's delay off only for sockets that say they are TCP.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    if os.name == "posix":
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    return listener


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
