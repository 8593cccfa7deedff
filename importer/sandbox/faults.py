"""Faults on demand: what can go wrong between a client and the store, and how often it shall."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, cast

from .options import FaultSpec, RetryAfter
from .wording import WORDINGS, What


@dataclass(frozen=True, slots=True)
class Kind:
    """What a fault is, and whether the store does what it was asked before the fault shows."""

    meaning: str
    commits: bool


KINDS: dict[str, Kind] = {
    "latency": Kind("the answer comes `seconds` late", True),
    "share": Kind("another client takes `share` (0 to 1) of the budget", True),
    "duplicate-words": Kind("a repeated number is refused in other words (`words`)", True),
    "order-words": Kind("an order's second invoice is refused in other words (`words`)", True),
    "401": Kind("the token is refused", False),
    "403": Kind("the token lacks the scope", False),
    "429": Kind("over the limit, with the budget's headers", False),
    "overloaded": Kind("429 without any header", False),
    "500": Kind("the store's own error, as JSON", False),
    "502": Kind("a gateway's error page, as HTML", False),
    "503": Kind("the store is down for a moment", False),
    "html-400": Kind("a firewall calls the request bad, as HTML", False),
    "html-403": Kind("a firewall forbids the request, as HTML", False),
    "html-413": Kind("a gateway finds the body too large, as HTML", False),
    "reset-before": Kind("the connection is reset and nothing was done", False),
    "reset-after": Kind("the connection is reset although everything was done", True),
    "hang": Kind("no answer for `seconds`, and nothing was done", False),
    "hang-after": Kind("no answer for `seconds` although everything was done", True),
    "cut-off": Kind("the connection ends in the middle of the answer", True),
    "drip": Kind("one byte of the answer every `seconds`", True),
    "truncated": Kind("half of the JSON, as if it were all", True),
    "html": Kind("an HTML page with status 200", False),
    "body-400": Kind("status 200 with code 400 in the body", False),
    "201": Kind("a success has status and code 201", True),
    "code-201": Kind("a success has code 201 in the body, under status 200", True),
    "no-id": Kind("a success without an ID", True),
    "same-id": Kind("later creations are answered with the first one's ID", True),
    "redirect": Kind("sent on to another host (`location`)", False),
}
"""Every fault by name."""

_IN_THE_STORE = ("share", "duplicate-words", "order-words")
"""These change how the store works; they stand in the place of no answer."""

_WORDS: dict[str, What] = {"duplicate-words": "invoice", "order-words": "order"}


@dataclass(slots=True)
class Fault:
    """One fault and the requests that it meets.

    It shows on the next `count` requests (None: until cleared) that fit `method` and `path`
    (a pattern such as `/ip/invoices*`; empty: all), each with `probability` drawn from `seed`.
    `seconds` is for latency, hanging and dripping, and the value of `Retry-After`; `share` is for
    share, `location` for redirect. `words` names one of the wordings of `duplicate-words` or
    `order-words`; empty, they take turns, and such a fault meets only requests that are refused so.
    `retry_after` (seconds or date) gives the answer a `Retry-After` header. `commit` overrules
    whether the store does the work first.
    """

    name: str
    count: int | None = None
    probability: float = 1.0
    seed: int = 0
    method: str = ""
    path: str = ""
    seconds: float = 1.0
    share: float = 0.0
    location: str = "http://another-host.invalid"
    words: str = ""
    retry_after: RetryAfter = "no"
    commit: bool | None = None
    shown: int = 0
    answered: dict[str, Any] | None = None  # same-id's first answer
    _random: random.Random = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Refuse what makes no sense with a ValueError."""
        if self.name not in KINDS:
            raise ValueError(f"no fault is called {self.name!r}; there are {', '.join(KINDS)}")
        if not 0 <= self.probability <= 1:
            raise ValueError(f"probability is between 0 and 1, not {self.probability}")
        if not 0 <= self.share <= 1:
            raise ValueError(f"share is between 0 and 1, not {self.share}")
        if self.seconds < 0 or (self.count is not None and self.count < 0):
            raise ValueError("seconds and count can't be negative")
        if self.retry_after not in ("no", "seconds", "date"):
            raise ValueError(f"retry_after is no, seconds or date, not {self.retry_after!r}")
        if self.words and self.words not in self._wordings:
            raise ValueError(f"words is one of {', '.join(self._wordings) or 'none'}")
        self.method = self.method.upper()
        self._random = random.Random(self.seed)  # noqa: S311 - faults keep no secret

    @property
    def commits(self) -> bool:
        """Whether the store does what it was asked before the fault shows."""
        return KINDS[self.name].commits if self.commit is None else self.commit

    @property
    def _wordings(self) -> list[str]:
        return list(WORDINGS[_WORDS[self.name]]) if self.name in _WORDS else []

    def next_words(self) -> str:
        """Name the wording whose turn it is, after `meets` has counted the request."""
        return self.words or self._wordings[(self.shown - 1) % len(self._wordings)]

    def meets(self, method: str, path: str) -> bool:
        """Tell whether the fault shows on this request; count it when it does."""
        if self.count is not None and self.shown >= self.count:
            return False
        if self.method and self.method != method:
            return False
        if self.path and not fnmatchcase(path, self.path):
            return False
        if self.probability < 1 and self._random.random() >= self.probability:
            return False
        self.shown += 1
        return True

    def as_json(self) -> dict[str, Any]:
        """Show the fault as the control endpoint does."""
        settings = {key: getattr(self, key) for key in _SETTINGS}
        meaning = KINDS[self.name].meaning
        rest = {"commit": self.commits, "shown": self.shown, "meaning": meaning}
        return {"name": self.name, **settings, **rest}


