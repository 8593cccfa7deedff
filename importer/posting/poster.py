"""Posts a run, one turn at a time. The only place that posts.

A turn is one transaction: it settles the attempts that were answered and enters those that are
sent next, so that every attempt is on disk before its request leaves (promise 1) and a settlement
often shares its commit with the next beginning. The requests are sent by threads; everything
else happens in one.
"""

from __future__ import annotations

import random
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from importer.errors import StoreError, StoreUnreachable, TokenRefused
from importer.ledger import Ledger, Run, RunState
from importer.ledger.attempts import LOOK_UP
from importer.ledger.turns import Turn
from importer.model import State

from . import pacing
from .breaker import Breaker
from .client import Client, Reply
from .hands import Hands, Sent
from .job import Job
from .options import PostOptions, Progress, StopSignal
from .outcomes import Kind, Outcome
from .pacing import Budget
from .reaching import hopeless, unreachable
from .states import Moment
from .tally import Tally

_LEFT = (State.PENDING, State.POSTING, State.UNKNOWN)
_PATIENCE = 5.0  # seconds that a request may take to leave, at least


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be done: a run, whether it posts or only reconciles, and how."""

    run: Run
    posts: bool
    options: PostOptions
    stop: StopSignal


@dataclass(slots=True)
class _Flow:
    """What a posting loop remembers between its turns."""

    in_flight: dict[str, Job] = field(default_factory=dict)
    ready: deque[Job] = field(default_factory=deque)
    answers: list[Sent] = field(default_factory=list)
    breaker: Breaker = field(default_factory=Breaker)
    blockers: set[int] = field(default_factory=set)
    halt: StoreError | None = None
    wake_at: float = 0.0
    look_around_at: float = 0.0
    waiting: str | None = None
    over: bool = False


class Poster:
    """Drives one task to its end; see `run`."""

    def __init__(
        self,
        ledger: Ledger,
        client: Client,
        task: Task,
        on_progress: Callable[[Progress], None] | None,
    ) -> None:
        self._ledger = ledger
        self._task = task
        self._run = task.run
        self._options = task.options
        self._on_progress = on_progress
        self._chance = random.Random()  # noqa: S311 - only spreads waits
        self._worker = ledger.enroll(task.options.lease, task.run)
        self._hands = Hands(client, max(_PATIENCE, task.options.settle / 3))
        counts = ledger.counts(self._run.id)
        self._tally = Tally(counts, time.time(), task.options.hours)
        self._flow = _Flow()

    def run(self) -> None:
        """Post until nothing is left or somebody says stop.

        Raises TokenRefused or StoreUnreachable after everything in flight is settled; LedgerError
        at once when the ledger can't be written.
        """
        try:
            while not self._flow.over:
                self._turn()
                self._report()
                if not self._flow.over:
                    half = len(self._flow.in_flight) // 2
                    self._flow.answers = self._hands.collect(self._pause(), half)
        finally:
            self._hands.close()
        if self._flow.halt is not None:
            raise self._flow.halt

    def leave(self) -> None:
        """Say in the ledger that this worker has ended."""
        self._worker.lease_until = 0.0  # nothing that still waits in a thread is sent
        self._ledger.dismiss(self._worker)

    # -- one turn

    def _turn(self) -> None:
        now, flow = time.time(), self._flow
        if not flow.answers and now < flow.wake_at and not self._lease_is_old(now):
            if self._stopping() or self._ledger.run_state(self._run) is not RunState.OPEN:
                flow.wake_at = 0.0
            else:
                return
        started: list[Job] = []
        with self._ledger.turn(self._run, self._worker) as turn:
            # Only by the clock of the transaction: before it the process may have been frozen.
            lease_is_old = self._lease_is_old(turn.now)
            fenced = lease_is_old and not turn.renew()
            if not fenced:
                budget = self._settle(turn, Budget.from_json(turn.budget()))
                budget = self._begin(turn, budget, started)
                turn.save_budget(budget.as_json())
        if fenced:
            self._start_afresh()
        elif lease_is_old:
            self._worker.lease_until = turn.now + self._options.lease
        flow.answers = []
        for job in started:
            flow.in_flight[job.attempt.token] = job
            token, busy = job.attempt.token, len(flow.in_flight)
            self._hands.send(self._worker, token, job.request, turn.now, busy)

    def _lease_is_old(self, now: float) -> bool:
        return now > self._worker.lease_until - self._options.lease * 2 / 3

    def _start_afresh(self) -> None:
        """Go on as a new worker: while this one was frozen, another took over its attempts."""
        self._flow.in_flight.clear()
        self._flow.ready.clear()
        self._flow.answers = []
        self._worker = self._ledger.enroll(self._options.lease, self._run)
        self._tally.forget()

    def _settle(self, turn: Turn, budget: Budget) -> Budget:
        done: list[Job] = []
        for sent in self._flow.answers:
            job = self._flow.in_flight.pop(sent.token, None)
            if job is None:
                continue
            outcome = job.hear(sent.answer, self._moment(turn))
            self._watch(outcome, sent, turn.now)
            budget = self._learn(budget, outcome, sent)
            if job.conclusion is None:
                self._flow.ready.append(job)
            else:
                done.append(job)
        self._write(turn, done)
        return budget

    def _write(self, turn: Turn, jobs: list[Job]) -> None:
        for done in turn.settle([job.conclusion for job in jobs if job.conclusion]):
            self._flow.blockers.discard(done.attempt.invoice)
            if done.attempt.run_id == self._run.id:
                before = State.UNKNOWN if done.attempt.kind == LOOK_UP else State.PENDING
                self._tally.moved(before, done.to.state, turn.now)

    def _learn(self, budget: Budget, outcome: Outcome, sent: Sent) -> Budget:
        headers = sent.answer.headers if isinstance(sent.answer, Reply) else None
        granted, now = sent.granted_at, sent.arrived_at
        if outcome.kind is Kind.BUSY and headers is not None:
            return pacing.refused(budget, headers, granted, now, self._options.backoff)
        return pacing.hear(budget, headers, granted, now)

    def _watch(self, outcome: Outcome, sent: Sent, now: float) -> None:
        """Stop on a refused token or a wrong address; count rounds of trouble."""
        flow = self._flow
        if outcome.kind is Kind.REFUSED:
            flow.halt = flow.halt or _token_refused(self._run, outcome)
        elif outcome.kind is Kind.ASTRAY:
            flow.halt = flow.halt or _astray(self._run, outcome)
        elif outcome.kind in (Kind.TROUBLE, Kind.UNSENT, Kind.UNKNOWN, Kind.BLOCKED):
            backoff = self._options.backoff
            flow.breaker = flow.breaker.trouble(sent.granted_at, now, backoff, self._chance)
            if hopeless(outcome.hurdle) or flow.breaker.rounds >= self._options.breaker:
                flow.halt = flow.halt or _unreachable(self._run, outcome)
        elif outcome.kind is not Kind.BUSY:
            flow.breaker = flow.breaker.well()

    # -- beginning more

    def _begin(self, turn: Turn, budget: Budget, started: list[Job]) -> Budget:
        flow = self._flow
        if self._stopping() or (self._task.posts and turn.run_state() is not RunState.OPEN):
            self._wind_down(turn)
            return budget
        if turn.now >= flow.look_around_at:
            flow.look_around_at = turn.now + max(self._options.poll, self._options.lease / 6)
            self._take_over(turn)
        flow.waiting, flow.wake_at = None, turn.now + self._options.poll
        granted = self._grants(turn, budget)
        jobs = self._next_jobs(turn, len(granted)) if granted else []
        if len(jobs) < len(granted):
            self._look_at_the_rest(turn, bool(jobs))
        started += jobs
        return granted[len(jobs) - 1] if jobs else budget

    def _grants(self, turn: Turn, budget: Budget) -> list[Budget]:
        """Give the budget after each request that may be made now."""
        flow = self._flow
        granted: list[Budget] = []
        limit = 1 if flow.breaker.rounds else self._options.in_flight
        if self._closed(turn):
            return []
        if turn.now < flow.breaker.retry_at:
            self._wait_for(flow.breaker.retry_at, "The store has trouble; trying again in {}")
            return []
        while len(flow.in_flight) + len(granted) < limit:
            work = self._tally.left - len(granted)
            budget, wait = pacing.take(budget, turn.now, self._options.share, work)
            if wait > 0:
                self._wait_for(turn.now + wait, "Waiting {} for the store's request budget")
                break
            granted.append(budget)
        return granted

    def _closed(self, turn: Turn) -> bool:
        """Outside the hours that were agreed on: wait until they begin, if anything is left."""
        hours = self._options.hours
        closed_for = hours.closed_for(turn.now) if hours else 0.0
        if not hours or not closed_for:
            return False
        self._look_at_the_rest(turn, started=False)
        if not self._flow.over:
            opening = f"Waiting until {hours.opening} (store time)"
            self._wait_for(turn.now + closed_for, opening)
            self._tally.rest(turn.now)
        return True

    def _next_jobs(self, turn: Turn, count: int) -> list[Job]:
        """Give what is most pressing: look-ups under way, unknowns that are due, new posts."""
        flow = self._flow
        jobs: list[Job] = []
        while flow.ready and len(jobs) < count:
            jobs.append(flow.ready.popleft())
        moment = self._moment(turn)
        while len(jobs) < count and (unknown := turn.begin_look_up(flow.blockers)):
            jobs.append(Job(unknown, moment))
        if self._task.posts and len(jobs) < count:
            wanted, fresh = count - len(jobs), flow.breaker.rounds > 0
            settle, only = self._options.settle, self._options.only
            begun = turn.begin_posts(wanted, settle, only, fresh=fresh)
            jobs += [Job(attempt, moment) for attempt in begun]
            flow.blockers |= turn.blockers
            for state in turn.settled_owned:
                self._tally.moved(State.PENDING, state, turn.now)
        return jobs

    def _look_at_the_rest(self, turn: Turn, started: bool) -> None:
        """Nothing is due: find out when something will be, or that the run is done."""
        flow = self._flow
        states = _LEFT if self._task.posts else (State.UNKNOWN,)
        left = turn.unfinished(states, self._options.only)
        if left.elsewhere:
            self._take_over(turn)
        if left.due is None and not left.elsewhere:
            flow.over = not flow.in_flight and not started
            return
        if left.due is not None:
            self._wait_for(max(left.due, turn.now + 0.01), "Waiting {} before trying again")
        if left.elsewhere and not flow.in_flight:
            flow.waiting = "Waiting for another program that is posting this run"
        flow.wake_at = min(flow.wake_at, turn.now + self._options.poll)

    def _take_over(self, turn: Turn) -> None:
        if turn.take_over(self._flow.blockers):
            self._tally.forget()

    def _wind_down(self, turn: Turn) -> None:
        """Begin nothing more; a look-up that isn't finished is left for the next time."""
        flow = self._flow
        for job in flow.ready:
            job.drop(self._moment(turn))
        self._write(turn, list(flow.ready))
        flow.ready.clear()
        if isinstance(flow.halt, StoreUnreachable):
            turn.forgive()
        flow.over = not flow.in_flight
        flow.wake_at = turn.now + self._options.poll

    # -- waiting and telling

    def _stopping(self) -> bool:
        return self._task.stop.asked or self._flow.halt is not None

    def _moment(self, turn: Turn) -> Moment:
        return Moment(self._options, turn.now, self._chance)

    def _wait_for(self, moment: float, words: str) -> None:
        flow = self._flow
        flow.wake_at = moment
        seconds = max(1, round(moment - time.time()))
        flow.waiting = words.format(f"{seconds} s") if moment > time.time() + 1 else None

    def _pause(self) -> float:
        """Give how long to wait for an answer before looking around again, in seconds."""
        return min(max(0.0, self._flow.wake_at - time.time()), self._options.poll)

    def _report(self) -> None:
        if self._on_progress is not None:
            self._tally.refresh(lambda: self._ledger.counts(self._run.id), time.time())
            self._on_progress(self._tally.progress(time.time(), self._flow.waiting))


def _token_refused(run: Run, outcome: Outcome) -> TokenRefused:
    return TokenRefused(
        f"{run.store_name} refused the token: {outcome.said}.",
        "Check the token and its scope, then resume the run; nothing is lost.",
    )


def _astray(run: Run, outcome: Outcome) -> StoreUnreachable:
    return StoreUnreachable(
        f"{run.base_url} isn't the address of the store's API: {outcome.said}.",
        "Check the store's base URL, then resume the run; nothing is lost.",
    )


def _unreachable(run: Run, outcome: Outcome) -> StoreUnreachable:
    then = "Then resume the run; nothing is lost."
    return unreachable(run.store_name, outcome.said, outcome.hurdle, then)
