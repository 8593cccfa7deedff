"""What earlier runs did, told from the ledger."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from importer import settings
from importer.errors import LedgerError, NoSuchRun
from importer.model import Counts, Result, State
from importer.runs.controlling import control_of
from importer.runs.places import Place, place_for
from importer.runs.reports import SheetView, Source, make_report
from importer.runs.selecting import Candidate
from importer.workbook.options import Limits, ReadOptions

if TYPE_CHECKING:
    from importer.ledger import Ledger, Outline, Run
    from importer.workbook.mapping import WorkbookMapping
    from importer.workbook.reading import Recall
    from importer.workbook.report import InvoiceLine


def history(
    limit: int = 50, *, ledger: str | Path | None = None, home: str | Path | None = None
) -> Sequence[tuple[Run, Counts]]:
    """Give the latest runs, the newest first, each with its counts."""
    with open_ledger(ledger, home) as book:
        return [(run, book.counts(run.id)) for run in book.runs(limit)]


def show(run: str, *, ledger: str | Path | None = None, home: str | Path | None = None) -> Result:
    """Give what became of a run; `run` is its ID or an unambiguous part. Raises LedgerError."""
    with open_ledger(ledger, home) as book:
        return result_of(book, run)


def store_name(
    run: str, *, ledger: str | Path | None = None, home: str | Path | None = None
) -> str:
    """Give the name of the store that a run was made for. Raises LedgerError."""
    with open_ledger(ledger, home) as book:
        return book.run(run).store_name


def report(
    run: str,
    output: str | Path,
    *,
    force: bool = False,
    ledger: str | Path | None = None,
    home: str | Path | None = None,
) -> Path:
    """Write the report of a run as it is now; `force` replaces a file. Gives its path.

    Raises LedgerError for an unknown run or a lost workbook, UsageError for an unusable place.
    """
    with open_ledger(ledger, home) as book:
        result = result_of(book, run)
        source = book.run(run).source
        place = place_for(source or Path(result.workbook), Path(output), force=force)
        return write_run_report(book, result, place).report or Path(output)


def result_of(book: Ledger, run: str) -> Result:
    """Give the result of a run as the ledger has it."""
    from importer.ledger.sums import totals

    found = book.run(run)
    counts, sums = book.counts(found.id), book.sums(found.id)
    return Result(
        workbook=found.workbook,
        dry_run=False,
        invoices=counts,
        faults=book.faults(found.id),
        totals=totals(sums, (State.CREATED,)),
        run=found.id,
        parent=found.parent,
        store=found.store_name,
        stopped=found.stopped,
        state=found.state.value,
        control=control_of(sums, found),
        inferred=book.inferred(found),
        in_doubt=book.in_doubt(found),
    )


def write_run_report(book: Ledger, result: Result, place: Place) -> Result:
    """Write the report of a run's result; give the result with the report's place."""
    run = book.run(result.run or "")
    if run.source is None or not run.source.exists():
        raise LedgerError(
            f"The copy of the workbook of run {run.id} is gone, so its report can't be written.",
            "Run the workbook itself again; what was created is skipped.",
        )
    views = [SheetView(**view) for view in run.options.get("sheets", ())]

    def candidates(*, well: bool) -> Iterator[Candidate]:
        states = [state for state in State if state.well is well]
        for one in book.outlines(run.id, states):
            yield Candidate(one.number, one.state, one.parts, _fate(one, run))

    return make_report(
        result,
        Source(run.source, views, _options_of(run)),
        candidates(well=False),
        place,
        lambda: (_line_of(one, run) for one in book.outlines(run.id)),
        others=lambda: candidates(well=True),
    )


def _line_of(one: Outline, run: Run) -> InvoiceLine:
    from importer.workbook.report import InvoiceLine

    return InvoiceLine(
        number=one.number,
        row=one.parts[0].rows[0],
        state=one.state,
        store_invoice_id=one.store_invoice_id,
        attempts=one.tries,
        message=one.message or _fate(one, run) or None,
    )


def _fate(one: Outline, run: Run) -> str:
    """Say of an invoice that the store may hold that nobody knows, and how to find out."""
    from importer.ledger import RunState

    ask = "resume" if run.state in (RunState.OPEN, RunState.PAUSED) else "reconcile"
    how = f"To ask the store: importer {ask} {run.id}"
    if one.state is State.POSTING:
        words = "It was being sent when this report was made"
        return f"{words}, so it isn't known yet whether the store holds it. {how}"
    if one.state is State.UNKNOWN:
        return f"It isn't known yet whether the store holds it. {how}"
    if one.state is State.PENDING and one.maybe_sent:
        return f"It was tried but got no clear answer, so the store may hold it. {how}"
    return ""


def mapping_of(run: Run) -> WorkbookMapping | None:
    """Give the mapping with which a run read its workbook, with its locale and date formats."""
    from importer.workbook.mapping import parse

    table = run.options.get("mapping")
    return parse(table, f"of run {run.id}") if table else None


def _options_of(run: Run) -> ReadOptions:
    """Give how a run's workbook was read, as far as reading its cells again needs it."""
    reading = run.options.get("reading", {})
    return ReadOptions(
        mapping=mapping_of(run),
        csv_encoding=reading.get("csv_encoding"),
        csv_delimiter=reading.get("csv_delimiter"),
        limits=Limits(**settings.limits(asdict(Limits()))),
    )


def recall_from(ledger: str | Path | None) -> Recall:
    """Give the function that finds a run's mapping in a ledger; none for a run it doesn't know."""

    def recall(run: str) -> WorkbookMapping | None:
        target = ledger or settings.ledger_target()
        if isinstance(target, Path) and not target.exists():
            return None
        with open_ledger(target) as book:
            try:
                return mapping_of(book.run(run))
            except NoSuchRun:
                return None

    return recall


@contextmanager
def open_ledger(ledger: str | Path | None, home: str | Path | None = None) -> Iterator[Ledger]:
    """Open the ledger at a path or address; None: the one at home.

    `home` is the folder for all data and settings as long as it is open; None: the user's own.
    """
    from importer.ledger import Ledger

    with settings.at_home(home), Ledger.open(ledger or settings.ledger_target()) as book:
        yield book
