"""Reads a sheet that is spelled as Excel spells it: plain cells by the thousand, the rest as XML.

`plain` takes the plain cells out of the sheet's XML. What is left is a small document that
`spelled` reads cell by cell: columns, hidden rows, formulas, errors, merges. So each cell is read
by exactly one of the two, and one that nobody understands isn't passed over.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from importer.model import column_letter
from importer.workbook.coded import Coded, CodedSheet
from importer.workbook.formats import Format
from importer.workbook.options import Limits
from importer.workbook.package import Package
from importer.workbook.parts import Damaged, refuse_encoding
from importer.workbook.plain import INLINE, LONG, NUMBER, SHARED, Cells, Spellings, take_out
from importer.workbook.scan import HIDES_A_VALUE, PROLOGUE, Formats, Oddity, Scan, is_money
from importer.workbook.serials import DateStyles
from importer.workbook.spelled import SpelledSheet

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

MOST_LEFT = 0.2
"""The share of a sheet's bytes up to which the XML parser is quicker than reading all otherwise."""

_IN_NUMBERS = frozenset("0123456789+-.eE")
_NO_STYLE = -1


def read_quickly(
    package: Package,
    title: str,
    telling: Mapping[int, Oddity],
    noted: Mapping[int, Format],
    limits: Limits,
    texts: Callable[[], Sequence[str]],
) -> Scan | None:
    """Scan one sheet and keep its values, in `coded`; None when it must be read in another way.

    `texts` gives the shared strings. Raises WorkbookError when its cells reach beyond the limits,
    or a part is damaged.
    """
    rest = SpelledSheet(package, title, telling, noted, limits, partial(_text, texts))
    known = Spellings()
    try:
        cells = _feed(package, title, rest, known)
        if cells is None:
            return None
        meaning = _Meaning(texts(), known.texts(), rest.dates)
        return _assemble(cells, rest, meaning, telling, noted)
    except (Damaged, _Unsure, UnicodeDecodeError):
        return None


class _Meaning(NamedTuple):
    """What the words of plain cells mean: shared texts, those of the cells themselves, dates."""

    shared: Sequence[str]
    own: Sequence[str]
    dates: DateStyles


class _Unsure(Exception):
    """Something is spelled as only the slower readers understand it."""


def _text(texts: Callable[[], Sequence[str]], index: int) -> str:
    if index < 0:
        raise IndexError(index)
    return texts()[index]


def _feed(
    package: Package, title: str, rest: SpelledSheet, known: Spellings
) -> dict[int, list[Cells]] | None:
    """Take the plain cells out of a sheet, give the rest to the XML parser."""
    found: dict[int, list[Cells]] = {}
    size = left = last_row = 0
    for piece in package.chunks(package.sheets[title], b"</row>"):
        begin = 0
        if not size:
            refuse_encoding(f"The sheet “{title}”", piece[:1024])
            start = PROLOGUE.match(piece)
            begin = start.end() if start else 0
            if not piece.startswith(b"<worksheet", begin):
                return None
            rest.feed(piece[:begin])
        taken = take_out(piece[begin:], known)
        if taken is None:
            return None
        cells, remains = taken
        size, left = size + len(piece), left + len(remains)
        if left > size * MOST_LEFT + 4096:
            return None
        rest.feed(remains)
        if len(cells.rows):
            if int(cells.rows[0]) <= last_row:
                return None
            last_row = int(cells.rows[-1])
            rest.grid.reach(last_row, int(cells.columns.max()))
            _sort_in(found, cells)
    rest.feed(b"", last=True)
    return found


def _assemble(
    parts: Mapping[int, list[Cells]],
    rest: SpelledSheet,
    meaning: _Meaning,
    telling: Mapping[int, Oddity],
    noted: Mapping[int, Format],
) -> Scan:
    """Make the columns of the plain cells and of those that were left to the XML parser."""
    import numpy as np

    found, others = rest.found, list(rest.grid.cells())
    secret = [row for (row, _), odd in found.oddities.items() if odd.kind in HIDES_A_VALUE]
    rows = _rows_of(parts, [*(row for row, _, _ in others), *secret])
    positions = np.zeros(int(rows[-1]) + 1 if len(rows) else 1, np.int32)
    positions[rows] = np.arange(len(rows), dtype=np.int32)
    made: dict[int, _Column] = {}
    for number in sorted(parts):
        column = made[number] = _Column(len(rows))
        cells = Cells(*(np.concatenate(same) for same in zip(*parts[number], strict=True)))
        column.add(cells, positions[cells.rows], meaning)
    for row, number, value in others:
        if number not in made:
            made[number] = _Column(len(rows))
        made[number].put(int(positions[row]), value)
    found.coded = CodedSheet(rows, {n: Coded(c.codes, c.values) for n, c in made.items()})
    for number, column in made.items():
        for row, style in column.rows_in(telling, rows):
            found.oddities.setdefault((row, column_letter(number)), telling[style])
    found.look = _Looking(found.noted, noted, made, rows).formats
    return found


