"""The state machine against a store that fails in every way, step by step, in any order.

The ledger, its turns and the jobs are the real ones; so is the SQLite file. What the machine
decides by itself is who acts next, what the store does, and how much time passes. It keeps to two
rules that hold outside: a worker sends nothing after its lease, nor later than LATE after it
began; and what the store still has at work after that is done within SETTLE of the beginning.
"""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
import tempfile
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from ledger.helpers import body, new_run, verdict

from importer.ledger import Ledger, OnExisting, Run, RunState
from importer.ledger.attempts import Started
from importer.ledger.database import Database
from importer.ledger.workers import Worker
from importer.model import State
from importer.posting.client import NeverSent, Reply
from importer.posting.job import Job
from importer.posting.options import PostOptions
from importer.posting.states import Moment

from .model_store import REFUSALS, WAYS, ModelStore

LEASE, SETTLE, LATE = 30.0, 20.0, 5.0
MOST = 3  # requests of one worker at once
LIKELY = (*WAYS, *("well", "well", "late", "lost before", "lost after") * 4)
SEVERAL = st.lists(st.sampled_from(LIKELY), min_size=1, max_size=4)
OPTIONS = PostOptions(tries=4, settle=SETTLE, lease=LEASE, first_look=1.0, backoff=0.5)

P, B, U = State.PENDING, State.POSTING, State.UNKNOWN
SETTLED = {State.CREATED, State.SKIPPED, State.CONFLICT, State.REJECTED, State.FAILED}
MOVES = {
    P: {B, State.SKIPPED, State.CONFLICT, State.CANCELLED, U},
    B: {State.CREATED, State.REJECTED, U, P, State.CANCELLED}
    | {State.UPDATED, State.SKIPPED, State.CONFLICT, State.FAILED, State.MISSING},
    U: {State.CREATED, State.SKIPPED, State.CONFLICT, P, State.FAILED, State.CANCELLED}
    | {State.UPDATED, State.DELETED, State.REJECTED, State.MISSING},
    State.CREATED: {U, State.MISSING},
    State.UPDATED: {State.MISSING},
    State.CANCELLED: {P},
}
"""Every change of an invoice that one transaction may make."""
GONE = (State.REJECTED, State.FAILED, State.DELETED, State.CANCELLED, State.MISSING)
"""What was never in the store, or is there no more."""


@cache
def empty_ledger() -> Path:
    """Give a ledger's file as it is at first: making it takes longer than a whole example."""
    path = Path(tempfile.mkdtemp()) / "ledger.db"
    Ledger.open(path).close()
    return path


@dataclass
class Hired:
    """A worker at a run, its attempts, and the answers that wait to be heard."""

    worker: Worker
    run: Run
    jobs: dict[str, Job] = field(default_factory=dict)
    unsent: dict[str, float] = field(default_factory=dict)
    answers: dict[str, Reply | Exception] = field(default_factory=dict)
    blockers: set[int] = field(default_factory=set)


