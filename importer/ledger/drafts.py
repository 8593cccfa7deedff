"""Writes new runs: drafted from verdicts or from a parent, then opened or discarded.

Verdicts are streamed in and written in short transactions, so that a big workbook being read does
not keep other processes from writing. A draft isn't listed and posts nothing until it is opened;
one that nobody opened is swept away later.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from importer.errors import LedgerError
from importer.model import Columns, Fault, Origins, State, Store, Verdict, canonical

from . import tables as t
from .attempts import UPDATE
from .damage import headline, verify
from .database import Database, insert_rows
from .owners import NUMBER_TAKEN, owners, standing, taken_fault
from .queries import by_id
from .records import (
    NewRun,
    OnExisting,
    Run,
    RunState,
    chunks,
    dump_parts,
    dump_sealed,
    fault_row,
    load_parts,
)
from .rows import fault_of

_CHUNK = 2000
_DRAFT_SECONDS = 24 * 3600.0
_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"  # no look-alikes


def draft(db: Database, new: NewRun, verdicts: Iterable[Verdict], now: float) -> str:
    """Write a draft run of verdicts, in their order. Gives its ID; raises LedgerError."""
    run = _begin(db, new, now)
    positions = count()
    for chunk in chunks(verdicts, _CHUNK):
        rows = [_Row.of_verdict(run.key, next(positions), verdict) for verdict in chunk]
        with db.writing() as connection:
            _write(connection, run, rows)
    return run.id


def derive(db: Database, parent: Run, states: Collection[State], now: float) -> str:
    """Write a draft that holds copies of a run's invoices in these states, with their warnings."""
    new = NewRun(
        store=Store(parent.store_name, parent.store_hash, parent.base_url, parent.time_zone),
        workbook=parent.workbook,
        source=parent.source,
        sha256=parent.sha256,
        parent=parent.id,
        columns=parent.columns,
        options=parent.options,
        on_existing=parent.on_existing,
    )
    run = _begin(db, new, now)
    positions = count()
    for copied in _copies(db, parent, states):
        rows = [row.moved(run.key, next(positions)) for row in copied]
        with db.writing() as connection:
            _write(connection, run, rows)
    return run.id


def confirm(db: Database, run_id: str) -> None:
    """Turn a draft into an open run. Raises LedgerError when there is no such draft."""
    with db.writing() as connection:
        done = connection.execute(
            update(t.runs)
            .where(t.runs.c.id == run_id, t.runs.c.state == RunState.DRAFT)
            .values(state=RunState.OPEN.value)
        )
        if done.rowcount != 1:
            raise LedgerError(f"There is no draft {run_id} to open.", "Start the run again.")


def discard(db: Database, run_id: str) -> None:
    """Delete a draft with all that it holds; nothing happens when there is no such draft."""
    with db.writing() as connection:
        _delete_drafts(connection, t.runs.c.id == run_id)


@dataclass(frozen=True, slots=True)
class _Target:
    """The draft that rows are written into."""

    id: str
    key: int
    store_hash: str
    columns: Columns
    on_existing: OnExisting


def _begin(db: Database, new: NewRun, now: float) -> _Target:
    with db.writing() as connection:
        _delete_drafts(connection, t.runs.c.created_at < now - _DRAFT_SECONDS)
        run_id = _new_id(connection, now)
        connection.execute(
            insert(t.runs).values(
                id=run_id,
                parent=new.parent,
                state=RunState.DRAFT.value,
                created_at=now,
                store_name=new.store.name,
                store_hash=new.store.hash,
                base_url=new.store.base_url,
                time_zone=new.store.time_zone,
                workbook=new.workbook,
                source=str(new.source) if new.source else None,
                sha256=new.sha256,
                columns=dump_sealed(new.columns),
                options=dump_sealed(new.options),
                on_existing=new.on_existing.value,
            )
        )
        key = connection.execute(select(t.runs.c.key).where(t.runs.c.id == run_id)).scalar_one()
        if new.faults:
            connection.execute(
                insert(t.faults),
                [fault_row(fault, key, None, posting=False) for fault in new.faults],
            )
    return _Target(run_id, key, new.store.hash, new.columns, new.on_existing)


def _new_id(connection: Connection, now: float) -> str:
    stamp = datetime.fromtimestamp(now, UTC).strftime("%Y%m%d-%H%M")
    while True:
        run_id = f"{stamp}-{''.join(secrets.choice(_LETTERS) for _ in range(4))}"
        taken = connection.execute(select(t.runs.c.key).where(t.runs.c.id == run_id)).first()
        if taken is None:
            return run_id


_UNTOUCHED: dict[str, Any] = {
    "due": 0.0,
    "tries": 0,
    "strikes": 0,
    "maybe_sent": False,
    "settled_at": 0.0,
    "store_invoice_id": None,
    "message": None,
    "doing": None,
    "inferred": False,
    "heard": None,
    "looks": 0,
}


