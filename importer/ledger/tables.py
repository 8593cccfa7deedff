"""The ledger's tables. Portable SQL: the same on SQLite and PostgreSQL.

Moments are Unix seconds (float), amounts are text so that no digit is lost, JSON is text. An
invoice's ID is made of its run's key and its position (`invoice_id`), so that a hundred thousand
rows can be written without asking the database for IDs.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    false,
)

POSITIONS = 2**24

metadata = MetaData()
_Id = BigInteger().with_variant(Integer, "sqlite")

runs = Table(
    "runs",
    metadata,
    Column("key", Integer, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("parent", Text),
    Column("state", Text, nullable=False),
    Column("stopped", Text),
    Column("created_at", Float, nullable=False),
    Column("store_name", Text, nullable=False),
    Column("store_hash", Text, nullable=False),
    Column("base_url", Text, nullable=False),
    Column("time_zone", Text, nullable=False),
    Column("workbook", Text, nullable=False),
    Column("source", Text),
    Column("sha256", Text, nullable=False),
    Column("columns", Text, nullable=False),
    Column("options", Text, nullable=False),
    Column("verified", Text),  # JSON: what the store was found to hold, None: never asked
    Column("on_existing", Text, nullable=False, server_default="skip"),
    sqlite_autoincrement=True,
)

invoices = Table(
    "invoices",
    metadata,
    Column("id", _Id, primary_key=True, autoincrement=False),
    Column("run", Integer, ForeignKey("runs.key"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("number", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("token", Text),  # of the attempt under way; every write compares it
    Column("worker", Text),  # who makes that attempt
    Column("due", Float, nullable=False, default=0.0),  # not to be touched before
    Column("tries", Integer, nullable=False, default=0),  # requests to create it
    Column("strikes", Integer, nullable=False, default=0),  # of those, how many used up a try
    Column("maybe_sent", Boolean, nullable=False, default=False),  # an attempt may have created it
    Column("settled_at", Float, nullable=False, default=0.0),  # absent before proves nothing
    Column("currency", Text, nullable=False),
    Column("amount", Text, nullable=False),
    Column("company", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("store_invoice_id", Text),
    Column("message", Text),
    Column("doing", Text),  # "update" or "delete" what exists; None: create it
    Column("inferred", Boolean, nullable=False, server_default=false()),  # never confirmed
    Column("heard", Text),  # what the store said that isn't final
    Column("looks", Integer, nullable=False, server_default="0"),  # look-ups in vain
    Index("invoices_by_state", "run", "state", "id"),
)

payloads = Table(
    "payloads",
    metadata,
    Column("invoice", _Id, ForeignKey("invoices.id"), primary_key=True, autoincrement=False),
    Column("body", Text, nullable=False),
    Column("parts", Text, nullable=False),
)

attempts = Table(
    "attempts",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("invoice", _Id, ForeignKey("invoices.id"), nullable=False, index=True),
    Column("token", Text, nullable=False, unique=True),
    Column("worker", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("started_at", Float, nullable=False),
    Column("ended_at", Float),
    Column("status", Integer),
    Column("code", Text),
    Column("message", Text),
    Column("request_id", Text),
    Column("outcome", Text),
)

faults = Table(
    "faults",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("run", Integer, ForeignKey("runs.key"), nullable=False, index=True),
    Column("invoice", _Id, ForeignKey("invoices.id"), index=True),
    Column("posting", Boolean, nullable=False),  # replaced when posting settles the invoice anew
    Column("code", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("remedy", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("sheet", Text),
    Column("row", Integer),
    Column("column", Text),
    Column("letter", Text),
    Column("number", Text),
)

claims = Table(
    "claims",
    metadata,
    Column("store_hash", Text, primary_key=True),
    Column("number", Text, primary_key=True),
    Column("invoice", _Id, ForeignKey("invoices.id"), nullable=False),
    Column("owned", Boolean, nullable=False),  # created; otherwise being posted, or maybe sent
    Column("fingerprint", Text, nullable=False),
    Column("store_invoice_id", Text),
    Column("former", _Id),  # the owner that gets it back when an update comes to nothing
    Index("claims_by_invoice", "invoice"),
    Index("claims_by_store_id", "store_hash", "store_invoice_id"),
)

workers = Table(
    "workers",
    metadata,
    Column("id", Text, primary_key=True),
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("started", Text, nullable=False),
    Column("lease_until", Float, nullable=False),
    Column("gone", Boolean, nullable=False),  # ended, or its attempts were taken over
    Column("run", Integer),  # the key of the run that it is at
)

budgets = Table(
    "budgets",
    metadata,
    Column("store_hash", Text, primary_key=True),
    Column("state", Text, nullable=False),  # JSON: what pacing remembers
)


def invoice_id(run: int, position: int) -> int:
    """Give the ID of a run's invoice at a position (0 to 16,777,215)."""
    if not 0 <= position < POSITIONS:
        raise ValueError(f"a run holds at most {POSITIONS} invoices")
    return run * POSITIONS + position
