"""The first ledger: runs, invoices, attempts, faults, claims, workers, budgets."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make all tables."""
    _runs_and_invoices()
    _history()
    _shared()


def _runs_and_invoices() -> None:
    op.create_table(
        "runs",
        sa.Column("key", sa.Integer(), primary_key=True),
        sa.Column("id", sa.Text(), nullable=False, unique=True),
        sa.Column("parent", sa.Text()),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("stopped", sa.Text()),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.Column("store_name", sa.Text(), nullable=False),
        sa.Column("store_hash", sa.Text(), nullable=False),
        sa.Column("base_url", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("workbook", sa.Text(), nullable=False),
        sa.Column("source", sa.Text()),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("columns", sa.Text(), nullable=False),
        sa.Column("options", sa.Text(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "invoices",
        sa.Column("id", _Id, primary_key=True, autoincrement=False),
        sa.Column("run", sa.Integer(), sa.ForeignKey("runs.key"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("token", sa.Text()),
        sa.Column("worker", sa.Text()),
        sa.Column("due", sa.Float(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("strikes", sa.Integer(), nullable=False),
        sa.Column("maybe_sent", sa.Boolean(), nullable=False),
        sa.Column("settled_at", sa.Float(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount", sa.Text(), nullable=False),
        sa.Column("company", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("store_invoice_id", sa.Text()),
        sa.Column("message", sa.Text()),
    )
    op.create_index("invoices_by_state", "invoices", ["run", "state", "id"])
    op.create_table(
        "payloads",
        sa.Column(
            "invoice", _Id, sa.ForeignKey("invoices.id"), primary_key=True, autoincrement=False
        ),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("parts", sa.Text(), nullable=False),
    )


def _history() -> None:
    op.create_table(
        "attempts",
        sa.Column("id", _Id, primary_key=True),
        sa.Column("invoice", _Id, sa.ForeignKey("invoices.id"), nullable=False, index=True),
        sa.Column("token", sa.Text(), nullable=False, unique=True),
        sa.Column("worker", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("started_at", sa.Float(), nullable=False),
        sa.Column("ended_at", sa.Float()),
        sa.Column("status", sa.Integer()),
        sa.Column("code", sa.Text()),
        sa.Column("message", sa.Text()),
        sa.Column("request_id", sa.Text()),
        sa.Column("outcome", sa.Text()),
    )
    op.create_table(
        "faults",
        sa.Column("id", _Id, primary_key=True),
        sa.Column("run", sa.Integer(), sa.ForeignKey("runs.key"), nullable=False, index=True),
        sa.Column("invoice", _Id, sa.ForeignKey("invoices.id"), index=True),
        sa.Column("posting", sa.Boolean(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("remedy", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("sheet", sa.Text()),
        sa.Column("row", sa.Integer()),
        sa.Column("column", sa.Text()),
        sa.Column("letter", sa.Text()),
        sa.Column("number", sa.Text()),
    )


def _shared() -> None:
    op.create_table(
        "claims",
        sa.Column("store_hash", sa.Text(), primary_key=True),
        sa.Column("number", sa.Text(), primary_key=True),
        sa.Column("invoice", _Id, sa.ForeignKey("invoices.id"), nullable=False),
        sa.Column("owned", sa.Boolean(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("store_invoice_id", sa.Text()),
    )
    op.create_index("claims_by_invoice", "claims", ["invoice"])
    op.create_table(
        "workers",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("started", sa.Text(), nullable=False),
        sa.Column("lease_until", sa.Float(), nullable=False),
        sa.Column("gone", sa.Boolean(), nullable=False),
    )
    op.create_table(
        "budgets",
        sa.Column("store_hash", sa.Text(), primary_key=True),
        sa.Column("state", sa.Text(), nullable=False),
    )
