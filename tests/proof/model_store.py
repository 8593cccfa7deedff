"""The other party in a few lines: a store that fails in every way that is documented or was seen.

Its clock is passed in. What it was asked may be done late, up to the moment that the asker gives.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from importer.posting.client import NeverSent, NoAnswer, Reply, Request

WAYS = (
    *("well", "never sent", "lost before", "lost after", "late"),
    *("500 before", "500 after", "502 before", "502 after", "503 before", "html before"),
    *("html after", "truncated", "no id", "429", "overloaded", "401", "redirect"),
)
"""What may become of a request; before or after the store did what it was asked."""

REFUSALS = (
    *((200, 400, "The invoice number already exists."), (409, 409, "Duplicate entry 'A'.")),
    *((422, 422, "invoiceNumber must be unique"), (400, 400, "Something is not right.")),
    *((400, 400, "Order 5001 has already been invoiced."), (404, 404, "Order does not exist")),
    (413, 413, "The invoice is too large."),
)
"""In which words a store may refuse a number that it holds: HTTP status, code, complaint."""

_DONE = {"well", "lost after", "500 after", "502 after", "html after", "truncated", "no id"}
_BUDGET = {
    "x-requests-allocated": "150 times/60 s",
    "x-requests-remaining": "0 times",
    "x-request-window-resets-after": "1.0 s",
}


@dataclass
class ModelStore:
    """Invoices by ID. `ours` says which of the ledger's invoices made it; `troubled` met an error.

    `again` collects numbers that we tried to create although the store held our own, and had
    never said that it was in trouble: with a store that takes numbers twice these are doubles.
    What is younger than `lag` seconds isn't in any list; `refusal` is how a number is refused that
    is there already.
    """

    held: dict[str, dict[str, Any]] = field(default_factory=dict)
    ours: dict[str, int] = field(default_factory=dict)
    troubled: set[str] = field(default_factory=set)
    again: list[str] = field(default_factory=list)
    waiting: list[tuple[float, Request, int]] = field(default_factory=list)
    made: int = 0
    now: float = 0.0
    lag: float = 0.0
    refusal: tuple[int, int, str] = REFUSALS[0]
    made_at: dict[str, float] = field(default_factory=dict)

    def answer(self, request: Request, maker: int, way: str, late_at: float) -> Reply | Exception:
        """Do what a request asks, or not, and answer in that way; `maker` is the ledger's ID."""
        if way == "never sent":
            return NeverSent("no connection")
        if way == "late":
            self.waiting.append((late_at, request, maker))
        done = self.do(request, maker) if way in _DONE else None
        if way[0] == "5" and way[:3] != "502" and request.method == "POST":
            self.troubled.add(json.loads(request.body or "")["invoiceNumber"])
        if way in ("late", "lost before", "lost after"):
            return NoAnswer("the connection was reset")
        if way == "well":
            assert done is not None
            return _reply(done.pop("http", 200), done)
        if way == "no id":
            return _reply(200, {"code": 200, "data": {}, "meta": {"message": "Success"}})
        if way == "truncated":
            return _reply(200, '{"code": 200, "da')
        if way.startswith(("html", "502")):
            return _reply(502 if way[0] == "5" else 200, "<html>Bad gateway</html>")
        status = {"429": 429, "overloaded": 429, "redirect": 302}.get(way) or int(way[:3])
        said = {"code": status, "data": {"errMsg": "no"}, "meta": {"message": "Error"}}
        return _reply(status, said, _BUDGET if way == "429" else {})

    def catch_up(self, now: float) -> None:
        """Do what was put off until now."""
        self.now = now
        due = [one for one in self.waiting if one[0] <= now]
        self.waiting = [one for one in self.waiting if one[0] > now]
        for _, request, maker in sorted(due, key=lambda one: one[0]):
            self.do(request, maker)

    def put_in(self, body: dict[str, Any]) -> None:
        """Create an invoice for somebody else."""
        self._create(body)

    def number(self, number: str) -> str | None:
        """Give the ID of the invoice of this number."""
        return next((i for i, b in self.held.items() if b["invoiceNumber"] == number), None)

    def do(self, request: Request, maker: int) -> dict[str, Any]:
        """Do what a request asks; give the body of the answer."""
        ident = request.path.rpartition("/")[2]
        body = json.loads(request.body) if request.body else {}
        if request.method == "POST":
            there = self.number(body["invoiceNumber"])
            if there in self.ours and body["invoiceNumber"] not in self.troubled:
                self.again.append(body["invoiceNumber"])
            if there:
                http, code, why = self.refusal
                return {**_no(code, why), "http": http}
            if body["customerId"] == "nobody":
                return _no(400, "customerId is not a company of this store")
            made = self._create(body)
            self.ours[made] = maker
            return _yes({"id": made})
        if request.method == "GET" and ident == "invoices":
            found = [
                _shown(one, held)
                for one, held in self.held.items()
                if request.params["q"] in held["invoiceNumber"]
                and self.now >= self.made_at[one] + self.lag
            ]
            return _yes(found, len(found))
        if ident not in self.held:
            return {**_no(404, "Invoice does not exist"), "http": 404}
        if request.method == "DELETE":
            del self.held[ident]
        elif request.method == "PUT":
            self.held[ident] |= body
        else:
            return _yes(_shown(ident, self.held[ident]))
        return _yes({"id": ident})

    def _create(self, body: dict[str, Any]) -> str:
        self.made += 1
        self.held[str(self.made)] = dict(body)
        self.made_at[str(self.made)] = self.now
        return str(self.made)


def _shown(ident: str, body: dict[str, Any]) -> dict[str, Any]:
    return {**body, "id": int(ident), "status": 0, "isPendingPayment": 0}


def _yes(data: Any, count: int | None = None) -> dict[str, Any]:
    meta = {"message": "Success", "pagination": {"totalCount": count}}
    return {"code": 200, "data": data, "meta": meta}


def _no(code: int, why: str) -> dict[str, Any]:
    return {"code": code, "data": {"errMsg": why}, "meta": {"message": "Bad Requests Error"}}


def _reply(status: int, said: dict[str, Any] | str, headers: dict[str, str] | None = None) -> Reply:
    text = said if isinstance(said, str) else json.dumps(said)
    body = None if isinstance(said, str) else json.loads(text, parse_float=Decimal)
    return Reply(status, headers or {}, body, text, 0.1, "r")
