"""Pure: the title that a user's sheet has in a report, and how it is known there again."""

from __future__ import annotations

import re

from importer.workbook.fields import normal

_LONGEST = 31  # what Excel takes; .ods and .csv allow more
_ROOM = 4  # for a number in brackets


def fit(title: str, taken: set[str]) -> str:
    """Give a title that Excel takes, as near to the user's as can be, and add it to `taken`."""
    base = _base(title)
    found, number = base, 1
    while normal(found) in taken:
        number += 1
        found = f"{base[: _LONGEST - _ROOM]} ({number})"
    taken.add(normal(found))
    return found


def stands_for(found: str, title: str) -> bool:
    """Whether a sheet of a report may be the one that had this title in the user's file."""
    base = _base(title)
    numbered = re.escape(base[: _LONGEST - _ROOM]) + r" \(\d+\)"
    return found == base or re.fullmatch(numbered, found) is not None


def _base(title: str) -> str:
    return re.sub(r"[\[\]:*?/\\\x00-\x1f]", "_", title).strip("'")[:_LONGEST] or "Sheet"
