"""Two invoices of ours that can't both be what the store says, found before it is written down.

A store, or something before it, may answer two requests with one ID, and answers may shift on a
connection so that each belongs to the request before. Then nobody knows which invoice is there:
both are looked up.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from importer.model import State

from . import tables as t
from .attempts import EXISTS, Conclusion, Settlement
from .records import RunState

_claim = t.claims.c
_HELD = select(_claim.invoice, _claim.store_invoice_id).where(
    _claim.store_hash == bindparam("the_store"),
    _claim.store_invoice_id.in_(bindparam("the_idents", expanding=True)),
    _claim.owned.is_(True),
)

SAME_ID = "same-id"
"""The outcome of an attempt that was answered with the ID of another invoice."""


def checked(
    connection: Connection, store_hash: str, done: Sequence[Conclusion], now: float
) -> list[Conclusion]:
    """Give the conclusions, those changed that claim what another invoice of ours has."""
    created = [one for one in done if one.to.state is State.CREATED and one.attempt.doing is None]
    if not created:
        return list(done)
    twice = _twice(connection, store_hash, created, now)
    lost = _lost(connection, store_hash, [one for one in created if one.to.inferred])
    found = []
    for one in done:
        invoice, ident = one.attempt.invoice, one.to.store_invoice_id
        if invoice in lost:
            found.append(replace(one, to=_skipped(one, lost[invoice])))
        elif one.to.state is State.CREATED and ident in twice and one.attempt.doing is None:
            found.append(replace(one, to=_doubtful(ident or "", now)))
        else:
            found.append(one)
    return found


def _twice(
    connection: Connection, store_hash: str, created: Sequence[Conclusion], now: float
) -> set[str]:
    """Give the store's IDs that two invoices have; who had one before is doubtful from now on."""
    times = Counter(one.to.store_invoice_id for one in created)
    ours = {one.attempt.invoice for one in created}
    asked = {"the_store": store_hash, "the_idents": [ident for ident in times if ident]}
    held = connection.execute(_HELD, asked).all()
    before = [(invoice, ident) for invoice, ident in held if invoice not in ours]
    for invoice, ident in before:
        _doubt(connection, invoice, ident, now)
    return {ident for _, ident in before} | {i for i, n in times.items() if i and n > 1}


def _doubt(connection: Connection, invoice: int, ident: str, now: float) -> None:
    """Make unknown again what was taken for created; it isn't posted again by itself."""
    row = t.invoices.c
    values: dict[str, Any] = {"state": State.UNKNOWN.value, "maybe_sent": True, "heard": EXISTS}
    values |= {"store_invoice_id": None, "due": now, "looks": 0, "message": _words(ident)}
    owned = [State.CREATED.value, State.UPDATED.value]
    connection.execute(
        update(t.invoices).where(row.id == invoice, row.state.in_(owned)).values(**values)
    )
    connection.execute(
        update(t.claims)
        .where(t.claims.c.invoice == invoice)
        .values(owned=False, store_invoice_id=None)
    )
    run = t.runs.c
    connection.execute(
        update(t.runs)
        .where(run.key == invoice // t.POSITIONS, run.state == RunState.FINISHED.value)
        .values(state=RunState.OPEN.value)
    )


def _doubtful(ident: str, now: float) -> Settlement:
    return Settlement(State.UNKNOWN, SAME_ID, _words(ident), maybe_sent=True, due=now)


def _words(ident: str) -> str:
    return f"The store gave its ID {ident} to two invoices."


def _lost(
    connection: Connection, store_hash: str, inferred: Sequence[Conclusion]
) -> dict[int, str]:
    """Give those of these invoices whose number another one has taken over: which run has it."""
    if not inferred:
        return {}
    claim, numbers = t.claims.c, {one.attempt.number: one.attempt.invoice for one in inferred}
    rows = connection.execute(
        select(claim.number, claim.invoice, t.runs.c.id)
        .join(t.invoices, t.invoices.c.id == claim.invoice)
        .join(t.runs, t.runs.c.key == t.invoices.c.run)
        .where(claim.store_hash == store_hash, claim.number.in_(list(numbers)))
    )
    return {numbers[number]: run for number, who, run in rows if who != numbers[number]}


def _skipped(one: Conclusion, run: str) -> Settlement:
    words = f"The store has it, as its invoice {one.to.store_invoice_id}; run {run} took it over."
    return Settlement(State.SKIPPED, "taken-over", words, store_invoice_id=one.to.store_invoice_id)
