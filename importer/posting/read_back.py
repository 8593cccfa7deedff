"""Pure: what an answer to a question about one invoice holds, or that there is no such invoice."""

from __future__ import annotations

import re

from importer.model import Json

from .client import Reply
from .saying import words

_NO_INVOICE = re.compile(
    r"invoice\b.{0,40}\b(not? (exist|found)|doesn't exist|deleted)", re.I | re.S
)


def data_of(reply: Reply) -> Json | None:
    """Give the invoice of an answer, None when it holds none."""
    data = reply.body.get("data") if reply.body else None
    return data if isinstance(data, dict) and "id" in data else None


def is_gone(answer: Reply | Exception) -> bool:
    """Whether the store says, in its own words, that it has no such invoice.

    A 404 that speaks of no invoice (of the address, say) proves nothing. The documented words
    are "Invoice does not exist".
    """
    if not isinstance(answer, Reply) or answer.body is None:
        return False
    code = answer.body.get("code")
    is_404 = answer.status == 404 or (200 <= answer.status < 300 and code == 404)
    return is_404 and _NO_INVOICE.search(words(answer.body)) is not None
