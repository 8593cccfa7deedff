"""Starts and ends a posting loop: what must be true before, and what is written after."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress

from importer.errors import LedgerError, SettingsError, StoreError, StoreUnreachable
from importer.ledger import Ledger, RunState
from importer.model import Store
from importer.secret import Secret

from .client import Client
from .flow import Task
from .options import PostOptions, Progress, StopSignal
from .poster import Poster
from .sweep import sweep

log = logging.getLogger(__name__)


def start(
    ledger: Ledger,
    run_id: str,
    store: Store,
    token: Secret,
    posts: bool,
    options: PostOptions | None,
    on_progress: Callable[[Progress], None] | None,
    stop: StopSignal | None,
) -> None:
    """Drive a run to its end; `posts` False: only settle what is unknown."""
    run = ledger.run(run_id)
    if run.state is RunState.DRAFT:
        raise LedgerError(f"Run {run.id} isn't confirmed yet.", "Confirm it first.")
    if run.store_hash != store.hash:
        raise SettingsError(
            f"Run {run.id} is for the store {run.store_name}, not for {store.name}.",
            "Name the store that the run was made for.",
        )
    task = Task(run, posts, options or PostOptions(), stop or StopSignal())
    timeout = (task.options.connect_timeout, task.options.timeout)
    with closing(Client(store, token, timeout)) as client, _remembered(ledger, run.id):
        log.info("run %s: posting to %s begins", run.id, store.name)
        ledger.wake(run)
        with suppress(StoreUnreachable):  # the loop asks again, with more patience
            sweep(ledger, run, store, token, task.options, task.stop, on_progress)
        poster = Poster(ledger, client, task, on_progress)
        try:
            poster.run()
        finally:
            # Should the ledger not take it, the lease runs out by itself.
            with suppress(LedgerError):
                poster.leave()
        ledger.finish(run.id)
        left = {state.value: count for state, count in ledger.counts(run.id).by_state.items()}
        log.info("run %s: posting has ended: %s", run.id, left)


@contextmanager
def _remembered(ledger: Ledger, run_id: str) -> Iterator[None]:
    """Keep in the ledger why posting stopped early; forget it when posting begins again."""
    if ledger.run(run_id).stopped:
        ledger.say_stopped(run_id, None)
    try:
        yield
    except StoreError as problem:
        ledger.say_stopped(run_id, str(problem))
        raise
