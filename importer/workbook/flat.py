"""Pure: one flat sheet, in which header values repeat on every line → the records of our sheets.

Each row is typed for every part of the mapping. Lines stay as they are; what belongs to the
invoice as a whole is gathered from all its rows, wherever they stand, into one record. Its values
must agree; a repeat that was left empty agrees with anything.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from importer.codes import Place, fault
from importer.model import Fault
from importer.totals import is_a_total
from importer.workbook.fields import Kind
from importer.workbook.filled import is_empty
from importer.workbook.mapping import FREE
from importer.workbook.options import ReadOptions
from importer.workbook.records import Records, currency_by_number, type_sheet

if TYPE_CHECKING:
    import numpy as np

    from importer.workbook.reading import Sheet

PER_LINE = "lines"
"""The part that has one record for each row rather than for each invoice."""


@dataclass(frozen=True)
class _Rows:
    """The rows of a flat sheet by invoice.

    `of` is for each row the invoice's position in `numbers` (-1: no number); `order` sorts the
    rows by it, stable, so that each invoice's rows stay in the sheet's order.
    """

    numbers: list[str]
    of: np.ndarray[Any, Any]
    order: np.ndarray[Any, Any]


def type_flat(
    sheets: Mapping[str, Sheet], options: ReadOptions
) -> tuple[dict[str, Records], list[Fault]]:
    """Type a flat sheet's parts, and the sheets beside it. Gives what `type_records` gives."""
    sheets = {key: _filled_down(sheet, options) for key, sheet in sheets.items()}
    found: list[Fault] = []
    heads = type_sheet(_only(sheets["invoices"], ("number", "currency")), options, None, [])
    rows = _by_invoice(heads.numbers)
    once, _ = _gather(heads, rows, options)
    currency = currency_by_number(once)
    records: dict[str, Records] = {}
    for key, sheet in sheets.items():
        table = type_sheet(sheet, options, currency, found)
        if not sheet.part:
            records[key] = table
        elif sheet.part == PER_LINE:
            records[key] = _lines(table)
        else:
            records[key], differing = _gather(table, rows, options)
            found += differing
    found += _without_number(heads, _total_labels(sheets["invoices"]))
    return records, _each_once(found)


def _filled_down(sheet: Sheet, options: ReadOptions) -> Sheet:
    """Give the sheet with empty invoice numbers taken from above, if the mapping says so.

    A row of totals takes none: it would become a line of the invoice above it.
    """
    import pandas as pd

    flat = options.mapping.flat if options.mapping else None
    if not (sheet.part and flat and flat.fill_down):
        return sheet
    letter = sheet.headers.columns["number"]
    labels = _total_labels(sheet)
    filled: list[Any] = []
    above: Any = None
    for at, value in enumerate(sheet.frame[letter].to_list()):
        if not is_empty(value):
            above = value
        filled.append(None if is_empty(value) and at in labels else above)
    column = pd.Series(filled, index=sheet.frame.index, dtype=object)  # or None becomes NaN
    frame = sheet.frame.assign(**{letter: column})
    return replace(sheet, frame=frame, coded={k: c for k, c in sheet.coded.items() if k != letter})


def _total_labels(sheet: Sheet) -> dict[int, str]:
    """Give the word for a total in any cell of those rows that have no number, by position."""
    numbers = sheet.frame[sheet.headers.columns["number"]].to_list()
    unknown = [at for at, number in enumerate(numbers) if is_empty(number)]
    found: dict[int, str] = {}
    for letter in sheet.frame.columns if unknown else ():
        column = sheet.frame[letter].to_list()
        for at in unknown:
            text = column[at]
            if isinstance(text, str) and is_a_total(text):
                found.setdefault(at, text.strip())
    return found


def _only(sheet: Sheet, keys: Sequence[str]) -> Sheet:
    columns = {key: sheet.headers.columns[key] for key in keys if key in sheet.headers.columns}
    return replace(sheet, headers=replace(sheet.headers, columns=columns, free={}))


def _by_invoice(numbers: Sequence[str | None]) -> _Rows:
    import numpy as np

    places: dict[str, int] = {}
    of = np.array(
        [-1 if n is None else places.setdefault(n, len(places)) for n in numbers], dtype=np.int64
    )
    return _Rows(list(places), of, np.argsort(of, kind="stable"))


def _lines(table: Records) -> Records:
    """Give the rows that have an invoice number and anything of a line."""
    filled = [
        values for key, values in _columns(table).items() if key != "number" and key in table.places
    ]
    bad_rows = _bad_rows(table, set(table.places) - {"number"})
    kept = [
        at
        for at, number in enumerate(table.numbers)
        if number is not None
        and (any(values[at] is not None for values in filled) or table.rows[at] in bad_rows)
    ]
    return _picked(table, kept)