def parse(spec: FaultSpec) -> Fault:
    """Read a fault from text (`name` or `name:key=value,...`) or from a mapping.

    Raises ValueError with a sentence that says what is wrong.
    """
    given = _from_text(spec) if isinstance(spec, str) else dict(spec)
    unknown = set(given) - set(_SETTINGS) - {"name"}
    if unknown:
        raise ValueError(
            f"a fault has no {', '.join(sorted(unknown))}; it has {', '.join(_SETTINGS)}"
        )
    if "name" not in given:
        raise ValueError("a fault needs a name")
    values = {key: _SETTINGS[key](value) for key, value in given.items() if key != "name"}
    return Fault(name=str(given["name"]), **cast(Mapping[str, Any], values))


def _from_text(text: str) -> dict[str, Any]:
    name, _, rest = text.strip().partition(":")
    pairs = [part.partition("=") for part in rest.split(",") if part.strip()]
    return {"name": name.strip()} | {key.strip(): value.strip() for key, _, value in pairs}


def _yes(value: object) -> bool:
    if isinstance(value, str):
        return value.lower() in ("1", "yes", "true")
    return bool(value)


def _count(value: Any) -> int | None:
    return None if value is None else int(value)


_SETTINGS: dict[str, Any] = {
    "count": _count,
    "probability": float,
    "seed": int,
    "method": str,
    "path": str,
    "seconds": float,
    "share": float,
    "location": str,
    "words": str,
    "retry_after": str,
    "commit": _yes,
}


class Faults:
    """The faults that are set, in the order in which they were set."""

    def __init__(self) -> None:
        self.set: list[Fault] = []

    @property
    def share(self) -> float:
        """The part of the budget that another client takes."""
        return min(1.0, sum(fault.share for fault in self.set if fault.name == "share"))

    def meeting(self, method: str, path: str, extra: Fault | None = None) -> list[Fault]:
        """Return the faults that show on this request: any latency, and the first of the others."""
        met: list[Fault] = []
        for fault in [*([extra] if extra else []), *self.set]:
            if fault.name in _IN_THE_STORE:
                continue
            taken = any(other.name != "latency" for other in met)
            if (fault.name == "latency" or not taken) and fault.meets(method, path):
                met.append(fault)
        return met

    def words(self, what: What, method: str, path: str, extra: Fault | None = None) -> str:
        """Name the wording in which this request is told that the number or order is taken."""
        for fault in [*([extra] if extra else []), *self.set]:
            if _WORDS.get(fault.name) == what and fault.meets(method, path):
                return fault.next_words()
        return ""

    def clear(self, name: str | None = None) -> None:
        """Forget the faults of this name, or all of them."""
        self.set = [fault for fault in self.set if name is not None and fault.name != name]
