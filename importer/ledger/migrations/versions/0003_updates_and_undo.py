"""What is to be done with an invoice that exists: its run's wish, and updates and deletions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the columns; runs of before skip what exists."""
    op.add_column(
        "runs", sa.Column("on_existing", sa.Text(), nullable=False, server_default="skip")
    )
    op.add_column("invoices", sa.Column("doing", sa.Text()))
    op.add_column("claims", sa.Column("former", _Id))
