"""Pure: what a reply, or its absence, means. One table; the first row that fits counts.

Sources: the B2B Edition documentation (an error may come with HTTP 200 and another code in the
body; a 500 may be tried again; 429 until the window resets) and promise 5: a success needs HTTP
2xx, a body code 2xx and an ID, and what can't be read is unknown. A page instead of the API's JSON
comes from something in front of the store: it refuses one invoice only when its status can be
about that invoice's content.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from importer.model import Json

from .client import NeverSent, NoAnswer, Reply
from .existing import about_content, number_exists
from .reaching import Hurdle
from .saying import page_words, shortened, words


class Kind(StrEnum):
    """What a request led to. `DONE`: it did what it was asked."""

    DONE = "done"
    REJECTED = "rejected"  # the store said no to the content
    EXISTS = "exists"  # the store has an invoice of that number
    BUSY = "busy"  # over the budget: wait, it costs no try
    TROUBLE = "trouble"  # the store's own trouble: try again later
    REFUSED = "refused"  # the token: nothing will go until somebody replaces it
    ASTRAY = "astray"  # this isn't the API's address
    BLOCKED = "blocked"  # something in front of the store, such as a firewall, lets nothing through
    UNKNOWN = "unknown"  # it may have been done: look it up
    UNSENT = "unsent"  # no byte left: safe to try again


@dataclass(frozen=True, slots=True)
class Outcome:
    """A kind, what the store said (or what happened, when it said nothing) and the ID it gave.

    `said` in our own words about an answer begins with `HTTP` and its status. `hurdle` is what
    stood between here and the store, if something did.
    """

    kind: Kind
    said: str
    store_invoice_id: str | None = None
    hurdle: Hurdle | None = None

    @property
    def told(self) -> str:
        """What was said, fit for the end of a sentence of ours."""
        return self.said.strip().rstrip(".")


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the table looks at. `code` is the body's own; `good` is whether the data is there.

    `ours` is whether a 404 can be the store's own word about what was asked, not about an address.
    """

    error: Exception | None
    status: int = 0
    code: int | None = None
    readable: bool = False
    good: bool = False
    ours: bool = False
    said: str = ""

    def is_(self, *numbers: int) -> bool:
        """Whether the HTTP status, or under 2xx the body's code, is one of these."""
        return (self.code if self.ok and self.code is not None else self.status) in numbers

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300


_HURDLES = {Kind.BLOCKED: Hurdle.FIREWALL, Kind.ASTRAY: Hurdle.ADDRESS}
_DONE = range(200, 300)
_OF_CONTENT = (400, 409, 410, 413, 414, 422, 424)
"""Statuses that, even with a page for an answer, can be about the one invoice that was sent."""

_TABLE: tuple[tuple[str, Callable[[_Seen], bool], Kind], ...] = (
    ("the connection never opened", lambda s: isinstance(s.error, NeverSent), Kind.UNSENT),
    ("no whole answer came", lambda s: s.error is not None, Kind.UNKNOWN),
    ("too many requests", lambda s: s.is_(429), Kind.BUSY),
    ("the token is refused", lambda s: s.is_(401) or (s.is_(403) and s.readable), Kind.REFUSED),
    ("a redirect", lambda s: 300 <= s.status < 400, Kind.ASTRAY),
    ("a gateway lost the answer", lambda s: s.is_(502, 504, 520, 524), Kind.UNKNOWN),
    ("the store's trouble", lambda s: s.is_(408, 425, *range(500, 600)), Kind.TROUBLE),
    ("no API at this address", lambda s: s.is_(404, 405) and not s.ours, Kind.ASTRAY),
    ("a proxy wants a login", lambda s: s.status == 407, Kind.BLOCKED),
    ("a page refuses", lambda s: not s.readable and s.is_(*_OF_CONTENT), Kind.REJECTED),
    ("a firewall", lambda s: not s.readable and s.is_(*range(400, 500)), Kind.BLOCKED),
    ("not the API's JSON", lambda s: not s.readable, Kind.UNKNOWN),
    ("done", lambda s: s.ok and s.code in _DONE and s.good, Kind.DONE),
    ("a success without its data", lambda s: s.ok and s.is_(*range(200, 300)), Kind.UNKNOWN),
    ("a success without a code", lambda s: s.ok and s.code is None, Kind.UNKNOWN),
    ("the number exists", lambda s: number_exists(s.said, s.is_(409)), Kind.EXISTS),
    ("refused content", lambda s: s.is_(*range(400, 500)), Kind.REJECTED),
    ("anything else", lambda _: True, Kind.UNKNOWN),
)


def of_create(answer: Reply | Exception) -> Outcome:
    """Say what became of a request to create an invoice."""
    body = answer.body if isinstance(answer, Reply) else None
    ident = _id(body) if body else None
    outcome = _classify(answer, good=ident is not None, trusts_envelope=False)
    return outcome if outcome.kind is not Kind.DONE else Outcome(Kind.DONE, outcome.said, ident)


def of_read(answer: Reply | Exception) -> Outcome:
    """Say what became of a request to read: done when there is data, even an empty list."""
    body = answer.body if isinstance(answer, Reply) else None
    good = body is not None and isinstance(body.get("data"), dict | list)
    return _classify(answer, good=good, trusts_envelope=True)


def _classify(answer: Reply | Exception, *, good: bool, trusts_envelope: bool) -> Outcome:
    """Find the row of the table. `trusts_envelope`: a 404 in the API's own shape is the store's."""
    seen = _look(answer, good, trusts_envelope)
    why, kind = next((why, kind) for why, fits, kind in _TABLE if fits(seen))
    return Outcome(kind, seen.said or why, hurdle=_hurdle(answer, kind))


def _hurdle(answer: Reply | Exception, kind: Kind) -> Hurdle | None:
    if isinstance(answer, NeverSent):
        return answer.hurdle
    if isinstance(answer, Reply) and answer.status == 407:
        return Hurdle.PROXY_LOGIN
    return _HURDLES.get(kind)


def _look(answer: Reply | Exception, good: bool, trusts_envelope: bool) -> _Seen:
    if not isinstance(answer, Reply):
        said = str(answer) if isinstance(answer, NeverSent | NoAnswer) else repr(answer)
        return _Seen(answer, said=shortened(said, 500))
    body, status = answer.body, answer.status
    if body is None:
        return _Seen(None, status, said=_unreadable(answer))
    code = _code(body.get("code"))
    if good and 200 <= status < 300 and code in _DONE:
        return _Seen(None, status, code, True, good)
    said = words(body)
    ours = about_content(said) or (trusts_envelope and _is_envelope(body))
    return _Seen(None, status, code, True, good, ours, said or f"HTTP {status} without a reason")


def _is_envelope(body: Json) -> bool:
    """Whether an answer has the API's own shape: whatever it says, there is a store behind it."""
    return {"code", "data", "meta"} <= body.keys()


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
    """Say in our own words what came instead of the API's JSON."""
    if answer.status in range(300, 400):
        return f"HTTP {answer.status}, sent on to {answer.headers.get('location', 'nowhere')}"
    shown = page_words(answer.text)
    if not shown:
        return f"HTTP {answer.status} without any content"
    if answer.text.lstrip().startswith("<"):
        return f"HTTP {answer.status} with a page instead of an answer: {shown}"
    return f"HTTP {answer.status} with something that isn't the API's JSON: {shown}"
