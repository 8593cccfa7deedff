"""Settles many unknown invoices at once, by listing what the store holds.

A look-up takes two requests for an invoice that is there. When pages of the list take fewer, they
are read first: what is found there with the very content that we sent is created. Everything else,
absent or different, is left to a look-up of its own, since a list that changes while it is read
proves nothing of what it doesn't show.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from contextlib import suppress

from importer.errors import LedgerError
from importer.ledger import Entry, Ledger, Run
from importer.ledger.attempts import Answer, Conclusion
from importer.ledger.records import chunks
from importer.ledger.workers import Worker
from importer.model import Counts, Json, State, Store
from importer.secret import Secret

from . import update
from .asking import Stopped, asking
from .client import Reply
from .content import compare
from .holdings import items_of, pages
from .lookup import Found as LookedUp
from .options import PostOptions, Progress, StopSignal
from .states import Moment

FEW = 20
"""Fewer unknown invoices than these are looked up one by one."""

_BATCH = 200

Found = tuple[Entry, Json, Reply]


def sweep(
    ledger: Ledger,
    run: Run,
    store: Store,
    token: Secret,
    options: PostOptions,
    stop: StopSignal,
    on_progress: Callable[[Progress], None] | None = None,
) -> None:
    """Settle what is unknown in a run and surely created, when listing is cheaper than looking up.

    Raises TokenRefused or StoreUnreachable; nothing is lost then.
    """
    if options.hours and options.hours.closed_for(time.time()):
        return
    worker = ledger.enroll(options.lease, run)
    try:
        with ledger.turn(run, worker) as turn:
            turn.take_over()
        if ledger.counts(run.id)[State.UNKNOWN] < FEW:
            return
        with suppress(Stopped):
            _sweep(ledger, run, (store, token), (options, stop), worker, on_progress)
    finally:
        with suppress(LedgerError):
            ledger.dismiss(worker)


def _sweep(
    ledger: Ledger,
    run: Run,
    to: tuple[Store, Secret],
    how: tuple[PostOptions, StopSignal],
    worker: Worker,
    on_progress: Callable[[Progress], None] | None,
) -> None:
    wanted = {
        entry.number: entry
        for entry in ledger.entries(run.id, (State.UNKNOWN,))
        if entry.doing is None
    }
    total = len(wanted)
    with asking(ledger, run, *to, *how) as asker:
        for page in pages(asker, lambda left: left < 2 * len(wanted)):
            found: list[Found] = []
            for item in items_of(page):
                entry = wanted.get(str(item.get("invoiceNumber")))
                if entry and _surely_ours(entry.body, item):
                    found.append((wanted.pop(entry.number), item, page))
            _settle(ledger, run, worker, found, how[0])
            if on_progress:
                words = f"Asking the store what became of {total:,} invoices"
                on_progress(Progress(total - len(wanted), total, Counts(), 0.0, None, words))


def _surely_ours(sent: Json, listed: Json) -> bool:
    """Whether a list shows all that GET would, and all of it is the same."""
    found = compare(sent, listed)
    return found.same and not {"/details", "/extraFields"} & set(found.unseen)


def _settle(
    ledger: Ledger, run: Run, worker: Worker, found: list[Found], options: PostOptions
) -> None:
    by_id = {entry.id: (item, page) for entry, item, page in found}
    for ids in chunks(by_id, _BATCH):
        with ledger.turn(run, worker) as turn:
            moment = Moment(options, turn.now, random.Random())  # noqa: S311 - spreads waits
            turn.settle(
                [
                    Conclusion(
                        attempt,
                        update.after_finding(attempt, LookedUp(by_id[attempt.invoice][0]), moment),
                        _answer(by_id[attempt.invoice][1]),
                    )
                    for attempt in turn.begin_look_ups(ids)
                ]
            )


def _answer(page: Reply) -> Answer:
    return Answer(page.status, "200", None, page.request_id)
