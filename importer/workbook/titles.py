"""Pure: the titles of a user's sheets, as names of files, in a report, and known again there."""

from __future__ import annotations

import re
from collections.abc import Iterator

from importer.workbook.fields import normal

_COPIES = re.compile(
    r"""
    \s*\(\d+\)$                                    # Invoices (1): a browser's second download
    | [\s_-]*\b(?:copy|kopie|copie|copia)(?:\s*\d+)?$    # Invoices - Copy, Invoices copy 2
    | ^(?:copy\ of|kopie\ von|copie\ de|copia\ de)\s+   # Copy of Invoices
    | \s+-\s+(?:sheet|tabelle|tabellenblatt|blatt|feuille|feuil|hoja|foglio|blad)\s*\d*$
    | \.(?:csv|tsv|txt|xlsx|xlsm|xls|ods|numbers)$     # Invoices.xlsx
    | [\s_.-]+\d[\d\s_.-]*$ | ^\d[\d\s_.-]*\s+        # Invoices_2026-03-31, 2026-03 Invoices
    | [\s_-]+(?:table|tabelle|tableau|tabla|tabella)\s*\d+(?:-\d+)?$  # Numbers: Invoices-Table 1
    """,
    re.IGNORECASE | re.VERBOSE,
)
_BETWEEN = re.compile(r"\s+[-–—]\s+|[-–—_]")

LONGEST = 31
"""What Excel takes; .ods and .csv allow more."""

_ROOM = 4  # for a number in brackets


def sheet_names(stem: str) -> Iterator[str]:
    """Give what the sheet may be called that was saved as a file of this name, the likeliest first.

    Spreadsheet programs put the workbook's name before it (`AR March - Invoices`) or a table's
    behind it (`Invoices-Table 1`), browsers and file managers a number or `Copy`.
    """
    name = stem.strip()
    yield name
    while (plain := _COPIES.sub("", name).strip()) and plain != name:
        name = plain
        yield name
    for mark in _BETWEEN.finditer(name):
        yield name[mark.end() :].strip()


def fit(title: str, taken: set[str]) -> str:
    """Give a title that Excel takes, as near to the user's as can be, and add it to `taken`."""
    base = _base(title)
    found, number = base, 1
    while normal(found) in taken:
        number += 1
        found = f"{base[: LONGEST - _ROOM]} ({number})"
    taken.add(normal(found))
    return found


def stands_for(found: str, title: str) -> bool:
    """Whether a sheet of a report may be the one that had this title in the user's file."""
    base = _base(title)
    numbered = re.escape(base[: LONGEST - _ROOM]) + r" \(\d+\)"
    return found == base or re.fullmatch(numbered, found) is not None


def _base(title: str) -> str:
    return re.sub(r"[\[\]:*?/\\\x00-\x1f]", "_", title).strip("'")[:LONGEST] or "Sheet"
