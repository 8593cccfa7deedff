"""What a report is made of. Frozen values, handed over by `runs`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from importer.model import Fault, Result, State


@dataclass(frozen=True)
class ReportSheet:
    """One data sheet of the report: some rows of one sheet of the user's workbook.

    `headers` is letter → header as the user wrote it, in the user's order, without the columns
    that an earlier report added. `key` is the layout's name of the sheet, None if it has none.
    `rows` are Excel's row numbers, ascending; `status` holds a word for some of them, `error` what
    is to be said there: sentences, and faults of the row itself or of others of its invoice.
    `original` maps a row to the row in the clerk's first workbook, where the two differ. `values`
    gives the typed values of a row by letter (or `Spelled` ones, with their number formats), for
    sources whose cells can't be read again.
    """

    title: str
    header_row: int
    headers: Mapping[str, str]
    key: str | None
    rows: Sequence[int]
    status: Mapping[int, str]
    error: Mapping[int, Sequence[str | Fault]]
    values: Callable[[int], Mapping[str, Any]]
    original: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """What became of one invoice. `row` is Excel's, on the sheet of invoices."""

    number: str
    row: int | None
    state: State
    store_invoice_id: str | None = None
    attempts: int = 0
    message: str | None = None


@dataclass(frozen=True)
class ReportData:
    """All of a report. `source` is the workbook that the rows and faults point into.

    `outcomes` fill the Results sheet, which is left out when there are none. `target` are the
    flags that name the store in a command. `made` is the time of writing (UTC; a naive time is
    taken as UTC), None for now.
    """

    result: Result
    source: Path
    sheets: tuple[ReportSheet, ...] = ()
    outcomes: Iterable[InvoiceLine] = ()
    target: str = ""
    made: datetime | None = None
