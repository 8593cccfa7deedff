"""How posting is to be done, how far it is, and how it is told to stop."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from importer.hours import Hours
from importer.model import Counts

LONGEST_BACKOFF = 60.0
"""Seconds to which waits grow that double each time; half as much again at most, by chance."""


@dataclass(frozen=True, slots=True)
class PostOptions:
    """Every knob of a posting run; moments and waits are in seconds.

    `share` (0 to 1) of the store's budget may be used, within the `hours` of the day. `in_flight`
    is the most requests at once. `tries` is how often one invoice is tried when the store has
    trouble with it alone, and `trouble_wait` how long it rests in between at least (the vendor
    asks for three to five tries, a minute apart). `breaker` is how many different invoices in a
    row have to meet trouble before the store itself is taken to be out of order: then one harmless
    question at a time asks whether it is back, `backoff` being the first wait of a row that grows
    to a minute, and after `give_up_after` without a good answer the run ends, 0.0: at once.
    `settle` is how long after its start an attempt without an answer may still be at work
    in the store; until then `absent` proves nothing. `first_look` is when it is looked up for the
    first time. `lease` is how long a frozen process keeps its claims, at most 120. `poll` is how
    often other processes are asked. `only` are the IDs (the ledger's) of the invoices that may be
    posted now, None: all.
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
    trouble_wait: float = 60.0
    breaker: int = 3
    give_up_after: float = 3600.0
    lease: float = 60.0
    poll: float = 0.5
    only: frozenset[int] | None = None

    @property
    def longest_wait(self) -> float:
        """The longest that anything in the ledger has to wait, in seconds."""
        return max(LONGEST_BACKOFF, self.trouble_wait, self.settle, self.first_look) * 1.5


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
