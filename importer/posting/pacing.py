"""Pure: a store's request budget, used evenly. The clock is passed in (Unix seconds).

The budget is a window shared by every integration of the store. What is left of it is spread over
the time that is left of it, after what the others are likely to need. The state is kept in the
ledger, so that all processes on it share one pace.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

_CATCH_UP = 0.05  # seconds by which a late slot may be made up for
_HASTE = 4  # never faster than so many times the even pace
_SMALL = 10  # so few requests may go at once
_FIRST_ANSWER = 1.0  # seconds to wait for the first answer, which tells the budget
_LONGEST_WAIT = 300.0


@dataclass(frozen=True, slots=True)
class Heard:
    """What one answer says of the budget: requests, requests, seconds, seconds."""

    allocated: int
    remaining: int
    window: float
    resets_after: float


@dataclass(frozen=True, slots=True)
class Budget:
    """What is known of a store's budget. `allocated` 0: nothing yet, or `silent`: never told.

    `left` is the least that the store said was left in this window, `ours` what was granted in
    it, `in_flight` what was granted and not answered yet. `others_before` is what other
    integrations used in the window before. `refusals` counts 429s without reason in a row.
    """

    allocated: int = 0
    window: float = 60.0
    window_from: float = 0.0
    resets_at: float = 0.0
    left: int = 0
    ours: int = 0
    in_flight: int = 0
    others_before: int = 0
    last_at: float = 0.0
    blocked_until: float = 0.0
    refusals: int = 0
    silent: bool = False

    @classmethod
    def from_json(cls, state: Mapping[str, Any] | None) -> Budget:
        """Read what `as_json` wrote; None: nothing is known."""
        return cls(**state) if state else cls()

    def as_json(self) -> dict[str, Any]:
        """Give the state as plain values."""
        return asdict(self)


def take(
    budget: Budget, now: float, share: float = 1.0, work: int | None = None
) -> tuple[Budget, float]:
    """Ask for one request: (the budget after it, 0.0), or (unchanged, seconds to wait).

    `share` (0 to 1) of each window may be ours; `work` is how many requests there are to make.
    """
    if now < budget.blocked_until:
        return budget, budget.blocked_until - now
    if not budget.allocated:
        waits = budget.in_flight and not budget.silent and now < budget.last_at + _FIRST_ANSWER
        return (budget, _CATCH_UP) if waits else (_granted(budget, now, now), 0.0)
    rolled = _roll(budget, now)
    room = _room(rolled, now, share)
    if room < 1:
        until_reset = rolled.resets_at - now
        return budget, max(0.001, min(until_reset, max(0.02, rolled.window / 50)))
    slot = _slot(rolled, room, work)
    if slot > now:
        return budget, slot - now
    return _granted(rolled, now, max(slot, now - _CATCH_UP)), 0.0


def hear(
    budget: Budget, headers: Mapping[str, str] | None, granted_at: float, now: float
) -> Budget:
    """Learn from the answer to a request granted at that moment.

    `headers` have lower-case names; None: no answer came, so whether it counted isn't known.
    """
    if headers is not None:
        budget = replace(budget, refusals=0)
        heard = read_headers(headers)
        if heard is not None:
            return _learn(budget, heard, granted_at, now)
        if not budget.allocated:
            return replace(budget, silent=True, in_flight=0)
    if granted_at < budget.window_from:
        return budget
    less = 1 if budget.allocated else 0
    return replace(budget, in_flight=max(0, budget.in_flight - 1), left=max(0, budget.left - less))


def refused(
    budget: Budget, headers: Mapping[str, str], granted_at: float, now: float, backoff: float
) -> Budget:
    """Learn from a 429: wait for the window, or longer each time when it doesn't say how long.

    `backoff` is the first such wait in seconds; the vendor asks to wait longer each time.
    """
    heard = read_headers(headers)
    refusals = budget.refusals + 1
    after = hear(budget, headers, granted_at, now)
    if heard and heard.remaining < 1:
        wait = heard.resets_after
        refusals = 0
    else:
        wait = min(_LONGEST_WAIT, backoff * 2 ** (refusals - 1))
    wait = max(wait, _number(headers.get("retry-after")) or 0.0)
    until = max(after.blocked_until, now + wait)
    return replace(after, blocked_until=until, refusals=refusals)


def even_rate(budget: Budget, share: float = 1.0) -> float | None:
    """Give the requests a second that the budget sustains; None when it isn't known."""
    return budget.allocated * share / budget.window if budget.allocated else None


_ALLOCATED = re.compile(r"([\d.]+)\s*times\s*/\s*([\d.]+)\s*s")


