"""What the ledger says when an invoice number already belongs to an invoice that a run created."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, select

from importer.model import Fault, Origins, State

from . import tables as t
from .records import OnExisting

NUMBER_TAKEN = "number-taken"


@dataclass(frozen=True, slots=True)
class Standing:
    """What becomes of an invoice whose number is owned: skipped, conflict, or pending an update."""

    state: State
    store_invoice_id: str | None
    message: str


def owners(connection: Connection, store_hash: str, numbers: list[str]) -> list[Mapping[str, Any]]:
    """Give the claims of these numbers (at most about 500) that runs have created."""
    return [
        dict(row)
        for row in connection.execute(
            select(t.claims, t.runs.c.id.label("run_id"), t.runs.c.created_at.label("run_at"))
            .join(t.invoices, t.invoices.c.id == t.claims.c.invoice)
            .join(t.runs, t.runs.c.key == t.invoices.c.run)
            .where(
                t.claims.c.store_hash == store_hash,
                t.claims.c.number.in_(numbers),
                t.claims.c.owned.is_(True),
            )
        ).mappings()
    ]


def standing(
    owner: Mapping[str, Any], fingerprint: str, on_existing: OnExisting = OnExisting.SKIP
) -> Standing:
    """Judge an invoice against the owner of its number by what the ledger knows of them.

    Pending means that the store's invoice is to be updated.
    """
    ident = owner["store_invoice_id"]
    run_id = f"{owner['run_id']} of {_day(owner['run_at'])}"
    same = owner["fingerprint"] == fingerprint
    if same and on_existing is not OnExisting.FAIL:
        words = (
            f"Run {run_id} created it as the store's invoice {ident}, with the same content; the "
            "store itself was not asked (run --recheck does that)."
        )
        return Standing(State.SKIPPED, ident, words)
    if on_existing is OnExisting.UPDATE and ident:
        words = f"To be changed: run {run_id} created it as the store's invoice {ident}."
        return Standing(State.PENDING, ident, words)
    content = "with the same content" if same else "with different content"
    words = (
        f"Run {run_id} created this number before, {content}, as the store's invoice {ident}; "
        "the store itself was not asked."
    )
    return Standing(State.CONFLICT, ident, words)


def _day(moment: float) -> str:
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%d}"


def taken_fault(number: str, origins: Origins, message: str) -> Fault:
    """Give the fault of an invoice number that stands for another invoice already."""
    return Fault.at(
        origins.find("/invoiceNumber"),
        NUMBER_TAKEN,
        message,
        "If this is a different invoice, give it its own number. If it is the same one, delete "
        "the row, or change the store's invoice with --on-existing update.",
        invoice=number,
    )
