"""Faults on demand: what can go wrong between a client and the store, and how often it shall."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, cast

from .options import FaultSpec

COMMITS: dict[str, bool] = {
    "latency": True,
    "share": True,
    "401": False,
    "403": False,
    "429": False,
    "overloaded": False,
    "500": False,
    "502": False,
    "503": False,
    "reset-before": False,
    "reset-after": True,
    "hang": False,
    "hang-after": True,
    "cut-off": True,
    "truncated": True,
    "html": False,
    "body-400": False,
    "no-id": True,
    "redirect": False,
}
"""Every fault by name, and whether the store does what it was asked before the fault shows."""

EXPLAINED: dict[str, str] = {
    "latency": "the answer comes `seconds` late",
    "share": "another client takes `share` (0 to 1) of the budget",
    "401": "the token is refused",
    "403": "the token lacks the scope",
    "429": "over the limit, with the budget's headers",
    "overloaded": "429 without any header",
    "500": "the store's own error, as JSON",
    "502": "a gateway's error page, as HTML",
    "503": "the store is down for a moment",
    "reset-before": "the connection is reset and nothing was done",
    "reset-after": "the connection is reset although everything was done",
    "hang": "no answer for `seconds`, and nothing was done",
    "hang-after": "no answer for `seconds` although everything was done",
    "cut-off": "the connection ends in the middle of the answer",
    "truncated": "half of the JSON, as if it were all",
    "html": "an HTML page with status 200",
    "body-400": "status 200 with code 400 in the body",
    "no-id": "a success without an ID",
    "redirect": "sent on to another host (`location`)",
}


@dataclass(slots=True)
class Fault:
    """One fault and the requests that it meets.

    It shows on the next `count` requests (None: until cleared) that fit `method` and `path`
    (a pattern such as `/ip/invoices*`; empty: all), each with `probability` drawn from `seed`.
    `seconds` is for latency and hanging, `share` for share, `location` for redirect; `commit`
    overrules whether the store does the work first.
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
    commit: bool | None = None
    shown: int = 0
    _random: random.Random = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Refuse what makes no sense with a ValueError."""
        if self.name not in COMMITS:
            raise ValueError(f"no fault is called {self.name!r}; there are {', '.join(COMMITS)}")
        if not 0 <= self.probability <= 1:
            raise ValueError(f"probability is between 0 and 1, not {self.probability}")
        if not 0 <= self.share <= 1:
            raise ValueError(f"share is between 0 and 1, not {self.share}")
        if self.seconds < 0 or (self.count is not None and self.count < 0):
            raise ValueError("seconds and count can't be negative")
        self.method = self.method.upper()
        self._random = random.Random(self.seed)  # noqa: S311 - faults keep no secret

    @property
    def commits(self) -> bool:
        """Whether the store does what it was asked before the fault shows."""
        return COMMITS[self.name] if self.commit is None else self.commit

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
        settings = {key: getattr(self, key) for key in _KINDS}
        rest = {"commit": self.commits, "shown": self.shown, "meaning": EXPLAINED[self.name]}
        return {"name": self.name, **settings, **rest}


def parse(spec: FaultSpec) -> Fault:
    """Read a fault from text (`name` or `name:key=value,...`) or from a mapping.

    Raises ValueError with a sentence that says what is wrong.
    """
    given = _from_text(spec) if isinstance(spec, str) else dict(spec)
    unknown = set(given) - set(_KINDS) - {"name"}
    if unknown:
        raise ValueError(f"a fault has no {', '.join(sorted(unknown))}; it has {', '.join(_KINDS)}")
    if "name" not in given:
        raise ValueError("a fault needs a name")
    values = {key: _KINDS[key](value) for key, value in given.items() if key != "name"}
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


_KINDS: dict[str, Any] = {
    "count": _count,
    "probability": float,
    "seed": int,
    "method": str,
    "path": str,
    "seconds": float,
    "share": float,
    "location": str,
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
            if fault.name == "share":
                continue
            taken = any(other.name != "latency" for other in met)
            if (fault.name == "latency" or not taken) and fault.meets(method, path):
                met.append(fault)
        return met

    def clear(self, name: str | None = None) -> None:
        """Forget the faults of this name, or all of them."""
        self.set = [fault for fault in self.set if name is not None and fault.name != name]
