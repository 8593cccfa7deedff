"""Reads the ledger: runs, counts, totals, faults, entries, attempts."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, Select, func, select

from importer.errors import NoSuchRun
from importer.model import Counts, Fault, Origins, State

from . import tables as t
from .attempts import UPDATE
from .damage import damaged
from .database import Database
from .records import Attempt, Entry, Line, Outline, Run, RunState, chunks, load_parts
from .rows import attempt_of, entry_of, fault_of, line_of, outline_of, run_of, state_of

_CHUNK = 500
_LEFT = [state.value for state in (State.PENDING, State.POSTING, State.UNKNOWN)]


def find_run(db: Database, part: str) -> Run:
    """Give the run with this ID, or with this unique beginning or end of one."""
    ids = t.runs.c.id
    with db.reading() as connection:
        rows = [
            dict(row)
            for row in connection.execute(
                select(t.runs).where(
                    (ids == part)
                    | ids.startswith(part, autoescape=True)
                    | ids.endswith(part, autoescape=True)
                )
            ).mappings()
        ]
    exact = [row for row in rows if row["id"] == part]
    listed = [row for row in rows if row["state"] != RunState.DRAFT]
    found = exact or (listed if part else [])
    if len(found) > 1:
        names = ", ".join(sorted(row["id"] for row in found)[:5])
        raise NoSuchRun(f"Several runs match {part!r}: {names}.", "Give more of the run's ID.")
    if not found:
        raise NoSuchRun(f"There is no run {part!r}.", "`importer runs` lists them all.")
    return run_of(found[0])


def list_runs(db: Database, limit: int) -> list[Run]:
    """Give the newest runs, newest first; drafts are left out."""
    with db.reading() as connection:
        rows = connection.execute(
            select(t.runs)
            .where(t.runs.c.state != RunState.DRAFT)
            .order_by(t.runs.c.created_at.desc(), t.runs.c.key.desc())
            .limit(limit)
        ).mappings()
        return [run_of(dict(row)) for row in rows]


def unfinished(db: Database, store_hash: str, sha256: str) -> list[Run]:
    """Give the runs of a workbook on a store that have something left to do, newest first."""
    row = t.invoices.c
    left = select(row.id).where(row.run == t.runs.c.key, row.state.in_(_LEFT)).exists()
    with db.reading() as connection:
        rows = connection.execute(
            select(t.runs)
            .where(
                t.runs.c.store_hash == store_hash,
                t.runs.c.sha256 == sha256,
                t.runs.c.state.in_([RunState.OPEN.value, RunState.PAUSED.value]),
                left,
            )
            .order_by(t.runs.c.key.desc())
        ).mappings()
        return [run_of(dict(row)) for row in rows]


def counts(db: Database, run: Run) -> Counts:
    """Count a run's invoices by state."""
    column = t.invoices.c.state
    with db.reading() as connection:
        rows = connection.execute(
            select(column, func.count()).where(t.invoices.c.run == run.key).group_by(column)
        ).all()
    by_state = {state_of(state, run.id): number for state, number in rows}
    return Counts(by_state, sum(by_state.values()) - by_state.get(State.INVALID, 0))


def faults(db: Database, run: Run) -> list[Fault]:
    """Give a run's faults: by sheet in the workbook's order, then by row."""
    with db.reading() as connection:
        rows = connection.execute(
            select(t.faults).where(t.faults.c.run == run.key).order_by(t.faults.c.id)
        ).mappings()
        found = [fault_of(dict(row)) for row in rows]
    sheets = {sheet: place for place, sheet in enumerate(run.columns)}

    def place(fault: Fault) -> tuple[int, int]:
        return (sheets.get(fault.sheet or "", len(sheets)), fault.row or 0)

    return sorted(found, key=place)


def entries(db: Database, run: Run, states: Collection[State] | None) -> Iterator[Entry]:
    """Yield a run's invoices by position, read in chunks; `states` None: all of them."""
    question = select(t.invoices, t.payloads.c.body, t.payloads.c.parts).join(
        t.payloads, t.payloads.c.invoice == t.invoices.c.id
    )
    if states is not None:
        question = question.where(t.invoices.c.state.in_([state.value for state in states]))
    for row in by_id(db, run.key, question):
        yield entry_of(row, run.id, run.columns)


def by_id(db: Database, run: int, question: Select[Any]) -> Iterator[RowMapping]:
    """Yield the invoices of a run (its key) that a question gives, by their IDs, in chunks.

    The run is named by its range of IDs alone: asked for by its key, the database would sort the
    whole run anew for each chunk. Raises LedgerDamaged when they come in another order.
    """
    row = t.invoices.c
    after, end = t.invoice_id(run, 0) - 1, t.invoice_id(run + 1, 0)
    question = question.where(row.id < end).order_by(row.id).limit(_CHUNK)
    while True:
        with db.reading() as connection:
            rows = connection.execute(question.where(row.id > after)).mappings().all()
        yield from rows
        if len(rows) < _CHUNK:
            return
        if rows[-1]["id"] <= after:
            raise damaged("its invoices aren't in their order")
        after = rows[-1]["id"]


