"""The values that flow between the rooms. Frozen, plain, importing nothing but other values."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from functools import cache, cached_property
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from importer.control import Control
from importer.money import written

Json = dict[str, Any]


class Severity(StrEnum):
    """An error keeps its invoice from being posted; a warning doesn't."""

    ERROR = "error"
    WARNING = "warning"


class State(StrEnum):
    """The state of an invoice in the ledger. A run's counts over the states add up to read."""

    INVALID = "invalid"
    PENDING = "pending"
    POSTING = "posting"
    CREATED = "created"
    UPDATED = "updated"
    REJECTED = "rejected"
    FAILED = "failed"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"
    CONFLICT = "conflict"
    MISSING = "missing"
    CANCELLED = "cancelled"
    DELETED = "deleted"

    @property
    def well(self) -> bool:
        """Whether the store took the invoice as the workbook says, and nothing says otherwise."""
        return self in (State.CREATED, State.UPDATED, State.SKIPPED)


def column_letter(number: int) -> str:
    """Give Excel's name of a column: 1 → `A`, 27 → `AA`."""
    letters = ""
    while number > 0:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


@cache
def column_number(letter: str) -> int:
    """Give a column's position from Excel's name of it: `A` → 1, `AA` → 27."""
    number = 0
    for char in letter:
        number = number * 26 + ord(char) - 64
    return number


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of the user's workbook. `column` is Excel's letter, `header` the user's words."""

    sheet: str
    row: int
    column: str
    header: str = ""

    @property
    def address(self) -> str:
        """The address as a clerk reads it: `Line Items!E14`."""
        return f"{self.sheet}!{self.column}{self.row}"


@dataclass(frozen=True, slots=True)
class Fault:
    """A problem at a cell, in a clerk's words.

    `row` and `letter` are Excel's own; without a letter the fault is of a whole row, without a
    row of a whole sheet or column. `column` is the header as the user wrote it.
    """

    code: str
    message: str
    remedy: str
    severity: Severity = Severity.ERROR
    sheet: str | None = None
    row: int | None = None
    column: str | None = None
    letter: str | None = None
    invoice: str | None = None

    @classmethod
    def at(
        cls,
        cell: Cell | None,
        code: str,
        message: str,
        remedy: str,
        severity: Severity = Severity.ERROR,
        invoice: str | None = None,
    ) -> Fault:
        """Give a fault at a cell; None: nobody knows at which."""
        return cls(
            code,
            message,
            remedy,
            severity,
            sheet=cell.sheet if cell else None,
            row=cell.row if cell else None,
            column=cell.header or None if cell else None,
            letter=cell.column or None if cell else None,
            invoice=invoice,
        )

    @property
    def cell(self) -> str | None:
        """The address: `Invoices!F12`, `Invoices!12` for a row, `Invoices!F` for a column."""
        if self.sheet is None:
            return None
        place = f"{self.letter or ''}{self.row or ''}"
        return f"{self.sheet}!{place}" if place else self.sheet

    @property
    def is_error(self) -> bool:
        """Whether the fault keeps its invoice from being posted."""
        return self.severity is Severity.ERROR

    def as_json(self) -> Json:
        """Give the fault as `--json` prints it."""
        return {
            "invoice": self.invoice,
            "sheet": self.sheet,
            "row": self.row,
            "column": self.column,
            "cell": self.cell,
            "code": self.code,
            "severity": self.severity.value,
            "message": self.message,
            "remedy": self.remedy,
        }


Columns = Mapping[str, Mapping[str, tuple[str, str]]]
"""For each sheet of the workbook (its own title): JSON path below the part → (letter, header)."""


class Part(NamedTuple):
    """A run of rows of one sheet that became one JSON object or list.

    `path` is where: `/details/details/lineItems` with `many`, `/details/header/billingAddress`
    without; the invoice's own row has the path "". `base` goes before the rest of a path when the
    column is looked up: it tells the extra fields of one row apart (`extraFields/Project`).
    `shared` rows are named by a code, so that any number of invoices may have them.
    """

    path: str
    sheet: str
    rows: tuple[int, ...]
    many: bool
    base: str = ""
    shared: bool = False


