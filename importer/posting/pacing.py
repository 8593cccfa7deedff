"""Pure: a store's request budget, used evenly. The clock is passed in (Unix seconds).

The budget is a window shared by every integration of the store. What is left of it is spread over
the time that is left of it, after what the others are likely to need. The state is kept in the
ledger, so that all processes on it share one pace.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from .headers import Heard, read_headers, retry_after
from .width import Width

_CATCH_UP = 0.05  # seconds by which a late slot may be made up for
_HASTE = 4  # never faster than so many times the even pace
_SMALL = 10  # so few requests may go at once
_FIRST_ANSWER = 1.0  # seconds to wait for the first answer, which tells the budget
_LONGEST_WAIT = 300.0
_SKEW = 2.0  # seconds by which the clocks of two hosts on one ledger may differ


@dataclass(frozen=True, slots=True)
class Budget:
    """What is known of a store's budget. `allocated` 0: nothing yet, or `silent`: never told.

    `left` is the least that the store said was left in this window, `ours` what was granted in
    it, `in_flight` what was granted and not answered yet. `others_before` is what other
    integrations used in the window before. `refusals` counts 429s without reason in a row,
    `refused_at` is when the last was learnt, `width` how many requests at once they allow.
    `saved_at` is when this was written.
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
    refused_at: float = 0.0
    silent: bool = False
    width: Width = field(default_factory=Width)
    saved_at: float = 0.0

    @classmethod
    def from_json(cls, state: Mapping[str, Any] | None, now: float | None = None) -> Budget:
        """Read what `as_json` wrote; None: nothing is known.

        With `now`: when it was written later than that, the clock has been set back since, and all
        of it is taken as written at this moment. So no wait is longer than it was to be.
        """
        if not state:
            return cls()
        known = {name: state[name] for name in _NAMES if name in state}
        budget = cls(**known | {"width": Width(**state.get("width", {}))})
        if now is None or budget.saved_at <= now + _SKEW:
            return budget
        return budget._earlier(budget.saved_at - now)

    def as_json(self, now: float = 0.0) -> dict[str, Any]:
        """Give the state as plain values, written at this moment."""
        return asdict(replace(self, saved_at=now))

    @property
    def paused_until(self) -> float:
        """Until when nothing may be sent although the window may have room."""
        return self.blocked_until if self.refusals else 0.0

    def _earlier(self, seconds: float) -> Budget:
        width = replace(self.width, changed_at=self.width.changed_at - seconds)
        moments = {name: getattr(self, name) - seconds for name in _MOMENTS}
        return replace(self, width=width, **moments)


_NAMES = tuple(one.name for one in fields(Budget))
_MOMENTS = ("window_from", "resets_at", "last_at", "blocked_until", "refused_at", "saved_at")


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
    """Learn from the answer to a request granted at that moment; for a 429 see `refused`.

    `headers` have lower-case names; None: no answer came, so whether it counted isn't known. An
    answer that says when to come back, as a 503 may, is obeyed.
    """
    if headers is not None and granted_at >= budget.refused_at:
        budget = replace(budget, refusals=0, width=budget.width.wider(now))
    after = _heard(budget, headers, granted_at, now)
    wait = retry_after(headers, now) if headers is not None else 0.0
    if not wait:
        return after
    until = max(after.blocked_until, now + wait)
    return replace(after, refusals=max(1, after.refusals), blocked_until=until)


def refused(
    budget: Budget,
    headers: Mapping[str, str],
    granted_at: float,
    now: float,
    backoff: float,
    in_flight: int = 1,
) -> Budget:
    """Learn from a 429: wait for the window, or longer each time when it doesn't say how long.

    `backoff` is the first such wait in seconds; the vendor asks to wait longer each time. While
    the window has room, the reason may be that too many were under way at once: `in_flight`, this
    one too. What was granted before the last refusal was learnt says nothing new of that.
    """
    after = _heard(budget, headers, granted_at, now)
    heard = read_headers(headers)
    wait = retry_after(headers, now)
    if heard and heard.remaining < 1:
        after = replace(after, refusals=0, refused_at=now)
        wait = max(wait, heard.resets_after)
    elif granted_at >= budget.refused_at:
        refusals = budget.refusals + 1
        width = budget.width.narrower(in_flight, now)
        after = replace(after, refusals=refusals, refused_at=now, width=width)
        wait = max(wait, min(_LONGEST_WAIT, backoff * 2 ** min(refusals - 1, 30)))
    return replace(after, blocked_until=max(after.blocked_until, now + wait))


def spacing(budget: Budget, share: float = 1.0) -> float:
    """Give the seconds between two requests at an even pace; 0.0 when it isn't known."""
    rate = even_rate(budget, share)
    return 1 / rate if rate else 0.0


def even_rate(budget: Budget, share: float = 1.0) -> float | None:
    """Give the requests a second that the budget sustains; None when it isn't known."""
    return budget.allocated * share / budget.window if budget.allocated else None


def _heard(
    budget: Budget, headers: Mapping[str, str] | None, granted_at: float, now: float
) -> Budget:
    heard = read_headers(headers) if headers is not None else None
    if heard is not None:
        return _learn(budget, heard, granted_at, now)
    if headers is not None and not budget.allocated:
        return replace(budget, silent=True, in_flight=0)
    if granted_at < budget.window_from:
        return budget
    less = 1 if budget.allocated else 0
    return replace(budget, in_flight=max(0, budget.in_flight - 1), left=max(0, budget.left - less))


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
