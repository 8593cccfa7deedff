"""The threads that send: as many as there are requests in flight, and no more."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

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


class Hands:
    """Sends requests in threads that end with the program, and collects the answers.

    The worker's claim is checked right before a request leaves: one whose lease has run out while
    the process was frozen sends nothing.
    """

    def __init__(self, client: Client, worker: Callable[[], Worker]) -> None:
        self._client = client
        self._worker = worker
        self._work: queue.SimpleQueue[tuple[str, Request, float] | None] = queue.SimpleQueue()
        self._answers: queue.SimpleQueue[Sent] = queue.SimpleQueue()
        self._threads = 0

    def send(self, token: str, request: Request, granted_at: float, busy: int) -> None:
        """Send a request of the attempt `token`; `busy` counts those in flight, this one too."""
        if self._threads < busy:
            self._threads += 1
            threading.Thread(target=self._run, name="posting", daemon=True).start()
        self._work.put((token, request, granted_at))

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
            token, request, granted_at = work
            answer: Reply | Exception
            try:
                if self._worker().may_send(time.time()):
                    answer = self._client.send(request)
                else:
                    answer = NeverSent("the claim ran out before the request was sent")
            except Exception as problem:
                answer = problem
            self._answers.put(Sent(token, granted_at, time.time(), answer))