@dataclass(frozen=True, slots=True)
class Origins:
    """Where each value of a payload came from: JSON path → cell, worked out when asked.

    Kept as rows and columns rather than as a table of cells, so that a hundred thousand payloads
    cost nothing and the ledger can store them (`Part` for each invoice, `Columns` for each run).
    """

    parts: tuple[Part, ...]
    columns: Columns

    def find(self, path: str) -> Cell | None:
        """Give the cell of a JSON path, or of the nearest thing around it that has a row.

        `/details/details/lineItems/2/unitPrice/value` → `Line Items!E14`. A path that no column
        fills gives its row's first known column (the invoice number).
        """
        best: tuple[int, Part, int, str] | None = None
        for part in self.parts:
            if not (path == part.path or path.startswith(part.path + "/") or not part.path):
                continue
            rest = path[len(part.path) :].lstrip("/")
            index = 0
            if part.many:
                head, _, rest = rest.partition("/")
                index = int(head) if head.isdigit() else 0
            if index < len(part.rows) and (best is None or len(part.path) > best[0]):
                best = (len(part.path), part, index, rest)
        if best is None:
            return None
        _, part, index, rest = best
        return self._cell(part, part.rows[index], rest)

    def _cell(self, part: Part, row: int, rest: str) -> Cell | None:
        known = self.columns.get(part.sheet, {})
        steps = [step for step in (*part.base.split("/"), *rest.split("/")) if step] or [""]
        while steps:
            hit = known.get("/".join(steps))
            if hit:
                return Cell(part.sheet, row, hit[0], hit[1])
            below = next((v for k, v in known.items() if k.startswith("/".join(steps) + "/")), None)
            if below and steps[0]:
                return Cell(part.sheet, row, below[0], below[1])
            steps.pop()
        first = next(iter(known.values()), None)
        return Cell(part.sheet, row, first[0], first[1]) if first else None

    def rows(self) -> dict[str, list[int]]:
        """Give the Excel rows of the invoice by the sheet's title."""
        found: dict[str, list[int]] = {}
        for part in self.parts:
            found.setdefault(part.sheet, []).extend(part.rows)
        return found


@dataclass(frozen=True, slots=True)
class Payload:
    """One invoice as the API takes it, with the cells it came from. `number` may be ""."""

    number: str
    body: Json
    origins: Origins

    @property
    def fingerprint(self) -> str:
        """SHA-256 (hex) of the body's canonical JSON: keys sorted, no blanks, UTF-8."""
        return fingerprint(self.body)


def canonical(body: Json) -> bytes:
    """Give the body's canonical JSON: keys sorted, no blanks, UTF-8."""
    import orjson

    return orjson.dumps(body, option=orjson.OPT_SORT_KEYS)


def fingerprint(body: Json) -> str:
    """Give SHA-256 (hex) of the body's canonical JSON."""
    return hashlib.sha256(canonical(body)).hexdigest()


@dataclass(frozen=True, slots=True)
class Verdict:
    """A payload and its faults."""

    payload: Payload
    faults: tuple[Fault, ...] = ()

    @property
    def valid(self) -> bool:
        """Whether no fault is an error."""
        return not any(fault.is_error for fault in self.faults)


@dataclass(frozen=True, slots=True)
class Store:
    """One B2B Edition store, without its token. `hash` is what tells stores apart.

    `share` (0 to 1) of its budget is ours, and `between` (`20:00-06:00`, in its time zone) is when
    it may be posted to; None: all of it, at any time.
    """

    name: str
    hash: str
    base_url: str = "https://api-b2b.bigcommerce.com/api/v3/io"
    time_zone: str = "UTC"
    share: float | None = None
    between: str | None = None

    @property
    def known_time_zone(self) -> str | None:
        """Its time zone; None for UTC, which it also has as long as nobody has set one."""
        return None if self.time_zone == "UTC" else self.time_zone


@dataclass(frozen=True)
class Counts:
    """How many invoices are in which state; `read` is always their sum."""

    by_state: Mapping[State, int] = field(default_factory=dict)
    valid: int = 0

    @cached_property
    def read(self) -> int:
        """All invoices that the workbook holds."""
        return sum(self.by_state.values())

    def __getitem__(self, state: State) -> int:
        return self.by_state.get(state, 0)

    def as_json(self) -> Json:
        """Give `read`, `valid` and one count for each state."""
        return {
            "read": self.read,
            "valid": self.valid,
            **{state.value: self[state] for state in State},
        }


@dataclass(frozen=True, slots=True)
class Total:
    """The money of some invoices in one currency: original balances, exact."""

    currency: str
    invoices: int
    amount: Decimal

    def as_json(self) -> Json:
        """Give the total with its amount as text, so that no digit is lost."""
        return {
            "currency": self.currency,
            "invoices": self.invoices,
            "amount": written(self.amount, self.currency),
        }


