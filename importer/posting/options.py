"""How posting is to be done, how far it is, and how it is told to stop."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from importer.hours import Hours
from importer.model import Counts


@dataclass(frozen=True, slots=True)
class PostOptions:
    """Every knob of a posting run; moments and waits are in seconds.

    `share` (0 to 1) of the store's budget may be used, within the `hours` of the day. `in_flight`
    is the most requests at once, `tries` how often the store's own trouble is met with another
    try, `backoff` the first wait after trouble, `breaker` how many rounds of trouble in a row stop
    the run. `settle` is how long after its start an attempt without an answer may still be at work
    in the store; until then `absent` proves nothing. `first_look` is when it is looked up for the
    first time. `lease` is how long a frozen process keeps its claims. `poll` is how often other
    processes are asked.
    `only` are the IDs (the ledger's) of the invoices that may be posted now, None: all.
    """

    share: float = 1.0
    hours: Hours | None = None
    in_flight: int = 8
    tries: int = 5
    connect_timeout: float = 10.0
    timeout: float = 30.0
    settle: float = 45.0
    first_look: float = 1.0
    backoff: float = 1.0
    breaker: int = 6
    lease: float = 60.0
    poll: float = 0.5
    only: frozenset[int] | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is. `done` of `total` are settled; `rate` is invoices a minute.

    `eta` is in seconds, None while it isn't known. `waiting` says why nothing moves, if it waits.
    """

    done: int
    total: int
    counts: Counts
    rate: float
    eta: float | None
    waiting: str | None


class StopSignal:
    """Asks a posting run to finish what is in flight and return. Any thread may ask."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def ask(self) -> None:
        """Ask; asking again changes nothing."""
        self._event.set()

    @property
    def asked(self) -> bool:
        """Whether somebody has asked."""
        return self._event.is_set()