class _Row:
    """One invoice on its way into the ledger."""

    __slots__ = ("faults", "invoice", "payload")

    def __init__(
        self, invoice: dict[str, Any], payload: dict[str, Any], faults: Sequence[Fault]
    ) -> None:
        self.invoice = invoice
        self.payload = payload
        self.faults = list(faults)

    @classmethod
    def of_verdict(cls, run: int, position: int, verdict: Verdict) -> _Row:
        payload = verdict.payload
        body = canonical(payload.body)
        ident = t.invoice_id(run, position)
        invoice = {
            "id": ident,
            "run": run,
            "position": position,
            "number": payload.number,
            "state": (State.PENDING if verdict.valid else State.INVALID).value,
            "fingerprint": hashlib.sha256(body).hexdigest(),
            **_UNTOUCHED,
            **headline(payload.body),
        }
        parts = dump_parts(payload.origins.parts)
        row = {"invoice": ident, "body": body.decode(), "parts": parts}
        return cls(invoice, row, verdict.faults)

    def moved(self, run: int, position: int) -> _Row:
        """Give the same invoice as a pending one of another run; that it may be sent stays."""
        ident = t.invoice_id(run, position)
        fresh = {"id": ident, "run": run, "position": position, "state": State.PENDING.value}
        if self.invoice["maybe_sent"] and self.invoice["doing"] is None:
            doubt = {name: self.invoice[name] for name in ("maybe_sent", "settled_at")}
        else:
            doubt = {}
        return _Row(
            self.invoice | fresh | _UNTOUCHED | doubt,
            self.payload | {"invoice": ident},
            self.faults,
        )


_COPIED = ("number", "fingerprint", "currency", "amount", "company")
_DOUBT = ("maybe_sent", "settled_at", "doing")


def _copies(db: Database, parent: Run, states: Collection[State]) -> Iterator[list[_Row]]:
    question = (
        select(t.invoices, t.payloads.c.body, t.payloads.c.parts)
        .join(t.payloads, t.payloads.c.invoice == t.invoices.c.id)
        .where(t.invoices.c.state.in_([state.value for state in states]))
    )
    for found in chunks(by_id(db, parent.key, question), _CHUNK):
        rows = [_copy_of(row, parent) for row in found]
        by_invoice = {row.invoice["id"]: row for row in rows}
        with db.reading() as connection:
            warnings = connection.execute(
                select(t.faults).where(
                    t.faults.c.invoice.between(min(by_invoice), max(by_invoice)),
                    t.faults.c.severity == "warning",
                    t.faults.c.posting.is_(False),
                )
            ).mappings()
            for fault in warnings:
                if fault["invoice"] in by_invoice:
                    by_invoice[fault["invoice"]].faults.append(fault_of(fault))
        yield rows


def _copy_of(row: Mapping[Any, Any], parent: Run) -> _Row:
    verify(row, parent.id)
    kept = {name: row[name] for name in ("id", *_COPIED, *_DOUBT)}
    return _Row(kept, {"body": row["body"], "parts": row["parts"]}, [])


def _write(connection: Connection, run: _Target, rows: Sequence[_Row]) -> None:
    _mark_known(connection, run, rows)
    insert_rows(connection, t.invoices, [row.invoice for row in rows])
    insert_rows(connection, t.payloads, [row.payload for row in rows])
    faults = [
        fault_row(fault, run.key, row.invoice["id"], posting=fault.code == NUMBER_TAKEN)
        for row in rows
        for fault in row.faults
    ]
    if faults:
        connection.execute(insert(t.faults), faults)


def _mark_known(connection: Connection, run: _Target, rows: Sequence[_Row]) -> None:
    """Settle the invoices whose number a run before has created, or mark them to be updated."""
    pending = [row for row in rows if row.invoice["state"] == State.PENDING]
    for chunk in chunks(pending, 500):
        owned = {
            owner["number"]: owner
            for owner in owners(connection, run.store_hash, [r.invoice["number"] for r in chunk])
        }
        for row in chunk:
            if row.invoice["number"] in owned:
                _settle_known(row, owned[row.invoice["number"]], run)


def _settle_known(row: _Row, owner: Mapping[str, Any], run: _Target) -> None:
    found = standing(owner, row.invoice["fingerprint"], run.on_existing)
    row.invoice["state"] = found.state.value
    row.invoice["doing"] = UPDATE if found.state is State.PENDING else None
    row.invoice["store_invoice_id"] = found.store_invoice_id
    row.invoice["message"] = found.message
    if found.state is State.CONFLICT:
        origins = Origins(load_parts(row.payload["parts"]), run.columns)
        row.faults.append(taken_fault(row.invoice["number"], origins, found.message))


def _delete_drafts(connection: Connection, which: Any) -> None:
    keys = select(t.runs.c.key).where(which, t.runs.c.state == RunState.DRAFT)
    found = list(connection.execute(keys).scalars())
    for key in found:
        first, last = t.invoice_id(key, 0), t.invoice_id(key + 1, 0) - 1
        connection.execute(delete(t.faults).where(t.faults.c.run == key))
        connection.execute(delete(t.payloads).where(t.payloads.c.invoice.between(first, last)))
        connection.execute(delete(t.invoices).where(t.invoices.c.run == key))
        connection.execute(delete(t.runs).where(t.runs.c.key == key))
