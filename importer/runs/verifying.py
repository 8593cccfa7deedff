"""Verifying a run: the store is asked what it holds, and that is compared with what was meant."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING

from importer.control import NOTHING, Figure
from importer.model import Counts, Fault, Json, Origins, Result, Store
from importer.runs.controlling import THERE
from importer.runs.driving import open_ledger, reported, store_of
from importer.runs.history import result_of
from importer.runs.plans import Steps, options_of
from importer.runs.reports import place_for
from importer.secret import Secret

if TYPE_CHECKING:
    from importer.ledger import Ledger, Line, Run
    from importer.posting.holdings import Held


def verify(
    run: str,
    *,
    store: Store | None = None,
    token: Secret | str | None = None,
    report: str | Path | None = None,
    ledger: str | Path | None = None,
    steps: Steps | None = None,
) -> Result:
    """Ask the store what it holds of a run, and keep what differs as faults of the run.

    `run`, `store` and `token` as in `resume`. The report, with the control totals, is written to
    `report` if that is given. Raises LedgerError, UsageError, TokenRefused, StoreUnreachable.
    """
    steps = steps or Steps()
    with open_ledger(ledger) as book:
        found = book.run(run)
        store, token = store_of(found, store, token)
        place = place_for(Path(found.workbook), Path(report)) if report else None
        read_back(book, found, store, token, steps)
        result = result_of(book, found.id)
        return reported(book, result, place) if place else result


def read_back(book: Ledger, run: Run, store: Store, token: Secret, steps: Steps) -> None:
    """Read from the store what it should hold of a run; keep the totals and the faults.

    Nothing is kept when the user stops it halfway.
    """
    from importer.ledger.verified import STORE_DIFFERS, STORE_LACKS
    from importer.posting import Progress
    from importer.posting.asking import Stopped, asking
    from importer.posting.holdings import holdings

    lines = book.lines(run.id, THERE)
    idents = {line.store_invoice_id for line in lines if line.store_invoice_id}

    def shown(done: int, total: int) -> None:
        if steps.on_posting:
            waiting = "Reading back from the store"
            steps.on_posting(Progress(done, total, Counts(), 0.0, None, waiting))

    try:
        with asking(book, run, store, token, options_of(run, store, steps), steps.stop) as asker:
            held = holdings(asker, idents, shown)
    except Stopped:
        return
    wrong = {
        line.position: (line, why)
        for line in lines
        if (why := _what_differs(line, held.get(line.store_invoice_id or "")))
    }
    origins = book.origins(run.id, wrong)
    lacking = {at for at, (line, _) in wrong.items() if line.store_invoice_id not in held}
    kept: Json = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "invoices": len(lines),
        "lines": _sums(held),
        "lacks": len(lacking),
        "differs": len(wrong) - len(lacking),
    }
    book.say_verified(
        run.id,
        kept,
        (
            (at, _fault(STORE_LACKS if at in lacking else STORE_DIFFERS, line, why, origins[at]))
            for at, (line, why) in wrong.items()
        ),
    )


def _what_differs(line: Line, held: Held | None) -> list[str]:
    """Say in words what the store says otherwise; empty when it holds the invoice as it is here."""
    if held is None:
        return ["It isn't there"]
    pairs = (
        ("the invoice number", line.number, held.number, line.number == held.number),
        ("the company", line.company, held.company, line.company == held.company),
        ("the currency", line.currency, held.currency, line.currency == held.currency),
        ("the amount", line.amount, held.amount, _number(line.amount) == _number(held.amount)),
    )
    return [
        f"{name} is {ours} here and {theirs} there" for name, ours, theirs, ok in pairs if not ok
    ]


def _fault(code: str, line: Line, why: list[str], origins: Origins) -> Fault:
    path = "/originalBalance/value" if any("amount" in words for words in why) else "/invoiceNumber"
    cell = origins.find(path)
    ident = line.store_invoice_id
    if code == "store-lacks":
        message = f"The store no longer has this invoice, which was its {ident}."
        remedy = "Ask who deleted it there. If it belongs there, post it under another number."
    else:
        message = f"The store has changed its invoice {ident}: {'; '.join(why)}."
        remedy = "Ask who changed it, and correct it where it is wrong."
    return Fault(
        code=code,
        message=message,
        remedy=remedy,
        sheet=cell.sheet if cell else None,
        row=cell.row if cell else None,
        column=cell.header if cell else None,
        letter=cell.column if cell else None,
        invoice=line.number,
    )


def _sums(held: Mapping[str, Held]) -> list[tuple[str, str, int, str]]:
    """Add up what the store said by currency and company."""
    sums: dict[tuple[str, str], Figure] = {}
    for one in held.values():
        key = (one.currency, one.company)
        sums[key] = sums.get(key, NOTHING) + Figure(1, _number(one.amount) or Decimal(0))
    return [(*key, sums[key].invoices, format(sums[key].amount, "f")) for key in sorted(sums)]


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
