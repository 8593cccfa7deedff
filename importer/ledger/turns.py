"""One turn of a posting loop: a single transaction that settles what was answered and begins more.

Every change of an invoice compares the token of its attempt and writes only when it still holds,
so a worker whose attempt was taken over can't write.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, Connection, bindparam, func, or_, select, update

from importer.model import Json, State

from . import tables as t
from . import workers
from .attempts import MOST_LOOKS, Conclusion, Started, Unfinished
from .beginning import Beginning
from .database import Database
from .records import Run, RunState, dump_sealed, load_budget
from .rows import run_state_of
from .settling import abandon, settle
from .workers import Worker

_RUN_STATE = select(t.runs.c.state).where(t.runs.c.key == bindparam("run"))
_BUDGET = (
    select(t.budgets.c.state, _RUN_STATE.scalar_subquery())
    .where(t.budgets.c.store_hash == bindparam("store"))
    .with_for_update()
)
_SAVE_BUDGET = (
    update(t.budgets)
    .where(t.budgets.c.store_hash == bindparam("store"))
    .values(state=bindparam("new_state"))
)


class Turn:
    """The transaction of one turn; `now` is its moment in Unix seconds, `steady` on that clock."""

    def __init__(
        self,
        connection: Connection,
        db: Database,
        run: Run,
        worker: Worker,
        now: float,
        steady: float,
    ) -> None:
        self._sql = connection
        self._db = db
        self._run = run
        self._worker = worker
        self.now = now
        self.steady = steady
        self._state: str | None = None
        self._beginning = Beginning(connection, db, run, worker, now)

    def renew(self) -> bool:
        """Lengthen the worker's lease; False when its attempts were taken over."""
        return workers.renew(self._sql, self._worker, self.now)

    def run_state(self) -> RunState:
        """Give the run's state: paused and cancelled mean that nothing more is begun."""
        if self._state is None:
            found = self._sql.execute(_RUN_STATE, {"run": self._run.key})
            self._state = found.scalar_one()
        return run_state_of(self._state)

    def budget(self) -> Json | None:
        """Give what pacing remembers of the store, None when it has never been asked."""
        asked = {"store": self._run.store_hash, "run": self._run.key}
        found = self._sql.execute(_BUDGET, asked).first()
        if found is None:
            return None
        budget, self._state = found
        return load_budget(budget)

    def save_budget(self, state: Json) -> None:
        """Keep what pacing remembers of the store, for every process on this ledger."""
        store, text = self._run.store_hash, dump_sealed(state)
        done = self._sql.execute(_SAVE_BUDGET, {"store": store, "new_state": text})
        if done.rowcount == 0:
            self._sql.execute(self._db.insert_new(t.budgets), {"store_hash": store, "state": text})

    def settle(self, done: Sequence[Conclusion]) -> list[Conclusion]:
        """Write what attempts led to. Gives those that were still ours; of the others, nothing."""
        return settle(self._sql, self._run, done, self.now) if done else []

    def begin_posts(
        self,
        count: int,
        settle: float,
        only: Collection[int] | None = None,
        *,
        fresh: bool = False,
    ) -> list[Started]:
        """Claim the next pending invoices, at most `count`, and enter their attempts.

        For `settle` seconds from now they may be at work in the store, answer or not. An invoice
        whose number a run has created is settled here, without a request (`settled_owned`); one
        whose number another run is posting has to wait (`blockers`). `only` are the IDs of the
        invoices that may be begun, None: all. `fresh`: those first that haven't used up a try,
        so that a store in trouble doesn't use up all the tries of one invoice.
        """
        begun = self._beginning.posts(count, settle, only, fresh=fresh)
        return begun or (self._beginning.posts(count, settle, only) if fresh else begun)

    def begin_deletes(self, ids: Collection[int], settle: float) -> list[Started]:
        """Enter attempts to delete those of these invoices that the run created.

        Those that are no longer its own, or that somebody is at, are left out.
        """
        return self._beginning.deletes(ids, settle)

    def begin_look_up(self, blockers: Collection[int] = ()) -> Started | None:
        """Take the next unknown invoice that nobody is looking up, of this run or in its way."""
        for which in self._ours_and(blockers):
            if found := self._beginning.look_up(which):
                return found
        return None

    def begin_look_ups(self, ids: Collection[int]) -> list[Started]:
        """Take those of these invoices that are unknown, due, and looked up by nobody."""
        each = (self._beginning.look_up(t.invoices.c.id == ident) for ident in ids)
        return [found for found in each if found]

    @property
    def blockers(self) -> set[int]:
        """The invoices of other runs that hold numbers which this run needs."""
        return self._beginning.blockers

    @property
    def settled_owned(self) -> list[State]:
        """The states of invoices settled in this turn because a run had created their number."""
        return self._beginning.settled

    def take_over(self, blockers: Collection[int] = ()) -> int:
        """Make unknown what dead workers left while posting; give how many invoices that were."""
        return sum(self._take_over(which) for which in self._ours_and(blockers))

    def unfinished(
        self, states: Collection[State], only: Collection[int] | None = None
    ) -> Unfinished:
        """Look at what the run, or of it the invoices `only`, still has in these states.

        What rests, looked up in vain often enough, isn't counted.
        """
        row = t.invoices.c
        which = [] if only is None else [row.id.in_(list(only))]
        found = self._sql.execute(
            select(row.worker.is_(None), func.count(), func.min(row.due))
            .where(
                row.run == self._run.key,
                row.state.in_([state.value for state in states]),
                or_(row.state != State.UNKNOWN.value, row.looks < MOST_LOOKS),
                or_(row.worker.is_(None), row.worker != self._worker.id),
                *which,
            )
            .group_by(row.worker.is_(None))
        ).all()
        return Unfinished(
            elsewhere=sum(number for free, number, _ in found if not free),
            due=min((due for free, _, due in found if free), default=None),
        )

    def forgive(self) -> None:
        """Give back the tries of what isn't settled: the store was at fault, not the invoices."""
        row = t.invoices.c
        open_states = [State.PENDING.value, State.UNKNOWN.value]
        self._sql.execute(
            update(t.invoices)
            .where(
                row.run == self._run.key,
                row.state.in_(open_states),
                or_(row.strikes > 0, row.looks > 0),
                row.looks < MOST_LOOKS,
            )
            .values(strikes=0, looks=0)
        )

    def bound_waits(self, longest: float, settle: float, blockers: Collection[int] = ()) -> None:
        """Cut down waits that a clock ahead of ours has written: none is longer than `longest`.

        Nor may an attempt be at work in the store for longer than `settle` seconds from now.
        """
        row, latest = t.invoices.c, self.now + settle
        free = row.state.in_([State.PENDING.value, State.UNKNOWN.value])
        for which in self._ours_and(blockers):
            waits = update(t.invoices).where(which, free)
            too_long = waits.where(row.due > self.now + longest)
            self._sql.execute(too_long.values(due=self.now))
            self._sql.execute(waits.where(row.settled_at > latest).values(settled_at=latest))

    def clock_was_set(self, settle: float) -> None:
        """Take no moment of the run for what it was: somebody has set the clock.

        What had to wait is due. What may have been sent may be at work in the store for `settle`
        seconds from now: had the clock leapt ahead, its absence would be believed at once.
        """
        row = t.invoices.c
        at_work = [State.PENDING.value, State.UNKNOWN.value, State.POSTING.value]
        ours = update(t.invoices).where(row.run == self._run.key)
        maybe = or_(row.maybe_sent.is_(True), row.state == State.POSTING.value)
        self._sql.execute(
            ours.where(row.state.in_(at_work), maybe).values(settled_at=self.now + settle)
        )
        self._sql.execute(
            ours.where(row.state.in_(at_work), row.due > self.now).values(due=self.now)
        )

    def _ours_and(self, blockers: Collection[int]) -> list[ColumnElement[bool]]:
        """Give the two questions apart: joined by OR, the database would read every invoice."""
        ours = t.invoices.c.run == self._run.key
        return [ours, t.invoices.c.id.in_(list(blockers))] if blockers else [ours]

    def _take_over(self, which: ColumnElement[bool]) -> int:
        row = t.invoices.c
        held = (
            which,
            row.state.in_([State.POSTING.value, State.UNKNOWN.value]),
            row.worker.is_not(None),
        )
        ids = set(self._sql.execute(select(row.worker).where(*held).distinct()).scalars())
        gone = workers.dead(self._sql, ids - {self._worker.id}, self.now)
        if not gone:
            return 0
        workers.mark_gone(self._sql, gone)
        left = self._sql.execute(
            select(row.id, row.token, row.state).where(*held, row.worker.in_(list(gone)))
        ).all()
        for invoice, token, state in left:
            abandon(self._sql, invoice, token, self.now, was_posting=state == State.POSTING)
        return len(left)
