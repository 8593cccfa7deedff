"""What the store itself says that it holds, in as few requests as can be."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

from importer.model import Json

from .asking import Asker
from .client import Reply, Request, get_invoice
from .lookup import total_of
from .read_back import data_of

PAGE = 249
"""How many invoices a page holds; the API allows fewer than 250."""


def holdings(
    asker: Asker, idents: Collection[str], on_progress: Callable[[int, int], None] | None = None
) -> Iterator[list[tuple[str, Json | None, bool]]]:
    """Give what the store holds of these invoices (its IDs), a page at a time.

    Each comes once, as (ID, invoice or None when it is gone, whether it was read by itself): a
    list may show less. Lists whole pages as long as that takes fewer requests than reading one
    invoice after the other; what a list doesn't show is asked for by its ID before it counts as
    gone. Raises what `Asker.ask` raises. `on_progress` is called with how many are known, of how
    many.
    """
    wanted, known = set(idents), 0

    def worth(left: int) -> bool:
        return left < len(wanted)

    for answer in pages(asker, worth):
        found = {
            ident: item for item in items_of(answer) if (ident := str(item.get("id"))) in wanted
        }
        wanted.difference_update(found)
        known += len(found)
        if on_progress:
            on_progress(known, len(idents))
        yield [(ident, item, False) for ident, item in found.items()]
    for ident in sorted(wanted):
        known += 1
        invoice = read_one(asker, ident)
        if on_progress:
            on_progress(known, len(idents))
        yield [(ident, invoice, True)]


def read_one(asker: Asker, ident: str) -> Json | None:
    """Give one invoice of the store, None when it says that it has no such invoice."""
    return data_of(asker.ask(get_invoice(ident)))


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
