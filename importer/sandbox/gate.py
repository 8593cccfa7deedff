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
from .budget import Budget, Grant, headers, retry_after
from .faults import Fault, Faults, parse
from .in_flight import InFlight
from .options import BASE_PATH, Settings
from .replacements import replaced
from .wire import Connections

REQUEST_ID = "sandbox.request_id"
WORDS = "sandbox.words"
_too_many = answers.refusal(429, "Too many requests, wait for the window to reset.")
_at_once = answers.refusal(429, "Too many requests at the same time.")


class Traffic:
    """What went through the gate since the start or the last reset."""

    def __init__(self, settings: Settings) -> None:
        self.requests = 0
        self.posts = 0
        self.unanswered = 0
        self.by_status: Counter[int] = Counter()
        self.budget = Budget(settings.limit, settings.window, time.monotonic())
        self.in_flight = InFlight(settings.concurrency)


@dataclass(slots=True)
class Exchange:
    """One request, and what will be said about the budget in its answer."""

    scope: Scope
    receive: Receive
    send: Send
    delay: float = 0.0
    grant: Grant | None = None  # stands in for the true state of the budget
    show_budget: bool = True
    fault: Fault | None = None

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
    """ASGI middleware for the API paths; everything else goes by it untouched.

    The application finds the request's ID in the scope, and a function that names the words in
    which it is to refuse what is taken.
    """

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
            await self._enter(exchange)

    async def _enter(self, exchange: Exchange) -> None:
        """Let the request in, unless its endpoint has as many to do as it does at a time."""
        in_flight = self.traffic.in_flight
        endpoint = in_flight.enter(exchange.method, exchange.path)
        if endpoint is None:
            self.traffic.budget.give_back(time.monotonic())
            exchange.show_budget = self._settings.concurrency_headers
            await self._answer(exchange, _at_once)
            return
        try:
            await self._work(exchange)
        finally:
            in_flight.leave(endpoint)

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
            asked = _asked(exchange)
        except ValueError as error:
            await self._answer(exchange, answers.refusal(400, f"X-Sandbox-Fault: {error}"))
            return
        if (exchange.method, exchange.path) == ("POST", "/ip/invoices"):
            self.traffic.posts += 1
        method, path = exchange.method, exchange.path
        exchange.scope[WORDS] = lambda what: self.faults.words(what, method, path, asked)
        met = self.faults.meeting(method, path, asked)
        exchange.delay = sum(fault.seconds for fault in met if fault.name == "latency")
        fault = next((fault for fault in met if fault.name != "latency"), None)
        if fault is not None:
            exchange.fault = fault
            await self._fail(fault, exchange)
        else:
            await self._app(exchange.scope, exchange.receive, self._labelled(exchange))

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
            case "drip":
                await self._drip(answer, fault.seconds, exchange)
            case "429" | "overloaded":
                now = self.traffic.budget.give_back(time.monotonic())
                exchange.grant = dataclasses.replace(now, remaining=0)
                exchange.show_budget = fault.name == "429"
                await self._answer(exchange, _too_many)
            case _:
                await self._answer(exchange, replaced(fault, answer))

    async def _drip(self, answer: Response, seconds: float, exchange: Exchange) -> None:
        """Send an answer byte by byte, for as long as its client listens."""
        send = self._labelled(exchange)
        start = {"type": "http.response.start", "status": answer.status_code}
        await send({**start, "headers": answer.raw_headers})
        for byte in bytes(answer.body):
            if self.closing.is_set() or not self._connections.is_open(exchange.scope):
                self.traffic.unanswered += 1
                await self._connections.end(exchange.scope)
                return
            await send({"type": "http.response.body", "body": bytes([byte]), "more_body": True})
            await self._pause(seconds)
        await send({"type": "http.response.body", "body": b""})

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
                    *self._retry_after(exchange, message["status"]),
                ]
            await exchange.send(message)

        return label

    def _budget_headers(self, exchange: Exchange) -> list[tuple[bytes, bytes]]:
        if not exchange.show_budget:
            return []
        grant = exchange.grant or self.traffic.budget.look(time.monotonic())
        return headers(grant, self._settings.header_style)

    def _retry_after(self, exchange: Exchange, status: int) -> list[tuple[bytes, bytes]]:
        """Say when to come again: as the fault wants it, else when the window ends."""
        style, fault = self._settings.retry_after, exchange.fault
        if fault is not None and fault.retry_after != "no":
            return retry_after(fault.seconds, fault.retry_after)
        if status != 429 or style == "no":
            return []
        return retry_after(self.traffic.budget.look(time.monotonic()).resets_after, style)

    async def _pause(self, seconds: float) -> None:
        """Wait, but not longer than the server runs."""
        try:
            await asyncio.wait_for(self.closing.wait(), seconds)
        except TimeoutError:
            return


def _asked(exchange: Exchange) -> Fault | None:
    """Read the fault that a request asks for. Raises ValueError when it can't be read."""
    spec = exchange.header(b"x-sandbox-fault")
    return parse(spec.decode("latin-1")) if spec else None


def _same(given: bytes | None, expected: str) -> bool:
    return given is not None and hmac.compare_digest(given, expected.encode())
