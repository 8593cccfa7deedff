"""Verifying a run: the store is asked what it holds, and that is compared with what was meant."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from importer.control import NOTHING, Figure
from importer.model import Counts, Fault, Json, Result, State, Store
from importer.runs.controlling import THERE
from importer.runs.driving import reported, store_of
from importer.runs.history import open_ledger, result_of
from importer.runs.places import place_for
from importer.runs.plans import Steps, options_of
from importer.secret import Secret

if TYPE_CHECKING:
    from importer.ledger import Ledger, Run
    from importer.ledger.verified import Rechecked
    from importer.posting.inspection import Finding


def verify(
    run: str,
    *,
    store: Store | None = None,
    token: Secret | str | None = None,
    report: str | Path | None = None,
    force: bool = False,
    ledger: str | Path | None = None,
    home: str | Path | None = None,
    steps: Steps | None = None,
) -> Result:
    """Ask the store what it holds of a run, and keep what differs as faults of the run.

    What it no longer has is missing from then on: `rerun`, or the same workbook, creates it again.

    `run`, `store` and `token` as in `resume`. The report, with the control totals, is written to
    `report` if that is given, and replaces a file there with `force`.
    Raises LedgerError, UsageError, TokenRefused, StoreUnreachable.
    """
    steps = steps or Steps()
    with open_ledger(ledger, home) as book:
        found = book.run(run)
        store, token = store_of(found, store, token)
        place = place_for(Path(found.workbook), Path(report), force=force) if report else None
        read_back(book, found, store, token, steps)
        result = result_of(book, found.id)
        return reported(book, result, place) if place else result


def read_back(book: Ledger, run: Run, store: Store, token: Secret, steps: Steps) -> None:
    """Read from the store what it should hold of a run; keep the totals and the faults.

    Nothing is kept when the user stops it halfway.
    """
    from importer.posting.asking import Stopped

    lines, seen = book.lines(run.id, THERE), _Seen()
    try:
        for finding in _findings(book, run, store, token, steps, THERE):
            seen.add(finding)
    except Stopped:
        return
    kept: Json = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "invoices": len(lines),
        "lines": seen.sums(),
        "lacks": seen.lacks,
        "differs": len(seen.faults) - seen.lacks,
        "paid": seen.paid,
    }
    book.say_verified(run.id, kept, seen.faults)


def recheck(book: Ledger, run: Run, store: Store, token: Secret, steps: Steps) -> None:
    """Ask the store about what the ledger settled by itself: invoices that a run created before.

    What the store no longer has is to be created again; what it holds otherwise is a conflict.
    Nothing is kept when the user stops it halfway.
    """
    from importer.posting.asking import Stopped

    states = (State.SKIPPED, State.CONFLICT)
    try:
        found = [
            _rechecked(run, finding)
            for finding in _findings(book, run, store, token, steps, states)
        ]
    except Stopped:
        return
    book.say_rechecked(run.id, found)


def _findings(
    book: Ledger, run: Run, store: Store, token: Secret, steps: Steps, states: tuple[State, ...]
) -> Iterator[Finding]:
    from importer.posting import Progress
    from importer.posting.asking import asking
    from importer.posting.inspection import inspect

    def shown(done: int, total: int) -> None:
        if steps.on_posting:
            waiting = "Reading back from the store"
            steps.on_posting(Progress(done, total, Counts(), 0.0, None, waiting))

    lines = book.lines(run.id, states)
    with asking(book, run, store, token, options_of(run, store, steps), steps.stop) as asker:
        yield from inspect(asker, book, run, lines, shown)


@dataclass
class _Seen:
    """What the store was found to hold, added up by currency and company, and what is wrong."""

    faults: list[tuple[int, Fault]] = field(default_factory=list)
    lacks: int = 0
    paid: int = 0
    _sums: dict[tuple[str, str], Figure] = field(default_factory=dict)

    def add(self, finding: Finding) -> None:
        """Take in one invoice."""
        if finding.held is not None:
            self._add_up(finding.held)
        if finding.comparison is None:
            self.lacks += 1
            self.faults.append((finding.entry.position, _lacking(finding)))
        elif not finding.kept:
            self.faults.append((finding.entry.position, _differing(finding)))
        elif finding.comparison.paid_since:
            self.paid += 1

    def sums(self) -> list[tuple[str, str, int, str]]:
        """Give (currency, company, invoices, amount) in this order."""
        return [
            (*key, figure.invoices, format(figure.amount, "f"))
            for key, figure in sorted(self._sums.items())
        ]

    def _add_up(self, held: Json) -> None:
        from importer.posting.content import at, decimal

        amount = decimal(at(held, "originalBalance/value")) or Decimal(0)
        key = (str(at(held, "originalBalance/code")), str(held.get("customerId")))
        self._sums[key] = self._sums.get(key, NOTHING) + Figure(1, amount)


def _lacking(finding: Finding) -> Fault:
    from importer.ledger.verified import STORE_LACKS

    entry = finding.entry
    return Fault.at(
        entry.origins.find("/invoiceNumber"),
        STORE_LACKS,
        f"The store no longer has this invoice; its ID there was {entry.store_invoice_id}.",
        f"Ask who deleted it there. If it belongs there: importer rerun {entry.run_id} creates it "
        "again under its own number.",
        invoice=entry.number,
    )


def _differing(finding: Finding) -> Fault:
    from importer.ledger.verified import STORE_DIFFERS
    from importer.posting.difference_words import words_of

    entry, differs = finding.entry, finding.comparison.differs if finding.comparison else ()
    origins = entry.origins
    path = differs[0].path if differs else "/invoiceNumber"
    return Fault.at(
        origins.find(path) or origins.find("/invoiceNumber"),
        STORE_DIFFERS,
        f"The store's invoice {entry.store_invoice_id} isn't what was sent: {words_of(differs)}.",
        "Ask who changed it, and correct it where it is wrong.",
        invoice=entry.number,
    )


def _rechecked(run: Run, finding: Finding) -> Rechecked:
    """Say what becomes of an invoice that was skipped, or in conflict, without being looked up."""
    from importer.ledger import OnExisting
    from importer.ledger.attempts import UPDATE
    from importer.ledger.verified import Rechecked
    from importer.posting.findings import rechecked

    entry, comparison = finding.entry, finding.comparison
    if comparison is None:
        words = f"The store no longer has it as its invoice {entry.store_invoice_id}."
        return Rechecked(entry.position, State.PENDING, f"{words} It is to be created again.")
    if run.on_existing is OnExisting.UPDATE and comparison.changed:
        return Rechecked(entry.position, State.PENDING, entry.message, doing=UPDATE)
    fails = run.on_existing is OnExisting.FAIL
    words, fault = rechecked(entry, comparison, fails=fails)
    state = State.CONFLICT if fault else State.SKIPPED
    return Rechecked(entry.position, state, words, fault)
