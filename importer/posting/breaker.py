"""Pure: the circuit breaker, so that a store in trouble isn't hammered and no try is burnt."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

_LONGEST_WAIT = 30.0


@dataclass(frozen=True, slots=True)
class Breaker:
    """Counts rounds of trouble in a row; requests in flight together make one round.

    `retry_at` (Unix seconds) is when the store may be tried again, with one request.
    """

    rounds: int = 0
    since: float = 0.0
    retry_at: float = 0.0

    def well(self) -> Breaker:
        """Note an answer that shows that the store works."""
        return Breaker()

    def trouble(self, sent_at: float, now: float, backoff: float, chance: random.Random) -> Breaker:
        """Note that a request sent at `sent_at` met trouble; `backoff` is the first wait."""
        if sent_at < self.since:
            return self
        wait = min(_LONGEST_WAIT, backoff * 2.0**self.rounds) * chance.uniform(0.5, 1.5)
        return replace(self, rounds=self.rounds + 1, since=now, retry_at=now + wait)
