"""Posts a run, one turn at a time. The only place that posts.

A turn is one transaction: it settles the attempts that were answered and enters those that are
sent next, so that every attempt is on disk before its request leaves (promise 1) and a settlement
often shares its commit with the next beginning. The requests are sent by threads; everything
else happens in one.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from dataclasses import replace

from importer.clock import steady
from importer.errors import StoreUnreachable
from importer.ledger import Ledger, RunState
from importer.ledger.attempts import LOOK_UP
from importer.ledger.doubles import SAME_ID
from importer.ledger.turns import Turn
from importer.model import State

from . import pacing
from .client import Client, Reply, list_invoices
from .flow import Flow, Task
from .hands import Hands, Sent
from .job import Job
from .options import Progress
from .outcomes import Kind, Outcome, of_read
from .pacing import Budget
from .patience import Patience
from .states import Moment
from .tally import Tally
from .watch import Watch

log = logging.getLogger(__name__)

_LEFT = (State.PENDING, State.POSTING, State.UNKNOWN)
_TO_LEAVE = 5.0  # seconds that a request may take to leave, at least
_FRESH = 5.0  # seconds for which what was read is acted on, at a quick pace
_CLOSED = 15.0  # seconds after which closed hours are looked at again
_TICK = 0.001  # seconds between reading the one clock and the other, at most
_NO_END = 1_000_000_000  # tries
_PROBE = "probe"


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
        self._hands = Hands(client, max(_TO_LEAVE, task.options.settle / 3), ledger.now)
        counts, now = ledger.counts(self._run.id), steady()
        self._tally = Tally(counts, now, task.options.hours)
        known = ledger.has_created(self._run.store_hash)
        self._patience = Patience(task.options, now, known, self._chance)
        self._watch = Watch(task.run, self._patience)
        self._flow = Flow(now)

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
        if self._watch.halt is not None:
            raise self._watch.halt

    def leave(self) -> None:
        """Say in the ledger that this worker has ended."""
        self._worker.give_up()  # nothing that still waits in a thread is sent
        self._ledger.dismiss(self._worker)

    # -- one turn

    def _turn(self) -> None:
        flow = self._flow
        if not flow.answers and self._may_rest(self._ledger.now(), steady()):
            return
        started: list[Job] = []
        with self._ledger.turn(self._run, self._worker) as turn:
            flow.now = turn.steady
            # Only by the clock of the transaction: before it the process may have been frozen.
            lease_is_old = self._worker.should_renew(turn.now, turn.steady)
            fenced = lease_is_old and not turn.renew()
            if not fenced:
                flow.see_the_clock(turn, self._options)
                budget = self._settle(turn, Budget.from_json(turn.budget(), turn.now))
                budget = self._begin(turn, budget, started)
                turn.save_budget(budget.as_json(turn.now))
        if fenced:
            self._start_afresh()
        elif lease_is_old:
            self._worker.renewed(turn.now, turn.steady)
        flow.answers = []
        self._send(started)

    def _may_rest(self, now: float, steadily: float) -> bool:
        """Whether it isn't time for a turn yet, and nobody has asked for another."""
        flow = self._flow
        if steadily >= flow.wake_at or flow.is_set(now, steadily):
            return False
        if self._worker.should_renew(now, steadily):
            return False
        if self._stopping() or self._ledger.run_state(self._run) is not RunState.OPEN:
            flow.wake_at = 0.0
            return False
        return True

    def _send(self, started: list[Job]) -> None:
        flow = self._flow
        flow.in_flight |= {job.attempt.token: job for job in started}
        sent = [(job.attempt.token, job.request) for job in started]
        if flow.probe_granted:
            flow.probe_granted, flow.probing = False, True
            sent.append((_PROBE, list_invoices(0, 1)))
        busy = len(flow.in_flight) + flow.probing
        for token, request in sent:
            until = flow.in_flight[token].good_until(flow.fresh_for) if token != _PROBE else None
            self._hands.send(self._worker, token, request, flow.now, busy, until)

    def _start_afresh(self) -> None:
        """Go on as a new worker: while this one was frozen, another took over its attempts."""
        self._flow.in_flight.clear()
        self._flow.ready.clear()
        self._flow.probing = self._flow.probe_granted = False
        self._worker = self._ledger.enroll(self._options.lease, self._run)
        self._tally.forget()

    def _settle(self, turn: Turn, budget: Budget) -> Budget:
        flow, done = self._flow, list[Job]()
        for sent in flow.answers:
            if sent.token == _PROBE:
                budget = self._hear_probe(turn, budget, sent)
                continue
            busy = len(flow.in_flight)
            job = flow.in_flight.pop(sent.token, None)
            if job is None:
                continue
            reads = job.request.method == "GET" and self._task.posts
            job.asked(sent.granted_at, sent.arrived_at)
            outcome = job.hear(sent.answer, self._moment(turn, job.attempt.invoice))
            self._watch.hear(outcome, sent, flow.now, job.attempt.invoice, reads=reads)
            if self._watch.outage_is_over:
                turn.forgive()
            budget = self._learn(turn, budget, outcome, sent, busy)
            if job.conclusion is None:
                flow.ready.append(job)
            else:
                done.append(job)
        self._write(turn, done)
        return budget

    def _hear_probe(self, turn: Turn, budget: Budget, sent: Sent) -> Budget:
        outcome = of_read(sent.answer)
        self._flow.probing = False
        self._watch.hear(outcome, sent, self._flow.now, None, reads=True)
        return self._learn(turn, budget, outcome, sent, 1)

    def _write(self, turn: Turn, jobs: list[Job]) -> None:
        settle = self._options.settle
        concluded = [
            self._flow.dated(job.conclusion, turn.now + settle) for job in jobs if job.conclusion
        ]
        settled = turn.settle(concluded)
        if any(done.to.outcome == SAME_ID for done in settled):
            self._hands.drop_connections()
        for done in settled:
            log.debug("invoice %s: %s, %s", done.attempt.number, done.to.outcome, done.to.state)
            self._flow.blockers.discard(done.attempt.invoice)
            if done.to.state is State.UNKNOWN:
                self._flow.unknowns_at = 0.0
            if done.attempt.run_id == self._run.id:
                before = State.UNKNOWN if done.attempt.kind == LOOK_UP else State.PENDING
                self._tally.moved(before, done.to.state, turn.steady)

    def _learn(self, turn: Turn, budget: Budget, outcome: Outcome, sent: Sent, busy: int) -> Budget:
        headers = sent.answer.headers if isinstance(sent.answer, Reply) else None
        ahead = turn.now - turn.steady
        granted, now = sent.granted_at + ahead + _TICK, sent.arrived_at + ahead
        if outcome.kind is Kind.BUSY and headers is not None:
            return pacing.refused(budget, headers, granted, now, self._options.backoff, busy)
        return pacing.hear(budget, headers, granted, now)

    # -- beginning more

    def _begin(self, turn: Turn, budget: Budget, started: list[Job]) -> Budget:
        flow = self._flow
        if self._stopping() or (self._task.posts and turn.run_state() is not RunState.OPEN):
            self._wind_down(turn)
            return budget
        if turn.steady >= flow.look_around_at:
            flow.look_around_at = turn.steady + max(self._options.poll, self._options.lease / 6)
            self._take_over(turn)
        flow.work(self._options.poll)
        if self._closed(turn):
            return budget
        if self._patience.waits_for_store:
            return self._probe(turn, budget)
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
        flow.fresh_for = max(_FRESH, 1.5 * pacing.spacing(budget, self._options.share))
        on_trial = self._patience.breaker.open
        limit = 1 if on_trial else budget.width.limit(self._options.in_flight)
        while len(flow.in_flight) + len(granted) < limit:
            work = self._tally.left - len(granted)
            budget, wait = pacing.take(budget, turn.now, self._options.share, work)
            if wait > 0:
                busy = "The store asks for a pause; waiting {}"
                budgets = "Waiting {} for the store's request budget"
                flow.wait(wait, busy if turn.now < budget.paused_until else budgets)
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
            self._flow.wait(closed_for, opening, wake_in=_CLOSED)
            self._tally.rest(turn.steady)
        return True

    def _probe(self, turn: Turn, budget: Budget) -> Budget:
        """Ask a store that is out of order whether it is back, now and then."""
        flow = self._flow
        self._tally.rest(turn.steady)
        self._look_at_the_rest(turn, started=False)
        if flow.over:
            return budget
        words = self._patience.words(self._run.store_name, flow.now)
        left = self._patience.retry_in(flow.now)
        if left > 0 or flow.probing or flow.in_flight:
            flow.wait(left or self._options.poll, words)
            return budget
        budget, wait = pacing.take(budget, turn.now, self._options.share, 1)
        flow.probe_granted = wait <= 0
        flow.wait(wait or self._options.poll, words)
        return budget

    def _next_jobs(self, turn: Turn, count: int) -> list[Job]:
        """Give what is most pressing: look-ups under way, unknowns that are due, new posts."""
        flow = self._flow
        jobs = self._ready_jobs(turn, count)
        moment = self._moment(turn)
        if turn.steady >= flow.unknowns_at:
            while len(jobs) < count and (unknown := turn.begin_look_up(flow.blockers)):
                jobs.append(Job(unknown, moment))
            if len(jobs) < count:
                flow.unknowns_at = turn.steady + self._options.poll
        if self._task.posts and len(jobs) < count:
            wanted, fresh = count - len(jobs), self._patience.breaker.open
            settle, only = self._options.settle, self._options.only
            begun = turn.begin_posts(wanted, settle, only, fresh=fresh)
            jobs += [Job(attempt, moment) for attempt in begun]
            flow.blocked = flow.blocked or not turn.blockers <= flow.blockers
            flow.blockers |= turn.blockers
            for state in turn.settled_owned:
                self._tally.moved(State.PENDING, state, turn.steady)
        return jobs

    def _ready_jobs(self, turn: Turn, count: int) -> list[Job]:
        """Give what is under way, each reading first when it has waited since it read."""
        flow = self._flow
        jobs = [flow.ready.popleft() for _ in range(min(count, len(flow.ready)))]
        for job in jobs:
            job.freshen(turn.steady, flow.fresh_for)
        return jobs

    def _look_at_the_rest(self, turn: Turn, started: bool) -> None:
        """Nothing is due: find out when something will be, or that the run is done."""
        flow, options = self._flow, self._options
        flow.unknowns_at = 0.0
        states = _LEFT if self._task.posts else (State.UNKNOWN,)
        left = turn.unfinished(states, options.only)
        if left.elsewhere or flow.blocked:
            self._take_over(turn)
        if left.due is None and not left.elsewhere:
            flow.over = not flow.in_flight and not started
            return
        if left.due is not None and left.due > turn.now + options.longest_wait:
            turn.bound_waits(options.longest_wait, options.settle, flow.blockers)
        elif left.due is not None:
            why = "The store had trouble; waiting" if self._patience.breaker.rounds else "Waiting"
            words = why + " {} before trying again"
            flow.wait(max(left.due - turn.now, 0.01), words, wake_in=options.poll)
        elif not flow.in_flight:
            flow.wait(options.poll, "Waiting for another program that is posting this run")

    def _take_over(self, turn: Turn) -> None:
        self._flow.blocked = False
        if turn.take_over(self._flow.blockers):
            self._tally.forget()

    def _wind_down(self, turn: Turn) -> None:
        """Begin nothing more; a look-up that isn't finished is left for the next time."""
        flow = self._flow
        for job in flow.ready:
            job.drop(self._moment(turn))
        self._write(turn, list(flow.ready))
        flow.ready.clear()
        if isinstance(self._watch.halt, StoreUnreachable):
            turn.forgive()
        flow.over = not flow.in_flight
        flow.work(self._options.poll)

    # -- waiting and telling

    def _stopping(self) -> bool:
        return self._task.stop.asked or self._watch.halt is not None

    def _moment(self, turn: Turn, invoice: int | None = None) -> Moment:
        """Give what a transition needs; the store's trouble uses up no tries of an invoice."""
        options = self._options
        if invoice is not None and not self._patience.breaker.is_its_own(invoice):
            options = replace(options, tries=_NO_END)
        return Moment(options, turn.now, self._chance)

    def _pause(self) -> float:
        """Give how long to wait for an answer before looking around again, in seconds."""
        return min(max(0.0, self._flow.wake_at - steady()), self._options.poll)

    def _report(self) -> None:
        if self._on_progress is not None:
            now = steady()
            self._tally.refresh(lambda: self._ledger.counts(self._run.id), now)
            waiting = self._flow.waiting(now)
            self._on_progress(self._tally.progress(now, self._ledger.now(), waiting))
