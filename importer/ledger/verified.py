"""Keeps what the store was found to hold when it was asked, and what follows for each invoice."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select, update

from importer.model import Fault, Json, State

from . import tables as t
from .attempts import UPDATE
from .database import Database
from .owners import NUMBER_TAKEN
from .records import Run, chunks, dump_sealed, fault_row

STORE_LACKS, STORE_DIFFERS = "store-lacks", "store-differs"
"""The codes of what is wrong."""

_THERE = (State.CREATED, State.UPDATED, State.SKIPPED, State.CONFLICT)
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Rechecked:
    """What an invoice at a position became when the store was asked about it after all.

    Pending: the store no longer has it, so that it is to be created, or `doing` is to be done.
    """

    position: int
    state: State
    message: str | None
    fault: Fault | None = None
    doing: str | None = None


def keep(db: Database, run: Run, found: Json, faults: Iterable[tuple[int, Fault]]) -> None:
    """Replace what was kept of a run before. `faults` come with their invoices' positions."""
    row = t.faults.c
    with db.writing() as connection:
        connection.execute(
            update(t.runs).where(t.runs.c.key == run.key).values(verified=dump_sealed(found))
        )
        connection.execute(
            delete(t.faults).where(row.run == run.key, row.code.in_([STORE_LACKS, STORE_DIFFERS]))
        )
        for chunk in chunks(faults, _CHUNK):
            rows = [
                fault_row(fault, run.key, t.invoice_id(run.key, position), posting=True)
                for position, fault in chunk
            ]
            connection.execute(insert(t.faults), rows)
            lacking = [
                t.invoice_id(run.key, at) for at, fault in chunk if fault.code == STORE_LACKS
            ]
            _lose(connection, run, lacking)


def recheck(db: Database, run: Run, found: Iterable[Rechecked]) -> None:
    """Write what became of invoices that had been settled by what the ledger knew."""
    with db.writing() as connection:
        for chunk in chunks(found, _CHUNK):
            ids = [t.invoice_id(run.key, one.position) for one in chunk]
            connection.execute(
                delete(t.faults).where(t.faults.c.invoice.in_(ids), t.faults.c.code == NUMBER_TAKEN)
            )
            to_create = [
                ident
                for ident, one in zip(ids, chunk, strict=True)
                if one.state is State.PENDING and one.doing != UPDATE
            ]
            _lose(connection, run, to_create)
            for ident, one in zip(ids, chunk, strict=True):
                _write(connection, run, ident, one)


def _write(connection: Connection, run: Run, ident: int, one: Rechecked) -> None:
    kept = {} if one.state is not State.PENDING or one.doing else {"store_invoice_id": None}
    connection.execute(
        update(t.invoices)
        .where(t.invoices.c.id == ident)
        .values(state=one.state.value, message=one.message, doing=one.doing, **kept)
    )
    if one.fault:
        connection.execute(insert(t.faults), [fault_row(one.fault, run.key, ident, posting=True)])


def _lose(connection: Connection, run: Run, ids: Sequence[int]) -> None:
    """Make invoices missing that the store has no more, whichever run created them.

    Their numbers are free again.
    """
    if not ids:
        return
    row, claim = t.invoices.c, t.claims.c
    gone = connection.execute(
        select(row.number, row.store_invoice_id).where(
            row.id.in_(ids), row.store_invoice_id.is_not(None)
        )
    ).all()
    lost = {(number, ident) for number, ident in gone}
    held = connection.execute(
        select(claim.number, claim.store_invoice_id, claim.invoice).where(
            claim.store_hash == run.store_hash,
            claim.number.in_([number for number, _ in gone]),
            claim.owned.is_(True),
        )
    ).all()
    owners = [who for number, ident, who in held if (number, ident) in lost]
    connection.execute(
        update(t.invoices)
        .where(row.id.in_({*ids, *owners}), row.state.in_([state.value for state in _THERE]))
        .values(
            state=State.MISSING.value,
            message="The store no longer has this invoice; that was looked up.",
        )
    )
    connection.execute(
        delete(t.claims).where(
            claim.store_hash == run.store_hash, claim.invoice.in_(owners), claim.owned.is_(True)
        )
    )