@dataclass(frozen=True, slots=True)
class Cause:
    """Faults that one mistake made: the same code in the same column of the same sheet."""

    code: str
    severity: Severity
    sheet: str | None
    column: str | None
    count: int
    cells: tuple[str, ...]
    message: str
    remedy: str

    def as_json(self) -> Json:
        """Give the cause as `--json` prints it."""
        return {
            "code": self.code,
            "severity": self.severity.value,
            "sheet": self.sheet,
            "column": self.column,
            "count": self.count,
            "cells": list(self.cells),
            "message": self.message,
            "remedy": self.remedy,
        }


def causes(
    faults: Iterable[Fault],
    shown: int = 5,
    cell_of: Callable[[Fault], str | None] = lambda fault: fault.cell,
) -> list[Cause]:
    """Group faults by what caused them, errors first, then the most frequent first.

    `shown` is how many cells each cause names, as `cell_of` gives them. The words are those of its
    first fault, led by its cell when the others have other words.
    """
    groups: dict[tuple[str, Severity, str | None, str | None], list[Fault]] = {}
    for fault in faults:
        key = (fault.code, fault.severity, fault.sheet, fault.column)
        groups.setdefault(key, []).append(fault)
    found = [
        Cause(
            code,
            severity,
            sheet,
            column,
            len(group),
            tuple(cell for _, cell in islice(_named(group, cell_of), shown)),
            _words(group, cell_of),
            group[0].remedy,
        )
        for (code, severity, sheet, column), group in groups.items()
    ]
    return sorted(found, key=lambda cause: (cause.severity is Severity.WARNING, -cause.count))


def _named(
    group: Sequence[Fault], cell_of: Callable[[Fault], str | None]
) -> Iterator[tuple[Fault, str]]:
    return ((fault, cell) for fault in group if (cell := cell_of(fault)))


def _words(group: Sequence[Fault], cell_of: Callable[[Fault], str | None]) -> str:
    first, cell = next(_named(group, cell_of), (group[0], ""))
    if not cell or all(fault.message == first.message for fault in group):
        return first.message
    return f"{cell.rpartition('!')[2]}: {first.message}"


@dataclass(frozen=True)
class Result:
    """What check, run, rerun and show give back; `--json` prints `as_json()`.

    `run` is the run's ID in the ledger, None for a dry run. `report` is the report's path if one
    was written; `report_trouble` says why one could not be, in one sentence. `stopped` says why
    posting ended early, in one sentence, if it did. `state` is the run's own (open, paused,
    cancelled, finished) and `control` its control totals, None for a dry run. `inferred` counts
    the created invoices that were only found in the store, after a request without an answer, and
    `in_doubt` the pending ones that the store may have although no answer said so.
    """

    workbook: str
    dry_run: bool
    invoices: Counts
    faults: Sequence[Fault]
    totals: Sequence[Total] = ()
    run: str | None = None
    parent: str | None = None
    store: str | None = None
    report: Path | None = None
    report_trouble: str | None = None
    stopped: str | None = None
    state: str | None = None
    control: Control | None = None
    inferred: int = 0
    in_doubt: int = 0

    @property
    def well(self) -> bool:
        """Whether every invoice was posted, now or before; in a dry run: is valid."""
        if self.dry_run:
            return self.invoices.valid == self.invoices.read and not any(
                fault.is_error for fault in self.faults
            )
        return all(state.well for state, count in self.invoices.by_state.items() if count) and (
            not any(fault.is_error for fault in self.faults)
        )

    @cached_property
    def causes(self) -> list[Cause]:
        """The faults grouped by what caused them."""
        return causes(self.faults)

    def as_json(self) -> Json:
        """Give the one object that `--json` prints."""
        return {
            "run": self.run,
            "parent": self.parent,
            "workbook": self.workbook,
            "store": self.store,
            "dry_run": self.dry_run,
            "invoices": self.invoices.as_json(),
            "totals": [total.as_json() for total in self.totals],
            "causes": [cause.as_json() for cause in self.causes],
            "faults": [fault.as_json() for fault in self.faults],
            "report": str(self.report) if self.report else None,
            "report_trouble": self.report_trouble,
            "stopped": self.stopped,
            "state": self.state,
            "control": self.control.as_json() if self.control else None,
            "inferred": self.inferred,
            "in_doubt": self.in_doubt,
        }


def walk(body: Json, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield each JSON path of a body with its plain value: `/originalBalance/code`, `USD`."""
    items: Iterable[tuple[Any, Any]] = body.items() if isinstance(body, dict) else enumerate(body)
    for key, value in items:
        if isinstance(value, dict | list):
            yield from walk(value, f"{path}/{key}")  # type: ignore[arg-type]
        else:
            yield f"{path}/{key}", value
