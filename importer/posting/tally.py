"""Pure: how far a run is and how fast it goes, without counting the ledger at every step."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from importer.hours import Hours
from importer.model import Counts, State

from .options import Progress

_OPEN = (State.PENDING, State.POSTING, State.UNKNOWN)
_RECOUNT_SECONDS = 2.0
_END_SECONDS = 5.0


class Tally:
    """Counts by state, moved along with each settlement and recounted now and then.

    What is being posted counts as pending until it is settled. Moments are on the steady clock.
    With `hours` the time left is what the clock shows, not the time spent at work.
    """

    def __init__(self, counts: Counts, now: float, hours: Hours | None = None) -> None:
        self._hours = hours
        self._end = (float("-inf"), 0.0)
        self._moments: deque[float] = deque([now], maxlen=60)
        self._by_state: dict[State, int] = {}
        self._valid = 0
        self._counted_at = 0.0
        self._take(counts, now)

    @property
    def left(self) -> int:
        """How many invoices aren't settled yet."""
        return sum(self._by_state.get(state, 0) for state in _OPEN)

    def moved(self, before: State, after: State, now: float) -> None:
        """Note that an invoice went from one state to another."""
        if self._by_state.get(before, 0) > 0:
            self._by_state[before] -= 1
            self._by_state[after] = self._by_state.get(after, 0) + 1
        if after not in _OPEN:
            self._moments.append(now)

    def refresh(self, count: Callable[[], Counts], now: float) -> None:
        """Count anew when the last time is long ago: other processes may work on the run too."""
        if now >= self._counted_at + _RECOUNT_SECONDS:
            self._take(count(), now)

    def rest(self, now: float) -> None:
        """Begin to measure the rate anew: until now nothing was allowed to be posted."""
        self._moments.clear()
        self._moments.append(now)

    def forget(self) -> None:
        """Let the next `refresh` count anew."""
        self._counted_at = 0.0

    def progress(self, now: float, wall: float, waiting: str | None) -> Progress:
        """Say how far the run is; `wall` is the same moment in Unix seconds."""
        counts = Counts({s: n for s, n in self._by_state.items() if n}, self._valid)
        total = self._valid
        span = now - self._moments[0]
        rate = (len(self._moments) - 1) / span * 60 if span > 0 else 0.0
        eta = self._by_the_clock(now, wall, self.left / rate * 60) if rate > 0 else None
        return Progress(total - self.left, total, counts, rate, eta, waiting)

    def _by_the_clock(self, now: float, wall: float, work: float) -> float:
        if self._hours is None:
            return work
        told_at, end = self._end
        if now > told_at + _END_SECONDS:
            end = now + self._hours.working(wall, work)
            self._end = (now, end)
        return max(0.0, end - now)

    def _take(self, counts: Counts, now: float) -> None:
        self._by_state = dict(counts.by_state)
        posting = self._by_state.pop(State.POSTING, 0)
        self._by_state[State.PENDING] = self._by_state.get(State.PENDING, 0) + posting
        self._valid = counts.valid
        self._counted_at = now
