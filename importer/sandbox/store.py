"""The store's memory: invoices and the outbox in one SQLite file.

A second process may have the same file open; UNIQUE constraints hold between the two. Everything
is committed before a method returns.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

from .seed import COMPANY_BY_ID, Order

DAYS_UNTIL_DUE = 30
BUSY_SECONDS = 30

_SCHEMA = """
CREATE TABLE IF NOT EXISTS invoices (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    number TEXT NOT NULL UNIQUE,
    order_number TEXT UNIQUE,
    customer_id TEXT NOT NULL,
    status INTEGER NOT NULL,
    created_at REAL NOT NULL,
    updated_at REAL NOT NULL,
    request_id TEXT NOT NULL,
    body TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS emails (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    invoice_id INTEGER NOT NULL,
    invoice_number TEXT NOT NULL,
    recipient TEXT NOT NULL,
    subject TEXT NOT NULL,
    sent_at REAL NOT NULL
);
"""
_COLUMNS = "id, number, status, created_at, updated_at, request_id, body"


class Taken(Exception):
    """Another invoice has this invoice number or this order number already."""


@dataclass(frozen=True, slots=True)
class Invoice:
    """One stored invoice; `body` as posted, with defaults, and balances as four-decimal text."""

    id: int
    number: str
    status: int
    created_at: float
    updated_at: float
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

    def __init__(self, data: Path) -> None:
        data.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(
            data, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.executescript(_SCHEMA)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def create(self, sent: dict[str, Any], now: float, request_id: str) -> int:
        """Keep a new invoice, put its e-mail in the outbox, return its ID. Raises Taken."""
        body = _settled(_with_defaults(sent, now))
        with self._writing():
            return self._insert(body, now, request_id)

    def create_from_order(self, order: Order, now: float, request_id: str) -> Invoice:
        """Keep the invoice of an order, under a number of the store's own. Raises Taken."""
        with self._writing():
            number = self._free_number()
            body = _settled(_with_defaults(_from_order(order, number), now))
            made = self._insert(body, now, request_id)
        found = self.get(made)
        assert found is not None
        return found

    def change(self, invoice_id: int, sent: dict[str, Any], now: float) -> bool:
        """Replace the top-level fields that were sent; False when there is no such invoice.

        Raises Taken.
        """
        with self._writing():
            found = self.get(invoice_id)
            if found is None:
                return False
            body = _settled({**found.body, **sent})
            self._db.execute(
                "UPDATE invoices SET number = ?, order_number = ?, customer_id = ?, status = ?,"
                " updated_at = ?, body = ? WHERE id = ?",
                (*_keys(body), now, _text(body), invoice_id),
            )
        return True

    def delete(self, invoice_id: int) -> bool:
        """Forget an invoice; False when there is no such invoice."""
        cursor = self._db.execute("DELETE FROM invoices WHERE id = ?", (invoice_id,))
        return cursor.rowcount == 1

    def get(self, invoice_id: int) -> Invoice | None:
        """Return the invoice of this ID."""
        found = self.select(Selection("id = ?", (invoice_id,), limit=1))
        return found[0] if found else None

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
            what = "order" if "order_number" in str(error) else "invoice"
            raise Taken(f"The {what} number already exists.") from error
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def _insert(self, body: dict[str, Any], now: float, request_id: str) -> int:
        cursor = self._db.execute(
            "INSERT INTO invoices (number, order_number, customer_id, status, created_at,"
            " updated_at, request_id, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (*_keys(body), now, now, request_id, _text(body)),
        )
        made = cursor.lastrowid
        assert made is not None
        self._db.execute(
            "INSERT INTO emails (invoice_id, invoice_number, recipient, subject, sent_at)"
            " VALUES (?, ?, ?, ?, ?)",
            (made, body["invoiceNumber"], *_letter(body), now),
        )
        return made

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


def four_decimals(value: float | str) -> str:
    """Write a balance as the store does: `349.5` becomes `349.5000`."""
    return str(Decimal(str(value)).quantize(Decimal("0.0001"), ROUND_HALF_UP))


def _invoice(row: tuple[Any, ...]) -> Invoice:
    columns = (*row[:-1], json.loads(row[-1]))
    return Invoice(*columns)


def _with_defaults(sent: dict[str, Any], now: float) -> dict[str, Any]:
    defaults = {
        "type": "Invoice",
        "status": 0,
        "source": 0,
        "channelId": 1,
        "issuedAt": int(now),
        "dueDate": int(now) + DAYS_UNTIL_DUE * 86_400,
    }
    return {**defaults, **sent}


def _settled(body: dict[str, Any]) -> dict[str, Any]:
    """Balances as four-decimal text, and paid when nothing is open any more."""
    settled = dict(body)
    for name in ("originalBalance", "openBalance"):
        balance = body[name]
        settled[name] = {"code": balance["code"], "value": four_decimals(balance["value"])}
    if Decimal(settled["openBalance"]["value"]) <= 0:
        settled["status"] = 2
    return settled


def _keys(body: dict[str, Any]) -> tuple[str, str | None, str, int]:
    order = body.get("orderNumber") or None
    return body["invoiceNumber"], order, body["customerId"], body["status"]


def _text(body: dict[str, Any]) -> str:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def _letter(body: dict[str, Any]) -> tuple[str, str]:
    company = COMPANY_BY_ID[body["customerId"]]
    return company.buyer_email, f"New invoice {body['invoiceNumber']}"


def _from_order(order: Order, number: str) -> dict[str, Any]:
    money = {"code": order.currency}
    lines = [
        {
            "sku": line.sku,
            "description": line.description,
            "quantity": str(line.quantity),
            "unitPrice": {**money, "value": line.unit_price},
        }
        for line in order.lines
    ]
    subtotal = {"description": "Subtotal", "amount": {**money, "value": order.total}}
    return {
        "invoiceNumber": number,
        "customerId": order.company_id,
        "orderNumber": order.id,
        "purchaseOrderNumber": order.po_number,
        "originalBalance": {**money, "value": order.total},
        "openBalance": {**money, "value": order.total},
        "details": {"header": {"costLines": [subtotal]}, "details": {"lineItems": lines}},
    }
