"""Changing what the store holds under a number to what the workbook says.

PUT replaces `details` whole, so the invoice is read first and the workbook's values are laid over
what is there. It is read again afterwards. PUT may be repeated: the same body twice is the same.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator
from decimal import Decimal

from importer.ledger import OnExisting
from importer.ledger.attempts import UPDATE, Settlement, Started
from importer.model import Fault, Json, State

from . import wording
from .client import Reply, Request, get_invoice, update_invoice
from .compare import differences
from .outcomes import Kind, Outcome, of_create, of_read
from .put import put_body, text_of, why_not
from .read_back import (
    data_of,
    is_gone,
    unlike,
    words_of,
)
from .states import Moment, after_failed_look_up, after_look_up

Steps = Generator[Request, Reply | Exception, Settlement]
Clock = Callable[[], Moment]


def change(attempt: Started, clock: Clock) -> Steps:
    """Read the invoice, change it, read it again; yields requests and is sent their answers."""
    ident, ours = attempt.store_invoice_id or "", _load(attempt.body)
    answer = yield get_invoice(ident)
    held = _held(answer, attempt)
    if held is None:
        return _not_read(attempt, answer, clock())
    if not unlike(ours, held):
        return _same(attempt)
    known = _load(attempt.known) if attempt.known else None
    if forbidden := why_not(ours, held, known):
        return _conflict(attempt, *forbidden)
    answer = yield update_invoice(ident, text_of(put_body(ours, held)))
    outcome = of_create(answer)
    if outcome.kind is not Kind.DONE:
        return _not_changed(attempt, answer, outcome, clock())
    answer = yield get_invoice(ident)
    held = _held(answer, attempt)
    if held is None:
        return _unanswered(attempt, of_read(answer), clock())
    if left := unlike(ours, held):
        words = f"The store took the change, but holds something else: {words_of(left)}."
        return _conflict(attempt, words, left[0][0])
    return Settlement(State.UPDATED, Kind.DONE, store_invoice_id=ident)


def settle(attempt: Started, clock: Clock) -> Steps:
    """Find out whether a change without an answer was made."""
    answer = yield get_invoice(attempt.store_invoice_id or "")
    held, at_ = _held(answer, attempt), clock()
    if held is None:
        if _no_longer(answer, attempt):
            return _create_instead(attempt, at_)
        return after_failed_look_up(attempt, of_read(answer), at_)
    if not unlike(_load(attempt.body), held):
        return _same(attempt)
    if attempt.started_at < attempt.settled_at:
        fault = wording.unanswered(attempt.number, attempt.origins(), "It may still be at work")
        due = attempt.settled_at
        return Settlement(State.UNKNOWN, "not-yet", attempt.message, due=due, fault=fault)
    return _again(attempt, attempt.message or "The change wasn't made", at_)


def after_finding(attempt: Started, found: Json | None, at_: Moment) -> Settlement:
    """Give what a look-up led to in a run that fails on, or updates, what exists."""
    if attempt.on_existing is OnExisting.SKIP or found is None:
        return after_look_up(attempt, found, at_)
    ours, ident = _load(attempt.body), str(found.get("id"))
    if attempt.maybe_sent and not differences(ours, found):
        return after_look_up(attempt, found, at_)
    left = unlike(ours, found)
    if attempt.on_existing is OnExisting.FAIL:
        content = f"with other content: {words_of(left)}" if left else "with the same content"
        words = f"The store holds this number already (its ID is {ident}), {content}."
        return _conflict(attempt, words, left[0][0] if left else "/invoiceNumber", ident)
    if not left:
        return after_look_up(attempt, found, at_)
    words = f"To be changed: the store holds it as its invoice {ident}, with other content."
    return Settlement(
        State.PENDING,
        "to-update",
        words,
        maybe_sent=False,
        due=at_.now,
        store_invoice_id=ident,
        doing=UPDATE,
    )


def put_off(attempt: Started, next_request: Request, at_: Moment) -> Settlement:
    """Give what becomes of a change that is dropped because posting stops."""
    if next_request.method == "PUT":
        return Settlement(State.PENDING, "put-off", attempt.message, due=at_.now)
    return _unanswered(attempt, Outcome(Kind.UNSENT, "Posting was stopped"), at_)


# -- what it led to


def _held(answer: Reply | Exception, attempt: Started) -> Json | None:
    """Give the invoice that was read, if it was read and still has its number."""
    if of_read(answer).kind is not Kind.DONE or not isinstance(answer, Reply):
        return None
    held = data_of(answer)
    return held if held and str(held.get("invoiceNumber")) == attempt.number else None


def _no_longer(answer: Reply | Exception, attempt: Started) -> bool:
    """Whether the store's invoice was deleted, or has been given another number."""
    other = data_of(answer) if isinstance(answer, Reply) else None
    return is_gone(answer) or (other is not None and of_read(answer).kind is Kind.DONE)


