"""The tables of the store's file, and how a file of an earlier version is brought up to them."""

from __future__ import annotations

import sqlite3

from .contents import folded

_TABLES = """
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
_ADDED = {
    "folded": "TEXT NOT NULL DEFAULT ''",
    "pending": "INTEGER NOT NULL DEFAULT 0",
    "posted_at": "REAL NOT NULL DEFAULT 0",
    "made_on": "REAL NOT NULL DEFAULT -1",
}
"""Columns that came later. `posted_at` is in Unix seconds, `made_on` in those of the machine's
monotonic clock, which all processes share; `created_at` is what the API shows as such."""


def prepare(db: sqlite3.Connection) -> None:
    """Make the tables, with every column, and the SQL function `folded`."""
    db.create_function("folded", 1, lambda text: folded(str(text or "")), deterministic=True)
    db.executescript(_TABLES)
    db.execute("BEGIN IMMEDIATE")
    there = {row[1] for row in db.execute("PRAGMA table_info(invoices)")}
    for name in _ADDED.keys() - there:
        db.execute(f"ALTER TABLE invoices ADD COLUMN {name} {_ADDED[name]}")
    if not _ADDED.keys() <= there:
        db.execute("UPDATE invoices SET folded = folded(number), posted_at = created_at")
    db.execute("CREATE INDEX IF NOT EXISTS by_folded ON invoices (folded)")
    db.execute("COMMIT")
