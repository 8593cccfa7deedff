"""Pure: the state machine of an invoice that is to be created, as a table in code.

No answer is final while an attempt may have succeeded. Three things are remembered for that beside
the state: `maybe sent` (an attempt may have created it; once set it is never forgotten, not by a
retry and not by a re-run), `heard` (what the store said that isn't final) and the look-ups in vain.

    posting  done                                      → created
    posting  refused                                   → rejected
    posting  refused, maybe sent before                → unknown (heard; look up now)
    posting  its order is invoiced, maybe sent before  → unknown (heard that it exists; look up)
    posting  the number exists                         → unknown (heard; look up now)
    posting  no answer, or one of a gateway            → unknown (maybe sent; look up soon)
    posting  busy, unsent, token refused, blocked, astray → pending (costs no try)
    posting  trouble                                   → pending (maybe sent; costs a try)
    posting  trouble, the last try                     → unknown (maybe sent; look up)
    unknown  same content, or only paid since; maybe sent → created (inferred)
    unknown  same content                              → skipped
    unknown  other content                             → conflict
    unknown  the number, spelled otherwise             → conflict that names it
    unknown  absent, heard that it exists              → unknown (look again, then rest)
    unknown  absent, too early to be sure              → unknown (look up later)
    unknown  absent, heard a refusal                   → rejected
    unknown  absent, tries left                        → pending (costs a try)
    unknown  absent, no try left, maybe sent           → unknown (rests)
    unknown  absent, no try left                       → failed
    unknown  no answer to the look-up                  → unknown (look up later)
    unknown  an answer about something else            → unknown (look again, then rest)

What rests is looked up again when somebody goes on with the run. `pending → posting`, `posting →
unknown` when its process has died, and what two invoices under one ID of the store become, are in
the ledger.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, replace
from decimal import Decimal

from importer.ledger.attempts import EXISTS, REFUSED, Settlement, Started
from importer.model import Fault, Json, State

from . import findings, wording
from .content import compare
from .existing import order_is_invoiced
from .lookup import Found, LookUpFailed
from .options import PostOptions
from .outcomes import Kind, Outcome

_LONGEST_BACKOFF = 60.0


@dataclass(frozen=True, slots=True)
class Moment:
    """What a transition needs beside the attempt: the options, now (Unix seconds), and chance."""

    options: PostOptions
    now: float
    chance: random.Random

    def later(self, strikes: int) -> float:
        """Give the moment of the next try: twice as far off each time, give or take a half."""
        wait = min(_LONGEST_BACKOFF, self.options.backoff * 2.0**strikes)
        return self.now + wait * self.chance.uniform(0.5, 1.5)

    def look_again(self, looks: int) -> float:
        """Give the moment of the next look-up after so many in vain."""
        return self.now + min(_LONGEST_BACKOFF, self.options.first_look * 2.0**looks)


def after_post(attempt: Started, outcome: Outcome, at: Moment) -> Settlement:
    """Give what a request to create an invoice led to."""
    kind, said = outcome.kind, outcome.said
    if kind is Kind.DONE:
        return Settlement(State.CREATED, kind, store_invoice_id=outcome.store_invoice_id)
    if kind is Kind.EXISTS:
        return Settlement(State.UNKNOWN, kind, said, due=at.now, heard=EXISTS)
    if kind is Kind.REJECTED and attempt.maybe_sent:
        heard = EXISTS if order_is_invoiced(said) else REFUSED
        return Settlement(State.UNKNOWN, kind, said, due=at.now, heard=heard)
    if kind is Kind.REJECTED:
        return _rejected(attempt, said)
    if kind is Kind.UNKNOWN:
        due = at.now + at.options.first_look
        return _unanswered(attempt, kind, said, due)
    if kind is Kind.TROUBLE:
        return _after_trouble(attempt, said, at)
    return Settlement(State.PENDING, kind, wording.PUT_BACK[kind], due=at.now)


def after_look_up(attempt: Started, found: Found | None, at: Moment) -> Settlement:
    """Give what a look-up led to; `found` is the store's invoice, None when it lists none."""
    if found is None:
        return _absent(attempt, at)
    ident = found.ident
    if found.spelled:
        return conflict(findings.other_spelling(attempt, ident, found.spelled), ident)
    comparison = compare(body_of(attempt), found.invoice)
    if attempt.maybe_sent and (comparison.same or comparison.paid_since):
        words = findings.found_after_all(ident, comparison)
        return Settlement(State.CREATED, "same", words, store_invoice_id=ident, inferred=True)
    if comparison.same:
        words = findings.same_before(ident, comparison)
        return Settlement(State.SKIPPED, "same", words, store_invoice_id=ident)
    return conflict(findings.other_content(attempt, ident, comparison), ident)


