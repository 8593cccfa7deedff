"""The ledger's front: one object for everything that is remembered."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import Connection, delete, select, update

from importer.clock import steady
from importer.model import Counts, Fault, Json, Origins, State, Total, Verdict

from . import cancelling, drafts, integrity, queries, sums, verified, workers
from . import tables as t
from .attempts import MOST_LOOKS
from .database import Database
from .examining import Examination, examine
from .process import Process
from .records import (
    Attempt,
    Entry,
    Line,
    NewRun,
    Outline,
    Run,
    RunState,
    dump_sealed,
    load_budget,
)
from .rows import run_state_of
from .sums import Sum
from .turns import Turn
from .verified import Rechecked
from .workers import Worker


class Ledger:
    """A context manager around one database; threads may share it.

    Every method raises LedgerError when the ledger can't be read or written, or holds no such
    run. Every write is on disk when the method returns.
    """

    def __init__(self, db: Database, clock: Callable[[], float] = time.time) -> None:
        self._db = db
        self._clock = clock
        self._file_is_sound = False
        self._sound: set[int] = set()  # runs that were found fit to be posted

    @classmethod
    def open(cls, target: str | Path) -> Self:
        """Open a SQLite file (made when missing) or an SQLAlchemy URL, migrated to the newest."""
        return cls(Database.open(target))

    def close(self) -> None:
        """Close every connection."""
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def now(self) -> float:
        """Give the moment by the clock that the ledger is kept by, in Unix seconds."""
        return self._clock()

    @property
    def place(self) -> str:
        """Where the ledger is: a file's path, or a URL without its password."""
        return self._db.place

    @property
    def folder(self) -> Path | None:
        """The folder that the ledger's file is in, None when it isn't a file."""
        return self._db.folder

    # -- runs

    def draft_run(self, new: NewRun, verdicts: Iterable[Verdict]) -> str:
        """Write a run that isn't confirmed yet, its verdicts streamed. Gives its ID.

        An invoice whose number a run before created is skipped (same content) or a conflict.
        """
        self._trust_file()
        return drafts.draft(self._db, new, verdicts, self._clock())

    def derive_run(self, parent_id: str, states: Collection[State]) -> str:
        """Draft a run that holds copies of another's invoices in these states. Gives its ID."""
        self._trust_file()
        return drafts.derive(self._db, self.run(parent_id), states, self._clock())

    def open_run(self, run_id: str) -> None:
        """Confirm a draft: it is listed and may be posted."""
        drafts.confirm(self._db, run_id)

    def discard_run(self, run_id: str) -> None:
        """Forget a draft that was declined."""
        drafts.discard(self._db, run_id)

    def run(self, id_or_part: str) -> Run:
        """Give a run by its ID or a unique beginning or end of it."""
        return queries.find_run(self._db, id_or_part)

    def runs(self, limit: int = 50) -> list[Run]:
        """Give the newest runs, newest first."""
        return queries.list_runs(self._db, limit)

    def unfinished(self, store_hash: str, sha256: str) -> list[Run]:
        """Give the open and paused runs of a workbook with something left to do, newest first."""
        return queries.unfinished(self._db, store_hash, sha256)

    def keep_options(self, run_id: str, options: Json) -> None:
        """Replace a run's options."""
        with self._db.writing() as connection:
            row = t.runs.c
            values = {"options": dump_sealed(options)}
            connection.execute(update(t.runs).where(row.id == run_id).values(values))

    def pause(self, run_id: str) -> bool:
        """Let no further request of an open run begin; False when it isn't open."""
        return self._change(run_id, RunState.PAUSED, {RunState.OPEN})

    def resume(self, run_id: str) -> bool:
        """Open a paused or cancelled run again; False when it is neither.

        What was cancelled with it is pending again.
        """
        before = {RunState.PAUSED, RunState.CANCELLED}
        return self._change(run_id, RunState.OPEN, before, cancelling.take_back)

    def cancel(self, run_id: str) -> bool:
        """Cancel what a run hasn't posted; False when it has nothing to cancel.

        A request in flight is finished by the process that sent it. What an earlier attempt may
        have created isn't cancelled but unknown, until it is looked up.
        """
        before = {RunState.OPEN, RunState.PAUSED}
        return self._change(run_id, RunState.CANCELLED, before, self._cancel_pending)

    def _cancel_pending(self, connection: Connection, run: Run) -> None:
        cancelling.cancel_pending(connection, self._db, run)

    def finish(self, run_id: str) -> bool:
        """Mark an open run as finished when nothing of it is left to be done."""
        row = t.invoices.c
        left = [State.PENDING.value, State.POSTING.value, State.UNKNOWN.value]
        with self._db.writing() as connection:
            done = connection.execute(
                update(t.runs)
                .where(
                    t.runs.c.id == run_id,
                    t.runs.c.state == RunState.OPEN,
                    ~select(row.id).where(row.run == t.runs.c.key, row.state.in_(left)).exists(),
                )
                .values(state=RunState.FINISHED.value)
            )
            return done.rowcount == 1

    def wake(self, run: Run) -> None:
        """Let what rests in a run, unknown after look-ups in vain, be looked up and tried again."""
        row = t.invoices.c
        resting = (row.run == run.key, row.state == State.UNKNOWN.value, row.looks >= MOST_LOOKS)
        with self._db.writing() as connection:
            connection.execute(
                update(t.invoices).where(*resting).values(looks=0, strikes=0, due=0.0)
            )

    def say_stopped(self, run_id: str, why: str | None) -> None:
        """Remember why posting ended early, in one sentence; None: it didn't."""
        with self._db.writing() as connection:
            connection.execute(update(t.runs).where(t.runs.c.id == run_id).values(stopped=why))

    def forget_store(self, store_hash: str) -> None:
        """Set all invoice numbers of a store free: for a sandbox that was emptied."""
        with self._db.writing() as connection:
            connection.execute(delete(t.claims).where(t.claims.c.store_hash == store_hash))
            connection.execute(delete(t.budgets).where(t.budgets.c.store_hash == store_hash))

    def _trust_file(self) -> None:
        if not self._file_is_sound:
            with self._db.reading() as connection:
                integrity.trust_file(connection)
            self._file_is_sound = True

    def _change(
        self,
        run_id: str,
        to: RunState,
        before: Collection[RunState],
        then: Callable[[Connection, Run], None] | None = None,
    ) -> bool:
        run = self.run(run_id)
        with self._db.writing() as connection:
            done = connection.execute(
                update(t.runs)
                .where(t.runs.c.key == run.key, t.runs.c.state.in_([s.value for s in before]))
                .values(state=to.value)
            )
            if done.rowcount == 1 and then:
                then(connection, run)
            return done.rowcount == 1

    # -- what a run holds

    def counts(self, run_id: str) -> Counts:
        """Count a run's invoices by state."""
        return queries.counts(self._db, self.run(run_id))

    def totals(self, run_id: str, states: Collection[State] | None = None) -> list[Total]:
        """Add up the original balances by currency, exactly; of all or of these states."""
        return sums.totals(self.sums(run_id), states)

    def sums(self, run_id: str) -> list[Sum]:
        """Add up the original balances by currency, company and state, exactly."""
        return sums.sums(self._db, self.run(run_id))

    def lines(self, run_id: str, states: Collection[State]) -> list[Line]:
        """Give a run's invoices in these states by position, without their content."""
        return queries.lines(self._db, self.run(run_id), states)

    def origins(self, run_id: str, positions: Collection[int]) -> dict[int, Origins]:
        """Give the cells of some of a run's invoices, by position."""
        return queries.origins(self._db, self.run(run_id), positions)

    def moved(self, run: Run) -> dict[int, str]:
        """Give a run's created invoices (IDs) that another run has changed since: which run."""
        return queries.moved(self._db, run)

    def to_update(self, run: Run) -> int:
        """Count a run's pending invoices that will change what the store holds."""
        return queries.to_update(self._db, run)

    def inferred(self, run: Run) -> int:
        """Count a run's created invoices that were only found in the store, with our content."""
        return queries.inferred(self._db, run)

    def in_doubt(self, run: Run) -> int:
        """Count a run's pending invoices that the store may have although no answer said so."""
        return queries.in_doubt(self._db, run)

    def say_verified(self, run_id: str, found: Json, faults: Iterable[tuple[int, Fault]]) -> None:
        """Remember what the store was found to hold, and what of it is wrong, by position.

        What the store lacks is missing from now on, and its number free to be created again.
        """
        verified.keep(self._db, self.run(run_id), found, faults)

    def say_rechecked(self, run_id: str, found: Iterable[Rechecked]) -> None:
        """Remember what became of invoices settled without the store, now that it was asked."""
        verified.recheck(self._db, self.run(run_id), found)

    def faults(self, run_id: str) -> list[Fault]:
        """Give a run's faults: by sheet in the workbook's order, then by row."""
        return queries.faults(self._db, self.run(run_id))

    def entries_at(self, run: Run, positions: Collection[int]) -> list[Entry]:
        """Give some of a run's invoices, by position."""
        return queries.entries_at(self._db, run, positions)

    def entries(self, run_id: str, states: Collection[State] | None = None) -> Iterator[Entry]:
        """Yield a run's invoices by position; all, or those in these states."""
        return queries.entries(self._db, self.run(run_id), states)

    def outlines(self, run_id: str, states: Collection[State] | None = None) -> Iterator[Outline]:
        """Yield a run's invoices by position without their content; all, or in these states."""
        return queries.outlines(self._db, self.run(run_id), states)

    def attempts(self, run_id: str, number: str | None = None) -> list[Attempt]:
        """Give the attempts of a run, or of one invoice number in it, oldest first."""
        return queries.attempts(self._db, self.run(run_id), number)

    def examine(self) -> Examination:
        """Look through everything that the ledger holds and say what of it is damaged."""
        return examine(self._db)

    # -- posting

    def enroll(self, lease: float, run: Run | None = None) -> Worker:
        """Enter a worker that is about to post a run, with a lease of so many seconds.

        Raises LedgerDamaged when the run can't be posted for what the ledger has become.
        """
        if run and run.key not in self._sound:
            self._trust_file()
            with self._db.reading() as connection:
                integrity.trust_run(connection, run, self._clock())
            self._sound.add(run.key)
        with self._db.writing() as connection:
            key = run.key if run else None
            return workers.enroll(connection, lease, self._clock(), key)

    def at_work(self, run: Run) -> list[Process]:
        """Give the processes that are posting a run at this moment."""
        with self._db.writing() as connection:
            now = self._clock()
            workers.cut_down(connection, now)
            return workers.at_work(connection, run.key, now)

    def budget(self, store_hash: str) -> Json | None:
        """Give what pacing remembers of a store's budget, None when it has never been asked."""
        with self._db.reading() as connection:
            row = t.budgets.c
            found = connection.execute(select(row.state).where(row.store_hash == store_hash))
            return load_budget(found.scalar())

    def has_created(self, store_hash: str) -> bool:
        """Whether the store is known to hold an invoice that was posted from here."""
        row = t.claims.c
        with self._db.reading() as connection:
            question = select(row.invoice).where(row.store_hash == store_hash, row.owned.is_(True))
            return connection.execute(question.limit(1)).first() is not None

    def dismiss(self, worker: Worker) -> None:
        """Say that a worker has ended."""
        with self._db.writing() as connection:
            workers.dismiss(connection, worker)

    @contextmanager
    def turn(self, run: Run, worker: Worker) -> Iterator[Turn]:
        """Give the transaction of one turn of a posting loop, on disk when the block ends."""
        with self._db.writing() as connection:
            steadily = steady()  # first: a process frozen in between must not gain by it
            yield Turn(connection, self._db, run, worker, self._clock(), steadily)

    def run_state(self, run: Run) -> RunState:
        """Look up a run's state alone."""
        with self._db.reading() as connection:
            found = connection.execute(select(t.runs.c.state).where(t.runs.c.key == run.key))
            return run_state_of(found.scalar_one())
