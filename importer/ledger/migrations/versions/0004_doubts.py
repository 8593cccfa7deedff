"""What is doubtful about an invoice: inferred, what the store said, and look-ups in vain."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the columns; nothing of before is in doubt, and no ID of the store was looked for."""
    for column in (
        sa.Column("inferred", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("heard", sa.Text()),
        sa.Column("looks", sa.Integer(), nullable=False, server_default="0"),
    ):
        op.add_column("invoices", column)
    op.create_index("claims_by_store_id", "claims", ["store_hash", "store_invoice_id"])
