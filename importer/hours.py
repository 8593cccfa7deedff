"""The hours of the day in which a store may be posted to, and the share of its budget. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

_DAY = 24 * 60
_LONGEST = 2 * _DAY


@dataclass(frozen=True, slots=True)
class Hours:
    """A daily window by the clock on the wall of a time zone; it may go past midnight.

    `start` and `end` are minutes since midnight, `end` outside. What the clock shows counts, so an
    hour that it shows twice, or skips, when summer time ends or begins, is as long as it is there.
    """

    start: int
    end: int
    zone: str

    def __str__(self) -> str:
        return f"{_clock(self.start)}-{_clock(self.end)}"

    @property
    def opening(self) -> str:
        """When the window opens: `20:00`."""
        return _clock(self.start)

    def closed_for(self, now: float) -> float:
        """Give the seconds until the window opens, 0.0 while it is open. `now`: Unix seconds."""
        zone = ZoneInfo(self.zone)
        if self._open_at(now, zone):
            return 0.0
        minute = now // 60 * 60
        for _ in range(_LONGEST):  # minute by minute: summer time needs no rule of its own
            minute += 60
            if self._open_at(minute, zone):
                break
        return minute - now

    def working(self, now: float, seconds: float) -> float:
        """Give how long so many seconds of work last when they may be spent in the window only."""
        zone, moment, left = ZoneInfo(self.zone), now, seconds
        a_day = (self.end - self.start) % _DAY * 60 or 86_400.0
        whole_days = max(0.0, left // a_day - 1)
        moment, left = moment + whole_days * 86_400, left - whole_days * a_day
        while left > 0:
            step = min(left, 60 - moment % 60)
            if self._open_at(moment, zone):
                left -= step
            moment += step
        return moment - now

    def _open_at(self, moment: float, zone: ZoneInfo) -> bool:
        local = datetime.fromtimestamp(moment, UTC).astimezone(zone)
        minute = local.hour * 60 + local.minute
        if self.start < self.end:
            return self.start <= minute < self.end
        return minute >= self.start or minute < self.end


def hours(text: str, zone: str = "UTC") -> Hours:
    """Read `20:00-06:00`. Raises ValueError, a sentence, when it can't be understood."""
    match = re.fullmatch(r"\s*(\d{1,2}):(\d\d)\s*[-–]\s*(\d{1,2}):(\d\d)\s*", text)
    parts = [int(part) for part in match.groups()] if match else [99]
    if not match or parts[1] > 59 or parts[3] > 59 or parts[0] > 23 or parts[2] > 24:
        raise ValueError(f"'{text}' is not a range of hours; use something like 20:00-06:00")
    start, end = parts[0] * 60 + parts[1], parts[2] * 60 + parts[3]
    if end > _DAY or start == end:
        raise ValueError(
            f"'{text}' is not a range of hours; use something like 20:00-06:00, or 00:00-24:00 "
            "for the whole day"
        )
    return Hours(start, end, zone)


def share(text: str) -> float:
    """Read a share of the budget, `80%`, as 0.8. Raises ValueError, a sentence."""
    match = re.fullmatch(r"\s*(\d{1,3})\s*%?\s*", text)
    if not match or not 1 <= int(match[1]) <= 100:
        raise ValueError(f"'{text}' is not a share of the store's requests; use 1% to 100%")
    return int(match[1]) / 100


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
