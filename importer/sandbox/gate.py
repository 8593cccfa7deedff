"""What every API request passes before the store's own work: count, auth, budget, faults.

Plain ASGI, since faults need to hold back, cut or replace an answer that is already made.
"""

from __future__ import annotations

import asyncio
import dataclasses
import hmac
import time
import uuid
from collections import Counter
from dataclasses import dataclass

from starlette.responses import Response

from . import answers
from .asgi import App, Message, Receive, Scope, Send, begun, captured, drained
from .budget import Budget, Grant, headers
from .faults import Fault, Faults, parse
from .options import BASE_PATH, Settings
from .replacements import replaced
from .wire import Connections

REQUEST_ID = "sandbox.request_id"
_too_many = answers.refusal(429, "Too many requests, wait for the window to reset.")


class Traffic:
    """What went through the gate since the start or the last reset."""

    def __init__(self, settings: Settings) -> None:
        self.requests = 0
        self.posts = 0
        self.unanswered = 0
        self.by_status: Counter[int] = Counter()
        self.budget = Budget(settings.limit, settings.window, time.monotonic())


@dataclass(slots=True)
class Exchange:
    """One request, and what will be said about the budget in its answer."""

    scope: Scope
    receive: Receive
    send: Send
    delay: float = 0.0
    grant: Grant | None = None  # stands in for the true state of the budget
    show_budget: bool = True

    @property
    def method(self) -> str:
        """The HTTP method."""
        return str(self.scope["method"])

    @property
    def path(self) -> str:
        """The path below the API's base path."""
        return str(self.scope["path"]).removeprefix(BASE_PATH)

    def header(self, name: bytes) -> bytes | None:
        """Return a header of the request; `name` in lower case."""
        return dict(self.scope["headers"]).get(name)


class Gate:
    """ASGI middleware for the API paths; everything else goes by it untouched."""

    def __init__(self, app: App, settings: Settings, connections: Connections) -> None:
        self._app = app
        self._settings = settings
        self._connections = connections
        self.closing = asyncio.Event()
        self.faults = Faults()
        self.faults.set = [parse(spec) for spec in settings.faults]
        self.traffic = Traffic(settings)

    def reset(self) -> None:
        """Start counting anew, with a fresh budget and no faults."""
        self.faults.clear()
        self.traffic = Traffic(self._settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request."""
        if scope["type"] != "http" or not scope["path"].startswith(BASE_PATH):
            await self._app(scope, receive, send)
            return
        self.traffic.requests += 1
        scope[REQUEST_ID] = uuid.uuid4().hex
        exchange = Exchange(scope, receive, send)
        refused = self._unauthorized(exchange)
        if refused is not None:
            await self._answer(exchange, refused)
        elif not self._take():
            await self._answer(exchange, _too_many)
        else:
            await self._work(exchange)

    def _unauthorized(self, exchange: Exchange) -> Response | None:
        if not _same(exchange.header(b"x-auth-token"), self._settings.token):
            return answers.refusal(401, "The access token is missing or not valid.")
        if not _same(exchange.header(b"x-store-hash"), self._settings.store_hash):
            return answers.refusal(500, "Something went wrong.")
        return None

    def _take(self) -> bool:
        budget = self.traffic.budget
        budget.share = self.faults.share
        return budget.take(time.monotonic()).allowed

    async def _work(self, exchange: Exchange) -> None:
        """Let the store do the request's work, or the faults that meet it."""
        try:
            met = self._faults_for(exchange)
        except ValueError as error:
            await self._answer(exchange, answers.refusal(400, f"X-Sandbox-Fault: {error}"))
            return
        if (exchange.method, exchange.path) == ("POST", "/ip/invoices"):
            self.traffic.posts += 1
        exchange.delay = sum(fault.seconds for fault in met if fault.name == "latency")
        fault = next((fault for fault in met if fault.name != "latency"), None)
        if fault is not None:
            await self._fail(fault, exchange)
        else:
            await self._app(exchange.scope, exchange.receive, self._labelled(exchange))

    def _faults_for(self, exchange: Exchange) -> list[Fault]:
        """Find the faults that meet the request, with what its own header asks for.

        Raises ValueError when the header can't be read.
        """
        spec = exchange.header(b"x-sandbox-fault")
        asked = parse(spec.decode("latin-1")) if spec else None
        return self.faults.meeting(exchange.method, exchange.path, asked)

    async def _fail(self, fault: Fault, exchange: Exchange) -> None:
        """Show one fault, after the store's work if the fault lets it work."""
        if fault.commits:
            answer = await captured(self._app, exchange.scope, exchange.receive)
        else:
            answer = await drained(exchange.receive)
        match fault.name:
            case "reset-before" | "reset-after":
                self.traffic.unanswered += 1
                await self._connections.reset(exchange.scope)
            case "hang" | "hang-after":
                self.traffic.unanswered += 1
                await self._pause(fault.seconds)
                await self._connections.reset(exchange.scope)
            case "cut-off":
                self.traffic.unanswered += 1
                await begun(answer, self._labelled(exchange))
                await self._connections.end(exchange.scope)
            case "429" | "overloaded":
                now = self.traffic.budget.give_back(time.monotonic())
                exchange.grant = dataclasses.replace(now, remaining=0)
                exchange.show_budget = fault.name == "429"
                await self._answer(exchange, _too_many)
            case _:
                await self._answer(exchange, replaced(fault, answer))

    async def _answer(self, exchange: Exchange, answer: Response) -> None:
        await answer(exchange.scope, exchange.receive, self._labelled(exchange))

    def _labelled(self, exchange: Exchange) -> Send:
        """Wrap the exchange's send: late if so asked, with request ID and budget as it is then."""

        async def label(message: Message) -> None:
            if message["type"] == "http.response.start":
                if exchange.delay:
                    await self._pause(exchange.delay)
                self.traffic.by_status[message["status"]] += 1
                message["headers"] = [
                    *message.get("headers", []),
                    (b"X-Request-Id", exchange.scope[REQUEST_ID].encode()),
                    *self._budget_headers(exchange),
                ]
            await exchange.send(message)

        return label

    def _budget_headers(self, exchange: Exchange) -> list[tuple[bytes, bytes]]:
        if not exchange.show_budget:
            return []
        grant = exchange.grant or self.traffic.budget.look(time.monotonic())
        return headers(grant, self._settings.header_style)

    async def _pause(self, seconds: float) -> None:
        """Wait, but not longer than the server runs."""
        try:
            await asyncio.wait_for(self.closing.wait(), seconds)
        except TimeoutError:
            return


def _same(given: bytes | None, expected: str) -> bool:
    return given is not None and hmac.compare_digest(given, expected.encode())
