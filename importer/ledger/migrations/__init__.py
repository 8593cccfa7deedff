"""Brings a ledger of any age to the newest tables, with Alembic, configured here in code."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection

from importer.errors import LedgerError


def upgrade(connection: Connection, newest: str, place: str) -> None:
    """Run the missing migrations inside the caller's transaction.

    Raises LedgerError when the ledger was written by a newer version of the program.
    """
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, newest)
    except CommandError as problem:
        raise LedgerError(
            f"The ledger {place} was written by a newer version of this program.",
            "Install the newest version, then run it again.",
        ) from problem