def _same(attempt: Started) -> Settlement:
    ident = attempt.store_invoice_id
    if attempt.maybe_sent:
        return Settlement(State.UPDATED, "same", store_invoice_id=ident)
    words = f"The store had it before, as its invoice {ident}, with the same content."
    return Settlement(State.SKIPPED, "same", words, store_invoice_id=ident)


def _not_read(attempt: Started, answer: Reply | Exception, at_: Moment) -> Settlement:
    if _no_longer(answer, attempt):
        return _create_instead(attempt, at_)
    outcome = of_read(answer)
    if outcome.kind in wording.PUT_BACK:
        return Settlement(State.PENDING, outcome.kind, wording.PUT_BACK[outcome.kind], due=at_.now)
    return _again(attempt, outcome.said, at_)


def _not_changed(
    attempt: Started, answer: Reply | Exception, outcome: Outcome, at_: Moment
) -> Settlement:
    if is_gone(answer):
        return _create_instead(attempt, at_)
    if outcome.kind in wording.PUT_BACK:
        return Settlement(State.PENDING, outcome.kind, wording.PUT_BACK[outcome.kind], due=at_.now)
    if outcome.kind in (Kind.REJECTED, Kind.EXISTS):
        ours = _load(attempt.body)
        faults = wording.rejected(attempt.number, ours, attempt.origins(), outcome.said)
        return Settlement(
            State.REJECTED,
            Kind.REJECTED,
            wording.refusal(outcome.said),
            store_invoice_id=attempt.store_invoice_id,
            fault=faults[0],
        )
    return _unanswered(attempt, outcome, at_)


def _unanswered(attempt: Started, outcome: Outcome, at_: Moment) -> Settlement:
    fault = wording.unanswered(attempt.number, attempt.origins(), outcome.said)
    due = at_.now + at_.options.first_look
    return Settlement(
        State.UNKNOWN, outcome.kind, outcome.said, maybe_sent=True, due=due, fault=fault
    )


def _again(attempt: Started, said: str, at_: Moment) -> Settlement:
    if attempt.strikes + 1 < at_.options.tries:
        due = at_.later(attempt.strikes)
        return Settlement(State.PENDING, "again", said, strike=True, due=due)
    fault = wording.failed(attempt.number, attempt.origins(), said, attempt.strikes + 1)
    return Settlement(
        State.FAILED,
        "again",
        fault.message,
        store_invoice_id=attempt.store_invoice_id,
        fault=fault,
    )


def _create_instead(attempt: Started, at_: Moment) -> Settlement:
    """Create it after all: what was to be changed is there no more, and its number is free."""
    words = f"The store no longer holds its invoice {attempt.store_invoice_id}; to be created anew."
    due = at_.later(attempt.strikes) if attempt.strikes else at_.now
    return Settlement(
        State.PENDING, "gone", words, strike=True, maybe_sent=False, due=due, doing=""
    )


def _conflict(attempt: Started, words: str, path: str, ident: str | None = None) -> Settlement:
    origins = attempt.origins()
    cell = origins.find(path) or origins.find("/invoiceNumber")
    fault = Fault(
        code="number-taken",
        message=words,
        remedy="Look at the store's invoice, then correct the row or take it out.",
        sheet=cell.sheet if cell else None,
        row=cell.row if cell else None,
        column=cell.header if cell else None,
        letter=cell.column if cell else None,
        invoice=attempt.number,
    )
    ident = ident or attempt.store_invoice_id
    return Settlement(State.CONFLICT, "other", words, store_invoice_id=ident, fault=fault)


def _load(text: str) -> Json:
    body: Json = json.loads(text, parse_float=Decimal)
    return body
