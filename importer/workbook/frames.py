"""A sheet's rows below its header → one pandas frame, without the rows that hold nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from importer.workbook.coded import Coded, CodedSheet
from importer.workbook.filled import rows_of_nothing, without_nothing
from importer.workbook.headers import Headers
from importer.workbook.scan import HIDES_A_VALUE, Scan
from importer.workbook.source import Table

if TYPE_CHECKING:
    import pandas as pd

Progress = Callable[[str, int, int | None], None]
"""Called with what is being done, how many rows are done, and of how many (None: not known)."""

_ROWS_AT_A_TIME = 8192


@dataclass(frozen=True)
class Filled:
    """The rows of a sheet that hold anything in a column that we know.

    `frame` is indexed by Excel's row number, its columns are Excel's letters; `headers` has no rows
    below it any more. `coded` has the same columns, each distinct value once, where there is such.
    """

    frame: pd.DataFrame
    headers: Headers
    coded: Mapping[str, Coded] = field(default_factory=dict)

    def kinds(self, letter: str) -> set[type]:
        """Give the types of the values in a column."""
        column = self.coded.get(letter)
        if column is None:
            return set(map(type, self.frame[letter].to_numpy()))
        kinds = set(map(type, column.values))
        if kinds <= {str, type(None)}:
            return kinds  # some of them perhaps only in the header
        return {type(v) for v, used in zip(column.values, column.used(), strict=True) if used}


def fill(
    table: Table,
    rows: Iterator[list[Any]],
    headers: Headers,
    found: Scan,
    words: dict[Any, Any],
    on_progress: Progress | None,
) -> Filled:
    """Read what is below the header; `rows` are those not read yet.

    `words` collects texts, so that equal ones are one object.
    """
    if found.coded is None:
        return _from_rows(table, rows, headers, found, words, on_progress)
    filled = _from_columns(found.coded, headers, found)
    if on_progress:
        on_progress(f"Reading {table.title}", table.height, table.height)
    return filled


def _from_columns(coded: CodedSheet, headers: Headers, found: Scan) -> Filled:
    import pandas as pd

    columns, rows = coded.below(headers.row, headers.texts)
    named = {*headers.columns.values(), *headers.free.values()}
    nothing = rows_of_nothing(columns, rows, named, _unseen(found))
    if nothing.any():
        rows = rows[~nothing]
        columns = {letter: column.kept(~nothing) for letter, column in columns.items()}
    used = {
        letter: text
        for letter, text in headers.texts.items()
        if text or letter in named or columns[letter].codes.any()
    }
    columns = {letter: columns[letter] for letter in used}
    objects = {letter: column.objects() for letter, column in columns.items()}
    frame = pd.DataFrame(objects, index=rows.tolist(), dtype=object)
    return Filled(frame, replace(headers, texts=used, below=[]), columns)


def _unseen(found: Scan) -> set[tuple[int, str]]:
    """Give the cells whose value the fast reader hides."""
    return {place for place, odd in found.oddities.items() if odd.kind in HIDES_A_VALUE}


def _from_rows(
    table: Table,
    rows: Iterator[list[Any]],
    headers: Headers,
    found: Scan,
    words: dict[Any, Any],
    on_progress: Progress | None,
) -> Filled:
    import pandas as pd

    kept: list[int] = []
    columns: dict[str, list[Any]] = {letter: [] for letter in headers.texts}
    unseen = _unseen(found)
    secret = {row for row, _ in unseen}
    first = headers.row + 1
    for block in _blocks(headers.below, rows):
        _keep(block, first, columns, kept, words, secret)
        first += len(block)
        if on_progress:
            on_progress(f"Reading {table.title}", min(first, table.height), table.height)
    below = sorted(row for row in secret if row >= first)
    kept += below
    for values in columns.values():
        values.extend([None] * len(below))
    named = dict.fromkeys([*headers.columns.values(), *headers.free.values()])
    columns, kept = without_nothing(columns, kept, named, unseen)
    used = {
        letter: text
        for letter, text in headers.texts.items()
        if text or letter in named or any(value is not None for value in columns[letter])
    }
    frame = pd.DataFrame({letter: columns[letter] for letter in used}, index=kept, dtype=object)
    return Filled(frame, replace(headers, texts=used, below=[]))


def _blocks(head: list[list[Any]], rows: Iterator[list[Any]]) -> Iterator[list[list[Any]]]:
    if head:
        yield head
    while block := list(islice(rows, _ROWS_AT_A_TIME)):
        yield block


def _keep(
    block: list[list[Any]],
    first: int,
    columns: Mapping[str, list[Any]],
    kept: list[int],
    words: dict[Any, Any],
    secret: Set[int],
) -> None:
    """Add the rows of a block that hold anything to the columns.

    `secret` are the rows with a value that the fast reader hides. Equal texts become one object,
    found in `words`: it saves memory and makes them quick to compare. `words` gives None for the
    empty text.
    """
    empty = [""] * len(block[0])
    numbers: Sequence[int] = range(first, first + len(block))
    if empty in block:
        full = [at for at, row in enumerate(block) if row != empty or first + at in secret]
        if not full:
            return
        block, numbers = [block[at] for at in full], [numbers[at] for at in full]
    kept.extend(numbers)
    for column, values in zip(columns.values(), zip(*block, strict=True), strict=True):
        kinds = set(map(type, values))
        if kinds == {str}:
            column.extend(map(words.setdefault, values, values))
        elif str in kinds:
            column.extend([words.setdefault(v, v) if type(v) is str else v for v in values])
        else:
            column.extend(values)
