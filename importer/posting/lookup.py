"""Pure: how to find an invoice in the store by its number, request by request."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from importer.model import Json

from .client import Reply, Request, find_invoices, get_invoice
from .outcomes import Kind, Outcome, of_read

PAGE = 200
"""How many invoices a page of the list holds; the API allows fewer than 250."""

Answer = Reply | Exception


class LookUpFailed(Exception):
    """The store didn't answer the question; `outcome` says why. Ask again later."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.said)
        self.outcome = outcome


def look_up(number: str) -> Generator[Request, Answer, Json | None]:
    """Find the invoice of exactly this number; yields requests, is sent their answers.

    Returns the invoice as the store reads it back, None when there is none. Raises LookUpFailed.
    """
    offset = 0
    while True:
        body = _body((yield find_invoices(number, offset, PAGE)))
        if not isinstance(body["data"], list) and total_of(body, 1):
            raise LookUpFailed(Outcome(Kind.UNKNOWN, "The store's answer isn't a list."))
        page = [item for item in body["data"] if isinstance(item, dict)]
        match = next((item for item in page if _is(item, number)), None)
        if match is not None:
            found = _body((yield get_invoice(str(match.get("id")))))["data"]
            if isinstance(found, dict) and _is(found, number):
                return found
            raise LookUpFailed(Outcome(Kind.UNKNOWN, "The store listed another invoice."))
        offset += len(page)
        if not page or offset >= total_of(body, offset + 1):
            return None


def _is(item: Json, number: str) -> bool:
    return str(item.get("invoiceNumber")) == number


def _body(answer: Answer) -> Json:
    outcome = of_read(answer)
    if outcome.kind is not Kind.DONE or not isinstance(answer, Reply) or answer.body is None:
        raise LookUpFailed(outcome)
    return answer.body


def total_of(body: Json, otherwise: int) -> int:
    """Give how many there are over all pages, `otherwise` when the store doesn't say."""
    meta: Any = body.get("meta")
    pagination = meta.get("pagination") if isinstance(meta, dict) else None
    total = pagination.get("totalCount") if isinstance(pagination, dict) else None
    return total if isinstance(total, int) else otherwise
