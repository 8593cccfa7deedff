"""Pure: the circuit breaker, so that a store in trouble isn't hammered and no try is burnt.

    closed   several invoices in a row, or one again and again, meet trouble → open
    closed   a connection can't be opened: no invoice's own trouble          → open
    open     the wait is over: ask one harmless question; trouble            → open, a longer wait
             an answer                                                       → on trial
    on trial one request of the work at a time; trouble                      → open, a longer wait
    on trial trouble with one of the few that had trouble before             → open, the same wait
    any      the work goes well                                              → closed

Moments are on the steady clock, in seconds.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

_LONGEST_WAIT = 60.0
_FEW = 10


@dataclass(frozen=True, slots=True)
class Limits:
    """When it opens: `several` different invoices, or more than `rounds` rounds, in a row.

    Requests in flight together make one round. `backoff` is the first wait in seconds.
    """

    several: int
    rounds: int
    backoff: float


@dataclass(frozen=True, slots=True)
class Breaker:
    """What is known of trouble since the last good answer; `since` is when the first was sent.

    `troubled` are the invoices that met it. `retry_at` is when the store may be asked again.
    """

    troubled: frozenset[int] = frozenset()
    rounds: int = 0
    since: float = 0.0
    noted_at: float = 0.0
    retry_at: float = 0.0
    open: bool = False
    on_trial: bool = False

    def well(self) -> Breaker:
        """Note that the store did what it was asked."""
        return Breaker()

    def answered(self) -> Breaker:
        """Note that the store answered a harmless question: its work may be tried again."""
        return replace(self, on_trial=True)

    def trouble(
        self,
        invoice: int | None,
        sent_at: float,
        now: float,
        limits: Limits,
        chance: random.Random,
        *,
        everybodys: bool = False,
    ) -> Breaker:
        """Note that a request sent at `sent_at` met trouble; None: it was for no invoice.

        `everybodys`: it can't be the invoice's own.
        """
        troubled = self.troubled if invoice is None else self.troubled | {invoice}
        new_round = sent_at >= self.noted_at or not self.rounds
        old_news = self.open and not everybodys and invoice is not None and self.is_its_own(invoice)
        rounds = self.rounds + (new_round and not old_news)
        opens = everybodys or len(troubled) >= limits.several or rounds > limits.rounds
        after = replace(
            self,
            troubled=troubled,
            rounds=rounds,
            since=self.since if self.rounds else sent_at,
            noted_at=now if new_round else self.noted_at,
            open=self.open or opens,
            on_trial=self.on_trial and not new_round,
        )
        if not after.open or (self.open and not new_round):
            return after
        wait = min(_LONGEST_WAIT, limits.backoff * 2.0 ** min(rounds - 1, 30))
        return replace(after, retry_at=now + wait * chance.uniform(0.75, 1.25))

    def is_its_own(self, invoice: int) -> bool:
        """Whether trouble that this invoice meets now is its own, and not the store's.

        It is while nothing else speaks against the store: no row of others, or a few that are
        tried again one by one while the store answers questions.
        """
        if not self.open:
            return True
        return self.on_trial and invoice in self.troubled and len(self.troubled) <= _FEW
