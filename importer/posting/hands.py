"""The threads that send: as many as there are requests in flight, and no more."""

from __future__ import annotations

import queue
import threading
import time
from dataclasses import dataclass
from functools import partial

from importer.ledger.workers import Worker

from .client import Client, NeverSent, Reply, Request

_LINGER = 0.004  # seconds; next to nothing beside a real store's latency


@dataclass(frozen=True, slots=True)
class Sent:
    """An answer on its way back: whose it is, when its request was granted, when it arrived.

    Moments are Unix seconds.
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


class Hands:
    """Sends requests in threads that end with the program, and collects the answers.

    The claim of the worker that began a request is checked right before each byte leaves: one whose
    lease has run out while the process was frozen sends nothing, even if another worker has taken
    its place here. Nor does a request leave later than `patience` seconds after it was granted:
    the budget has gone on, and whoever looks for it believes it settled soon.
    """

    def __init__(self, client: Client, patience: float) -> None:
        self._client = client
        self._patience = patience
        self._work: queue.SimpleQueue[_Work | None] = queue.SimpleQueue()
        self._answers: queue.SimpleQueue[Sent] = queue.SimpleQueue()
        self._threads = 0

    def send(
        self, worker: Worker, token: str, request: Request, granted_at: float, busy: int
    ) -> None:
        """Send a request of the attempt `token`; `busy` counts those in flight, this one too."""
        if self._threads < busy:
            self._threads += 1
            threading.Thread(target=self._run, name="posting", daemon=True).start()
        self._work.put(_Work(worker, token, request, granted_at))

    def collect(self, timeout: float, enough: int) -> list[Sent]:
        """Wait at most so many seconds for an answer; give all that are there.

        After the first it lingers for a moment until there are `enough`: they share one commit.
        """
        found: list[Sent] = []
        try:
            found.append(self._answers.get(timeout=max(0.0, timeout)))
            until = time.monotonic() + _LINGER
            while len(found) < enough:
                found.append(self._answers.get(timeout=max(0.0, until - time.monotonic())))
            while True:
                found.append(self._answers.get_nowait())
        except queue.Empty:
            return found

    def close(self) -> None:
        """Let the threads end when they have finished what they are at."""
        for _ in range(self._threads):
            self._work.put(None)

    def _run(self) -> None:
        while work := self._work.get():
            answer: Reply | Exception
            try:
                self._check(work)
                answer = self._client.send(work.request, partial(self._check, work))
            except Exception as problem:
                answer = problem
            self._answers.put(Sent(work.token, work.granted_at, time.time(), answer))

    def _check(self, work: _Work) -> None:
        """Raise NeverSent when a request must not leave any more."""
        now = time.time()
        if not work.worker.may_send(now):
            raise NeverSent("the claim ran out before the request was sent")
        if now > work.granted_at + self._patience:
            raise NeverSent("the request was kept waiting for too long")
