"""Pure: what a reply, or its absence, means. One table; the first row that fits counts.

Sources: the B2B Edition documentation (an error may come with HTTP 200 and another code in the
body; a 500 may be tried again; 429 until the window resets) and promise 5: a success needs HTTP
2xx, body code 200 and an ID, and what can't be read is unknown.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from importer.model import Json

from .client import NeverSent, NoAnswer, Reply


class Kind(StrEnum):
    """What a request led to. `DONE`: it did what it was asked."""

    DONE = "done"
    REJECTED = "rejected"  # the store said no to the content
    EXISTS = "exists"  # the store has an invoice of that number
    BUSY = "busy"  # over the budget: wait, it costs no try
    TROUBLE = "trouble"  # the store's own trouble: try again later
    REFUSED = "refused"  # the token: nothing will go until somebody mends it
    ASTRAY = "astray"  # this isn't the API's address
    UNKNOWN = "unknown"  # it may have been done: look it up
    UNSENT = "unsent"  # no byte left: safe to try again


@dataclass(frozen=True, slots=True)
class Outcome:
    """A kind, what the store said (or what happened, when it said nothing) and the ID it gave."""

    kind: Kind
    said: str
    store_invoice_id: str | None = None


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the table looks at. `code` is the body's own; `good` is whether the data is there."""

    error: Exception | None
    status: int = 0
    code: int | None = None
    readable: bool = False
    good: bool = False
    said: str = ""

    def is_(self, *numbers: int) -> bool:
        """Whether the HTTP status, or under 2xx the body's code, is one of these."""
        return (self.code if self.ok and self.code is not None else self.status) in numbers

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300


_NUMBER_EXISTS = re.compile(
    r"invoice\s*(number|no)\b.{0,40}\b(already|exists|duplicate|taken|in use)", re.I | re.S
)
_TABLE: tuple[tuple[str, Callable[[_Seen], bool], Kind], ...] = (
    ("the connection never opened", lambda s: isinstance(s.error, NeverSent), Kind.UNSENT),
    ("no whole answer came", lambda s: s.error is not None, Kind.UNKNOWN),
    ("too many requests", lambda s: s.is_(429), Kind.BUSY),
    ("the token is refused", lambda s: s.is_(401, 403), Kind.REFUSED),
    ("a redirect", lambda s: 300 <= s.status < 400, Kind.ASTRAY),
    ("a gateway lost the answer", lambda s: s.is_(502, 504, 520, 524), Kind.UNKNOWN),
    ("the store's trouble", lambda s: s.is_(408, 425, *range(500, 600)), Kind.TROUBLE),
    ("no API at this address", lambda s: s.is_(404, 405) and not s.readable, Kind.ASTRAY),
    ("not the API's JSON", lambda s: not s.readable, Kind.UNKNOWN),
    ("done", lambda s: s.ok and s.code == 200 and s.good, Kind.DONE),
    ("a success without its data", lambda s: s.ok and s.is_(*range(200, 300)), Kind.UNKNOWN),
    ("a success without a code", lambda s: s.ok and s.code is None, Kind.UNKNOWN),
    ("the number exists", lambda s: _NUMBER_EXISTS.search(s.said) is not None, Kind.EXISTS),
    ("refused content", lambda s: s.is_(*range(400, 500)), Kind.REJECTED),
    ("anything else", lambda _: True, Kind.UNKNOWN),
)


def of_create(answer: Reply | Exception) -> Outcome:
    """Say what became of a request to create an invoice."""
    ident = _id(answer.body) if isinstance(answer, Reply) and answer.body else None
    outcome = _classify(answer, good=ident is not None)
    return outcome if outcome.kind is not Kind.DONE else Outcome(Kind.DONE, outcome.said, ident)


def of_read(answer: Reply | Exception) -> Outcome:
    """Say what became of a request to read: done when there is data, even an empty list."""
    body = answer.body if isinstance(answer, Reply) else None
    return _classify(answer, good=body is not None and isinstance(body.get("data"), dict | list))


def _classify(answer: Reply | Exception, *, good: bool) -> Outcome:
    seen = _look(answer, good)
    why, kind = next((why, kind) for why, fits, kind in _TABLE if fits(seen))
    return Outcome(kind, seen.said or why)


def _look(answer: Reply | Exception, good: bool) -> _Seen:
    if not isinstance(answer, Reply):
        said = str(answer) if isinstance(answer, NeverSent | NoAnswer) else repr(answer)
        return _Seen(answer, said=said[:500])
    body = answer.body
    if body is None:
        return _Seen(None, answer.status, said=_unreadable(answer))
    return _Seen(None, answer.status, _code(body.get("code")), True, good, words(body))


def words(body: Json) -> str:
    """Give what the store says in an answer: `errMsg`, then `meta.errors`, then `meta.message`."""
    data, meta = body.get("data"), body.get("meta")
    found: list[str] = []
    if isinstance(data, dict):
        found += _texts(data.get("errMsg"))
    if isinstance(meta, dict):
        found += _texts(meta.get("errors"))
        if not found:
            found += _texts(data) if isinstance(data, dict | list) else []
            found = found[:3] or _texts(meta.get("message"))
    return "; ".join(dict.fromkeys(found))[:500]


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value.strip()] if value.strip() else []
    if isinstance(value, dict):
        return [f"{key}: {text}" for key, part in value.items() for text in _texts(part)]
    if isinstance(value, list):
        return [text for part in value for text in _texts(part)]
    return []


def _code(value: Any) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, str) and value.isdecimal():
        return int(value)
    return value if isinstance(value, int) else None


def _id(body: Json) -> str | None:
    data = body.get("data")
    ident = data.get("id") if isinstance(data, dict) else None
    if isinstance(ident, bool) or not isinstance(ident, int | str):
        return None
    return str(ident) if ident else None


def _unreadable(answer: Reply) -> str:
    start = " ".join(answer.text[:200].split())
    if not start:
        return f"HTTP {answer.status} without any content"
    if answer.status in range(300, 400):
        return f"HTTP {answer.status}, sent on to {answer.headers.get('location', 'nowhere')}"
    return f"HTTP {answer.status} with something that isn't the API's JSON: {start[:120]}"
