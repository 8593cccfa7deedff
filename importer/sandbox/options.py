"""What a sandbox can be told when it starts. Imports nothing heavy: all else here reads it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypedDict

BASE_PATH = "/api/v3/io"
DEFAULT_PORT = 8020
DEFAULT_TOKEN = "sandbox-token"  # noqa: S105 - opens nothing but the sandbox
DEFAULT_STORE_HASH = "sandbox"

HeaderStyle = Literal["b2b", "platform", "none"]
RetryAfter = Literal["no", "seconds", "date"]
FaultSpec = str | Mapping[str, Any]
"""A fault as text (`reset-after:count=2,method=POST`) or as a mapping with a `name`."""


class Options(TypedDict, total=False):
    """Keyword options of `serve` and `running`; see `Settings` for what each one means."""

    limit: int
    window: float
    token: str
    store_hash: str
    header_style: HeaderStyle
    faults: Sequence[FaultSpec]
    host: str
    required_extra_fields: Sequence[str]
    issued_at_shows: bool
    fills_in: bool
    fold: bool
    list_lag: float
    concurrency: int
    concurrency_headers: bool
    retry_after: RetryAfter


@dataclass(frozen=True, slots=True)
class Settings:
    """The options with their defaults.

    `limit` requests are allowed per `window` seconds. `token` and `store_hash` are what the two
    auth headers must say. `header_style` chooses the spelling of the budget headers.
    `required_extra_fields` names the store's extra fields without which no invoice is taken.

    `issued_at_shows`: POST's `issuedAt` is what GET shows as `createdAt`. The vendor doesn't say
    which field a real store fills from it; False is a store that keeps its own time instead.
    `fills_in`: GET shows every field that its schema requires, also what nobody sent (addresses of
    the company, empty comments, a discount of zero).
    `fold`: numbers are unique without regard to case, accents and Unicode normal forms.
    `list_lag`: for so many seconds a new invoice is in no list, while GET by its ID shows it.
    `concurrency`: so many requests at a time to one endpoint, 0 for any number; what is more gets
    429, with the budget's headers when `concurrency_headers` is true.
    `retry_after`: whether 429 has a `Retry-After` header, in seconds or as an HTTP date.
    """

    limit: int = 150
    window: float = 60.0
    token: str = DEFAULT_TOKEN
    store_hash: str = DEFAULT_STORE_HASH
    header_style: HeaderStyle = "b2b"
    faults: Sequence[FaultSpec] = ()
    host: str = "127.0.0.1"
    required_extra_fields: Sequence[str] = ()
    issued_at_shows: bool = True
    fills_in: bool = False
    fold: bool = False
    list_lag: float = 0.0
    concurrency: int = 0
    concurrency_headers: bool = True
    retry_after: RetryAfter = "no"

    def __post_init__(self) -> None:
        """Refuse what can't work with a ValueError that names the option."""
        if self.limit < 1:
            raise ValueError(f"limit must be at least 1 request, not {self.limit}")
        if self.window <= 0:
            raise ValueError(f"window must be longer than 0 seconds, not {self.window}")
        if self.header_style not in ("b2b", "platform", "none"):
            raise ValueError(f"header_style is b2b, platform or none, not {self.header_style!r}")
        if self.list_lag < 0:
            raise ValueError(f"list_lag can't be negative, as {self.list_lag} seconds is")
        if self.concurrency < 0:
            raise ValueError(f"concurrency can't be negative, as {self.concurrency} is")
        if self.retry_after not in ("no", "seconds", "date"):
            raise ValueError(f"retry_after is no, seconds or date, not {self.retry_after!r}")
