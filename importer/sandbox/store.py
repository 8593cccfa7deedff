"""The store's memory: invoices and the outbox in one SQLite file.

A second process may have the same file open; what is unique is so for both. Everything is committed
before a method returns.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

from . import schema
from .contents import Body, changed, folded, from_order, letter, paid, settled, with_defaults
from .options import Settings
from .seed import Order

BUSY_SECONDS = 30
_COLUMNS = "id, number, status, created_at, updated_at, posted_at, pending, request_id, body"


class Taken(Exception):
    """Another invoice has this invoice number already, or this order's invoice is there."""

    def __init__(self, what: Literal["invoice", "order"]) -> None:
        super().__init__(what)
        self.what = what


@dataclass(frozen=True, slots=True)
class Invoice:
    """One stored invoice; `body` as posted, with defaults, and balances as four-decimal text.

    `created_at` and `updated_at` are what the API shows, `posted_at` is when the invoice really
    came, all in Unix seconds; `pending` is 1 while a payment is under way.
    """

    id: int
    number: str
    status: int
    created_at: float
    updated_at: float
    posted_at: float
    pending: int
    request_id: str
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Email:
    """A message that a real store would have sent to a buyer. `sent_at` in Unix seconds."""

    id: int
    invoice_id: int
    invoice_number: str
    recipient: str
    subject: str
    sent_at: float


@dataclass(frozen=True, slots=True)
class Selection:
    """Which invoices, in which order: SQL of our own making, with the client's words as values."""

    where: str = "1"
    values: Sequence[object] = ()
    order: str = "id DESC"
    limit: int = -1
    offset: int = 0


