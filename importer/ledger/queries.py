"""Reads the ledger: runs, counts, totals, faults, entries, attempts."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select

from importer.errors import LedgerError
from importer.model import Counts, Fault, State, Total

from . import tables as t
from .database import Database
from .records import Attempt, Entry, Run, RunState, entry_of, fault_of, run_of

_CHUNK = 500


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
        raise LedgerError(f"Several runs fit {part!r}: {names}.", "Give more of the run's ID.")
    if not found:
        raise LedgerError(f"There is no run {part!r}.", "`importer runs` lists them all.")
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


def counts(db: Database, run: Run) -> Counts:
    """Count a run's invoices by state."""
    column = t.invoices.c.state
    with db.reading() as connection:
        rows = connection.execute(
            select(column, func.count()).where(t.invoices.c.run == run.key).group_by(column)
        ).all()
    by_state = {State(state): number for state, number in rows}
    return Counts(by_state, sum(by_state.values()) - by_state.get(State.INVALID, 0))


def totals(db: Database, run: Run, states: Collection[State] | None) -> list[Total]:
    """Add up the original balances by currency, exactly; `states` None: of all invoices."""
    columns = (t.invoices.c.currency, t.invoices.c.amount)
    question = select(*columns).where(t.invoices.c.run == run.key)
    if states is not None:
        question = question.where(t.invoices.c.state.in_([state.value for state in states]))
    sums: dict[str, tuple[int, Decimal]] = {}
    with db.reading() as connection:
        for currency, amount in connection.execute(question):
            number, total = sums.get(currency, (0, Decimal(0)))
            sums[currency] = (number + 1, total + Decimal(amount))
    return [Total(currency, *sums[currency]) for currency in sorted(sums)]


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
    question = (
        select(t.invoices, t.payloads.c.body, t.payloads.c.parts)
        .join(t.payloads, t.payloads.c.invoice == t.invoices.c.id)
        .where(t.invoices.c.run == run.key)
        .order_by(t.invoices.c.id)
        .limit(_CHUNK)
    )
    if states is not None:
        question = question.where(t.invoices.c.state.in_([state.value for state in states]))
    after = -1
    while True:
        with db.reading() as connection:
            rows = connection.execute(question.where(t.invoices.c.id > after)).mappings().all()
        for row in rows:
            yield entry_of(dict(row), run.id, run.columns)
        if len(rows) < _CHUNK:
            return
        after = rows[-1]["id"]


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
    names = Attempt.__dataclass_fields__
    with db.reading() as connection:
        rows = connection.execute(question).mappings()
        return [Attempt(**{name: row[name] for name in names}) for row in rows]
