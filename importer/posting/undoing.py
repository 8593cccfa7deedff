"""Undoes a run: surveys what it created, then deletes what nobody has changed or paid since."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from decimal import Decimal

from importer.clock import steady
from importer.errors import LedgerError
from importer.ledger import Entry, Ledger, Run
from importer.ledger.attempts import DELETE
from importer.ledger.turns import Turn
from importer.model import Counts, Json, State, Store, Total
from importer.secret import Secret

from .asking import Asker, asking
from .client import Client, get_invoice, list_invoices
from .flow import Task
from .job import Job
from .lookup import PAGE, total_of
from .options import PostOptions, Progress, StopSignal
from .poster import Poster
from .read_back import data_of, is_gone
from .tally import Tally
from .undo import RETRIED, why_left_alone

_NOT_SURELY_OURS = (
    "it was only found in the store after a request that got no proper answer: another program "
    "may have created it (--inferred deletes it too)"
)

Shown = Callable[[int, int], None]
"""Called with how many were looked at, of how many."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An invoice that a run created. `why` says why it is left alone; None: it can be deleted."""

    id: int
    number: str
    company: str
    currency: str
    amount: Decimal
    store_invoice_id: str
    why: str | None

    def as_json(self) -> Json:
        """Give the invoice as `--json` prints it."""
        return {
            "invoice": self.number,
            "company": self.company,
            "store_invoice_id": self.store_invoice_id,
            "why": self.why,
        }


@dataclass(frozen=True)
class Survey:
    """What undoing a run would do at this moment."""

    candidates: Sequence[Candidate]

    @property
    def to_delete(self) -> list[Candidate]:
        """The invoices that would be deleted."""
        return [one for one in self.candidates if one.why is None]

    @property
    def left_alone(self) -> list[Candidate]:
        """The invoices that would not be, each with its reason."""
        return [one for one in self.candidates if one.why is not None]

    @property
    def totals(self) -> list[Total]:
        """The money of what would be deleted, by currency."""
        sums: dict[str, list[Decimal]] = {}
        for one in self.to_delete:
            sums.setdefault(one.currency, []).append(one.amount)
        return [
            Total(code, len(sums[code]), sum(sums[code], start=Decimal(0))) for code in sorted(sums)
        ]


def survey(
    ledger: Ledger,
    run: Run,
    store: Store,
    token: Secret,
    options: PostOptions | None = None,
    on_progress: Shown | None = None,
    stop: StopSignal | None = None,
    *,
    inferred: bool = False,
) -> Survey:
    """Read from the store what a run created there and compare it with what was sent.

    `inferred`: also what was only found there after a request without an answer. Lists whole pages
    when that takes fewer requests than reading each invoice. Raises TokenRefused, StoreUnreachable,
    or Stopped.
    """
    created = list(_created(ledger, run))
    kept = _kept(created, ledger.moved(run), inferred=inferred)
    asked = [one for one in created if one.id not in kept]
    found = [_candidate(one, kept[one.id]) for one in created if one.id in kept]
    with asking(ledger, run, store, token, options, stop) as asker:
        for entry, held in _held(asker, asked):
            gone = held is None
            found.append(
                _candidate(entry, None if gone else why_left_alone(entry.body, held or {}))
            )
            if on_progress:
                on_progress(len(found), len(created))
    return Survey(sorted(found, key=lambda one: one.id))


def delete_all(
    ledger: Ledger,
    run: Run,
    store: Store,
    token: Secret,
    ids: Collection[int],
    options: PostOptions | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    stop: StopSignal | None = None,
) -> None:
    """Delete these invoices (the ledger's IDs), each read once more right before.

    Returns when all are settled or `stop` was asked. Raises TokenRefused or StoreUnreachable after
    everything in flight is settled, LedgerError when the ledger can't be written. After any end
    it may be called again.
    """
    task = Task(run, False, options or PostOptions(), stop or StopSignal())
    timeout = (task.options.connect_timeout, task.options.timeout)
    with closing(Client(store, token, timeout)) as client:
        undoer = Undoer(ledger, client, task, on_progress, ids)
        try:
            undoer.run()
        finally:
            with suppress(LedgerError):
                undoer.leave()


