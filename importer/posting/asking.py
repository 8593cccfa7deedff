"""Asks a store questions one by one, within its budget; nothing of it changes anything there."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress

from importer.clock import steady
from importer.errors import LedgerError, SettingsError, TokenRefused
from importer.ledger import Ledger, Run
from importer.ledger.workers import Worker
from importer.model import Store
from importer.secret import Secret

from . import pacing
from .client import Client, Reply, Request
from .options import PostOptions, StopSignal
from .outcomes import Kind, Outcome, of_read
from .pacing import Budget
from .patience import NOBODY_THERE
from .reaching import hopeless, unreachable
from .read_back import is_gone

_NAP = 0.25


class Stopped(Exception):
    """The user asked to stop before everything was read."""


class Asker:
    """Sends reading requests; made by `asking`."""

    def __init__(
        self, ledger: Ledger, run: Run, client: Client, options: PostOptions, stop: StopSignal
    ) -> None:
        self._ledger = ledger
        self._run = run
        self._client = client
        self._options = options
        self._stop = stop
        self._heard = False
        self._worker: Worker = ledger.enroll(options.lease)

    def ask(self, request: Request) -> Reply:
        """Give the answer to a GET: one with data, or the store's word that there is no such thing.

        Waits for the budget and tries again after trouble: as often as an invoice would be tried,
        and no longer than a run would wait for the store, but without that rest in between, since
        somebody waits for the answer. Raises TokenRefused, StoreUnreachable, or Stopped when the
        user doesn't want to wait any longer.
        """
        tries, since = 0, steady()
        while True:
            granted_at = self._wait_for_grant()
            answer: Reply | Exception
            try:
                answer = self._client.send(request)
            except Exception as problem:
                answer = problem
            outcome = of_read(answer)
            self._learn(outcome, answer, granted_at)
            self._heard = self._heard or isinstance(answer, Reply)
            if isinstance(answer, Reply) and (outcome.kind is Kind.DONE or is_gone(answer)):
                return answer
            if outcome.kind is Kind.BUSY:
                continue
            tries += 1
            self._give_up(outcome, tries, steady() - since)
            wait = self._options.backoff * 2.0**tries * random.uniform(0.5, 1.5)  # noqa: S311
            self._sleep(wait)

    def leave(self) -> None:
        """Say in the ledger that this is over."""
        self._ledger.dismiss(self._worker)

    def _wait_for_grant(self) -> float:
        while True:
            with self._ledger.turn(self._run, self._worker) as turn:
                budget = Budget.from_json(turn.budget(), turn.now)
                budget, wait = pacing.take(budget, turn.now, self._options.share)
                if wait <= 0:
                    turn.save_budget(budget.as_json(turn.now))
                    return turn.steady
            self._sleep(wait)

    def _learn(self, outcome: Outcome, answer: Reply | Exception, granted_at: float) -> None:
        headers = answer.headers if isinstance(answer, Reply) else None
        with self._ledger.turn(self._run, self._worker) as turn:
            budget = Budget.from_json(turn.budget(), turn.now)
            granted_at += turn.now - turn.steady
            if outcome.kind is Kind.BUSY and headers is not None:
                backoff = self._options.backoff
                budget = pacing.refused(budget, headers, granted_at, turn.now, backoff)
            else:
                budget = pacing.hear(budget, headers, granted_at, turn.now)
            turn.save_budget(budget.as_json(turn.now))

    def _give_up(self, outcome: Outcome, tries: int, seconds: float) -> None:
        if outcome.kind is Kind.REFUSED:
            raise TokenRefused(
                f"{self._run.store_name} refused the token: {outcome.told}.",
                "Check the token and its scope, then try again; nothing was changed.",
            )
        gives_up = outcome.kind is Kind.REJECTED or hopeless(outcome.hurdle)
        lasts = self._options.give_up_after if self._heard else NOBODY_THERE
        if gives_up or tries >= self._options.tries or seconds >= lasts:
            then = "Then try again."
            raise unreachable(self._run.store_name, outcome.told, outcome.hurdle, then)

    def _sleep(self, seconds: float) -> None:
        until = steady() + seconds
        while (left := until - steady()) > 0:
            if self._stop.asked:
                raise Stopped
            time.sleep(min(left, _NAP))
        if self._stop.asked:
            raise Stopped


@contextmanager
def asking(
    ledger: Ledger,
    run: Run,
    store: Store,
    token: Secret,
    options: PostOptions | None = None,
    stop: StopSignal | None = None,
) -> Iterator[Asker]:
    """Give an Asker of a run's store. Raises SettingsError when it is another store."""
    if run.store_hash != store.hash:
        raise SettingsError(
            f"Run {run.id} is for the store {run.store_name}, not for {store.name}.",
            "Name the store that the run was made for.",
        )
    options = options or PostOptions()
    timeout = (options.connect_timeout, options.timeout)
    with closing(Client(store, token, timeout)) as client:
        asker = Asker(ledger, run, client, options, stop or StopSignal())
        try:
            yield asker
        finally:
            with suppress(LedgerError):
                asker.leave()
