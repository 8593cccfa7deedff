"""The sandbox's own controls under `/_sandbox`: no real store has them.

Without auth, so for this machine only.
"""

from __future__ import annotations

import dataclasses
import ipaddress
import time
from decimal import Decimal
from typing import Any

from fastapi import FastAPI, Request
from starlette.responses import Response

from . import answers, invoice_view
from .faults import parse
from .gate import Gate
from .options import Settings
from .store import Invoice, Selection, Store, Taken

PATH = "/_sandbox"


def mount(app: FastAPI, store: Store, gate: Gate, settings: Settings) -> None:
    """Add the controls to the application."""

    async def show_stats(request: Request) -> Response:
        return answers.as_json(stats(store, gate, settings))

    async def show_invoices(request: Request) -> Response:
        everything = store.select(Selection(order="id ASC"))
        return answers.as_json([_whole(invoice, settings) for invoice in everything])

    async def pay(request: Request) -> Response:
        try:
            given = await request.json()
            number, amount = given["number"], Decimal(str(given["amount"]))
        except (ValueError, KeyError, TypeError, ArithmeticError):
            return answers.as_json({"error": "needs a number and an amount"}, 422)
        return _done(number, store.pay(number, amount, time.time()))

    async def alter(request: Request) -> Response:
        try:
            given = await request.json()
            return _done(given["number"], store.alter(given["number"], given["set"], time.time()))
        except (ValueError, KeyError, TypeError):
            return answers.as_json({"error": "needs a number and what to set"}, 422)
        except Taken as taken:
            return answers.as_json({"error": f"the {taken.what} number is taken"}, 422)

    async def delete(request: Request) -> Response:
        number = request.query_params.get("number", "")
        found = store.find(number)
        return _done(number, found is not None and store.delete(found.id))

    async def show_outbox(request: Request) -> Response:
        return answers.as_json([dataclasses.asdict(email) for email in store.emails()])

    async def reset(request: Request) -> Response:
        store.reset()
        gate.reset()
        return answers.as_json({"reset": True})

    async def faults(request: Request) -> Response:
        if request.method == "DELETE":
            gate.faults.clear(request.query_params.get("name"))
        elif request.method == "POST":
            try:
                given = await request.json()
                added = [parse(spec) for spec in (given if isinstance(given, list) else [given])]
            except (ValueError, TypeError) as error:
                return answers.as_json({"error": str(error)}, 422)
            gate.faults.set += added
        return answers.as_json([fault.as_json() for fault in gate.faults.set])

    routes: list[tuple[str, list[str], Any]] = [
        ("/stats", ["GET"], show_stats),
        ("/invoices", ["GET"], show_invoices),
        ("/invoices", ["DELETE"], delete),
        ("/invoices", ["PATCH"], alter),
        ("/payments", ["POST"], pay),
        ("/outbox", ["GET"], show_outbox),
        ("/reset", ["POST"], reset),
        ("/faults", ["GET", "POST", "DELETE"], faults),
    ]
    for path, methods, handler in routes:
        app.add_route(PATH + path, _local(handler), methods=methods)


def stats(store: Store, gate: Gate, settings: Settings) -> dict[str, Any]:
    """Count since the start or the last reset; invoices and e-mails are those of the file."""
    traffic = gate.traffic
    windows = list(traffic.budget.history)
    return {
        "requests": traffic.requests,
        "posts": traffic.posts,
        "too_many_requests": traffic.by_status[429],
        "unanswered": traffic.unanswered,
        "peak_at_once": traffic.in_flight.peak,
        "too_many_at_once": traffic.in_flight.refused,
        "by_status": {str(status): n for status, n in sorted(traffic.by_status.items())},
        "peak": max((window.requests for window in windows), default=0),
        "invoices": store.count(),
        "emails": store.email_count(),
        "limit": settings.limit,
        "window": settings.window,
        "windows": [
            {
                "started": window.started,
                "requests": window.requests,
                "allowed": window.allowed,
                "rejected": window.rejected,
                "others": window.others,
            }
            for window in windows
        ],
    }


def _whole(invoice: Invoice, settings: Settings) -> dict[str, Any]:
    """Show an invoice with what GET hides: what the client sent, and in which request."""
    hidden = {
        "issuedAt": invoice.body.get("issuedAt"),
        "externalPdfUrl": invoice.body.get("externalPdfUrl", ""),
        "requestId": invoice.request_id,
    }
    return {**invoice_view.in_detail(invoice, settings.fills_in), "hidden": hidden}


def _done(number: str, there: bool) -> Response:
    if not there:
        return answers.as_json({"error": f"the store holds no invoice {number}"}, 422)
    return answers.as_json({"done": True})


def _local(handler: Any) -> Any:
    async def checked(request: Request) -> Response:
        host = request.client.host if request.client else ""
        if not host or not ipaddress.ip_address(host).is_loopback:
            return answers.as_json({"error": "only from this machine"}, 403)
        answer: Response = await handler(request)
        return answer

    return checked