class Posting(RuleBasedStateMachine):
    """Two runs that want the same numbers, a few workers, one store."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.now = 1_000_000.0
        self.store = ModelStore()
        shutil.copy(empty_ledger(), self.folder / "ledger.db")
        self.ledger = Ledger(Database.open(self.folder / "ledger.db"), lambda: self.now)
        self.sql = sqlite3.connect(self.folder / "ledger.db")
        self.sql.row_factory = sqlite3.Row
        self.wanted: dict[int, Any] = {}
        self.hired: list[Hired] = []
        self.runs: list[Run] = []
        self.states: dict[int, State] = {}
        self.undone = False

    @initialize(
        on_existing=st.sampled_from(OnExisting),
        refusal=st.sampled_from(REFUSALS),
        lag=st.sampled_from([0.0, 0.0, 4.0, 1000.0]),
    )
    def begin(
        self,
        on_existing: OnExisting,
        refusal: tuple[int, int, str] = REFUSALS[0],
        lag: float = 0.0,
    ) -> None:
        """Draft both runs before either is posted; the store has words and a list of its own."""
        self.store.refusal, self.store.lag = refusal, lag
        self.store.now = self.now
        first = [verdict("A"), verdict("B"), verdict("C", company="nobody")]
        second = [verdict("A"), verdict("B", amount=30.0), verdict("D")]
        for found, existing in ((first, OnExisting.SKIP), (second, on_existing)):
            run_id = self.ledger.draft_run(new_run(on_existing=existing), found)
            self.ledger.open_run(run_id)
            self.runs.append(self.ledger.run(run_id))
            self.wanted |= {entry.id: entry.body for entry in self.ledger.entries(run_id)}
        self.hire(0)
        self.watch()

    def teardown(self) -> None:
        """In calm weather everything ends well."""
        try:
            if self.runs:
                self.calm_down()
        finally:
            self.sql.close()
            self.ledger.close()
            shutil.rmtree(self.folder)

    # -- who acts

    @precondition(lambda self: len(self.hired) < 3)
    @rule(run=st.integers(0, 1))
    def hire(self, run: int) -> None:
        """A process begins to post a run."""
        found = self.ledger.run(self.runs[run].id)
        self.hired.append(Hired(self.ledger.enroll(LEASE, found), found))

    @precondition(lambda self: self.hired)
    @rule(who=st.integers(0, 2), asleep=st.booleans())
    def take_a_turn(self, who: int, asleep: bool) -> None:
        """Settle what was answered, and begin more.

        `asleep`: it was frozen after it had found its lease young enough.
        """
        hired = self.one(who)
        old = self.now > hired.worker.lease_until - LEASE * 2 / 3
        if old and not asleep and not self.renew(hired):
            return
        self.settle(hired)
        with self.ledger.turn(hired.run, hired.worker) as turn:
            turn.take_over(hired.blockers)
        self.watch()
        with self.ledger.turn(hired.run, hired.worker) as turn:
            if turn.run_state() is not RunState.OPEN:
                return
            begun = []
            while len(begun) < MOST and (one := turn.begin_look_up(hired.blockers)):
                begun.append(one)
            begun += turn.begin_posts(MOST - len(begun), SETTLE) if len(begun) < MOST else []
            hired.blockers |= turn.blockers
        self.enter(hired, begun)

    @precondition(lambda self: self.hired)
    @rule(who=st.integers(0, 2), ways=SEVERAL, seconds=st.sampled_from([0.0, 1.0, 3.0]))
    def carry_on(self, who: int, ways: list[str], seconds: float) -> None:
        """Do a whole round: begin, send, hear, and settle after a while."""
        hired = self.one(who)
        self.take_a_turn(who, asleep=False)
        for way in ways:
            if hired in self.hired and hired.unsent:
                self.send(self.hired_with_work(hired), way, 0.9)
        self.wait(seconds)
        if hired in self.hired:
            self.take_a_turn(self.hired.index(hired), asleep=False)

    @precondition(lambda self: self.hired)
    @rule(ways=SEVERAL, more=SEVERAL, seconds=st.sampled_from([1.0, 6.0]))
    def carry_on_alone(self, ways: list[str], more: list[str], seconds: float) -> None:
        """Let one worker do a few rounds undisturbed: it gets further so."""
        for each in (ways, more, ways):
            if self.hired:
                self.carry_on(0, each, seconds)

    @precondition(lambda self: any(one.unsent for one in self.hired))
    @rule(who=st.integers(0, 2), way=st.sampled_from(WAYS), late=st.floats(0, 1))
    def send(self, who: int, way: str, late: float) -> None:
        """Let a request leave that was begun, and decide what becomes of it."""
        with_work = [one for one in self.hired if one.unsent]
        hired = with_work[who % len(with_work)]
        token = next(iter(hired.unsent))
        begun_at = hired.unsent.pop(token)
        job = hired.jobs[token]
        if not hired.worker.may_send(self.now) or self.now > begun_at + LATE:
            hired.answers[token] = NeverSent("too late")
            return
        until = max(self.now, job.attempt.started_at + SETTLE)
        late_at = self.now + late * (until - self.now)
        hired.answers[token] = self.store.answer(job.request, job.attempt.invoice, way, late_at)

    @precondition(lambda self: any(one.jobs for one in self.hired))
    @rule(who=st.integers(0, 2))
    def die(self, who: int) -> None:
        """A process ends without a word; its lease is all that is left of it."""
        at_work = [one for one in self.hired if one.jobs]
        self.hired.remove(at_work[who % len(at_work)])

    @precondition(lambda self: any(one.answers for one in self.hired))
    @rule(who=st.integers(0, 2))
    def leave(self, who: int) -> None:
        """A process stops in order: it settles what was answered and drops the rest."""
        hired = self.one(who)
        self.settle(hired)
        self.ledger.dismiss(hired.worker)
        self.hired.remove(hired)

    @rule(seconds=st.sampled_from([0.5, 3.0, 6.0, 21.0, 31.0]))
    def wait(self, seconds: float) -> None:
        """Let time pass; everybody may be frozen meanwhile."""
        self.now += seconds
        self.store.catch_up(self.now)

    @rule(run=st.integers(0, 1), back=st.booleans())
    def cancel(self, run: int, back: bool) -> None:
        """Somebody cancels a run, or takes that back."""
        (self.ledger.resume if back else self.ledger.cancel)(self.runs[run].id)
        self.watch()

    @precondition(lambda self: self.store.number("A") is None)
    @rule(amount=st.sampled_from([20.0, 99.0]))
    def somebody_else_creates_it(self, amount: float) -> None:
        """Another client of the store uses a number of ours."""
        self.store.put_in(body("A", amount))

    @precondition(lambda self: self.hired)
    @rule(who=st.integers(0, 2))
    def undo(self, who: int) -> None:
        """Somebody takes back what a run created."""
        hired = self.one(who)
        ids = [entry.id for entry in self.ledger.entries(hired.run.id, {State.CREATED})]
        with self.ledger.turn(hired.run, hired.worker) as turn:
            begun = turn.begin_deletes(ids, SETTLE)
        self.undone = self.undone or bool(begun)
        self.enter(hired, begun)

    # -- how

    def one(self, who: int) -> Hired:
        return self.hired[who % len(self.hired)]

    def moment(self) -> Moment:
        return Moment(OPTIONS, self.now, random.Random(0))

    def renew(self, hired: Hired) -> bool:
        with self.ledger.turn(hired.run, hired.worker) as turn:
            renewed = turn.renew()
        if renewed:
            hired.worker.lease_until = self.now + LEASE
        else:  # as a poster does: go on as somebody else
            self.hired.remove(hired)
        return renewed

    def enter(self, hired: Hired, begun: list[Started]) -> None:
        for attempt in begun:
            hired.jobs[attempt.token] = Job(attempt, self.moment())
            hired.unsent[attempt.token] = self.now
        self.watch()

    def settle(self, hired: Hired) -> None:
        done = []
        for token, answer in hired.answers.items():
            job = hired.jobs[token]
            job.hear(answer, self.moment())
            if job.conclusion is None:
                hired.unsent[token] = self.now
            else:
                done.append(hired.jobs.pop(token).conclusion)
        hired.answers = {}
        with self.ledger.turn(hired.run, hired.worker) as turn:
            turn.settle([one for one in done if one])
        self.watch()

    def watch(self) -> None:
        """Hold every transaction to the table of moves."""
        for ident, row in self.rows().items():
            state = State(row["state"])
            before = self.states.get(ident, state)
            assert state is before or state in MOVES.get(before, set()), (
                f"{row['number']}: {before} → {state}"
            )
            self.states[ident] = state

    def rows(self) -> dict[int, sqlite3.Row]:
        """Read the ledger's invoices past our own code, by ID."""
        return {
            row["id"]: row
            for row in self.sql.execute(
                "SELECT id, run, number, state, store_invoice_id, doing, maybe_sent FROM invoices"
            )
        }

    def calm_down(self) -> None:
        for run in self.runs:
            self.ledger.resume(run.id)
        self.watch()
        self.hired = []
        self.now += LEASE + 1
        self.store.catch_up(self.now)
        self.store.lag = 0.0
        for round_ in range(200):
            for which, _ in enumerate(self.runs):
                if len(self.hired) <= which:
                    self.hire(which)
            for which, hired in enumerate(list(self.hired)):
                while hired.unsent:
                    self.send(self.hired_with_work(hired), "well", 0)
                if hired in self.hired:
                    self.take_a_turn(which, asleep=False)
            self.wait(1.0 if round_ % 10 else 61.0)
            for run in self.runs:
                self.ledger.wake(run)
            if all(self.ledger.finish(r.id) or not self.left(r) for r in self.runs):
                break
        else:
            raise AssertionError(f"never done: {self.states}")
        self.holds()
        ended = SETTLED | {State.UPDATED, State.DELETED, State.MISSING}
        assert {State(row["state"]) for row in self.rows().values()} <= ended

    def hired_with_work(self, hired: Hired) -> int:
        return [one for one in self.hired if one.unsent].index(hired)

    def left(self, run: Run) -> bool:
        counts = self.ledger.counts(run.id)
        return any(counts[state] for state in (P, B, U))

    # -- what always holds

    @invariant()
    def holds(self) -> None:
        """Nothing is posted twice, and the ledger never says more than is true."""
        assert self.store.again == []
        numbers = [held["invoiceNumber"] for held in self.store.held.values()]
        assert len(numbers) == len(set(numbers))
        rows = self.rows()
        for run in self.runs:
            counts = self.ledger.counts(run.id)
            assert counts.read == sum(counts.by_state.values()) == 3
        for ident, row in rows.items():
            self.is_true(ident, row, rows)

    def is_true(self, ident: int, row: sqlite3.Row, rows: dict[int, sqlite3.Row]) -> None:
        state, mine = State(row["state"]), row["store_invoice_id"]
        there = self.store.number(row["number"])
        what = f"{row['number']} is {state} ({mine}), the store holds {there}: {self.store.held}"
        if state in (State.CREATED, State.UPDATED) and not self.overwritten(row, rows):
            assert there == mine, what
            assert same(self.store.held[mine], self.wanted[ident]), what
        if state in GONE:
            assert self.store.ours.get(there or "") != ident, what
        if state in (State.SKIPPED, State.CONFLICT):  # it is somebody else's
            assert self.store.ours.get(there or "") != ident, what
        if state is P and not row["maybe_sent"] and not row["doing"]:
            assert self.store.ours.get(there or "") != ident, what

    def overwritten(self, row: sqlite3.Row, rows: dict[int, sqlite3.Row]) -> bool:
        """Whether the other run has changed what this one created, or is about to."""
        return any(
            other["number"] == row["number"]
            and other["run"] != row["run"]
            and (other["state"] == State.UPDATED or other["doing"])
            for other in rows.values()
        )


def same(held: dict[str, Any], wanted: dict[str, Any]) -> bool:
    """Whether the store holds what was meant, amounts as text or numbers."""
    one, other = (json.loads(json.dumps(each), parse_float=str) for each in (held, wanted))
    for each in (one, other):
        for name in ("originalBalance", "openBalance"):
            each[name]["value"] = float(each[name]["value"])
        each["details"].pop("header", None)  # empty: PUT leaves it out
    return bool(one == other)


TestPosting = Posting.TestCase
TestPosting.settings = settings(
    max_examples=60,
    stateful_step_count=15,
    deadline=None,
    phases=(Phase.generate, Phase.shrink),
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
