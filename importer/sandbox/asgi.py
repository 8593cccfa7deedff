"""ASGI by hand: its types, and a few things that an application server has no words for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from starlette.responses import Response

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


async def captured(app: App, scope: Scope, receive: Receive) -> Response:
    """Collect what the application answers, without sending it."""
    status, body = 500, b""
    media_type = "application/json"

    async def keep(message: Message) -> None:
        nonlocal status, body, media_type
        if message["type"] == "http.response.start":
            status = message["status"]
            media_type = dict(message["headers"]).get(b"content-type", b"").decode()
        else:
            body += message.get("body", b"")

    await app(scope, receive, keep)
    return Response(body, status, media_type=media_type)


async def drained(receive: Receive) -> Response:
    """Read the whole request and do nothing with it; the answer is empty."""
    more = True
    while more:
        more = (await receive()).get("more_body", False)
    return Response()


async def begun(answer: Response, send: Send) -> None:
    """Send an answer's headers and the first half of its body."""
    start = {"type": "http.response.start", "status": answer.status_code}
    await send({**start, "headers": answer.raw_headers})
    await send({"type": "http.response.body", "body": first_half(answer), "more_body": True})


def first_half(answer: Response) -> bytes:
    """Return the first half of an answer's body."""
    return bytes(answer.body)[: len(answer.body) // 2]
