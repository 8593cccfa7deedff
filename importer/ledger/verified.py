"""Keeps what the store was found to hold when a run was verified, and what of it is wrong."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import delete, insert, update

from importer.model import Fault, Json

from . import tables as t
from .database import Database
from .records import Run, chunks, dump_sealed, fault_row

STORE_LACKS, STORE_DIFFERS = "store-lacks", "store-differs"
"""The codes of what is wrong."""


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
        for chunk in chunks(faults, 1000):
            rows = [
                fault_row(fault, run.key, t.invoice_id(run.key, position), posting=True)
                for position, fault in chunk
            ]
            connection.execute(insert(t.faults), rows)
