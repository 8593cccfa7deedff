"""How long a store in trouble is waited for, and what is said meanwhile."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from .breaker import Breaker, Limits
from .flow import duration
from .options import PostOptions

_NOBODY_THERE = 5.0  # seconds
_STRANGER = 120.0
_BEGINNING = 60.0


@dataclass(slots=True)
class Patience:
    """The breaker of one posting loop, and when its run is given up. Moments are steady.

    An outage ends a run after `give_up_after`. Two things look like one at the start, and no
    waiting ends them, so that they are told sooner to the person who has just begun: a network that
    isn't there, or a wrong address (no connection within the first minute: 5 s), and the hash of
    another store, which the vendor answers with a 500 (nothing good heard yet, and nothing ever
    created there by this ledger, so that the store is not `known`: two minutes).
    """

    options: PostOptions
    began: float
    known: bool
    chance: random.Random = field(default_factory=random.Random)
    breaker: Breaker = field(default_factory=Breaker)
    heard: bool = False
    _until: float = 0.0

    def well(self) -> bool:
        """Note that the store did what it was asked; give whether that ends an outage."""
        self.heard, ends = True, self.breaker.open
        self.breaker = self.breaker.well()
        return ends

    @property
    def waits_for_store(self) -> bool:
        """Whether nothing but a harmless question may be sent."""
        return self.breaker.open and not self.breaker.on_trial

    def answered(self) -> None:
        """Note that the store answered a harmless question."""
        if self.breaker.open:
            self.breaker = self.breaker.answered()

    def trouble(
        self, invoice: int | None, sent_at: float, now: float, *, no_connection: bool
    ) -> bool:
        """Note trouble of a request sent at that moment; give whether there is no patience left."""
        limits = Limits(self.options.breaker, self.options.tries, self.options.backoff)
        breaker = self.breaker.trouble(
            invoice, sent_at, now, limits, self.chance, everybodys=no_connection
        )
        self.breaker = breaker
        self._until = breaker.since + self._lasts(no_connection)
        return breaker.open and now >= self._until

    def retry_in(self, now: float) -> float:
        """Give the seconds until the store may be asked again, 0.0: now."""
        return max(0.0, min(self.breaker.retry_at, self._until) - now)

    def words(self, store: str, now: float) -> str:
        """Say that the store is waited for; `{}` in it for how long until it is asked again."""
        for_ = duration(now - self.breaker.since)
        return (
            f"{store} hasn't answered as it should for {for_}; trying again in {{}}. "
            "Ctrl-C stops; nothing is lost"
        )

    def _lasts(self, no_connection: bool) -> float:
        lasts = self.options.give_up_after
        if self.heard:
            return lasts
        if no_connection and self.breaker.since < self.began + _BEGINNING:
            return min(lasts, _NOBODY_THERE)
        return lasts if self.known else min(lasts, _STRANGER)
