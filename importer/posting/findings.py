"""Pure: what a clerk reads about what the store holds, or may hold, under an invoice's number.

No remedy here ever says to bill under another number what may be in the store already.
"""

from __future__ import annotations

from dataclasses import replace

from importer.ledger import Entry
from importer.ledger.attempts import Started
from importer.model import Fault

from .content import Comparison, Difference
from .difference_words import not_compared, words_of

NUMBER_TAKEN = "number-taken"
_IF_DIFFERENT = (
    "If yours is a different invoice, give it its own number. If it is the same one, delete the "
    "row, or change the store's invoice with --on-existing update."
)


def same_before(ident: str, found: Comparison) -> str:
    """Say that the store had the invoice before, and what of it couldn't be compared."""
    words = f"The store had it before, as its invoice {ident}, with the same content"
    more = f", but {words_of(found.besides)}" if found.besides else ""
    return f"{words}{more}. {not_compared(found)}".rstrip()


def found_after_all(ident: str, found: Comparison) -> str:
    """Say that the store holds what was sent without an answer, and since when it was paid."""
    words = f"Found in the store as its invoice {ident} after a request that got no proper answer"
    if found.paid_since:
        return f"{words}, and paid since: {words_of(found.differs)}."
    return f"{words}, with the same content. {not_compared(found)}".rstrip()


def other_content(attempt: Started, ident: str, found: Comparison) -> Fault:
    """Word that the store holds the number with other content."""
    differs = words_of(found.differs)
    path = found.differs[0].path if found.differs else "/invoiceNumber"
    if attempt.maybe_sent:
        return _fault(
            attempt,
            f"The store has this number as its invoice {ident}, with different content: "
            f"{differs}. It may be this very invoice, changed since: a request for it got no "
            "answer.",
            "Compare the two in the store. Don't bill it under another number until you are sure.",
            path,
        )
    return _fault(
        attempt,
        f"The store has another invoice with this number (its ID is {ident}): {differs}.",
        _IF_DIFFERENT,
        path,
    )


def other_spelling(attempt: Started, ident: str, spelled: str) -> Fault:
    """Word that the store takes the number for one that it spells otherwise."""
    maybe = (
        " It may be this very invoice: a request for it got no answer."
        if attempt.maybe_sent
        else ""
    )
    return _fault(
        attempt,
        f"The store treats this number as the same as “{spelled}”, which it already has (its ID "
        f"is {ident}).{maybe}",
        "Look at that invoice. If it is the same one, write its number as the store does, or "
        "delete the row.",
    )


def exists_already(attempt: Started, ident: str, found: Comparison) -> Fault:
    """Word that a number exists, in a run that is to create new invoices only."""
    content = (
        f"with different content: {words_of(found.differs)}"
        if found.differs
        else "with the same content"
    )
    return _fault(
        attempt,
        f"The store already holds this number (its ID is {ident}), {content}.",
        "Delete the row, or run without --on-existing fail.",
        found.differs[0].path if found.differs else "/invoiceNumber",
    )


def not_listed(attempt: Started, said: str) -> Fault:
    """Word that the store says that it has the number, and doesn't show it."""
    told = said.strip().rstrip(".")
    return _fault(
        attempt,
        f"The store says that it already has this, but doesn't list it: {told}.",
        "Look for the number in the store; it isn't known whether it has this invoice. Don't "
        "bill it under another number. If it isn't there, post it once more with: importer "
        "rerun RUN",
        code="number-not-listed",
    )


def in_doubt(refusal: Fault) -> Fault:
    """Add to a refusal that an earlier request may have created the invoice all the same."""
    return replace(
        refusal,
        message=f"{refusal.message} The store doesn't list the invoice, but an earlier request for "
        "it got no proper answer.",
        remedy=f"{refusal.remedy} Keep its number: if the store has it after all, that is how it "
        "will be found.",
    )


def not_settled(attempt: Started, said: str, tries: int) -> Fault:
    """Word that every try met an error and that the store may have the invoice all the same."""
    return _fault(
        attempt,
        f"The store answered {tries} requests for this invoice with an error and doesn't list it "
        f"so far. It may have it all the same. The last error: {said.strip().rstrip('.')}.",
        "Nothing is wrong with the row. Resume the run later: it looks again, and posts the "
        "invoice only if it isn't there.",
        code="no-answer",
    )


def not_found_out(attempt: Started, said: str) -> Fault:
    """Word that the store didn't answer the question whether it has the invoice."""
    return _fault(
        attempt,
        "It isn't known whether the store has this invoice, because it doesn't answer the "
        f"question properly: {said.strip().rstrip('.')}.",
        "Resume the run later: it asks again, and posts the invoice only if it isn't there.",
        code="no-answer",
    )


def rechecked(entry: Entry, found: Comparison, *, fails: bool) -> tuple[str, Fault | None]:
    """Say what the store was just found to hold of an invoice that the ledger knew of.

    Gives the words, and a fault when it isn't the same; or in any case, when the run `fails` on
    whatever exists.
    """
    ident = entry.store_invoice_id or ""
    if not fails and (found.same or found.paid_since):
        more = f", and paid since: {words_of(found.differs)}" if found.paid_since else ""
        words = f"Looked up: the store has it as its invoice {ident}, with the same content{more}."
        return f"{words} {not_compared(found)}".rstrip(), None
    content = (
        (f"with different content: {words_of(found.differs)}") if found.differs else "and the same"
    )
    words = f"Looked up: the store has this number as its invoice {ident}, {content}."
    path = found.differs[0].path if found.differs else "/invoiceNumber"
    cell = entry.origins.find(path) or entry.origins.find("/invoiceNumber")
    return words, Fault.at(cell, NUMBER_TAKEN, words, _IF_DIFFERENT, invoice=entry.number)


def differences_remain(attempt: Started, left: tuple[Difference, ...]) -> Fault:
    """Word that a change was taken, and isn't there."""
    return _fault(
        attempt,
        f"The store took the change, but holds something else: {words_of(left)}.",
        "Look at the store's invoice, then correct the row or delete it.",
        left[0].path,
    )


def forbidden(attempt: Started, why: str, path: str) -> Fault:
    """Word why what the store holds must not be changed."""
    return _fault(
        attempt, why, "Look at the store's invoice, then correct the row or delete it.", path
    )


def gone(attempt: Started) -> Fault:
    """Word that what was to be changed is no longer there."""
    return _fault(
        attempt,
        f"The store no longer has its invoice {attempt.store_invoice_id}, which was to be changed.",
        "If it belongs there, create it again under its own number with: importer rerun RUN",
        code="store-lacks",
    )


def unchangeable(attempt: Started, why: str, remedy: str, path: str) -> Fault:
    """Word a wish that the store's API can't fulfil for an invoice that exists."""
    return _fault(attempt, why, remedy, path, "change-impossible")


def _fault(
    attempt: Started,
    message: str,
    remedy: str,
    path: str = "/invoiceNumber",
    code: str = NUMBER_TAKEN,
) -> Fault:
    origins = attempt.origins()
    cell = origins.find(path) or origins.find("/invoiceNumber")
    return Fault.at(cell, code, message, remedy, invoice=attempt.number)