def read_headers(headers: Mapping[str, str]) -> Heard | None:
    """Read the budget from lower-case response headers, in either vendor spelling.

    B2B Edition: `X-Requests-Allocated: 150 times/60 s`, `X-Requests-Remaining: 149 times`,
    `X-Request-Window-Resets-After: 0.397 s`. The platform: `X-Rate-Limit-Requests-Quota`,
    `-Requests-Left`, `-Time-Window-Ms`, `-Time-Reset-Ms`. None when they aren't all there.
    """
    match = _ALLOCATED.search(headers.get("x-requests-allocated", ""))
    if match:
        allocated, window = _number(match[1]), _number(match[2])
        remaining = _number(headers.get("x-requests-remaining"))
        resets = _seconds(headers.get("x-request-window-resets-after"))
    else:
        allocated = _number(headers.get("x-rate-limit-requests-quota"))
        remaining = _number(headers.get("x-rate-limit-requests-left"))
        window = _milliseconds(headers.get("x-rate-limit-time-window-ms"))
        resets = _milliseconds(headers.get("x-rate-limit-time-reset-ms"))
    if allocated is None or window is None or remaining is None or resets is None:
        return None
    if allocated < 1 or window <= 0:
        return None
    return Heard(int(allocated), max(0, int(remaining)), window, resets)


def _number(text: str | None) -> float | None:
    match = re.match(r"\s*(\d+(?:\.\d+)?)", text or "")
    return float(match[1]) if match else None


def _seconds(text: str | None) -> float | None:
    value = _number(text)
    if value is None or "." in (text or ""):
        return value
    return value + 1.0 if value else value  # whole seconds may have been rounded down


def _milliseconds(text: str | None) -> float | None:
    value = _number(text)
    return None if value is None else (value + 1.0) / 1000


def _granted(budget: Budget, now: float, slot: float) -> Budget:
    return replace(
        budget,
        ours=budget.ours + 1,
        in_flight=budget.in_flight + 1 if budget.allocated else 1,
        last_at=slot if budget.allocated else now,
    )


def _roll(budget: Budget, now: float) -> Budget:
    """Begin a new window when the last one is over; the next answer says when it really began."""
    if now < budget.resets_at:
        return budget
    passed = now - budget.resets_at
    start = budget.resets_at if passed < budget.window else now
    return replace(
        budget,
        window_from=start,
        resets_at=start + budget.window,
        left=budget.allocated,
        ours=budget.in_flight,  # those under way may count in the new window
        in_flight=0,
        others_before=_others(budget) if passed < budget.window else 0,
    )


def _others(budget: Budget) -> int:
    return max(0, budget.allocated - budget.left - budget.ours)


def _room(budget: Budget, now: float, share: float) -> int:
    """Give how many more requests of this window are ours to make."""
    room = min(budget.left - budget.in_flight, math.floor(budget.allocated * share) - budget.ours)
    used = _others(budget) + budget.others_before
    if used:
        seen_for = now - budget.window_from + budget.window
        expected = math.ceil(used / seen_for * max(0.0, budget.resets_at - now)) + 1
        room -= min(expected, room * 2 // 3) if room > _SMALL else expected
    return room


def _slot(budget: Budget, room: int, work: int | None) -> float:
    """Give the moment of the next request: what is left of the window, shared out evenly."""
    if work is not None and work <= _SMALL and room >= max(3 * work, budget.allocated // 4):
        return budget.last_at
    even = budget.window / budget.allocated
    spread = (budget.resets_at - budget.last_at) / (room + 1)
    return budget.last_at + max(spread, even / _HASTE)


def _learn(budget: Budget, heard: Heard, granted_at: float, now: float) -> Budget:
    resets_at = now + heard.resets_after  # late by the answer's way here: on the safe side
    if not budget.allocated or budget.window != heard.window:
        return replace(
            budget,
            allocated=heard.allocated,
            window=heard.window,
            window_from=resets_at - heard.window,
            resets_at=resets_at,
            left=heard.remaining,
            ours=max(1, budget.in_flight),
            in_flight=max(0, budget.in_flight - 1),
            silent=False,
        )
    if granted_at < budget.window_from:
        return budget  # it speaks of a window that is over
    answered = replace(budget, allocated=heard.allocated, in_flight=max(0, budget.in_flight - 1))
    if resets_at > budget.resets_at + heard.window / 4:  # a new window began before we thought
        return replace(
            answered,
            window_from=resets_at - heard.window,
            resets_at=resets_at,
            left=heard.remaining,
            ours=1 + answered.in_flight,
            others_before=_others(budget),
        )
    return replace(
        answered,
        resets_at=min(budget.resets_at, resets_at),
        left=min(budget.left, heard.remaining),
    )
