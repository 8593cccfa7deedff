"""Changing what the store holds under a number to what the workbook says.

PUT replaces `details` whole, so the invoice is read first and the workbook's values are laid over
what is there. It is read again afterwards. PUT may be repeated: the same body twice is the same.

    pending  the same already                        → skipped
    pending  paid meanwhile, or another company's    → conflict
    pending  a wish that PUT can't fulfil            → conflict, at its cell
    pending  no longer there                         → missing
    pending  changed, and read back                  → updated
    pending  refused                                 → rejected
    pending  refused, a change maybe sent before     → unknown (read it first)
    pending  no answer to PUT                        → unknown (maybe sent)
    unknown  as it was meant                         → updated
    unknown  no longer there                         → missing
    unknown  not as it was meant, too early          → unknown
    unknown  not as it was meant                     → pending (costs a try), failed after the last
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator
from decimal import Decimal

from importer.ledger import OnExisting
from importer.ledger.attempts import REFUSED, UPDATE, Settlement, Started
from importer.model import Fault, Json, State

from . import findings, wording
from .client import Reply, Request, get_invoice, update_invoice
from .content import compare
from .lookup import Found, LookUpFailed
from .outcomes import Kind, Outcome, of_create, of_read
from .put import obstacle, put_body, text_of, why_not
from .read_back import data_of, is_gone
from .states import Moment, after_failed_look_up, after_look_up, body_of

Steps = Generator[Request, Reply | Exception, Settlement]
Clock = Callable[[], Moment]


def change(attempt: Started, clock: Clock) -> Steps:
    """Read the invoice, change it, read it again; yields requests and is sent their answers."""
    ident, ours = attempt.store_invoice_id or "", body_of(attempt)
    answer = yield get_invoice(ident)
    held = _held(answer, attempt)
    if held is None:
        return _not_read(attempt, answer, clock())
    known = _known(attempt)
    found = compare(ours, held, known)
    if not found.changed:
        return _as_meant(attempt, findings.same_before(ident, found))
    if forbidden := why_not(ours, held, known):
        return _conflict(attempt, findings.forbidden(attempt, *forbidden))
    if impossible := obstacle(ours, held, found):
        return _conflict(attempt, findings.unchangeable(attempt, *impossible))
    answer = yield update_invoice(ident, text_of(put_body(ours, held, found)))
    outcome = of_create(answer)
    if outcome.kind is not Kind.DONE:
        return _not_changed(attempt, answer, outcome, clock())
    answer = yield get_invoice(ident)
    held = _held(answer, attempt)
    if held is None:
        return _unanswered(attempt, of_read(answer), clock())
    if left := compare(ours, held, ours).changed:
        return _conflict(attempt, findings.differences_remain(attempt, left))
    return Settlement(State.UPDATED, Kind.DONE, store_invoice_id=ident)


def settle(attempt: Started, clock: Clock) -> Steps:
    """Find out whether a change without an answer was made."""
    answer = yield get_invoice(attempt.store_invoice_id or "")
    held, at_ = _held(answer, attempt), clock()
    if held is None:
        if _no_longer(answer, attempt):
            return _missing(attempt)
        outcome = of_read(answer)
        failure = LookUpFailed(outcome, astray=outcome.kind is Kind.DONE)
        return after_failed_look_up(attempt, failure, at_)
    found = compare(body_of(attempt), held, _known(attempt))
    if not found.changed:
        return _as_meant(attempt, findings.same_before(attempt.store_invoice_id or "", found))
    if attempt.is_early:
        fault = wording.unanswered(attempt.number, attempt.origins(), "It may still be at work")
        due = attempt.settled_at
        return Settlement(State.UNKNOWN, "not-yet", attempt.message, due=due, faults=(fault,))
    if attempt.heard == REFUSED:
        return _rejected(attempt, attempt.message or "")
    return _again(attempt, attempt.message or "The change wasn't made", at_)


def after_finding(attempt: Started, found: Found | None, at_: Moment) -> Settlement:
    """Give what a look-up led to in a run that fails on, or updates, what exists."""
    if attempt.on_existing is OnExisting.SKIP or found is None or found.spelled:
        return after_look_up(attempt, found, at_)
    comparison = compare(body_of(attempt), found.invoice)
    if attempt.maybe_sent and (comparison.same or comparison.paid_since):
        return after_look_up(attempt, found, at_)
    if attempt.on_existing is OnExisting.FAIL:
        return _conflict(
            attempt, findings.exists_already(attempt, found.ident, comparison), found.ident
        )
    if not comparison.changed:
        words = findings.same_before(found.ident, comparison)
        return Settlement(State.SKIPPED, "same", words, store_invoice_id=found.ident)
    words = (
        f"To be changed: the store holds it as its invoice {found.ident}, with different content."
    )
    return Settlement(
        State.PENDING,
        "to-update",
        words,
        maybe_sent=False,
        due=at_.now,
        store_invoice_id=found.ident,
        doing=UPDATE,
        heard="",
    )


def put_off(attempt: Started, next_request: Request, at_: Moment) -> Settlement:
    """Give what becomes of a change that is dropped because posting stops."""
    if next_request.method == "PUT":
        return Settlement(State.PENDING, "put-off", attempt.message, due=at_.now)
    return _unanswered(attempt, Outcome(Kind.UNSENT, "Posting was stopped"), at_)


# -- what it led to


def _known(attempt: Started) -> Json | None:
    """Give what the ledger wrote to the store's invoice last, None when somebody else did."""
    if attempt.known is None:
        return None
    body: Json = json.loads(attempt.known, parse_float=Decimal)
    return body


