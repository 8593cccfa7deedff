"""One attempt on its way: the requests it makes and what they lead to."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field

from importer.ledger.attempts import (
    DELETE,
    EXISTS,
    POST,
    UPDATE,
    Answer,
    Conclusion,
    Settlement,
    Started,
)

from . import undo, update
from .client import Reply, Request, create_invoice
from .lookup import LookUpFailed, look_up
from .outcomes import Kind, Outcome, of_create, of_read
from .states import Moment, after_failed_look_up, after_post, put_off

Steps = Generator[Request, Reply | Exception, Settlement]


@dataclass(slots=True)
class Job:
    """An attempt, its next request, and after its last answer the conclusion.

    `read_at` (steady) is when the store was last asked what it holds.
    """

    attempt: Started
    moment: Moment
    request: Request = field(init=False)
    conclusion: Conclusion | None = None
    read_at: float = 0.0
    _rereads: int = 0
    _took: float = 0.0
    _answer: Answer = field(default_factory=Answer)
    _steps: Steps = field(init=False)

    def __post_init__(self) -> None:
        """Find the first request."""
        self._steps = self._begin()
        self.request = next(self._steps)

    def hear(self, answer: Reply | Exception, moment: Moment) -> Outcome:
        """Take the answer to `request`; then there is a conclusion, or another request."""
        self.moment = moment
        outcome = of_read(answer) if self.request.method == "GET" else self._made(answer)
        self._answer = _record(answer, outcome)
        try:
            self.request = self._steps.send(answer)
        except StopIteration as end:
            self.conclusion = Conclusion(self.attempt, end.value, self._answer)
        return outcome

    def asked(self, granted_at: float, arrived_at: float) -> None:
        """Note when the request whose answer is about to be heard was made (steady moments)."""
        if self.request.method == "GET":
            self.read_at, self._took = granted_at, arrived_at - granted_at

    def good_until(self, fresh_for: float) -> float:
        """Give until when the next request may leave: what it acts on is older after that.

        From the third time on more is allowed, and a slow answer's own time: else nothing would go.
        """
        if self.request.method not in ("PUT", "DELETE"):
            return float("inf")
        more = self._took + fresh_for if self._rereads > 1 else 0.0
        return self.read_at + fresh_for + more

    def freshen(self, now: float, fresh_for: float) -> None:
        """Read once more what was read too long ago to be acted on; `now` is steady."""
        if now > self.good_until(fresh_for):
            self._rereads += 1
            self.__post_init__()

    def drop(self, moment: Moment) -> None:
        """Leave a look-up, or what isn't sent yet, where it is, because posting stops."""
        attempt = self.attempt
        if attempt.kind == UPDATE:
            left = update.put_off(attempt, self.request, moment)
        elif attempt.kind == DELETE:
            left = undo.put_off(attempt, moment)
        else:
            left = put_off(attempt, moment)
        self.conclusion = Conclusion(attempt, left, self._answer)

    def _begin(self) -> Steps:
        """Give the steps of this kind of attempt, and of what it is about."""
        attempt = self.attempt
        if attempt.kind == POST:
            return self._post()
        if attempt.kind == UPDATE:
            return update.change(attempt, self._clock)
        if attempt.kind == DELETE:
            return undo.delete(attempt, self._clock)
        if attempt.doing == UPDATE:
            return update.settle(attempt, self._clock)
        if attempt.doing == DELETE:
            return undo.settle(attempt, self._clock)
        return self._look_up()

    def _clock(self) -> Moment:
        return self.moment

    def _post(self) -> Steps:
        answer = yield create_invoice(self.attempt.body)
        return after_post(self.attempt, self._made(answer), self.moment)

    def _made(self, answer: Reply | Exception) -> Outcome:
        """Say what a change led to: no JSON is a wrong address's after an attempt may have worked.

        Should the address be wrong all the same, the look-up that follows says so.
        """
        outcome = of_create(answer)
        readable = isinstance(answer, Reply) and answer.body is not None
        if outcome.kind is Kind.ASTRAY and readable and self.attempt.maybe_sent:
            return Outcome(Kind.REJECTED, outcome.said)
        return outcome

    def _look_up(self) -> Steps:
        try:
            exists = self.attempt.heard == EXISTS
            found = yield from look_up(self.attempt.number, thorough=exists)
        except LookUpFailed as failure:
            return after_failed_look_up(self.attempt, failure, self.moment)
        return update.after_finding(self.attempt, found, self.moment)


def _record(answer: Reply | Exception, outcome: Outcome) -> Answer:
    said = outcome.said if outcome.kind is not Kind.DONE else None
    if not isinstance(answer, Reply):
        return Answer(message=said)
    code = answer.body.get("code") if answer.body else None
    return Answer(answer.status, None if code is None else str(code), said, answer.request_id)
