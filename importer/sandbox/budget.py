"""The store's request budget: a fixed window, shared by every client of the store.

The clock is handed in as seconds of any monotonic clock; the day's time is looked at only to write
a date.
"""

from __future__ import annotations

import math
import time
from collections import deque
from dataclasses import dataclass
from email.utils import formatdate

from .options import HeaderStyle, RetryAfter

Headers = list[tuple[bytes, bytes]]


@dataclass(slots=True)
class Window:
    """What happened in one window. `started` is in seconds since the budget began."""

    started: float
    allowed: int = 0
    rejected: int = 0
    others: int = 0

    @property
    def requests(self) -> int:
        """Requests of ours, those answered with 429 too."""
        return self.allowed + self.rejected


@dataclass(frozen=True, slots=True)
class Grant:
    """The answer to one request for budget; `resets_after` is in seconds."""

    allowed: bool
    limit: int
    window: float
    remaining: int
    resets_after: float


class Budget:
    """`limit` requests per `window` seconds, in windows that follow each other from `start` on.

    `share` (0 to 1) of every window is asked for by another client of the store, evenly over the
    window; it gets what is still there when it asks.
    """

    def __init__(self, limit: int, window: float, start: float) -> None:
        self.limit = limit
        self.length = window
        self.share = 0.0
        self.history: deque[Window] = deque(maxlen=10_000)
        self._start = start
        self._index = -1
        self._others_asked = 0

    def take(self, now: float) -> Grant:
        """Ask for one request at `now`. A refused one costs nothing more."""
        window = self._at(now)
        allowed = self._left(window) > 0
        if allowed:
            window.allowed += 1
        else:
            window.rejected += 1
        return self._grant(window, now, allowed)

    def give_back(self, now: float) -> Grant:
        """Turn the request just granted into a refused one."""
        window = self._at(now)
        window.allowed = max(0, window.allowed - 1)
        window.rejected += 1
        return self._grant(window, now, allowed=False)

    def look(self, now: float) -> Grant:
        """Tell how things stand at `now`, without taking anything."""
        window = self._at(now)
        return self._grant(window, now, self._left(window) > 0)

    def _at(self, now: float) -> Window:
        elapsed = max(0.0, now - self._start)
        index = int(elapsed // self.length)
        if index != self._index:
            self._index = index
            self._others_asked = 0
            self.history.append(Window(started=index * self.length))
        window = self.history[-1]
        self._let_others_ask(window, elapsed - window.started)
        return window

    def _let_others_ask(self, window: Window, into: float) -> None:
        due = int(self.share * self.limit * into / self.length)
        asked = max(0, due - self._others_asked)
        self._others_asked += asked
        window.others += min(asked, self._left(window))

    def _left(self, window: Window) -> int:
        return self.limit - window.allowed - window.others

    def _grant(self, window: Window, now: float, allowed: bool) -> Grant:
        ends = self._start + window.started + self.length
        return Grant(allowed, self.limit, self.length, self._left(window), max(0.0, ends - now))


def headers(grant: Grant, style: HeaderStyle) -> Headers:
    """Write the budget as response headers, in the documented spelling of either API."""
    if style == "none":
        return []
    if style == "platform":
        named = {
            "X-Rate-Limit-Time-Window-Ms": f"{grant.window * 1000:.0f}",
            "X-Rate-Limit-Time-Reset-Ms": f"{grant.resets_after * 1000:.0f}",
            "X-Rate-Limit-Requests-Quota": f"{grant.limit}",
            "X-Rate-Limit-Requests-Left": f"{grant.remaining}",
        }
    else:
        named = {
            "X-Requests-Allocated": f"{grant.limit} times/{grant.window:g} s",
            "X-Requests-Remaining": f"{grant.remaining} times",
            "X-Request-Window-Resets-After": f"{grant.resets_after} s",
        }
    return [(name.encode(), value.encode()) for name, value in named.items()]


def retry_after(seconds: float, style: RetryAfter) -> Headers:
    """Write when to come again as a `Retry-After` header: whole seconds, or a date by the clock."""
    if style == "no":
        return []
    whole = math.ceil(seconds)
    value = str(whole) if style == "seconds" else formatdate(time.time() + whole, usegmt=True)
    return [(b"Retry-After", value.encode())]
