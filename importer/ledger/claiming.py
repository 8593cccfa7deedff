"""Whose an invoice number is: who holds its claim, and what passes it on or lets it go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, CursorResult, bindparam, select, update

from importer.model import State

from . import tables as t
from .attempts import MOST_LOOKS, UPDATE
from .damage import verify
from .workers import at_work

Row = Mapping[str, Any]

_row = t.invoices.c
_DISOWN = update(t.claims).where(t.claims.c.invoice == bindparam("the_id")).values(owned=False)
_TAKE_OVER_CLAIM = (
    update(t.claims)
    .where(
        t.claims.c.store_hash == bindparam("the_store"),
        t.claims.c.number == bindparam("the_number"),
        t.claims.c.invoice == bindparam("the_former"),
        t.claims.c.owned.is_(True),
    )
    .values(
        invoice=bindparam("new_invoice"),
        owned=False,
        fingerprint=bindparam("new_fingerprint"),
        former=bindparam("the_former"),
    )
)
_INHERIT = (
    update(t.claims)
    .where(
        t.claims.c.store_hash == bindparam("the_store"),
        t.claims.c.number == bindparam("the_number"),
        t.claims.c.invoice == bindparam("the_former"),
        t.claims.c.owned.is_(False),
    )
    .values(invoice=bindparam("new_invoice"), fingerprint=bindparam("new_fingerprint"))
)
_TO_DOUBT = (
    update(t.invoices)
    .where(_row.id == bindparam("the_id"), _row.state == State.PENDING.value)
    .values(
        state=State.UNKNOWN.value,
        maybe_sent=True,
        settled_at=bindparam("new_settled_at"),
        due=bindparam("new_due"),
        looks=0,
        message="An earlier request for this number got no proper answer.",
    )
)
_TO_UPDATE = (
    update(t.invoices)
    .where(_row.id == bindparam("the_id"))
    .values(doing=UPDATE, store_invoice_id=bindparam("new_store_id"))
)


def holders(sql: Connection, store_hash: str, rows: Sequence[Row]) -> dict[str, Row]:
    """Give the claims of these invoices' numbers, whoever has them, and where those stand."""
    found = sql.execute(
        select(t.claims, _row.state, _row.looks, _row.maybe_sent, _row.settled_at)
        .join(t.invoices, _row.id == t.claims.c.invoice)
        .where(
            t.claims.c.store_hash == store_hash,
            t.claims.c.number.in_([row["number"] for row in rows]),
        )
    )
    return {holder["number"]: holder for holder in dicts(found)}


def is_left(sql: Connection, holder: Row, now: float) -> bool:
    """Whether a number is claimed by an invoice that nobody is about to do anything with."""
    if holder["owned"] or holder["state"] == State.POSTING:
        return False
    if holder["state"] == State.PENDING:
        return not at_work(sql, holder["invoice"] // t.POSITIONS, now)
    return bool(holder["state"] != State.UNKNOWN or holder["looks"] >= MOST_LOOKS)


def inherit(sql: Connection, store_hash: str, row: Row, holder: Row, now: float) -> bool:
    """Take a number from an invoice that is left, with the doubt whether the store has it.

    In doubt it is unknown now, and looked up before anything is sent. Gives whether the number is
    ours and free of doubt.
    """
    taken = sql.execute(
        _INHERIT,
        {
            "the_store": store_hash,
            "the_number": row["number"],
            "the_former": holder["invoice"],
            "new_invoice": row["id"],
            "new_fingerprint": row["fingerprint"],
        },
    )
    if taken.rowcount != 1:
        return False
    if not holder["maybe_sent"]:
        return True
    values = {"the_id": row["id"], "new_settled_at": holder["settled_at"], "new_due": now}
    sql.execute(_TO_DOUBT, values)
    return False


def take_over(sql: Connection, store_hash: str, row: Row, holder: Row) -> Row | None:
    """Take a number from its owner, who gets it back when the update comes to nothing.

    None: somebody else was quicker.
    """
    ident = holder["store_invoice_id"]
    done = sql.execute(
        _TAKE_OVER_CLAIM,
        {
            "the_store": store_hash,
            "the_number": row["number"],
            "the_former": holder["invoice"],
            "new_invoice": row["id"],
            "new_fingerprint": row["fingerprint"],
        },
    )
    if done.rowcount != 1:
        return None
    sql.execute(_TO_UPDATE, {"the_id": row["id"], "new_store_id": ident})
    return dict(row) | {"doing": UPDATE, "store_invoice_id": ident}


def known_bodies(sql: Connection, rows: Sequence[Row]) -> dict[int, str]:
    """Give what the ledger last wrote to the store's invoices that are to be updated."""
    ids = [row["id"] for row in rows if row["doing"] == UPDATE]
    if not ids:
        return {}
    claim = t.claims.c
    found = sql.execute(
        select(claim.invoice.label("for_invoice"), t.invoices, t.payloads.c.body)
        .add_columns(t.runs.c.id.label("run_id"))
        .join(t.invoices, t.invoices.c.id == claim.former)
        .join(t.payloads, t.payloads.c.invoice == claim.former)
        .join(t.runs, t.runs.c.key == t.invoices.c.run)
        .where(claim.invoice.in_(ids))
    )
    known = dicts(found)
    for row in known:
        verify(row, row["run_id"])
    return {row["for_invoice"]: row["body"] for row in known}


def disown(sql: Connection, rows: Sequence[Row]) -> None:
    """Let nobody take it for granted any longer that these invoices are in the store."""
    sql.execute(_DISOWN, [{"the_id": row["id"]} for row in rows])


def dicts(found: CursorResult[Any]) -> list[Row]:
    """Give the rows of an answer as plain dictionaries."""
    return [dict(row) for row in found.mappings()]
