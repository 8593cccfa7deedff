"""Formulas of a sheet: what each cell's is, and the same formula for the rows of a report.

A formula lives on in a report where each of its references can be carried there. Where one can't,
it would work out something else, so only its value is kept.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

from importer.model import column_letter, column_number
from importer.workbook.strings import unescape

_SHARED = re.compile(rb"<(?:\w+:)?c\b([^>]*)>\s*<(?:\w+:)?f\b([^>]*[^/>])>([^<]*)<")
_REF = re.compile(rb"\br=[\"']([A-Z]+\d+)[\"']")
_INDEX = re.compile(rb"\bsi=[\"'](\d+)[\"']")
_SHEET = r"(?:(?:'((?:[^']|'')+)'|([^'!\[\]:]+))!)?"
_CELLS = re.compile(_SHEET + r"(\$?)([A-Z]{1,3})(\$?)(\d+)(?::(\$?)([A-Z]{1,3})(\$?)(\d+))?")
_COLUMNS = re.compile(_SHEET + r"(\$?)([A-Z]{1,3}):(\$?)([A-Z]{1,3})")
_PICKING = re.compile(r"(SUM|COUNT|AVERAGE|MIN|MAX)IFS?\(")
"""Functions that pick rows by what is in them, so that rows of other invoices don't matter."""

_LONG = 1_000  # rows; a longer range is carried only as the whole of a sheet


class SharedFormulas:
    """The formulas that a sheet's part writes down once, with the cell that has them."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[str, str]] = {}

    def learn(self, chunk: bytes) -> None:
        """Take note of those in a piece of the part."""
        if b'"shared"' not in chunk and b"'shared'" not in chunk:
            return
        for cell, attributes, text in _SHARED.findall(chunk):
            ref, index = _REF.search(cell), _INDEX.search(attributes)
            if ref and index and text and b"shared" in attributes:
                # No declarations, so no entities.
                node = ElementTree.fromstring(b"<f>" + text + b"</f>")  # noqa: S314
                written = unescape(node.text or "")
                self._known[index[1].decode()] = (ref[1].decode(), written)

    def of(self, node: ElementTree.Element | None, ref: str) -> str | None:
        """Give the formula of the cell at `ref`; see `OriginalCell.formula`."""
        if node is None:
            return None
        kind = node.get("t", "normal")
        if kind == "normal":
            return unescape(node.text or "")
        known = self._known.get(node.get("si", "")) if kind == "shared" else None
        return _moved(known[1], known[0], ref) if known else ""


def _moved(formula: str, origin: str, ref: str) -> str:
    from openpyxl.formula.translate import Translator, TranslatorError

    if origin == ref:
        return formula
    try:
        moved: str = Translator(f"={formula}", origin=origin).translate_formula(ref)
    except TranslatorError:
        return ""
    return moved[1:]


@dataclass(frozen=True)
class Destination:
    """Where a sheet's columns and rows lie in a report: source → report.

    `number` is the source's letter of the column with invoice numbers. `child`: each invoice's
    rows on it are all in the report, so that a formula which picks by number finds them all.
    """

    title: str
    letters: Mapping[str, str]
    rows: Mapping[int, int]
    number: str | None = None
    child: bool = False


class _NotCarried(Exception):
    """A reference has no place in the report."""


def carried(formula: str, sheet: str, places: Mapping[str, Destination]) -> str | None:
    """Give a formula of a sheet as it works in the report; None where it can't.

    `places` are the report's sheets by the source's titles, case-folded.
    """
    from openpyxl.formula import Tokenizer

    if not formula:
        return None
    carrier = _Carrier(sheet, places)
    try:
        tokens: list[Any] = Tokenizer(f"={formula}").items
        text = "".join(carrier.token(token) for token in tokens)
        carrier.finish()
    except (_NotCarried, IndexError, ValueError):
        return None
    return text


class _Carrier:
    """Carries one formula, token by token."""

    def __init__(self, sheet: str, places: Mapping[str, Destination]) -> None:
        self._sheet = sheet
        self._places = places
        self._inside: list[bool] = []  # for each open bracket, whether its function picks rows
        self._columns: set[tuple[str, str]] = set()
        self._picked: set[str] = set()

    def token(self, token: Any) -> str:
        if token.subtype == "OPEN":
            self._inside.append(bool(_PICKING.fullmatch(token.value.upper())))
        elif token.subtype == "CLOSE" and self._inside:
            self._inside.pop()
        is_reference = token.type == "OPERAND" and token.subtype == "RANGE"
        return self._reference(token.value) if is_reference else str(token.value)

    def finish(self) -> None:
        """Refuse what picks rows of another sheet by anything but this row's invoice number."""
        for title in self._picked:
            for one in (title, self._sheet.casefold()):
                number = self._places[one].number
                if number is None or (one, number) not in self._columns:
                    raise _NotCarried

    def _reference(self, text: str) -> str:
        found = _CELLS.fullmatch(text) or _COLUMNS.fullmatch(text)
        if found is None:  # a name, a table, another workbook
            raise _NotCarried
        quoted, plain, *ends = found.groups()
        named = quoted.replace("''", "'") if quoted else plain
        title = (named or self._sheet).casefold()
        if title not in self._places:
            raise _NotCarried
        to = self._places[title]
        lead = f"{_quoted(to.title)}!" if named else ""
        if len(ends) == 4:
            return lead + self._whole_columns(title, to, ends)
        return lead + self._cells(title, to, ends)

    def _whole_columns(self, title: str, to: Destination, ends: list[str]) -> str:
        first_mark, first, last_mark, last = ends
        if first != last or not self._picks(title, to, first):
            raise _NotCarried
        return f"{first_mark}{_letter(to, first)}:{last_mark}{_letter(to, last)}"

    def _cells(self, title: str, to: Destination, ends: list[str]) -> str:
        mark_a, a, mark_1, one, mark_b, b, mark_2, two = ends
        start = f"{mark_a}{_letter(to, a)}{mark_1}"
        if b is None:
            self._columns.add((title, a))
            return f"{start}{_row(to, int(one))}"
        _refuse_scattered(to, a, b)
        end = f"{mark_b}{_letter(to, b)}{mark_2}"
        first, last = int(one), int(two)
        if last - first <= _LONG and all(row in to.rows for row in range(first, last + 1)):
            return f"{start}{to.rows[first]}:{end}{to.rows[last]}"
        held = {source: row for source, row in to.rows.items() if row > 1}
        inside = held and first <= min(held) and max(held) <= last
        if a != b or not inside or not self._picks(title, to, a):
            raise _NotCarried
        return f"{start}{min(held.values())}:{end}{max(held.values())}"

    def _picks(self, title: str, to: Destination, letter: str) -> bool:
        """Whether a whole column is one that a function picks rows of, invoice by invoice."""
        self._columns.add((title, letter))
        self._picked.add(title)
        return to.child and any(self._inside[-1:])


def _refuse_scattered(to: Destination, first: str, last: str) -> None:
    """Columns that lie side by side must do so in the report."""
    images = [_letter(to, column_letter(n)) for n in _numbers(first, last)]
    if [column_letter(n) for n in _numbers(images[0], images[-1])] != images:
        raise _NotCarried


def _numbers(first: str, last: str) -> range:
    return range(column_number(first), column_number(last) + 1)


def _letter(to: Destination, letter: str) -> str:
    if letter not in to.letters:
        raise _NotCarried
    return to.letters[letter]


def _row(to: Destination, row: int) -> int:
    if row not in to.rows:
        raise _NotCarried
    return to.rows[row]


def _quoted(title: str) -> str:
    return "'" + title.replace("'", "''") + "'"
