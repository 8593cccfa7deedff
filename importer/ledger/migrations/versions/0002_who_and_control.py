"""Which run a worker is at, and what was read back from the store when a run was verified."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the columns; workers of before are at no run, and no run was verified."""
    op.add_column("workers", sa.Column("run", sa.Integer()))
    op.add_column("runs", sa.Column("verified", sa.Text()))
