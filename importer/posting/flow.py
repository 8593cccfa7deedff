"""What a posting loop is asked to do, and what it remembers between its turns."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace

from importer.ledger import Run
from importer.ledger.attempts import Conclusion
from importer.ledger.turns import Turn

from .hands import Sent
from .job import Job
from .options import PostOptions, StopSignal

_STEP = 1.0  # seconds by which the clock on the wall must jump to have been set
_SHORT = 1.0  # seconds; who waits for less is not told


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be done: a run, whether it posts or only reconciles, and how."""

    run: Run
    posts: bool
    options: PostOptions
    stop: StopSignal


@dataclass(slots=True)
class Flow:
    """What a posting loop remembers between its turns; moments are on the steady clock.

    `now` is the moment of the newest turn, `offset` by how much the clock on the wall was ahead of
    it then, None before the first. `misdated` are the tokens of attempts that began before that
    clock was set. `blockers` are the invoices of other runs that hold numbers which we need;
    `blocked`: one was found since it was last asked whether their workers are alive. `fresh_for`
    is for how many seconds what was read may be acted on. Before `unknowns_at` nobody looks
    whether an unknown invoice is due.
    """

    now: float
    in_flight: dict[str, Job] = field(default_factory=dict)
    ready: deque[Job] = field(default_factory=deque)
    answers: list[Sent] = field(default_factory=list)
    blockers: set[int] = field(default_factory=set)
    blocked: bool = False
    probe_granted: bool = False
    probing: bool = False
    offset: float | None = None
    misdated: set[str] = field(default_factory=set)
    wake_at: float = 0.0
    fresh_for: float = 0.0
    look_around_at: float = 0.0
    unknowns_at: float = 0.0
    over: bool = False
    _waits_until: float = 0.0
    _words: str = ""

    def is_set(self, wall: float, now: float) -> bool:
        """Whether somebody has set the clock on the wall since the newest turn."""
        return self.offset is not None and abs(wall - now - self.offset) > _STEP

    def see_the_clock(self, turn: Turn, options: PostOptions) -> None:
        """Find what the ledger says of moments wrong when somebody has set the clock."""
        if self.offset is None:
            turn.bound_waits(options.longest_wait, options.settle)
        elif self.is_set(turn.now, turn.steady):
            turn.clock_was_set(options.settle)
            self.misdated = {*self.in_flight, *(job.attempt.token for job in self.ready)}
        self.offset = turn.now - turn.steady

    def dated(self, done: Conclusion, latest: float) -> Conclusion:
        """Take what began before the clock was set as begun now: at work until `latest`."""
        if done.attempt.token not in self.misdated:
            return done
        return replace(done, to=replace(done.to, settled_at=latest))

    def wait(self, seconds: float, words: str, wake_in: float | None = None) -> None:
        """Do nothing more for so long; `words` say why, `{}` in them for how long.

        `wake_in`: look again after so many seconds at the latest.
        """
        self._waits_until, self._words = self.now + seconds, words
        self.wake_at = self.now + (seconds if wake_in is None else min(seconds, wake_in))

    def work(self, seconds: float) -> None:
        """Wait for nothing; look again after so many seconds."""
        self._words, self.wake_at = "", self.now + seconds

    def waiting(self, now: float) -> str | None:
        """Say what it waits for at this moment, None when it doesn't, or not for long."""
        left = self._waits_until - now
        if not self._words or ("{}" in self._words and left <= _SHORT):
            return None
        return self._words.format(duration(left))


def duration(seconds: float) -> str:
    """Say how long that is, as `42 s`, `12 min` or `2 h 5 min`."""
    whole = max(1, round(seconds))
    if whole < 120:
        return f"{whole} s"
    minutes = round(whole / 60)
    if minutes < 120:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"