def _gather(table: Records, rows: _Rows, options: ReadOptions) -> tuple[Records, list[Fault]]:
    """Make one record of all rows of an invoice; give a fault at each value that differs."""
    import numpy as np

    columns = _columns(table)
    named = [key for key in columns if key != "number" and key in table.places]
    first_rows: dict[str, np.ndarray[Any, Any]] = {}
    faults: list[Fault] = []
    for key in named:
        first_rows[key], differing = _first_values(columns[key], rows)
        for at in differing:
            first = int(first_rows[key][rows.of[at]])
            faults.append(_differs(table, key, at, first, options.zone))
    count = len(rows.numbers)
    starts = np.searchsorted(rows.of[rows.order], np.arange(count + 1))
    leading = rows.order[starts[:-1]] if count else np.array([], dtype=np.int64)
    if table.part == "invoices":
        chosen, own = np.arange(count), leading
    else:
        own = _earliest(list(first_rows.values()), count)
        bad = _bad_rows(table, set(named))
        for at in (at for at, row in enumerate(table.rows) if bad and row in bad):
            if (owner := rows.of[at]) >= 0 and (own[owner] < 0 or at < own[owner]):
                own[owner] = at
        chosen = np.flatnonzero(own >= 0)
        own = own[chosen]
    gathered = _gathered(table, chosen, own, first_rows)
    if table.part == "invoices":
        spans = zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True)
        more = {
            position: tuple(table.rows[at] for at in rows.order[start + 1 : end].tolist())
            for position, (start, end) in enumerate(spans)
            if end - start > 1
        }
        gathered = replace(gathered, more=more)
    return gathered, faults


def _gathered(
    table: Records,
    chosen: np.ndarray[Any, Any],
    own: np.ndarray[Any, Any],
    first_rows: Mapping[str, np.ndarray[Any, Any]],
) -> Records:
    """Give the records of the chosen invoices; `own` is the row position of each of them."""
    import numpy as np

    picked = _picked(table, own.tolist())
    moved: dict[int, dict[str, int]] = {}
    values, free = dict(picked.values), dict(picked.free)
    for key, firsts in first_rows.items():
        at = firsts[chosen]
        column = _columns(table)[key]
        taken = [None if place < 0 else column[place] for place in at.tolist()]
        if key.startswith(FREE):
            free[key.removeprefix(FREE)] = taken
        else:
            values[key] = taken
        for position in np.flatnonzero((at >= 0) & (at != own)).tolist():
            moved.setdefault(position, {})[key] = table.rows[at[position]]
    return replace(picked, values=values, free=free, moved=moved)


def _first_values(values: Sequence[Any], rows: _Rows) -> tuple[np.ndarray[Any, Any], list[int]]:
    """Give for each invoice the position of its first value (-1: none), and which rows differ."""
    import numpy as np

    column = np.empty(len(values), dtype=object)
    column[:] = values
    filled = np.array([value is not None for value in values], dtype=bool) & (rows.of >= 0)
    at = np.flatnonzero(filled)
    firsts = np.full(len(rows.numbers), -1, dtype=np.int64)
    firsts[rows.of[at][::-1]] = at[::-1]  # the last to be written is the first of its invoice
    differing = at[column[at] != column[firsts[rows.of[at]]]]
    return firsts, differing.tolist()


def _earliest(firsts: Iterable[np.ndarray[Any, Any]], count: int) -> np.ndarray[Any, Any]:
    import numpy as np

    late = np.iinfo(np.int64).max
    own = np.full(count, late, dtype=np.int64)
    for at in firsts:
        own = np.minimum(own, np.where(at < 0, late, at))
    return np.where(own == late, -1, own)


def _differs(table: Records, key: str, at: int, first: int, zone: str) -> Fault:
    values, column = _columns(table)[key], table.layout.by_key.get(key)
    labels = {value: label for label, value in column.choices.items()} if column else {}
    words = [str(labels.get(values[place], values[place])) for place in (at, first)]
    if column and column.kind is Kind.DATE:
        when = [dt.datetime.fromtimestamp(values[p], ZoneInfo(zone)) for p in (at, first)]
        same_day = when[0].date() == when[1].date()
        words = [
            f"{moment:%Y-%m-%d %H:%M:%S}" if same_day else f"{moment:%Y-%m-%d}" for moment in when
        ]
    return fault(
        "header-differs",
        table.place(key, at),
        value=f"“{words[0]}”",
        first=f"“{words[1]}”",
        row=table.rows[first],
        number=table.numbers[at],
    )


def _without_number(heads: Records, labels: Mapping[int, str]) -> list[Fault]:
    """Give a fault for each row whose invoice number is empty: it can't be told where it goes."""
    letter, header = heads.places["number"]
    found = []
    for at, (row, number) in enumerate(zip(heads.rows, heads.numbers, strict=True)):
        place = Place(heads.title, row, header, letter)
        if number is not None or (row, letter) in heads.bad:
            continue
        if at in labels:
            found.append(fault("row-looks-like-total", place, reason=f"it says “{labels[at]}”"))
        else:
            found.append(fault("required-missing", place))
    return found


def _each_once(faults: Iterable[Fault]) -> list[Fault]:
    """Leave out what was said before of the same cell: parts may share a column."""
    seen = {(f.code, f.sheet, f.row, f.letter): f for f in reversed(list(faults))}
    return list(reversed(seen.values()))


def _columns(table: Records) -> dict[str, list[Any]]:
    return {**table.values, **{FREE + name: values for name, values in table.free.items()}}


def _bad_rows(table: Records, keys: set[str]) -> set[int]:
    letters = {table.places[key][0] for key in keys}
    return {row for row, letter in table.bad if letter in letters}


def _picked(table: Records, at: Sequence[int]) -> Records:
    """Give the records at some positions."""
    return replace(
        table,
        rows=[table.rows[i] for i in at],
        values={key: [values[i] for i in at] for key, values in table.values.items()},
        free={name: [values[i] for i in at] for name, values in table.free.items()},
    )
