"""Pure: what the headers of an answer say of a store's budget and of how long to wait."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime

LONGEST_RETRY_AFTER = 600.0
"""Seconds; a store that asks for a longer wait is asked again after these."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What one answer says of the budget: requests, requests, seconds, seconds."""

    allocated: int
    remaining: int
    window: float
    resets_after: float


_ALLOCATED = re.compile(r"([\d.]+)\s*times\s*/\s*([\d.]+)\s*s")


def read_headers(headers: Mapping[str, str]) -> Heard | None:
    """Read the budget from lower-case response headers, in either vendor spelling.

    B2B Edition: `X-Requests-Allocated: 150 times/60 s`, `X-Requests-Remaining: 149 times`,
    `X-Request-Window-Resets-After: 0.397 s`. The platform: `X-Rate-Limit-Requests-Quota`,
    `-Requests-Left`, `-Time-Window-Ms`, `-Time-Reset-Ms`. None when they aren't all there.
    No window ends later than a window from now, whatever is said.
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
    return Heard(int(allocated), max(0, int(remaining)), window, min(resets, window + 1.0))


def retry_after(headers: Mapping[str, str], now: float) -> float:
    """Give the seconds that `Retry-After` asks for, 0.0 without one that can be read.

    It may be seconds or a date (RFC 9110, 10.2.3). A date is taken by the store's own clock, its
    `Date` header, where there is one, else by ours (`now`, Unix seconds).
    """
    text = headers.get("retry-after", "")
    seconds = _number(text)
    if seconds is None:
        until, then = _date(text), _date(headers.get("date", ""))
        seconds = until - (now if then is None else then) if until is not None else 0.0
    return min(LONGEST_RETRY_AFTER, max(0.0, seconds))


def _date(text: str) -> float | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, IndexError, OverflowError):
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


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