class Store:
    """The invoices and the outbox. To be used from one thread at a time.

    Raises OSError or sqlite3.Error when the file can't be opened or is no SQLite file.
    """

    def __init__(self, data: Path, settings: Settings | None = None) -> None:
        data.parent.mkdir(parents=True, exist_ok=True)
        self._settings = settings or Settings()
        self._db = sqlite3.connect(
            data, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        try:
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=NORMAL")
            schema.prepare(self._db)
        except BaseException:
            self._db.close()
            raise

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def create(self, sent: Body, now: float, request_id: str) -> int:
        """Keep a new invoice, put its e-mail in the outbox, return its ID. Raises Taken."""
        with self._writing():
            return self._insert(settled(with_defaults(sent, now)), now, request_id)

    def create_from_order(self, order: Order, now: float, request_id: str) -> Invoice:
        """Keep the invoice of an order, under a number of the store's own. Raises Taken."""
        with self._writing():
            number = self._free_number()
            body = settled(with_defaults(from_order(order, number), now))
            made = self._insert(body, now, request_id)
        found = self.get(made)
        assert found is not None
        return found

    def change(self, invoice_id: int, sent: Body, now: float) -> bool:
        """Replace the top-level fields that were sent; False when there is no such invoice.

        Raises Taken.
        """
        with self._writing():
            found = self.get(invoice_id)
            if found is None:
                return False
            created = sent.get("createdAt", found.created_at)
            self._update(replace(found, body=changed(found.body, sent), created_at=created), now)
        return True

    def pay(self, number: str, amount: Decimal, now: float) -> bool:
        """Take a buyer's payment; False when there is no such invoice."""
        with self._writing():
            found = self.find(number)
            if found is None:
                return False
            self._update(replace(found, body=paid(found.body, amount)), now)
        return True

    def alter(self, number: str, fields: Mapping[str, Any], now: float) -> bool:
        """Set fields as GET names them, whatever PUT takes; False when there is no such invoice.

        Raises Taken.
        """
        with self._writing():
            found = self.find(number)
            if found is None:
                return False
            kept = {k: v for k, v in fields.items() if k not in ("isPendingPayment", "createdAt")}
            body = settled({**found.body, **kept})
            pending = fields.get("isPendingPayment", found.pending)
            created = float(fields.get("createdAt", found.created_at))
            self._update(replace(found, body=body, pending=pending, created_at=created), now)
        return True

    def delete(self, invoice_id: int) -> bool:
        """Forget an invoice; False when there is no such invoice."""
        cursor = self._db.execute("DELETE FROM invoices WHERE id = ?", (invoice_id,))
        return cursor.rowcount == 1

    def get(self, invoice_id: int) -> Invoice | None:
        """Return the invoice of this ID."""
        found = self.select(Selection("id = ?", (invoice_id,), limit=1))
        return found[0] if found else None

    def find(self, number: str) -> Invoice | None:
        """Return the invoice of exactly this number."""
        found = self.select(Selection("number = ?", (number,), limit=1))
        return found[0] if found else None

    def listed(self) -> tuple[str, list[object]]:
        """Return the condition of being in lists already: new invoices are in none for a while."""
        lag = self._settings.list_lag
        if not lag:
            return "1", []
        now = time.monotonic()
        return "NOT (made_on <= ? AND made_on > ?)", [now, now - lag]

    def select(self, selection: Selection) -> list[Invoice]:
        """Return the invoices that fit, one page of them when a limit is given."""
        sql = (
            f"SELECT {_COLUMNS} FROM invoices WHERE {selection.where}"  # noqa: S608
            f" ORDER BY {selection.order} LIMIT ? OFFSET ?"
        )
        rows = self._db.execute(sql, (*selection.values, selection.limit, selection.offset))
        return [_invoice(row) for row in rows]

    def count(self, selection: Selection | None = None) -> int:
        """Return how many invoices fit, over all pages."""
        chosen = selection or Selection()
        sql = f"SELECT count(*) FROM invoices WHERE {chosen.where}"  # noqa: S608
        return self._number(sql, chosen.values)

    def email_about(self, invoice_id: int) -> Email | None:
        """Return the e-mail that announced this invoice."""
        rows = self._db.execute(
            "SELECT id, invoice_id, invoice_number, recipient, subject, sent_at FROM emails"
            " WHERE invoice_id = ?",
            (invoice_id,),
        )
        return next((Email(*row) for row in rows), None)

    def emails(self, newest: int = -1) -> list[Email]:
        """Return the outbox, newest first; all of it unless `newest` says how many."""
        rows = self._db.execute(
            "SELECT id, invoice_id, invoice_number, recipient, subject, sent_at FROM emails"
            " ORDER BY id DESC LIMIT ?",
            (newest,),
        )
        return [Email(*row) for row in rows]

    def email_count(self) -> int:
        """Return how many e-mails have left."""
        return self._number("SELECT count(*) FROM emails")

    def reset(self) -> None:
        """Forget all invoices and e-mails. IDs go on: none ever means two invoices."""
        with self._writing():
            self._db.execute("DELETE FROM invoices")
            self._db.execute("DELETE FROM emails")

    @contextmanager
    def _writing(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except sqlite3.IntegrityError as error:
            self._db.execute("ROLLBACK")
            raise Taken("order" if "order_number" in str(error) else "invoice") from error
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def _insert(self, body: Body, now: float, request_id: str) -> int:
        self._check_folded(body["invoiceNumber"])
        issued = body.get("issuedAt", now) if self._settings.issued_at_shows else now
        cursor = self._db.execute(
            "INSERT INTO invoices (number, folded, order_number, customer_id, status, created_at,"
            " updated_at, posted_at, made_on, request_id, body)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*_keys(body), int(issued), int(now), now, time.monotonic(), request_id, _text(body)),
        )
        made = cursor.lastrowid
        assert made is not None
        self._db.execute(
            "INSERT INTO emails (invoice_id, invoice_number, recipient, subject, sent_at)"
            " VALUES (?, ?, ?, ?, ?)",
            (made, body["invoiceNumber"], *letter(body), now),
        )
        return made

    def _update(self, invoice: Invoice, now: float) -> None:
        self._check_folded(invoice.body["invoiceNumber"], invoice.id)
        self._db.execute(
            "UPDATE invoices SET number = ?, folded = ?, order_number = ?, customer_id = ?,"
            " status = ?, created_at = ?, updated_at = ?, pending = ?, body = ? WHERE id = ?",
            (
                *_keys(invoice.body),
                int(invoice.created_at),
                int(now),
                invoice.pending,
                _text(invoice.body),
                invoice.id,
            ),
        )

    def _check_folded(self, number: str, but: int = -1) -> None:
        """Raise Taken when numbers are folded and another invoice's is the same then."""
        condition = "SELECT count(*) FROM invoices WHERE folded = ? AND id != ?"
        if self._settings.fold and self._number(condition, (folded(number), but)):
            raise Taken("invoice")

    def _free_number(self) -> str:
        last = self._number(
            "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name='invoices'"
        )
        number = last + 1
        while self._number("SELECT count(*) FROM invoices WHERE number = ?", (f"{number:08d}",)):
            number += 1
        return f"{number:08d}"

    def _number(self, sql: str, values: Sequence[object] = ()) -> int:
        return int(self._db.execute(sql, tuple(values)).fetchone()[0])


def _invoice(row: tuple[Any, ...]) -> Invoice:
    columns = (*row[:-1], json.loads(row[-1]))
    return Invoice(*columns)


def _keys(body: Body) -> tuple[str, str, str | None, str, int]:
    number, order = body["invoiceNumber"], body.get("orderNumber") or None
    return number, folded(number), order, body["customerId"], body["status"]


def _text(body: Body) -> str:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))