def _rows_of(parts: Mapping[int, Sequence[Cells]], others: Sequence[int]) -> Array:
    """Give the rows that hold anything, each once, in order."""
    import numpy as np

    pieces = [piece for column in parts.values() for piece in column]
    last = max([*others, *(int(piece.rows[-1]) for piece in pieces)], default=0)
    held = np.zeros(last + 1, bool)
    held[np.array(others, np.int64)] = True
    for piece in pieces:
        held[piece.rows] = True
    return np.flatnonzero(held).astype(np.int32)


def _sort_in(found: dict[int, list[Cells]], cells: Cells) -> None:
    """Add cells to those of their columns, in the order of rows."""
    import numpy as np

    order = np.argsort(cells.columns, kind="stable")
    cuts = np.flatnonzero(np.diff(cells.columns[order])) + 1
    for chosen in np.split(order, cuts):
        part = Cells(*(each[chosen] for each in cells))
        found.setdefault(int(part.columns[0]), []).append(part)


class _Column:
    """One column in the making: codes, values, and the style of each value that is a number."""

    def __init__(self, rows: int) -> None:
        import numpy as np

        self.codes: Array = np.zeros(rows, np.int32)
        self.values: list[Any] = [None]
        self._styles = [_NO_STYLE]

    def add(self, cells: Cells, at: Array, meaning: _Meaning) -> None:
        """Take the plain cells of the column, which are at these positions."""
        import numpy as np

        for kind, texts in ((SHARED, meaning.shared), (INLINE, meaning.own)):
            chosen = cells.kinds == kind
            self._add_texts(at[chosen], cells.words[chosen].astype(np.int64), texts)
        for kind in (NUMBER, LONG):
            chosen = cells.kinds == kind
            for style in np.unique(cells.styles[chosen]).tolist():
                here = chosen & (cells.styles == style)
                self._add_numbers(at[here], cells.words[here], kind, style, meaning)

    def _add_texts(self, at: Array, indexes: Array, texts: Sequence[str]) -> None:
        import numpy as np

        if not len(indexes):
            return
        if int(indexes.max()) >= len(texts):
            raise _Unsure
        used = np.zeros(len(texts), bool)
        used[indexes] = True
        which = np.flatnonzero(used)
        codes = np.zeros(len(texts), np.int32)
        codes[which] = np.arange(len(self.values), len(self.values) + len(which), dtype=np.int32)
        self.codes[at] = codes[indexes]
        self.values += [texts[i] or None for i in which.tolist()]
        self._styles += [_NO_STYLE] * len(which)

    def _add_numbers(
        self, at: Array, words: Array, kind: int, style: int, meaning: _Meaning
    ) -> None:
        import pandas as pd

        codes, distinct = pd.factorize(words)
        self.codes[at] = codes + len(self.values)
        if kind == NUMBER:
            short = distinct.astype("<u8").view("S8").tolist()
            spelled = [text.decode("latin-1") for text in short]
        else:
            spelled = [meaning.own[index] for index in distinct.tolist()]
        values: list[Any] = _floats(spelled)
        if style in meaning.dates:
            values = [meaning.dates.value(value, style) for value in values]
        self.values += values
        self._styles += [style] * len(values)

    def put(self, at: int, value: Any) -> None:
        """Take a cell that was read as XML. No cell is there twice."""
        if self.codes[at]:
            raise _Unsure
        self.codes[at] = len(self.values)
        self.values.append(value)
        self._styles.append(_NO_STYLE)

    def rows_in(self, styles: Collection[int], rows: Array) -> list[tuple[int, int]]:
        """Give the rows whose numbers are in one of some styles, each with its style."""
        import numpy as np

        if set(self._styles).isdisjoint(styles):
            return []
        all_styles = np.array(self._styles)
        at = np.flatnonzero(np.isin(all_styles, list(styles))[self.codes])
        return list(zip(rows[at].tolist(), all_styles[self.codes[at]].tolist(), strict=True))


def _floats(texts: Sequence[str]) -> list[float]:
    """Read numbers as the file spells them."""
    if not set("".join(texts)) <= _IN_NUMBERS:
        raise _Unsure
    try:
        return list(map(float, texts))
    except ValueError as error:
        raise _Unsure from error


class _Looking:
    """Finds how cells show their numbers, once somebody asks."""

    def __init__(
        self,
        met: Formats,
        noted: Mapping[int, Format],
        columns: Mapping[int, _Column],
        rows: Array,
    ) -> None:
        self._met, self._noted, self._rows = met, noted, rows
        self._columns = {column_letter(number): column for number, column in columns.items()}

    def formats(self, letters: Collection[str], are_amounts: bool) -> Formats:
        """Give the number formats of some columns' cells, as far as they may matter there."""
        noted = {
            style: form
            for style, form in self._noted.items()
            if not (are_amounts and is_money(form.code))
        }
        found: Formats = {}
        for letter in self._columns.keys() & letters:
            rows = self._columns[letter].rows_in(noted, self._rows)
            forms = {row: noted[style] for row, style in rows} | self._met.get(letter, {})
            if forms:
                found[letter] = forms
        return found
