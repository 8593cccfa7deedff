"""What goes into the ledger and comes out of it, and the texts that it keeps of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple, NoReturn, TypeVar

from importer.model import Columns, Fault, Json, Origins, Part, State, Store

from .damage import UNREADABLE, damaged, sealed, unsealed

_T = TypeVar("_T")


class RunState(StrEnum):
    """The state of a whole run. A draft is not confirmed yet and not listed."""

    DRAFT = "draft"
    OPEN = "open"
    PAUSED = "paused"
    CANCELLED = "cancelled"
    FINISHED = "finished"


class OnExisting(StrEnum):
    """What a run does with an invoice that the store holds already with other content.

    SKIP: it is a conflict, and the same content is skipped. FAIL: so is the same content.
    UPDATE: the store's is changed to what the workbook says.
    """

    SKIP = "skip"
    FAIL = "fail"
    UPDATE = "update"


@dataclass(frozen=True)
class NewRun:
    """What a run is, before its invoices: `workbook` is the name that the user gave.

    `source` is our copy of the workbook, `sha256` (hex) its content's; `faults` belong to no
    invoice, such as lines without one. `options` is kept as it is.
    """

    store: Store
    workbook: str
    source: Path | None
    sha256: str
    parent: str | None = None
    columns: Columns = field(default_factory=dict)
    faults: Sequence[Fault] = ()
    options: Json = field(default_factory=dict)
    on_existing: OnExisting = OnExisting.SKIP


@dataclass(frozen=True)
class Run:
    """One run as the ledger knows it. `stopped` says why posting ended early, if it did.

    `verified` is what the store was found to hold, None when nobody has asked.
    """

    id: str
    parent: str | None
    store_name: str
    store_hash: str
    base_url: str
    time_zone: str
    workbook: str
    source: Path | None
    sha256: str
    columns: Columns
    options: Json
    created_at: datetime
    state: RunState
    stopped: str | None
    key: int
    verified: Json | None = None
    on_existing: OnExisting = OnExisting.SKIP


@dataclass(frozen=True)
class Entry:
    """One invoice of a run. `tries` counts the requests made to create it.

    `doing` is "update" or "delete" when the store's invoice is to be changed or was being deleted.
    `inferred`: it was found in the store with our content after a request without an answer, which
    the store never confirmed as ours.
    """

    id: int
    run_id: str
    position: int
    number: str
    state: State
    body: Json
    fingerprint: str
    origins: Origins
    currency: str
    amount: Decimal
    company: str
    store_invoice_id: str | None
    tries: int
    message: str | None
    doing: str | None = None
    inferred: bool = False


class Line(NamedTuple):
    """An invoice of a run without its content. `amount` is decimal text."""

    position: int
    number: str
    state: State
    currency: str
    company: str
    amount: str
    store_invoice_id: str | None
    message: str | None


class Outline(NamedTuple):
    """An invoice of a run and the rows that it was made from, without its content.

    `maybe_sent` says that the store may hold it although no answer said so. `tries` as in `Entry`.
    """

    position: int
    number: str
    state: State
    parts: tuple[Part, ...]
    store_invoice_id: str | None
    tries: int
    message: str | None
    maybe_sent: bool


@dataclass(frozen=True)
class Attempt:
    """One request for one invoice (`kind` post) or one look-up of it, with what was concluded.

    Moments are Unix seconds; `ended_at` is None while it is under way.
    """

    number: str
    kind: str
    worker: str
    started_at: float
    ended_at: float | None
    status: int | None
    code: str | None
    message: str | None
    request_id: str | None
    outcome: str | None


def chunks(values: Iterable[_T], size: int) -> Iterator[list[_T]]:
    """Give the values in lists of at most `size`, in their order."""
    rest = iter(values)
    while chunk := list(islice(rest, size)):
        yield chunk


def dump(value: Any) -> str:
    """Give JSON text without blanks."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)


def dump_parts(parts: Sequence[Part]) -> str:
    """Give an invoice's parts as JSON text with a checksum."""
    import orjson

    rows = [
        [part.path, part.sheet, part.rows, part.many, part.base, part.shared]
        if part.base or part.shared
        else [part.path, part.sheet, part.rows, part.many]
        for part in parts
    ]
    return sealed(orjson.dumps(rows).decode())


def load_parts(text: str) -> tuple[Part, ...]:
    """Read what `dump_parts` wrote. Raises LedgerDamaged."""
    try:
        found = tuple(
            Part(path, sheet, tuple(rows), many, *more)
            for path, sheet, rows, many, *more in json.loads(unsealed(text))
        )
        return found if found[0].rows else _no_rows()
    except UNREADABLE as problem:
        raise damaged("it doesn't say which rows an invoice was made from") from problem


def load_columns(text: str) -> Columns:
    """Read a run's columns. Raises LedgerDamaged."""
    try:
        return {
            sheet: {path: (cell[0], cell[1]) for path, cell in known.items()}
            for sheet, known in json.loads(unsealed(text)).items()
        }
    except UNREADABLE as problem:
        raise damaged("it doesn't say what the columns of a workbook are") from problem


def load(text: str) -> Any:
    """Read what `dump_sealed` wrote. Raises ValueError for anything else."""
    return json.loads(unsealed(text))


def dump_sealed(value: Any) -> str:
    """Give JSON text with a checksum."""
    return sealed(dump(value))


def load_budget(text: str | None) -> Json | None:
    """Read what pacing remembers of a store; None: nothing, or nothing that can be read."""
    try:
        found = load(text) if text else None
    except UNREADABLE:
        return None
    return found if isinstance(found, dict) else None


def fault_row(fault: Fault, run: int, invoice: int | None, *, posting: bool) -> dict[str, Any]:
    """Give the row of `faults` for a fault of a run, or of one of its invoices."""
    return {
        "run": run,
        "invoice": invoice,
        "posting": posting,
        "code": fault.code,
        "message": fault.message,
        "remedy": fault.remedy,
        "severity": fault.severity.value,
        "sheet": fault.sheet,
        "row": fault.row,
        "column": fault.column,
        "letter": fault.letter,
        "number": fault.invoice,
    }


def _no_rows() -> NoReturn:
    raise ValueError("no rows")
