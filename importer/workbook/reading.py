"""Edge: a workbook file → one pandas frame for each sheet, indexed by the true Excel row number."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from importer.codes import Place, fault
from importer.errors import WorkbookError
from importer.model import Fault, column_letter, column_number
from importer.workbook.choosing import advising, claim_sheets
from importer.workbook.claims import NotOurs, SheetPart
from importer.workbook.coded import Coded
from importer.workbook.delimited import CsvSource
from importer.workbook.fields import Kind, SheetLayout
from importer.workbook.formats import Format
from importer.workbook.frames import Filled, fill
from importer.workbook.headers import Headers
from importer.workbook.mapping import AS_NAMED, SheetMapping, WorkbookMapping
from importer.workbook.opening import digest, open_source
from importer.workbook.options import Limits, ReadOptions
from importer.workbook.scan import Formats, Odd, Oddity, Scan
from importer.workbook.source import Source

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Progress", "Recall", "Sheet", "Workbook", "digest", "read"]

Progress = Callable[[str, int, int | None], None]
"""Called with what is being done, how many rows are done, and of how many (None: not known)."""

Recall = Callable[[str], WorkbookMapping | None]
"""Gives the mapping with which a run read its workbook, by the run's ID; None when not known."""


@dataclass(frozen=True)
class Sheet:
    """One data sheet as it was read.

    `frame` has one row for each row below the header that holds anything in a column that we know:
    its index is Excel's row number, its columns are Excel's letters, its values are as the file
    has them (None: empty).
    `formats` are how cells show their numbers, where that may matter. `coded` has the columns of
    the frame once more, each distinct value once, where the file was read so.
    `mapped` is what the user's mapping says of it. `part` tells the parts of a flat sheet apart,
    which share title and frame; "" for a sheet of its own.
    """

    title: str
    layout: SheetLayout
    headers: Headers
    frame: pd.DataFrame
    oddities: Mapping[tuple[int, str], Oddity] = field(default_factory=dict)
    mapped: SheetMapping = AS_NAMED
    part: str = ""
    formats: Formats = field(default_factory=dict)
    coded: Mapping[str, Coded] = field(default_factory=dict)

    @cached_property
    def odd_letters(self) -> frozenset[str]:
        """The columns with a cell that isn't what the fast reader says it is."""
        return frozenset(letter for _, letter in self.oddities)

    def format_of(self, row: int, letter: str) -> Format | None:
        """Give how a cell shows its number; None when that is plain, or doesn't matter."""
        return self.formats.get(letter, {}).get(row)


@dataclass(frozen=True)
class Workbook:
    """A whole workbook as it was read.

    `sheets` is by layout key, those of a flat sheet by their part's; `invoices` is always there.
    `parent` is the run that wrote the workbook as its report, if one did ("" for a check's).
    `faults` are of the file as a whole: unknown columns and sheets, hidden rows. `mapping` is that
    with which it was read, if any.
    """

    path: Path
    sha256: str
    sheets: Mapping[str, Sheet]
    faults: tuple[Fault, ...]
    parent: str | None = None
    mapping: WorkbookMapping | None = None


def read(
    path: Path,
    options: ReadOptions,
    on_progress: Progress | None = None,
    recall: Recall | None = None,
    on_sheet: Callable[[Sheet, WorkbookMapping | None], None] | None = None,
) -> Workbook:
    """Read a workbook. `recall` finds the mapping for a run's report when the options have none.

    `on_sheet` is given each sheet, and the mapping, while later sheets are still being parsed.

    Raises WorkbookError, in one sentence with a remedy, for anything that can't be used as a
    whole: no such file, not a workbook, protected, damaged, open elsewhere, headers missing.
    """
    mapping = options.mapping
    source = open_source(path, options)
    try:
        parent = source.parent
        if mapping is None and parent and recall:
            mapping = recall(parent)
        with advising(path, parent, mapping):
            known, faults = claim_sheets(
                path,
                source.titles,
                mapping,
                is_report=parent is not None,
                in_files=isinstance(source, CsvSource),
                top_of=partial(_top, source, options.limits),
            )
            sheets: dict[str, Sheet] = {}
            words: dict[Any, Any] = {"": None}
            for table, found in source.tables(list(known)):
                title = table.title
                try:
                    rows = table.rows()
                    top = list(islice(rows, options.limits.header_rows))
                    headers, parts = known[title].find(title, top)
                except NotOurs as other:
                    faults.append(other.fault)
                    continue
                filled = fill(table, rows, headers, found, words, on_progress)
                frame, headers = filled.frame, filled.headers
                faults += known[title].told
                faults += headers.faults(title)
                faults += _hidden_faults(title, frame, found, hidden=title in source.unseen)
                _add_merged(found, frame, headers.row)
                _add_too_long(found, frame, headers)
                made = _sheets_of(title, parts, filled, found)
                sheets |= made
                if on_sheet:
                    for sheet in made.values():
                        on_sheet(sheet, mapping)
    finally:
        source.close()
    if sheets["invoices"].frame.empty:
        raise WorkbookError(
            f"The sheet “{sheets['invoices'].title}” of {path.name} has no invoices below its "
            "header.",
            "Fill in at least one row.",
        )
    return Workbook(path, digest(path), sheets, tuple(faults), parent, mapping)


