"""The threads that send: as many as there are requests in flight, and no more."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass

from importer.clock import steady
from importer.ledger.workers import Worker

from .client import Client, NeverSent, Reply, Request

_LINGER = 0.004  # seconds; next to nothing beside a real store's latency
_GLANCE = 0.1  # a lock can't be interrupted everywhere, so that Ctrl-C waits so long at most


class TooLate(NeverSent):
    """The request was still here when its moment was over: no fault of the store's."""


@dataclass(frozen=True, slots=True)
class Sent:
    """An answer on its way back: whose it is, when its request was granted, when it arrived.

    Moments are on the steady clock.
    """

    token: str
    granted_at: float
    arrived_at: float
    answer: Reply | Exception


@dataclass(frozen=True, slots=True)
class _Work:
    worker: Worker
    token: str
    request: Request
    granted_at: float
    until: float


class Hands:
    """Sends requests in threads that end with the program, and collects the answers.

    The claim of the worker that began a request is checked right before each byte leaves: one whose
    lease has run out while the process was frozen sends nothing, even if another worker has taken
    its place here. Nor does a request leave later than `patience` seconds after it was granted:
    the budget has gone on, and whoever looks for it believes it settled soon. `wall` gives the
    Unix seconds by which others see the lease.
    """

    def __init__(self, client: Client, patience: float, wall: Callable[[], float]) -> None:
        self._client = client
        self._patience = patience
        self._wall = wall
        self._work: queue.SimpleQueue[_Work | None] = queue.SimpleQueue()
        self._answers: queue.SimpleQueue[Sent] = queue.SimpleQueue()
        self._threads = 0

    def send(
        self,
        worker: Worker,
        token: str,
        request: Request,
        granted_at: float,
        busy: int,
        until: float | None = None,
    ) -> None:
        """Send a request of the attempt `token`; `busy` counts those in flight, this one too.

        It doesn't leave after `until` (steady), if that is given.
        """
        until = min(granted_at + self._patience, float("inf") if until is None else until)
        if self._threads < busy:
            self._threads += 1
            threading.Thread(target=self._run, name="posting", daemon=True).start()
        self._work.put(_Work(worker, token, request, granted_at, until))

    def collect(self, timeout: float, enough: int) -> list[Sent]:
        """Wait at most so many seconds for an answer; give all that are there.

        After the first it lingers for a moment until there are `enough`: they share one commit.
        Ctrl-C ends it within a moment on every system.
        """
        found: list[Sent] = []
        try:
            found.append(self._first(timeout))
            until = steady() + _LINGER
            while len(found) < enough:
                found.append(self._answers.get(timeout=max(0.0, until - steady())))
            while True:
                found.append(self._answers.get_nowait())
        except queue.Empty:
            return found

    def _first(self, timeout: float) -> Sent:
        """Give the first answer. Raises Empty when none comes in time."""
        until = steady() + timeout
        while True:
            left = until - steady()
            try:
                return self._answers.get(timeout=min(_GLANCE, max(0.0, left)))
            except queue.Empty:
                if left <= _GLANCE:
                    raise

    def drop_connections(self) -> None:
        """Use no connection again that is open now: answers on it may belong to other requests."""
        self._client.close()

    def close(self) -> None:
        """Let the threads end when they have finished what they are at."""
        for _ in range(self._threads):
            self._work.put(None)

    def _run(self) -> None:
        while work := self._work.get():
            answer = self._send(work)
            self._answers.put(Sent(work.token, work.granted_at, steady(), answer))

    def _send(self, work: _Work) -> Reply | Exception:
        held_back: list[TooLate] = []

        def guard() -> None:
            try:
                self._check(work)
            except TooLate as problem:
                held_back.append(problem)
                raise

        try:
            self._check(work)
            return self._client.send(work.request, guard)
        except NeverSent as problem:
            return held_back[0] if held_back else problem
        except Exception as problem:
            return problem

    def _check(self, work: _Work) -> None:
        """Raise TooLate when a request must not leave any more."""
        now = steady()
        if not work.worker.may_send(self._wall(), now):
            raise TooLate("the claim ran out before the request was sent")
        if now > work.until:
            raise TooLate("the request was kept waiting for too long")
