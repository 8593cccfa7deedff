"""The first few invoices of a run: posted, read back and shown before the rest is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from importer.model import State, Store
from importer.secret import Secret

if TYPE_CHECKING:
    from importer.ledger import Entry, Ledger, Run
    from importer.posting import PostOptions, StopSignal
    from importer.posting import Progress as Posting


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of one invoice of a canary.

    `differs` says in words how the store's differs from what was meant: "" for not at all, None
    when it couldn't be read back. `not_compared` says what the store doesn't show, if anything.
    """

    number: str
    company: str
    currency: str
    amount: Decimal
    state: State
    store_invoice_id: str | None
    differs: str | None
    message: str | None
    not_compared: str = ""

    @property
    def same(self) -> bool:
        """Whether the store holds it as it was meant."""
        return self.state.well and self.differs == ""


@dataclass(frozen=True, slots=True)
class Trial:
    """What became of a canary, and how many invoices of the run are still to be posted."""

    run: str
    tried: Sequence[Tried]
    left: int

    @property
    def same(self) -> bool:
        """Whether the store holds each of them as it was meant."""
        return all(one.same for one in self.tried)


@dataclass(frozen=True, slots=True)
class Canary:
    """How many invoices go first; `go_on` is shown what became of them and decides on the rest."""

    count: int
    go_on: Callable[[Trial], bool]


def try_first(
    book: Ledger,
    run: Run,
    store: Store,
    token: Secret,
    canary: Canary,
    options: PostOptions,
    stop: StopSignal,
    on_posting: Callable[[Posting], None] | None = None,
) -> bool:
    """Post the canary of a run, read it back, and ask; give whether the rest is to follow.

    Otherwise the rest stays pending. Raises what posting raises.
    """
    from importer.ledger.tables import invoice_id
    from importer.posting import post_run
    from importer.posting.asking import Stopped
    from importer.posting.canary import spread

    chosen = spread(book.lines(run.id, (State.PENDING,)), canary.count)
    if not chosen:
        return True
    ids = frozenset(invoice_id(run.key, line.position) for line in chosen)
    only = replace(options, only=ids)
    post_run(book, run.id, store, token, options=only, on_progress=on_posting, stop=stop)
    if stop.asked:
        return False
    try:
        tried = list(_read_back(book, run, store, token, options, stop, ids))
    except Stopped:
        return False
    counts = book.counts(run.id)
    left = sum(counts[state] for state in (State.PENDING, State.POSTING, State.UNKNOWN))
    if canary.go_on(Trial(run.id, tried, left)):
        return True
    book.say_stopped(run.id, f"The rest was not posted after a canary of {len(tried)}.")
    return False


def _read_back(
    book: Ledger,
    run: Run,
    store: Store,
    token: Secret,
    options: PostOptions,
    stop: StopSignal,
    ids: frozenset[int],
) -> Iterator[Tried]:
    from importer.posting.asking import asking
    from importer.posting.canary import read_back
    from importer.posting.difference_words import not_compared, words_of

    entries = [entry for entry in book.entries(run.id) if entry.id in ids]
    there = [entry for entry in entries if entry.state.well and entry.store_invoice_id]
    with asking(book, run, store, token, options, stop) as asker:
        found = {entry.id: compared for entry, compared in read_back(asker, there)}
    for entry in entries:
        compared = found.get(entry.id)
        if compared is None:
            yield _tried(entry, None, "")
        else:
            yield _tried(entry, words_of(compared.differs), not_compared(compared))


def _tried(entry: Entry, differs: str | None, not_compared: str) -> Tried:
    return Tried(
        number=entry.number,
        company=entry.company,
        currency=entry.currency,
        amount=entry.amount,
        state=entry.state,
        store_invoice_id=entry.store_invoice_id,
        differs=differs,
        not_compared=not_compared,
        message=entry.message,
    )
