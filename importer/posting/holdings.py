"""What the store itself says that it holds, in as few requests as can be."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from importer.model import Json

from .asking import Asker
from .client import Reply, Request, get_invoice
from .lookup import total_of
from .read_back import data_of

PAGE = 249
"""How many invoices a page holds; the API allows fewer than 250."""


@dataclass(frozen=True, slots=True)
class Held:
    """The head of one invoice of the store, as it is written there."""

    number: str
    company: str
    currency: str
    amount: str


def holdings(
    asker: Asker, idents: Collection[str], on_progress: Callable[[int, int], None] | None = None
) -> dict[str, Held]:
    """Give those of these invoices (IDs of the store) that it holds, by their IDs.

    Lists whole pages as long as that takes fewer requests than reading one invoice after the
    other; what a list doesn't show is asked for by its ID before it counts as missing. Raises
    what `Asker.ask` raises. `on_progress` is called with how many are known, of how many.
    """
    wanted, found = set(idents), {}
    for answer in pages(asker, lambda left: left < len(wanted)):
        for item in items_of(answer):
            ident = str(item.get("id"))
            if ident in wanted:
                wanted.discard(ident)
                found[ident] = _held(item)
        if on_progress:
            on_progress(len(found), len(idents))
    for ident in sorted(wanted):
        invoice = data_of(asker.ask(get_invoice(ident)))
        if invoice is not None:
            found[ident] = _held(invoice)
        if on_progress:
            on_progress(len(found), len(idents))
    return found


def pages(asker: Asker, worth: Callable[[int], bool]) -> Iterator[Reply]:
    """List the store's invoices, oldest first, as long as it is `worth` so many more requests."""
    offset, total = 0, PAGE
    while offset < total and worth(-(-(total - offset) // PAGE)):
        answer = asker.ask(_page(offset))
        yield answer
        count = len(items_of(answer))
        offset += count
        total = total_of(answer.body or {}, offset) if count else offset


def items_of(answer: Reply) -> list[Json]:
    """Give the invoices of a page."""
    data = (answer.body or {}).get("data")
    return [item for item in data if isinstance(item, dict)] if isinstance(data, list) else []


def _page(offset: int) -> Request:
    """Oldest first: what is created meanwhile comes last and moves nothing."""
    params = {"isIncludeExtraFields": "1", "sortBy": "createdAt", "orderBy": "ASC"}
    params |= {"offset": str(offset), "limit": str(PAGE)}
    return Request("GET", "/ip/invoices", params)


def _held(item: Json) -> Held:
    balance = item.get("originalBalance")
    balance = balance if isinstance(balance, dict) else {}
    return Held(
        str(item.get("invoiceNumber")),
        str(item.get("customerId")),
        str(balance.get("code")),
        str(balance.get("value")),
    )
