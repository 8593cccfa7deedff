"""How long a store in trouble is waited for, and what is said meanwhile."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from .breaker import Breaker, Limits
from .flow import duration
from .options import PostOptions

NOBODY_THERE = 5.0
"""Seconds for which a store is waited for that was never reached."""

_STRANGER = 120.0
_BEGINNING = 60.0


@dataclass(slots=True)
class Patience:
    """The breaker of one posting loop, and when its run is given up. Moments are steady.

    An outage ends a run after `give_up_after`. What no waiting ends looks like one at the start,
    and is told sooner to the person who has just begun: a store that isn't reached within the
    first minute (no network, a wrong address, a firewall) after 5 s; one that has never answered
    well, and in which this ledger has never created anything (it isn't `known`), after two
    minutes, since the vendor answers the hash of another store with a 500.
    """

    options: PostOptions
    began: float
    known: bool
    chance: random.Random = field(default_factory=random.Random)
    breaker: Breaker = field(default_factory=Breaker)
    heard: bool = False
    _until: float = 0.0

    def well(self, *, reads: bool = False) -> bool:
        """Note that the store did what it was asked; give whether that ends an outage.

        `reads`: it answered a mere question. Then its work is only tried again.
        """
        self.heard, is_open = True, self.breaker.open
        self.breaker = self.breaker.answered() if reads and is_open else self.breaker.well()
        return is_open and not reads

    @property
    def waits_for_store(self) -> bool:
        """Whether nothing but a harmless question may be sent."""
        return self.breaker.open and not self.breaker.on_trial

    def trouble(
        self, invoice: int | None, sent_at: float, now: float, *, not_reached: bool
    ) -> bool:
        """Note trouble of a request sent at that moment; give whether there is no patience left."""
        limits = Limits(self.options.breaker, self.options.tries, self.options.backoff)
        breaker = self.breaker.trouble(
            invoice, sent_at, now, limits, self.chance, everybodys=not_reached
        )
        self.breaker = breaker
        self._until = breaker.since + self._lasts(not_reached)
        return breaker.open and now >= self._until

    def retry_in(self, now: float) -> float:
        """Give the seconds until the store may be asked again, 0.0: now."""
        return max(0.0, min(self.breaker.retry_at, self._until) - now)

    def words(self, store: str, now: float) -> str:
        """Say that the store is waited for; `{}` in it for how long until it is asked again."""
        for_ = duration(now - self.breaker.since)
        return (
            f"{store} hasn't answered properly for {for_}; trying again in {{}}. Ctrl-C stops; "
            "nothing is lost"
        )

    def _lasts(self, not_reached: bool) -> float:
        lasts = self.options.give_up_after
        if self.heard:
            return lasts
        if not_reached and self.breaker.since < self.began + _BEGINNING:
            return min(lasts, NOBODY_THERE)
        return lasts if self.known else min(lasts, _STRANGER)
