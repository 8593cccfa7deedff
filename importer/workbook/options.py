"""How a workbook is to be read, and within which limits."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Limits:
    """What a file may ask of this machine; beyond it, it is refused in one sentence.

    Sizes are in bytes. `ratio` is unpacked over packed size, looked at above `ratio_from` bytes.
    """

    unpacked: int = 4 * 1024**3
    ratio: int = 400
    ratio_from: int = 64 * 1024**2
    cells: int = 60_000_000
    sheets: int = 250
    columns: int = 250
    styles: int = 66_000
    header_rows: int = 20


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """What the file itself can't say.

    `time_zone` is the store's (IANA name): date cells are days there. `date_formats` are
    strptime formats for dates written as text. `locale` (such as `de_DE`) says which marks
    amounts written as text use; None: only plain numbers such as 1250.00 are taken.
    `strict` makes errors of money ties that don't add up.
    """

    time_zone: str = "UTC"
    date_formats: tuple[str, ...] = ()
    locale: str | None = None
    strict: bool = False
    limits: Limits = field(default_factory=Limits)
