"""Pure: how to find an invoice in the store by its number, request by request."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

from importer.folding import fold
from importer.model import Json

from .client import Reply, Request, find_invoices, get_invoice
from .outcomes import Kind, Outcome, of_read

PAGE = 200
"""How many invoices a page of the list holds; the API allows fewer than 250."""

_MOST_PAGES = 5
"""A search for a part of a number may match half the store: no more pages than these."""

Answer = Reply | Exception
Steps = Generator[Request, Answer, Any]


@dataclass(frozen=True, slots=True)
class Found:
    """An invoice of the store, as GET shows it. `spelled`: its number, when it isn't quite ours."""

    invoice: Json
    spelled: str | None = None

    @property
    def ident(self) -> str:
        """The store's ID of it."""
        return str(self.invoice.get("id"))


class LookUpFailed(Exception):
    """The store didn't answer the question; `outcome` says why. Ask again later.

    `astray` says that it did answer, but of another invoice or in no way that could be read.
    """

    def __init__(self, outcome: Outcome, *, astray: bool = False) -> None:
        super().__init__(outcome.said)
        self.outcome = outcome
        self.astray = astray


def look_up(number: str, *, thorough: bool = False) -> Generator[Request, Answer, Found | None]:
    """Find the invoice of this number; yields requests, is sent their answers.

    Returns the invoice as the store reads it back, None when it lists none. `thorough`, after the
    store said that it has the number: also one that it may take for the same, spelled otherwise
    (case, accents, Unicode forms). Raises LookUpFailed.
    """
    found = yield from _search(number, number, exactly=True, pages=None)
    for words in _spellings(number) if thorough and found is None else ():
        found = yield from _search(number, words, exactly=False, pages=_MOST_PAGES)
        if found is not None:
            break
    if found is None:
        return None
    invoice = _body((yield get_invoice(str(found.get("id")))))["data"]
    if not isinstance(invoice, dict) or _number(invoice) != _number(found):
        raise LookUpFailed(Outcome(Kind.UNKNOWN, "The store showed another invoice."), astray=True)
    spelled = _number(invoice)
    return Found(invoice, None if spelled == number else spelled)


def total_of(body: Json, otherwise: int) -> int:
    """Give how many there are over all pages, `otherwise` when the store doesn't say."""
    meta: Any = body.get("meta")
    pagination = meta.get("pagination") if isinstance(meta, dict) else None
    total = pagination.get("totalCount") if isinstance(pagination, dict) else None
    return total if isinstance(total, int) else otherwise


def _search(number: str, words: str, *, exactly: bool, pages: int | None) -> Steps:
    """Go through what a search for some words lists; give the first item of this number."""
    offset, read = 0, 0
    while pages is None or read < pages:
        body = _body((yield find_invoices(words, offset, PAGE)))
        if not isinstance(body["data"], list) and total_of(body, 1):
            said = "The store's answer isn't a list."
            raise LookUpFailed(Outcome(Kind.UNKNOWN, said), astray=True)
        page = [item for item in body["data"] if isinstance(item, dict)]
        for item in page:
            if _number(item) == number or (not exactly and fold(_number(item)) == fold(number)):
                return item
        offset, read = offset + len(page), read + 1
        if not page or offset >= total_of(body, offset + 1):
            return None
    return None


def _spellings(number: str) -> list[str]:
    """Give what else to search for: a store's search may tell apart what its numbers don't."""
    decomposed = unicodedata.normalize("NFD", number)
    plain = "".join(char for char in decomposed if not unicodedata.combining(char))
    unlettered = max(re.findall(r"[^\W\d_]+|[\d\W_]+", number), key=_weight, default="")
    wanted = (number, plain, decomposed, unicodedata.normalize("NFKC", number), unlettered.strip())
    return [words for words in dict.fromkeys(wanted) if words]


def _weight(part: str) -> tuple[bool, int]:
    """Prefer what has no letters: it is spelled in one way only."""
    return (not any(char.isalpha() for char in part), len(part))


def _number(item: Json) -> str:
    return str(item.get("invoiceNumber"))


def _body(answer: Answer) -> Json:
    outcome = of_read(answer)
    if outcome.kind is not Kind.DONE or not isinstance(answer, Reply) or answer.body is None:
        raise LookUpFailed(outcome)
    return answer.body
