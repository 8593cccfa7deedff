"""Faults as a report tells them: every address in them is the report's own."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from importer.model import Fault
from importer.workbook.report.marks import PlacedSheet

_OWN_SHEET = ""
_NAMES_ROWS = {
    "invoice-duplicate": _OWN_SHEET,
    "invoice-numbers-alike": _OWN_SHEET,
    "external-id-shared": _OWN_SHEET,
    "order-duplicate": _OWN_SHEET,
    "billing-address-twice": _OWN_SHEET,
    "address-code-duplicate": _OWN_SHEET,
    "header-differs": _OWN_SHEET,
    "address-twice": "addresses",
}
"""The codes whose words name rows, and the layout's key of the sheet that those are on."""

_ROWS = re.compile(r"(?<=\brows )\d+(?:, \d+)*|(?<=\brows \()\d+(?:, \d+)*|(?<=\brow )\d+")
_NAMES_CELL = frozenset({"address-code-unusable"})
_CELL = re.compile(r"(?<=\()(?P<sheet>[^()]+)!(?P<letter>[A-Z]*)(?P<row>\d+)(?=\))")

_ELSEWHERE = " of your workbook"

Placed = Mapping[str, PlacedSheet]
"""The report's sheets by the user's titles."""


def told(fault: Fault, placed: Placed) -> Fault:
    """Give a fault whose words name the report's rows; its own place stays the source's."""
    if fault.code in _NAMES_ROWS:
        home = _sheet(fault, _NAMES_ROWS[fault.code], placed)
        message = _ROWS.sub(lambda found: _rows(found[0], home), fault.message)
        return replace(fault, message=message)
    if fault.code in _NAMES_CELL:
        return replace(fault, message=_CELL.sub(lambda at: _cell(at, placed), fault.message))
    return fault


def address(fault: Fault, placed: Placed) -> str | None:
    """Give the report's cell of a fault, `Invoices!F3`; None when the report doesn't hold it."""
    home = placed.get(fault.sheet or "")
    ref = home.place(fault) if home else None
    return f"{home.title}!{ref}" if home and ref else None


def elsewhere(cell: str) -> str:
    """Name a cell of the user's workbook that the report doesn't hold."""
    return f"{cell}{_ELSEWHERE}"


def is_here(cell: str) -> bool:
    """Whether a cell is one of the report's."""
    return not cell.endswith(_ELSEWHERE)


def row_words(notes: Sequence[str | Fault], sheet: str, row: int, placed: Placed) -> str:
    """Give what is said in a row: of its own faults what to do, of the others their cells."""
    words = []
    for note in notes:
        if isinstance(note, str):
            words.append(note)
        elif (note.sheet, note.row) == (sheet, row):
            words.append(f"{told(note, placed).message} {note.remedy}".strip())
        else:
            where = address(note, placed) or note.cell
            words.append(f"{where}: {told(note, placed).message}")
    return "\n".join(words)


def _sheet(fault: Fault, key: str, placed: Placed) -> PlacedSheet | None:
    if not key:
        return placed.get(fault.sheet or "")
    return next((one for one in placed.values() if one.sheet.key == key), None)


def _rows(numbers: str, home: PlacedSheet | None) -> str:
    """Give row numbers of the source as the report's, and say of which that can't be."""
    rows = home.rows if home else {}
    here = [str(rows[int(n)]) for n in numbers.split(", ") if int(n) in rows]
    there = [n for n in numbers.split(", ") if int(n) not in rows]
    parts = [", ".join(here)] if here else []
    if there:
        parts.append(elsewhere(", ".join(there)))
    return " and ".join(parts)


def _cell(found: re.Match[str], placed: Placed) -> str:
    home, row = placed.get(found["sheet"]), int(found["row"])
    if home is None or row not in home.rows:
        return elsewhere(found[0])
    letter = home.letters.get(found["letter"], found["letter"])
    return f"{home.title}!{letter}{home.rows[row]}"
