"""Whose an invoice number is: who holds its claim, and what passes it on or lets it go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, CursorResult, bindparam, select, update

from . import tables as t
from .attempts import UPDATE
from .damage import verify

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
_TO_UPDATE = (
    update(t.invoices)
    .where(_row.id == bindparam("the_id"))
    .values(doing=UPDATE, store_invoice_id=bindparam("new_store_id"))
)


def holders(sql: Connection, store_hash: str, rows: Sequence[Row]) -> dict[str, Row]:
    """Give the claims of these invoices' numbers, whoever has them."""
    found = sql.execute(
        select(t.claims).where(
            t.claims.c.store_hash == store_hash,
            t.claims.c.number.in_([row["number"] for row in rows]),
        )
    )
    return {holder["number"]: holder for holder in dicts(found)}


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
