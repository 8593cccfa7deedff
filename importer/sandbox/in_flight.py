"""How many requests each endpoint works on at this moment, and how many it lets in."""

from __future__ import annotations

import re
from collections import Counter

_ID = re.compile(r"/[^/]*\d[^/]*(?=/|$)")


class InFlight:
    """Requests that are being answered, by endpoint. `limit` 0 lets any number in."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._now: Counter[str] = Counter()
        self.peak = 0
        self.refused = 0

    def enter(self, method: str, path: str) -> str | None:
        """Let a request in and name its endpoint, for `leave`; None when there is no room."""
        endpoint = f"{method} {_ID.sub('/{id}', path)}"
        if self._limit and self._now[endpoint] >= self._limit:
            self.refused += 1
            return None
        self._now[endpoint] += 1
        self.peak = max(self.peak, self._now[endpoint])
        return endpoint

    def leave(self, endpoint: str) -> None:
        """Note that a request is over."""
        self._now[endpoint] -= 1
