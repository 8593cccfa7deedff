"""Pure: the state machine of an invoice, as a table in code.

    posting  done                          → created
    posting  rejected                      → rejected
    posting  exists                        → unknown (look up now)
    posting  unknown                       → unknown (look up soon)
    posting  busy, unsent, refused, astray → pending (costs no try)
    posting  trouble                       → pending (costs a try), unknown after the last
    unknown  same content                  → created if an attempt may have done it, else skipped
    unknown  other content                 → conflict
    unknown  absent, too early to be sure  → unknown (look up later)
    unknown  absent                        → pending (costs a try), failed after the last
    unknown  no answer to the look-up      → unknown (look up later)

`pending → posting` and `posting → unknown` when its process has died are in the ledger's turns.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from decimal import Decimal

from importer.ledger.attempts import Settlement, Started
from importer.model import Json, State

from . import wording
from .compare import differences
from .options import LONGEST_BACKOFF, PostOptions
from .outcomes import Kind, Outcome


@dataclass(frozen=True, slots=True)
class Moment:
    """What a transition needs beside the attempt: the options, now (Unix seconds), and chance."""

    options: PostOptions
    now: float
    chance: random.Random

    def later(self, strikes: int) -> float:
        """Give the moment of the next try: twice as far off each time, give or take a half."""
        wait = min(LONGEST_BACKOFF, self.options.backoff * 2.0**strikes)
        return self.now + wait * self.chance.uniform(0.5, 1.5)

    def after_trouble(self) -> float:
        """Give the moment of the next try after a 500: as far off as the vendor asks, or more."""
        return self.now + self.options.trouble_wait * self.chance.uniform(1.0, 1.25)


def after_post(attempt: Started, outcome: Outcome, at: Moment) -> Settlement:
    """Give what a request to create an invoice led to."""
    kind, said = outcome.kind, outcome.said
    if kind is Kind.DONE:
        return Settlement(State.CREATED, kind, store_invoice_id=outcome.store_invoice_id)
    if kind is Kind.REJECTED:
        fault = wording.rejected(attempt.number, _body(attempt), attempt.origins(), said)
        return Settlement(State.REJECTED, kind, fault.message, fault=fault)
    if kind is Kind.EXISTS:
        return Settlement(State.UNKNOWN, kind, said, due=at.now)
    if kind is Kind.UNKNOWN:
        fault = wording.unanswered(attempt.number, attempt.origins(), said)
        due = at.now + at.options.first_look
        return Settlement(State.UNKNOWN, kind, said, maybe_sent=True, due=due, fault=fault)
    if kind is Kind.TROUBLE:
        return _after_trouble(attempt, said, at)
    return Settlement(State.PENDING, kind, wording.PUT_BACK[kind], due=at.now)


def after_look_up(attempt: Started, found: Json | None, at: Moment) -> Settlement:
    """Give what a look-up led to; `found` is the store's invoice, None when it has none."""
    if found is None:
        return _absent(attempt, at)
    ident = str(found.get("id"))
    differ = differences(_body(attempt), found)
    if differ:
        fault = wording.conflict(attempt.number, attempt.origins(), ident, differ)
        return Settlement(
            State.CONFLICT, "other", fault.message, store_invoice_id=ident, fault=fault
        )
    if attempt.maybe_sent:
        return Settlement(State.CREATED, "same", store_invoice_id=ident)
    words = f"The store had it before, as its invoice {ident}, with the same content."
    return Settlement(State.SKIPPED, "same", words, store_invoice_id=ident)


def after_failed_look_up(attempt: Started, outcome: Outcome, at: Moment) -> Settlement:
    """Give what a look-up without an answer led to: still unknown, ask again later."""
    fault = wording.unanswered(attempt.number, attempt.origins(), outcome.said)
    due = at.now if outcome.kind in (Kind.BUSY, Kind.UNSENT) else at.later(0)
    return Settlement(State.UNKNOWN, outcome.kind, attempt.message, due=due, fault=fault)


def put_off(attempt: Started, at: Moment) -> Settlement:
    """Give what becomes of a look-up that is dropped because posting stops: still unknown."""
    fault = wording.unanswered(attempt.number, attempt.origins(), "Posting was stopped")
    return Settlement(State.UNKNOWN, "put-off", attempt.message, due=at.now, fault=fault)


def _after_trouble(attempt: Started, said: str, at: Moment) -> Settlement:
    """Try again later; after the last try the store is asked whether one of them did it."""
    if attempt.strikes + 1 < at.options.tries:
        return _again(attempt, Kind.TROUBLE, said, at, maybe_sent=True)
    fault = wording.unanswered(attempt.number, attempt.origins(), said)
    return Settlement(
        State.UNKNOWN,
        Kind.TROUBLE,
        said,
        strike=True,
        maybe_sent=True,
        settled_at=at.now,
        due=at.now,
        fault=fault,
    )


def _absent(attempt: Started, at: Moment) -> Settlement:
    if attempt.maybe_sent and attempt.started_at < attempt.settled_at:
        fault = wording.unanswered(attempt.number, attempt.origins(), "It may still be at work")
        due = attempt.settled_at
        return Settlement(State.UNKNOWN, "absent-yet", attempt.message, due=due, fault=fault)
    said = attempt.message or "The store doesn't list it"
    if attempt.strikes + 1 < at.options.tries:
        return _again(attempt, "absent", said, at, maybe_sent=False)
    strikes = max(attempt.strikes, at.options.tries)
    fault = wording.failed(attempt.number, attempt.origins(), said, strikes)
    return Settlement(State.FAILED, "absent", fault.message, maybe_sent=False, fault=fault)


def _again(
    attempt: Started, outcome: str, said: str, at: Moment, *, maybe_sent: bool
) -> Settlement:
    due = at.after_trouble() if outcome == Kind.TROUBLE else at.later(attempt.strikes)
    return Settlement(State.PENDING, outcome, said, strike=True, maybe_sent=maybe_sent, due=due)


def _body(attempt: Started) -> Json:
    body: Json = json.loads(attempt.body, parse_float=Decimal)
    return body
