"""The connection to the ledger's database: opened safely, migrated when it is older than we are."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from operator import itemgetter
from pathlib import Path
from threading import Lock
from typing import Any

from sqlalchemy import (
    URL,
    Connection,
    Engine,
    Insert,
    Table,
    create_engine,
    event,
    exc,
    insert,
    inspect,
    text,
)
from sqlalchemy.engine import make_url
from sqlalchemy.pool import ConnectionPoolEntry

from importer.errors import LedgerDamaged, LedgerError

from .damage import REMEDY

NEWEST = "0004"
"""The newest migration; a test holds that Alembic agrees."""

_BUSY_SECONDS = 30
_MIGRATING = Lock()  # Alembic knows one connection at a time in the whole process


class Database:
    """One SQLAlchemy engine and the only two ways to use it: `reading` and `writing`."""

    def __init__(self, engine: Engine, place: str) -> None:
        self.engine = engine
        self.place = place
        self._inserts: dict[str, Insert] = {}

    @property
    def folder(self) -> Path | None:
        """The folder that the database's file is in, None when it isn't a file."""
        url = self.engine.url
        is_file = url.get_backend_name() == "sqlite" and url.database
        return Path(url.database).absolute().parent if is_file and url.database else None

    @classmethod
    def open(cls, target: str | Path) -> Database:
        """Open a SQLite file (made when missing) or an SQLAlchemy URL, migrated to the newest.

        Raises LedgerError when it can't be opened, isn't ours, or was written by a newer version.
        """
        if isinstance(target, Path) or "://" not in target:
            path = Path(target).expanduser()
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
            except OSError as problem:
                raise _trouble(str(path), problem) from problem
            # Not as text: "?", "#" and "%" in a path mean something else in an address.
            return cls._opened(URL.create("sqlite", database=str(path)), str(path))
        url = _address(target)
        return cls._opened(url, url.render_as_string(hide_password=True))

    @classmethod
    def _opened(cls, url: URL, place: str) -> Database:
        database = cls(_engine(url, place), place)
        try:
            database._migrate()
        except BaseException:
            database.close()
            raise
        return database

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection that sees one moment of the ledger."""
        with self._told(), self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a connection that may write; committed and synced to disk at the end, or undone.

        Raises LedgerError when the ledger can't be written: disk full, read-only, locked.
        """
        with (
            self._told(),
            self.engine.connect().execution_options(ledger_writes=True) as connection,
            connection.begin(),
        ):
            yield connection

    def insert_new(self, table: Table) -> Insert:
        """Give an INSERT that leaves a row alone which is already there."""
        if table.name not in self._inserts:
            self._inserts[table.name] = self._insert_new(table)
        return self._inserts[table.name]

    def _insert_new(self, table: Table) -> Insert:
        if self.engine.dialect.name == "postgresql":
            from sqlalchemy.dialects import postgresql

            return postgresql.insert(table).on_conflict_do_nothing()
        from sqlalchemy.dialects import sqlite

        return sqlite.insert(table).on_conflict_do_nothing()

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except _TROUBLE as problem:
            raise _trouble(self.place, problem) from problem

    def _migrate(self) -> None:
        if self._revision() == NEWEST:
            return
        from .migrations import upgrade

        with _MIGRATING, self.writing() as connection:
            upgrade(connection, NEWEST, self.place)

    def _revision(self) -> str | None:
        with self.reading() as connection:
            names = inspect(connection).get_table_names()
            if "alembic_version" in names:
                found = connection.execute(text("SELECT version_num FROM alembic_version"))
                return found.scalar()
            if names:
                raise LedgerError(
                    f"{self.place} is a database, but not a ledger of this program.",
                    "Point IMPORTER_HOME, or the ledger setting, to another place.",
                )
        return None


def insert_rows(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert many rows that have the same columns, none left to a default.

    The driver gets them as they are: SQLAlchemy's own way takes as long again for each row.
    """
    if not rows:
        return
    names = list(rows[0])
    statement = insert(table).compile(dialect=connection.dialect, column_keys=names)
    if statement.positional:
        pick = itemgetter(*(statement.positiontup or ()))
        connection.exec_driver_sql(statement.string, [pick(row) for row in rows])
    else:
        connection.exec_driver_sql(statement.string, [dict(row) for row in rows])


def _address(text: str) -> URL:
    try:
        return make_url(text)
    except (exc.ArgumentError, ValueError) as problem:
        raise LedgerError(
            "The ledger's address can't be understood.",  # not shown: it may hold a password
            "Give the path of a file, or an address such as postgresql://host/database.",
        ) from problem


def _engine(url: URL, place: str) -> Engine:
    try:
        engine = create_engine(url)
    except (exc.ArgumentError, exc.NoSuchModuleError, ImportError) as problem:
        raise LedgerError(
            f"The ledger's address {place} can't be used: {problem}.",
            "Give the path of a file, or an address such as postgresql://host/database.",
        ) from problem
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _record: ConnectionPoolEntry) -> None:
    """Every commit reaches the disk (FULL); readers and one writer don't wait for each other."""
    connection.isolation_level = None  # we say BEGIN ourselves, see _begin_sqlite
    try:
        connection.execute(f"PRAGMA busy_timeout = {_BUSY_SECONDS * 1000}")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA cell_size_check = ON")  # a damaged page is noticed when read
    except BaseException:
        connection.close()  # the pool knows only connections that were prepared
        raise


def _begin_sqlite(connection: Connection) -> None:
    """Take the write lock at once when the transaction will write: waiting later can't work."""
    writes = connection.get_execution_options().get("ledger_writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


_TROUBLE = (
    exc.DBAPIError,
    exc.TimeoutError,
    exc.NoResultFound,
    sqlite3.Error,
    UnicodeDecodeError,  # SQLite's own complaint quotes the damaged text
)

_DAMAGE = (
    "not a database",
    "malformed",
    "could not decode",
    "codec can't decode",
    "no such table",
    "no such column",
    "no row was found",
    "duplicate column",
    "already exists",
    "constraint failed",
)
"""What SQLite says of a file whose bytes were changed by somebody else."""


def _trouble(place: str, problem: Exception) -> LedgerError:
    cause = str(getattr(problem, "orig", None) or problem).strip()
    low = cause.lower()
    if "full" in low:
        words = "The disk that holds the ledger is full", "Free some space, then run it again."
    elif "locked" in low or "busy" in low:
        words = (
            "Another program has locked the ledger",
            "Close that program (a backup, a database viewer), then run it again.",
        )
    elif "readonly" in low or "read-only" in low or "permission" in low or "unable to open" in low:
        words = (
            "The ledger can't be opened for writing",
            "Check that you may write to that folder, or set IMPORTER_HOME to another.",
        )
    elif any(said in low for said in _DAMAGE):
        return LedgerDamaged(
            f"The ledger's file is damaged or not a ledger: {place} ({cause}).", REMEDY
        )
    else:
        words = "The ledger can't be used", "Check the disk and the folder, then run it again."
    return LedgerError(f"{words[0]}: {place} ({cause}).", words[1])