def after_failed_look_up(attempt: Started, failure: LookUpFailed, at: Moment) -> Settlement:
    """Give what a look-up without an answer led to: still unknown, ask again later."""
    outcome = failure.outcome
    if failure.astray or outcome.kind is Kind.REJECTED:
        return _in_vain(attempt, findings.not_found_out(attempt, outcome.said), "astray", at)
    fault = wording.unanswered(attempt.number, attempt.origins(), outcome.said)
    due = at.now if outcome.kind in (Kind.BUSY, Kind.UNSENT) else at.later(0)
    return Settlement(State.UNKNOWN, outcome.kind, attempt.message, due=due, faults=(fault,))


def put_off(attempt: Started, at: Moment) -> Settlement:
    """Give what becomes of a look-up that is dropped because posting stops: still unknown."""
    fault = wording.unanswered(attempt.number, attempt.origins(), "Posting was stopped")
    return Settlement(State.UNKNOWN, "put-off", attempt.message, due=at.now, faults=(fault,))


def conflict(fault: Fault, ident: str) -> Settlement:
    """Give what an invoice becomes whose number stands for something else in the store."""
    return Settlement(
        State.CONFLICT, "other", fault.message, store_invoice_id=ident, faults=(fault,)
    )


def body_of(attempt: Started) -> Json:
    """Give the body that is sent, its fractions as decimals."""
    body: Json = json.loads(attempt.body, parse_float=Decimal)
    return body


def _rejected(attempt: Started, said: str) -> Settlement:
    faults = wording.rejected(attempt.number, body_of(attempt), attempt.origins(), said)
    return Settlement(State.REJECTED, Kind.REJECTED, wording.refusal(said), faults=faults)


def _unanswered(attempt: Started, outcome: str, said: str, due: float) -> Settlement:
    fault = wording.unanswered(attempt.number, attempt.origins(), said)
    return Settlement(
        State.UNKNOWN, outcome, said, maybe_sent=True, due=due, faults=(fault,), heard=""
    )


def _after_trouble(attempt: Started, said: str, at: Moment) -> Settlement:
    """Try again later; after the last try the store is asked whether one of them did it."""
    if attempt.strikes + 1 < at.options.tries:
        due = at.later(attempt.strikes)
        return _again(attempt, Kind.TROUBLE, said, due, maybe_sent=True)
    fault = wording.unanswered(attempt.number, attempt.origins(), said)
    return Settlement(
        State.UNKNOWN,
        Kind.TROUBLE,
        said,
        strike=True,
        maybe_sent=True,
        due=at.now,
        faults=(fault,),
        heard="",
    )


def _absent(attempt: Started, at: Moment) -> Settlement:
    said = attempt.message or "The store doesn't list it"
    if attempt.heard == EXISTS:
        return _in_vain(attempt, findings.not_listed(attempt, said), "not-listed", at)
    if attempt.maybe_sent and attempt.is_early:
        fault = wording.unanswered(attempt.number, attempt.origins(), "It may still be at work")
        due = attempt.settled_at
        return Settlement(State.UNKNOWN, "absent-yet", attempt.message, due=due, faults=(fault,))
    if attempt.heard == REFUSED:
        rejected = _rejected(attempt, said)
        return replace(rejected, faults=tuple(map(findings.in_doubt, rejected.faults)))
    if attempt.strikes + 1 < at.options.tries:
        return _again(attempt, "absent", said, at.later(attempt.strikes))
    strikes = max(attempt.strikes, at.options.tries)
    if attempt.maybe_sent:
        fault = findings.not_settled(attempt, said, strikes)
        return _rests(attempt, fault, "absent")
    fault = wording.failed(attempt.number, attempt.origins(), said, strikes)
    return Settlement(State.FAILED, "absent", fault.message, faults=(fault,))


def _in_vain(attempt: Started, fault: Fault, outcome: str, at: Moment) -> Settlement:
    """Look again later, and after the last time let it rest."""
    due = at.look_again(attempt.looks)
    return Settlement(
        State.UNKNOWN, outcome, attempt.message, due=due, faults=(fault,), in_vain=True
    )


def _rests(attempt: Started, fault: Fault, outcome: str) -> Settlement:
    return Settlement(State.UNKNOWN, outcome, attempt.message, faults=(fault,), rests=True)


def _again(
    attempt: Started, outcome: str, said: str, due: float, *, maybe_sent: bool | None = None
) -> Settlement:
    return Settlement(
        State.PENDING, outcome, said, strike=True, maybe_sent=maybe_sent, due=due, heard=""
    )
