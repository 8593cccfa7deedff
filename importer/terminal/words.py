"""Words and figures as a person reads them. Pure."""

from __future__ import annotations

import shlex
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

from importer.model import Cause, State
from importer.money import places

STATE_WORDS: dict[State, str] = {
    State.CREATED: "posted; the store accepted it",
    State.UPDATED: "was in the store before, and was changed to match the workbook",
    State.SKIPPED: "created before with the same content, not sent again",
    State.CONFLICT: "the store already has this number; left alone",
    State.INVALID: "left out until their rows are fixed",
    State.REJECTED: "refused by the store",
    State.FAILED: "given up after several tries",
    State.UNKNOWN: "not known whether the store has it; looked up before anything else",
    State.PENDING: "not posted yet",
    State.POSTING: "being posted",
    State.MISSING: "posted once, but no longer in the store; rerun creates it again",
    State.CANCELLED: "cancelled",
    State.DELETED: "deleted from the store again",
}
"""What each state means, in the order in which a summary shows them."""


def printable(text: str) -> str:
    """Give the text without anything that could steer a terminal; a workbook may hold it."""
    return "".join(
        c if c.isprintable() else " " if c.isspace() else "\N{REPLACEMENT CHARACTER}" for c in text
    )


def plural(count: int, word: str) -> str:
    """Give `1 invoice`, `1,200 invoices`, `7 companies`."""
    many = f"{word[:-1]}ies" if word.endswith("y") else f"{word}s"
    return f"{count:,} {word if count == 1 else many}"


def money(amount: Decimal, currency: str) -> str:
    """Give an amount with thousands marks and at least its currency's decimals: `1,250.00`."""
    return f"{amount:,.{places(amount, currency)}f}"


def duration(seconds: float) -> str:
    """Give a rough length of time: `45 s`, `3 min 20 s`, `2 h 5 min`."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def cells(cause: Cause) -> str:
    """Name the first cells of a cause: `Invoices!B4, B9, B12 and 40 more`."""
    names: list[str] = []
    for cell in cause.cells:
        sheet, mark, place = cell.rpartition("!")
        same = mark and any(name.startswith(sheet + "!") for name in names[:1])
        names.append(place if same else cell)
    more = cause.count - len(cause.cells)
    return ", ".join(names) + (f" and {more:,} more" if more > 0 and names else "")


def short(path: str) -> str:
    """Give a path as seen from the current folder if it is below it, else as it is."""
    try:
        return str(Path(path).relative_to(Path.cwd()))
    except (ValueError, OSError):
        return path


def command(*words: str) -> str:
    """Give a command line that can be pasted, with quotes where they are needed."""
    kept = [word for word in words if word]
    return subprocess.list2cmdline(kept) if sys.platform == "win32" else shlex.join(kept)
