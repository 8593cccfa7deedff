"""Pure: how many requests at once a store takes, as its refusals teach it.

The vendor limits concurrency by store and endpoint, and says so with a 429 like any other. So a
429 while the window has room halves what is sent at once, and after a while without any, one more
is tried (additive increase, multiplicative decrease). What was learnt is forgotten in the end.
"""

from __future__ import annotations

from dataclasses import dataclass

_TRY_MORE = 30.0  # seconds without a refusal
_FORGET = 600.0
_ENOUGH = 32


@dataclass(frozen=True, slots=True)
class Width:
    """`at_once` requests go well, 0: nothing is known. `changed_at` is in Unix seconds.

    `went_well` is how many did before the one more that is being tried, 0: none is.
    """

    at_once: int = 0
    went_well: int = 0
    changed_at: float = 0.0

    def limit(self, most: int) -> int:
        """Give how many may be in flight, of at most so many."""
        return min(most, self.at_once) if self.at_once else most

    def narrower(self, in_flight: int, now: float) -> Width:
        """Learn from a refusal while so many were in flight."""
        seen = max(1, min(in_flight, self.at_once or in_flight))
        less = self.went_well if 0 < self.went_well < seen else max(1, seen // 2)
        return Width(less, 0, now)

    def wider(self, now: float) -> Width:
        """Learn from an answer that is no refusal: after a while, try one more."""
        if not self.at_once or now < self.changed_at + _TRY_MORE:
            return self
        if self.at_once >= _ENOUGH or now > self.changed_at + _FORGET:
            return Width()
        return Width(self.at_once + 1, self.at_once, now)
