"""Looks through the ledger before a run is posted, so that nothing is built on damaged ground.

What an invoice holds is compared with its fingerprint when it is begun. What no fingerprint covers
is looked at here: the file itself, the states and moments of the run's invoices, and whether those
who hold the store's invoice numbers still say the same.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, or_, select, text

from importer.model import State

from . import tables as t
from .damage import damaged
from .records import Run

WHOLE_FILE_BYTES = 200 * 2**20
"""Up to this size SQLite goes through the whole file: 0.4 s for 100,000 invoices (70 MB)."""

_FAR_SECONDS = 366 * 86_400.0
_MOST_STRIKES = 1000
_THERE = [State.CREATED.value, State.UPDATED.value]
_row, _claim = t.invoices.c, t.claims.c


def trust_file(connection: Connection) -> None:
    """Raise LedgerDamaged when nothing should be written into the ledger any more."""
    complaint = next(iter(complaints(connection, 1)), None)
    if complaint:
        raise damaged(f"SQLite says about its file: {complaint}")


def trust_run(connection: Connection, run: Run, now: float) -> None:
    """Raise LedgerDamaged when a run can't be posted for what the ledger says of it."""
    if odd := odd_invoices(connection, run.key, now):
        more = f" and {len(odd) - 1:,} more" if len(odd) > 1 else ""
        raise damaged(f"what it says about invoice {odd[0]}{more} of run {run.id} can't be right")
    mixed = connection.execute(contradictions(run.store_hash).limit(1)).first()
    if mixed:
        raise damaged(
            f"it contradicts itself about which run holds the invoice number {mixed.number}"
        )


def complaints(connection: Connection, most: int, *, whole: bool = False) -> list[str]:
    """Give what SQLite finds wrong with its file, at most so many; of other databases nothing.

    A file above WHOLE_FILE_BYTES is looked at only where it says who holds which number, unless
    `whole`.
    """
    if connection.dialect.name != "sqlite":
        return []
    pages = connection.execute(text("PRAGMA page_count")).scalar_one()
    size = pages * connection.execute(text("PRAGMA page_size")).scalar_one()
    what = most if whole or size <= WHOLE_FILE_BYTES else "claims"
    found = connection.execute(text(f"PRAGMA integrity_check({what})")).scalars()
    return [str(line) for line in found if line != "ok"][:most]


def contradictions(store_hash: str | None = None) -> Select[Any]:
    """Ask for the claims that can't be right, of a store or of all: number, run.

    A claim names its invoice, and that has the same number and content. Who created an invoice
    owns its number, and both know it by one ID.
    """
    owned = _claim.owned.is_(True)
    wrong = or_(
        _row.id.is_(None),
        _row.number != _claim.number,
        _row.fingerprint != _claim.fingerprint,
        and_(_claim.owned.is_(False), _row.state.in_(_THERE)),
        and_(owned, _row.store_invoice_id.is_distinct_from(_claim.store_invoice_id)),
    )
    question = (
        select(_claim.number, t.runs.c.id.label("run"))
        .select_from(t.claims)
        .outerjoin(t.invoices, _row.id == _claim.invoice)
        .outerjoin(t.runs, t.runs.c.key == _row.run)
        .where(wrong)
        .order_by(_claim.number)
    )
    return question if store_hash is None else question.where(_claim.store_hash == store_hash)


def odd_invoices(connection: Connection, run: int, now: float) -> list[str]:
    """Give those of a run (its key) that have no content, or that say what nobody has written."""
    sound = case((and_(*_sound(connection, now)), 1), else_=0)
    found = connection.execute(
        select(_row.number)
        .select_from(t.invoices)
        .outerjoin(t.payloads, t.payloads.c.invoice == _row.id)
        .where(_row.run == run, sound == 0)
        .order_by(_row.id)
    )
    return [str(number) for number in found.scalars()]


def _sound(connection: Connection, now: float) -> list[ColumnElement[bool]]:
    """Give what is so of every invoice that is as we wrote it."""
    latest = now + _FAR_SECONDS
    sound = [
        t.payloads.c.invoice.is_not(None),
        _row.id == _row.run * t.POSITIONS + _row.position,
        _row.state.in_([state.value for state in State]),
        _row.due.between(0, latest),
        _row.settled_at.between(0, latest),
        _row.strikes.between(0, _MOST_STRIKES),
    ]
    if connection.dialect.name == "sqlite":  # which takes a text for a number, and keeps it
        numbers = (_row.due, _row.settled_at, _row.strikes, _row.tries)
        sound += [func.typeof(column).in_(["integer", "real"]) for column in numbers]
    return sound
