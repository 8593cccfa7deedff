"""A run: check, plan, ask, post, report. And a rerun: the same from the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from importer import settings
from importer.errors import NoSuchRun
from importer.model import Json, Result, State, Store, Verdict
from importer.runs.collector import collector_paused
from importer.runs.copies import copies_folder, keep_copy
from importer.runs.driving import drive, secret, store_of
from importer.runs.history import open_ledger, recall_from, result_of
from importer.runs.memory import Memory
from importer.runs.places import wished
from importer.runs.plans import Steps, options_of, plan_of, reading_of
from importer.runs.preparing import Prepared, Tally, prepare
from importer.runs.reports import views_of
from importer.runs.resuming import go_on, keep_wishes, refuse_company, unfinished
from importer.runs.verifying import recheck
from importer.secret import Secret
from importer.workbook.mapping import remembered
from importer.workbook.opening import digest
from importer.workbook.options import ReadOptions

if TYPE_CHECKING:
    from importer.ledger import Ledger

RERUN_STATES = (*(State.FAILED, State.PENDING, State.UNKNOWN, State.CANCELLED, State.MISSING),)
"""What failed through no fault of the rows."""


def run(  # noqa: PLR0913 - each is a choice of its own
    workbook: str | Path,
    *,
    store: Store,
    token: Secret | str,
    options: ReadOptions | None = None,
    report: str | Path | None = None,
    write_report: bool = True,
    force: bool = False,
    ledger: str | Path | None = None,
    home: str | Path | None = None,
    steps: Steps | None = None,
) -> Result:
    """Check a workbook and post its valid invoices to a store, one by one.

    Invalid invoices are left out and reported; invoices that an earlier run created are skipped
    without a request. `report`, `write_report`, `force` and `home` as in `check`. `ledger` is a
    path, beside which copies and mappings are kept, or an SQLAlchemy URL (None: in `home`). When
    `steps.confirm` says no, nothing is posted and the result is a dry run's. When the ledger has a
    run of the very same workbook on this store, read in the same way, with something left to do, it
    goes on with that one without reading it.

    Raises WorkbookError, UsageError, SettingsError, LedgerError before anything is sent;
    TokenRefused and StoreUnreachable, with `.result`, when the store stopped the run.
    """
    path, steps = Path(workbook), steps or Steps()
    place = wished(path, report, force=force) if write_report else None
    options = options or ReadOptions(time_zone=store.known_time_zone)
    reading, always = reading_of(options), bool(report)
    with open_ledger(ledger, home) as book:
        begun = unfinished(book, store, _digest(path), reading, steps.on_existing or "skip")
        if begun:
            if steps.recheck:
                recheck(book, begun, store, secret(token), steps)
            return go_on(book, begun, store, secret(token), steps, place, always=always)
    with settings.at_home(home):
        recall, memory = recall_from(ledger), Memory(ledger)
        prepared = prepare(path, options, steps.on_progress, recall, memory)
    with open_ledger(ledger, home) as book:
        tally = Tally()
        kept = {
            "reading": reading,
            "posting": steps.wishes,
            "remembered": prepared.remembered,
        }
        run_id = _draft(book, prepared, tally, store, str(workbook), kept, steps)
        if steps.recheck:
            recheck(book, book.run(run_id), store, secret(token), steps)
        if not _confirmed(book, run_id, store, steps):
            faults = prepared.sort_faults([*tally.faults, *prepared.found.rest])
            return Result(str(workbook), True, tally.counts, faults, tally.sums)
        return drive(book, run_id, store, secret(token), steps, place, always=always)


def rerun(  # noqa: PLR0913 - as in run
    run: str,
    *,
    store: Store | None = None,
    token: Secret | str | None = None,
    report: str | Path | None = None,
    write_report: bool = True,
    force: bool = False,
    ledger: str | Path | None = None,
    home: str | Path | None = None,
    steps: Steps | None = None,
) -> Result:
    """Post again, straight from the ledger, what failed through no fault of the rows.

    `run` is a run's ID or an unambiguous part of it; `store` and `token` are by default those that
    the run was posted with. What was `unknown` is looked up in the store first. The other arguments
    and errors are as in `run`.
    """
    from importer.posting import reconcile

    steps = steps or Steps()
    with open_ledger(ledger, home) as book:
        parent = book.run(run)
        store, token = store_of(parent, store, token)
        refuse_company(book, parent)
        workbook = Path(parent.workbook)
        place = wished(workbook, report, force=force) if write_report else None
        reconcile(
            book, parent.id, store, token, options=options_of(parent, store, steps), stop=steps.stop
        )
        run_id = book.derive_run(parent.id, RERUN_STATES)
        keep_wishes(book, book.run(run_id), steps)
        if not _confirmed(book, run_id, store, steps):
            return result_of(book, parent.id)
        return drive(book, run_id, store, token, steps, place, always=bool(report))


def _draft(
    book: Ledger,
    prepared: Prepared,
    tally: Tally,
    store: Store,
    name: str,
    kept: Json,
    steps: Steps,
) -> str:
    """Write the whole workbook into the ledger as a draft, tallying the verdicts as they pass.

    `kept` goes into the run's options. Gives the run's ID.
    """
    from importer.ledger import NewRun, OnExisting

    workbook = prepared.workbook
    source = keep_copy(workbook.path, workbook.sha256, copies_folder(book))
    new = NewRun(
        store=store,
        workbook=str(Path(name).absolute()),
        source=source,
        sha256=workbook.sha256,
        parent=_known_parent(book, workbook.parent),
        columns=prepared.groups.columns,
        faults=prepared.sort_faults(prepared.found.rest),
        options={
            "sheets": [view.as_json() for view in views_of(workbook)],
            "mapping": remembered(workbook.mapping, prepared.options),
            **kept,
        },
        on_existing=OnExisting(steps.on_existing or OnExisting.SKIP),
    )

    def counted() -> Iterator[Verdict]:
        for verdict in prepared.verdicts(steps.on_progress):
            tally.add(verdict)
            yield verdict

    with collector_paused():
        return book.draft_run(new, counted())


def _confirmed(book: Ledger, run_id: str, store: Store, steps: Steps) -> bool:
    """Say what a draft is about to do and ask; open it, or forget it."""
    if steps.confirm and not steps.confirm(plan_of(book, book.run(run_id), store, steps)):
        book.discard_run(run_id)
        return False
    book.open_run(run_id)
    return True


def _digest(path: Path) -> str:
    """Give SHA-256 (hex) of a file, "" when it can't be read: reading it will say why."""
    try:
        return digest(path)
    except OSError:
        return ""


def _known_parent(book: Ledger, parent: str | None) -> str | None:
    """Give the run that wrote the workbook as its report, if this ledger has it."""
    if not parent:
        return None
    try:
        return book.run(parent).id
    except NoSuchRun:
        return None
