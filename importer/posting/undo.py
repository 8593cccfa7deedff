"""Deleting what a run created, if nobody has changed or paid it since: one invoice's steps.

    created, being deleted  gone, or deleted       → deleted
                            changed or paid        → created (left alone)
                            refused                → created (left alone)
                            no request was sent    → created (again later)
                            no answer to DELETE    → unknown (read it again)
    unknown, was deleted    gone                   → deleted
                            there, too early       → unknown
                            there                  → created

From the moment the attempt is entered until it is settled the ledger says `unknown`.
"""

from __future__ import annotations

from collections.abc import Callable, Generator

from importer.ledger.attempts import DELETE, Settlement, Started
from importer.model import Json, State

from . import wording
from .client import Reply, Request, delete_invoice, get_invoice
from .content import compare
from .difference_words import words_of
from .lookup import LookUpFailed
from .outcomes import Kind, of_create, of_read
from .read_back import data_of, is_gone
from .states import Moment, after_failed_look_up, body_of

Steps = Generator[Request, Reply | Exception, Settlement]
Clock = Callable[[], Moment]

LEFT_ALONE = "left-alone"
RETRIED = frozenset({Kind.BUSY, Kind.UNSENT, Kind.TROUBLE, Kind.UNKNOWN, Kind.BLOCKED})
"""Outcomes after which the same is tried again."""


def delete(attempt: Started, clock: Clock) -> Steps:
    """Read the invoice and delete it when it is as it was sent; yields requests."""
    ident = attempt.store_invoice_id or ""
    answer = yield get_invoice(ident)
    if is_gone(answer):
        return _deleted(attempt)
    outcome = of_read(answer)
    held = data_of(answer) if isinstance(answer, Reply) else None
    if outcome.kind is not Kind.DONE or held is None or str(held.get("id")) != ident:
        kind = Kind.UNKNOWN if outcome.kind in (Kind.DONE, Kind.REJECTED) else outcome.kind
        return _back(attempt, kind, f"It couldn't be read: {outcome.said}", clock())
    if why := why_left_alone(body_of(attempt), held):
        return _created(attempt, LEFT_ALONE, f"Left alone by undo: {why}.")
    answer = yield delete_invoice(ident)
    outcome = of_create(answer)
    if outcome.kind is Kind.DONE or is_gone(answer):
        return _deleted(attempt)
    if outcome.kind in (Kind.REJECTED, Kind.EXISTS):
        return _created(attempt, LEFT_ALONE, f"The store won't delete it: {outcome.said}")
    if outcome.kind in wording.PUT_BACK:
        return _back(attempt, outcome.kind, wording.PUT_BACK[outcome.kind], clock())
    return _unknown(attempt, outcome.kind, outcome.said, clock())


def settle(attempt: Started, clock: Clock) -> Steps:
    """Find out whether a deletion without an answer was done; deletes nothing."""
    answer = yield get_invoice(attempt.store_invoice_id or "")
    if is_gone(answer):
        return _deleted(attempt)
    outcome, moment = of_read(answer), clock()
    held = data_of(answer) if isinstance(answer, Reply) else None
    astray = held is None or str(held.get("id")) != attempt.store_invoice_id
    if outcome.kind is not Kind.DONE or astray:
        failure = LookUpFailed(outcome, astray=outcome.kind is Kind.DONE)
        return after_failed_look_up(attempt, failure, moment)
    if attempt.is_early:
        return _unknown(attempt, "not-yet", "It may still be at work", moment, attempt.settled_at)
    return _created(attempt, "there", "It was to be deleted, but the store still holds it.")


def put_off(attempt: Started, moment: Moment) -> Settlement:
    """Give what becomes of a deletion that is dropped before DELETE was sent."""
    return _back(attempt, "put-off", None, moment)


def why_left_alone(sent: Json, held: Json) -> str | None:
    """Say why an invoice must not be deleted: paid or changed since it was sent."""
    if str(held.get("isPendingPayment") or "0") != "0":
        return "a payment for it is under way"
    found = compare(sent, held, sent).differs
    open_balance = [one for one in found if one.path.startswith("/openBalance")]
    if open_balance:
        return f"its open balance is {open_balance[0].theirs} now, {open_balance[0].ours} was sent"
    return f"it has been changed since: {words_of(found)}" if found else None


def _deleted(attempt: Started) -> Settlement:
    ident = attempt.store_invoice_id
    words = f"The store no longer holds its invoice {ident}."
    return Settlement(State.DELETED, Kind.DONE, words, store_invoice_id=ident)


def _created(attempt: Started, outcome: str, words: str | None) -> Settlement:
    ident = attempt.store_invoice_id
    return Settlement(State.CREATED, outcome, words, store_invoice_id=ident)


def _back(attempt: Started, outcome: str, words: str | None, moment: Moment) -> Settlement:
    """Nothing was sent this time: its state is what it was before."""
    if attempt.maybe_sent:
        return _unknown(attempt, outcome, words, moment)
    return _created(attempt, outcome, words)


def _unknown(
    attempt: Started, outcome: str, words: str | None, moment: Moment, due: float | None = None
) -> Settlement:
    fault = wording.unanswered(attempt.number, attempt.origins(), words or "It was being deleted")
    return Settlement(
        State.UNKNOWN,
        outcome,
        f"It was being deleted: {words}" if words else attempt.message,
        due=moment.now + moment.options.first_look if due is None else due,
        faults=(fault,),
        doing=DELETE,
    )