def _held(answer: Reply | Exception, attempt: Started) -> Json | None:
    """Give the invoice that was read, if it was read and still has its number."""
    if of_read(answer).kind is not Kind.DONE or not isinstance(answer, Reply):
        return None
    held = data_of(answer)
    return held if held and str(held.get("invoiceNumber")) == attempt.number else None


def _no_longer(answer: Reply | Exception, attempt: Started) -> bool:
    """Whether the store's invoice was deleted, or has been given another number."""
    other = data_of(answer) if isinstance(answer, Reply) else None
    same_id = other is not None and str(other.get("id")) == attempt.store_invoice_id
    return is_gone(answer) or (same_id and of_read(answer).kind is Kind.DONE)


def _as_meant(attempt: Started, words: str) -> Settlement:
    ident = attempt.store_invoice_id
    if attempt.maybe_sent:
        return Settlement(State.UPDATED, "same", store_invoice_id=ident)
    return Settlement(State.SKIPPED, "same", words, store_invoice_id=ident)


def _not_read(attempt: Started, answer: Reply | Exception, at_: Moment) -> Settlement:
    if _no_longer(answer, attempt):
        return _missing(attempt)
    outcome = of_read(answer)
    if outcome.kind in wording.PUT_BACK:
        return Settlement(State.PENDING, outcome.kind, wording.PUT_BACK[outcome.kind], due=at_.now)
    said = "The store showed another invoice" if outcome.kind is Kind.DONE else outcome.said
    return _again(attempt, said, at_)


def _not_changed(
    attempt: Started, answer: Reply | Exception, outcome: Outcome, at_: Moment
) -> Settlement:
    if is_gone(answer):
        return _missing(attempt)
    if outcome.kind in wording.PUT_BACK:
        return Settlement(State.PENDING, outcome.kind, wording.PUT_BACK[outcome.kind], due=at_.now)
    if outcome.kind in (Kind.REJECTED, Kind.EXISTS) and attempt.maybe_sent:
        return Settlement(State.UNKNOWN, outcome.kind, outcome.said, due=at_.now, heard=REFUSED)
    if outcome.kind in (Kind.REJECTED, Kind.EXISTS):
        return _rejected(attempt, outcome.said)
    return _unanswered(attempt, outcome, at_)


def _rejected(attempt: Started, said: str) -> Settlement:
    faults = wording.rejected(attempt.number, body_of(attempt), attempt.origins(), said)
    return Settlement(
        State.REJECTED,
        Kind.REJECTED,
        wording.refusal(said),
        store_invoice_id=attempt.store_invoice_id,
        faults=faults,
    )


def _unanswered(attempt: Started, outcome: Outcome, at_: Moment) -> Settlement:
    fault = wording.unanswered(attempt.number, attempt.origins(), outcome.said)
    due = at_.now + at_.options.first_look
    return Settlement(
        State.UNKNOWN,
        outcome.kind,
        outcome.said,
        maybe_sent=True,
        due=due,
        faults=(fault,),
        heard="",
    )


def _again(attempt: Started, said: str, at_: Moment) -> Settlement:
    if attempt.strikes + 1 < at_.options.tries:
        due = at_.later(attempt.strikes)
        return Settlement(State.PENDING, "again", said, strike=True, due=due, heard="")
    fault = wording.failed(attempt.number, attempt.origins(), said, attempt.strikes + 1)
    return Settlement(
        State.FAILED,
        "again",
        fault.message,
        store_invoice_id=attempt.store_invoice_id,
        faults=(fault,),
    )


def _missing(attempt: Started) -> Settlement:
    """Leave it to a person whether to create anew what is there no more."""
    fault = findings.gone(attempt)
    return Settlement(State.MISSING, "gone", fault.message, faults=(fault,), doing="")


def _conflict(attempt: Started, fault: Fault, ident: str | None = None) -> Settlement:
    ident = ident or attempt.store_invoice_id
    return Settlement(
        State.CONFLICT, "other", fault.message, store_invoice_id=ident, faults=(fault,)
    )