def _top(source: Source, limits: Limits, title: str) -> list[list[Any]]:
    """Give the first rows of a sheet."""
    for table, _ in source.tables([title]):
        return list(islice(table.rows(), limits.header_rows))
    return []


def _sheets_of(
    title: str,
    parts: Iterable[SheetPart],
    filled: Filled,
    found: Scan,
) -> dict[str, Sheet]:
    """Give the sheets that one sheet of the file stands for: one, or a flat sheet's parts."""
    frame, headers = filled.frame, filled.headers
    formats: Formats = {}
    if found.look or found.noted:
        formats = found.formats(*_columns_of_numbers(parts, filled))
    return {
        part.key: Sheet(
            title,
            part.layout,
            replace(part.headers, texts=headers.texts, below=[]),
            frame,
            found.oddities,
            part.mapped,
            part.part,
            formats,
            filled.coded,
        )
        for part in parts
    }


def _columns_of_numbers(parts: Iterable[SheetPart], filled: Filled) -> tuple[list[str], list[str]]:
    """Give the columns of texts, and those of amounts, that hold numbers: it matters how shown."""
    kinds: dict[str, Kind] = {}
    for part in parts:
        kinds |= dict.fromkeys(part.headers.free.values(), Kind.TEXT)
        for key, letter in part.headers.columns.items():
            kinds[letter] = part.layout.by_key[key].kind
    numbers = [
        letter
        for letter in sorted(kinds)
        if kinds[letter] in (Kind.IDENTIFIER, Kind.TEXT, Kind.AMOUNT) and letter in filled.frame
        if not {int, float}.isdisjoint(filled.kinds(letter))
    ]
    texts = [letter for letter in numbers if kinds[letter] in (Kind.IDENTIFIER, Kind.TEXT)]
    return texts, [letter for letter in numbers if kinds[letter] is Kind.AMOUNT]


def _hidden_faults(title: str, frame: pd.DataFrame, found: Scan, *, hidden: bool) -> list[Fault]:
    faults = []
    if hidden:
        faults.append(fault("sheet-hidden", Place(title)))
    rows = set(found.hidden_rows) and set(found.hidden_rows).intersection(frame.index)
    if rows:
        faults.append(
            fault("rows-hidden", Place(title, min(rows)), count=len(rows), value=f"row {min(rows)}")
        )
    letters = [
        letter
        for first, last in found.hidden_columns
        for letter in map(column_letter, range(first, min(last, first + 500) + 1))
        if letter in frame.columns
    ]
    if letters:
        faults.append(fault("columns-hidden", Place(title), value=", ".join(letters)))
    return faults


def _add_merged(found: Scan, frame: pd.DataFrame, header_row: int) -> None:
    """Mark the cells that a merge blanks, where the merge has a value and their row has others."""
    letters = {letter: column_number(letter) for letter in frame.columns}
    rows = frame.index.to_numpy()
    for left, top, right, bottom in found.merged:
        if bottom <= header_row or (top, left) == (bottom, right):
            continue
        inside = [
            letter
            for letter, number in letters.items()
            if column_number(left) <= number <= column_number(right)
        ]
        start, end = rows.searchsorted([top, bottom + 1])
        if top > header_row and (start == end or rows[start] != top):
            continue
        if top > header_row and left in letters and frame[left].iat[start] is None:
            continue
        odd = Oddity(Odd.MERGED, f"{left}{top}:{right}{bottom}")
        for row in rows[start:end].tolist():
            for letter in inside:
                if (row, letter) != (top, left):
                    found.oddities.setdefault((row, letter), odd)


def _add_too_long(found: Scan, frame: pd.DataFrame, headers: Headers) -> None:
    """Mark the last known cell of each row of text that has more cells than the header.

    A value with an unquoted delimiter in it, such as 1,200.50, moves all that follow.
    """
    known = {*headers.columns.values(), *headers.free.values()}.intersection(frame.columns)
    if found.lengths is None or not known or not headers.row:
        return
    last = max(known, key=column_number)
    named = max(column_number(letter) for letter, text in headers.texts.items() if text)
    head = found.lengths[headers.row - 1]
    unnamed = [letter for letter in frame.columns if column_number(letter) > named]
    for at, row in enumerate(frame.index):
        length = found.lengths[row - 1]
        if length > named:
            beyond = [v for v in (frame[letter].iat[at] for letter in unnamed) if v is not None]
            if beyond or length > head:
                odd = Oddity(Odd.TOO_LONG, f"{length} instead of {min(head, named)}")
                found.oddities[row, last] = odd
