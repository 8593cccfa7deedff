"""Cancels what a run hasn't posted, without calling cancelled what the store may hold."""

from __future__ import annotations

from sqlalchemy import Connection, select, update

from importer.model import State

from . import tables as t
from .database import Database
from .records import Run

_WORDS = (
    "The run was cancelled after a request for this invoice got no proper answer, so it isn't "
    "known whether the store holds it."
)


def cancel_pending(connection: Connection, db: Database, run: Run) -> None:
    """Cancel a run's pending invoices; those that an attempt may have created become unknown.

    Their numbers stay claimed until they are looked up, so that no other run posts them meanwhile.
    """
    row = t.invoices.c
    pending = (row.run == run.key, row.state == State.PENDING.value)
    doubtful = connection.execute(
        select(row.id, row.number, row.fingerprint).where(*pending, row.maybe_sent.is_(True))
    ).all()
    if doubtful:
        connection.execute(
            db.insert_new(t.claims),
            [
                {
                    "store_hash": run.store_hash,
                    "number": number,
                    "invoice": ident,
                    "owned": False,
                    "fingerprint": fingerprint,
                }
                for ident, number, fingerprint in doubtful
            ],
        )
        connection.execute(
            update(t.invoices)
            .where(*pending, row.maybe_sent.is_(True))
            .values(state=State.UNKNOWN.value, message=_WORDS)
        )
    connection.execute(update(t.invoices).where(*pending).values(state=State.CANCELLED.value))


def take_back(connection: Connection, run: Run) -> None:
    """Let what was cancelled with a run be pending again."""
    row = t.invoices.c
    connection.execute(
        update(t.invoices)
        .where(row.run == run.key, row.state == State.CANCELLED.value)
        .values(state=State.PENDING.value)
    )