def entries_at(db: Database, run: Run, positions: Collection[int]) -> list[Entry]:
    """Give some of a run's invoices, by position."""
    found: list[Entry] = []
    with db.reading() as connection:
        for chunk in chunks(sorted(positions), _CHUNK):
            ids = [t.invoice_id(run.key, position) for position in chunk]
            rows = connection.execute(
                select(t.invoices, t.payloads.c.body, t.payloads.c.parts)
                .join(t.payloads, t.payloads.c.invoice == t.invoices.c.id)
                .where(t.invoices.c.id.in_(ids))
                .order_by(t.invoices.c.id)
            ).mappings()
            found += [entry_of(dict(row), run.id, run.columns) for row in rows]
    return found


def inferred(db: Database, run: Run) -> int:
    """Count the run's created invoices that the store never confirmed as ours."""
    return _count(db, run, State.CREATED, t.invoices.c.inferred.is_(True))


def in_doubt(db: Database, run: Run) -> int:
    """Count the run's pending invoices that an earlier request may have created."""
    return _count(db, run, State.PENDING, t.invoices.c.maybe_sent.is_(True))


def _count(db: Database, run: Run, state: State, which: ColumnElement[bool]) -> int:
    row = t.invoices.c
    question = select(func.count()).where(row.run == run.key, row.state == state.value, which)
    with db.reading() as connection:
        return int(connection.execute(question).scalar_one())


def outlines(db: Database, run: Run, states: Collection[State] | None) -> Iterator[Outline]:
    """Yield a run's invoices by position without their content; `states` None: all of them."""
    row = t.invoices.c
    question = (
        select(row.id, row.position, row.number, row.state, t.payloads.c.parts)
        .add_columns(row.store_invoice_id, row.tries, row.message, row.maybe_sent)
        .join(t.payloads, t.payloads.c.invoice == row.id)
    )
    if states is not None:
        question = question.where(row.state.in_([state.value for state in states]))
    for one in by_id(db, run.key, question):
        yield outline_of(one, run.id)


def lines(db: Database, run: Run, states: Collection[State]) -> list[Line]:
    """Give the invoices of a run in these states by position, without their content."""
    row = t.invoices.c
    names = (row.position, row.number, row.state, row.currency, row.company, row.amount)
    with db.reading() as connection:
        found = connection.execute(
            select(*names, row.store_invoice_id, row.message)
            .where(row.run == run.key, row.state.in_([state.value for state in states]))
            .order_by(row.id)
        ).mappings()
        return [line_of(one, run.id) for one in found]


def origins(db: Database, run: Run, positions: Collection[int]) -> dict[int, Origins]:
    """Give where the values of some of a run's invoices came from, by position."""
    found: dict[int, Origins] = {}
    with db.reading() as connection:
        for chunk in chunks(positions, _CHUNK):
            ids = [t.invoice_id(run.key, position) for position in chunk]
            for ident, parts in connection.execute(
                select(t.payloads.c.invoice, t.payloads.c.parts).where(
                    t.payloads.c.invoice.in_(ids)
                )
            ):
                found[ident % t.POSITIONS] = Origins(load_parts(parts), run.columns)
    return found


def attempts(db: Database, run: Run, number: str | None) -> list[Attempt]:
    """Give the attempts of a run, or of one of its invoice numbers, in the order they began."""
    question: Any = (
        select(t.attempts, t.invoices.c.number)
        .join(t.invoices, t.invoices.c.id == t.attempts.c.invoice)
        .where(t.invoices.c.run == run.key)
        .order_by(t.attempts.c.id)
    )
    if number is not None:
        question = question.where(t.invoices.c.number == number)
    with db.reading() as connection:
        rows = connection.execute(question).mappings()
        return [attempt_of(row, run.id) for row in rows]


def moved(db: Database, run: Run) -> dict[int, str]:
    """Give the run's created invoices whose number another run has taken over: ID → that run."""
    ours, theirs = t.invoices.alias(), t.invoices.alias()
    with db.reading() as connection:
        rows = connection.execute(
            select(ours.c.id, t.runs.c.id)
            .join(
                t.claims,
                (t.claims.c.number == ours.c.number) & (t.claims.c.invoice != ours.c.id),
            )
            .join(theirs, theirs.c.id == t.claims.c.invoice)
            .join(t.runs, t.runs.c.key == theirs.c.run)
            .where(
                ours.c.run == run.key,
                ours.c.state == State.CREATED.value,
                t.claims.c.store_hash == run.store_hash,
            )
        )
        return {row[0]: row[1] for row in rows}


def to_update(db: Database, run: Run) -> int:
    """Count the run's pending invoices that the store holds already, with other content."""
    row = t.invoices.c
    with db.reading() as connection:
        found = connection.execute(
            select(func.count()).where(
                row.run == run.key, row.state == State.PENDING.value, row.doing == UPDATE
            )
        )
        return int(found.scalar_one())