class Undoer(Poster):
    """A posting loop that deletes instead: the same turns, budget, breaker and fencing."""

    def __init__(
        self,
        ledger: Ledger,
        client: Client,
        task: Task,
        on_progress: Callable[[Progress], None] | None,
        ids: Collection[int],
    ) -> None:
        super().__init__(ledger, client, task, on_progress)
        self._due: dict[int, float] = dict.fromkeys(sorted(ids), 0.0)
        self._tries: Counter[int] = Counter()
        self._tally = Tally(Counts({State.PENDING: len(ids)}, len(ids)), steady())

    def _next_jobs(self, turn: Turn, count: int) -> list[Job]:
        """Give deletions under way first, so that little time passes after an invoice is read."""
        jobs = self._ready_jobs(turn, count)
        ids = [one for one, due in self._due.items() if due <= turn.steady][: count - len(jobs)]
        if not ids:
            return jobs
        begun = turn.begin_deletes(ids, self._options.settle)
        for one in ids:
            del self._due[one]
        for _ in range(len(ids) - len(begun)):
            self._tally.moved(State.PENDING, State.CREATED, turn.steady)
        return jobs + [Job(attempt, self._moment(turn)) for attempt in begun]

    def _write(self, turn: Turn, jobs: list[Job]) -> None:
        for done in turn.settle([job.conclusion for job in jobs if job.conclusion]):
            invoice, outcome = done.attempt.invoice, done.to.outcome
            if outcome in RETRIED and self._may_retry(invoice, outcome):
                wait = self._moment(turn).later(self._tries[invoice]) - turn.now
                self._due[invoice] = turn.steady + wait
            else:
                self._tally.moved(State.PENDING, done.to.state, turn.steady)

    def _may_retry(self, invoice: int, outcome: str) -> bool:
        its_own = self._patience.breaker.is_its_own(invoice)
        if its_own and outcome not in ("busy", "unsent"):
            self._tries[invoice] += 1
        return self._tries[invoice] < self._options.tries

    def _look_at_the_rest(self, turn: Turn, started: bool) -> None:
        """Find out when something is due again, or that all is done."""
        if self._due:
            wait = max(0.01, min(self._due.values()) - turn.steady)
            self._flow.wait(wait, "Waiting {} before trying again")
        else:
            self._flow.over = not self._flow.in_flight and not started and not self._flow.ready

    def _report(self) -> None:
        if self._on_progress is not None:
            now = steady()
            waiting = self._flow.waiting(now)
            self._on_progress(self._tally.progress(now, self._ledger.now(), waiting))


def _created(ledger: Ledger, run: Run) -> Iterator[Entry]:
    """Give what a run created, and what it was deleting when it was interrupted."""
    yield from ledger.entries(run.id, (State.CREATED,))
    yield from (one for one in ledger.entries(run.id, (State.UNKNOWN,)) if one.doing == DELETE)


def _kept(created: Sequence[Entry], moved: Mapping[int, str], *, inferred: bool) -> dict[int, str]:
    """Say of which invoices nobody needs to ask the store, since they are left alone anyway."""
    kept = {
        one.id: f"run {moved[one.id]} has changed it since" for one in created if one.id in moved
    }
    if not inferred:
        kept |= {one.id: _NOT_SURELY_OURS for one in created if one.inferred}
    return kept


def _candidate(entry: Entry, why: str | None) -> Candidate:
    return Candidate(
        id=entry.id,
        number=entry.number,
        company=entry.company,
        currency=entry.currency,
        amount=entry.amount,
        store_invoice_id=entry.store_invoice_id or "",
        why=why,
    )


def _held(asker: Asker, entries: Sequence[Entry]) -> Iterator[tuple[Entry, Json | None]]:
    """Give each entry with the store's invoice, None when the store no longer has it.

    What the list shows as changed is read once more by itself: a list may show less.
    """
    listed = _listed(asker, {one.store_invoice_id or "" for one in entries})
    for entry in entries:
        ident = entry.store_invoice_id or ""
        if ident in listed and not why_left_alone(entry.body, listed[ident]):
            yield entry, listed[ident]
        else:
            answer = asker.ask(get_invoice(ident))
            yield entry, None if is_gone(answer) else data_of(answer)


def _listed(asker: Asker, wanted: set[str]) -> dict[str, Json]:
    """Read the store's list, the newest first, as long as that saves requests; by store ID."""
    found: dict[str, Json] = {}
    offset, pages = 0, 1
    while pages < len(wanted - found.keys()):
        body = asker.ask(list_invoices(offset, PAGE)).body or {}
        data = body.get("data")
        items = [item for item in data if isinstance(item, dict)] if isinstance(data, list) else []
        found |= {ident: item for item in items if (ident := str(item.get("id"))) in wanted}
        offset += len(items)
        left = total_of(body, offset) - offset
        if not items or left <= 0:
            break
        pages = -(-left // PAGE)
    return found
