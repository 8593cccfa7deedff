"""A run: check, plan, ask, post, report. And a rerun: the same from the ledger."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from importer import settings
from importer.errors import ImporterError, LedgerError, StoreError, UsageError
from importer.model import Result, State, Store, Total, Verdict
from importer.runs.history import recall_from, result_of, write_run_report
from importer.runs.preparing import Prepared, Tally, prepare
from importer.runs.reports import place_for, views_of
from importer.secret import Secret
from importer.workbook.mapping import remembered
from importer.workbook.options import ReadOptions
from importer.workbook.reading import Progress

if TYPE_CHECKING:
    from importer.ledger import Ledger
    from importer.posting import PostOptions, StopSignal
    from importer.posting import Progress as Posting

RERUN_STATES = (State.FAILED, State.PENDING, State.UNKNOWN, State.CANCELLED)
"""What failed through no fault of the rows."""


@dataclass(frozen=True)
class Plan:
    """What a run is about to do, said before anything is sent."""

    run: str
    workbook: str
    store: Store
    to_post: int
    totals: Sequence[Total]
    skipped: int
    conflict: int
    invalid: int


@dataclass(frozen=True)
class Steps:
    """How a run shows itself, asks and is stopped. `confirm` None: it doesn't ask."""

    confirm: Callable[[Plan], bool] | None = None
    on_progress: Progress | None = None
    on_posting: Callable[[Posting], None] | None = None
    stop: StopSignal | None = None
    posting: PostOptions | None = None


def run(
    workbook: str | Path,
    *,
    store: Store,
    token: Secret | str,
    options: ReadOptions | None = None,
    report: str | Path | None = None,
    write_report: bool = True,
    ledger: str | Path | None = None,
    steps: Steps | None = None,
) -> Result:
    """Check a workbook and post its valid invoices to a store, one by one.

    Invalid invoices are left out and reported; invoices that an earlier run created are skipped
    without a request. `report` and `write_report` as in `check`. `ledger` is a path or an
    SQLAlchemy URL (None: the user's own). When `steps.confirm` says no, nothing is posted and the
    result is a dry run's.

    Raises WorkbookError, UsageError, SettingsError, LedgerError before anything is sent;
    TokenRefused and StoreUnreachable, with `.result`, when the store stopped the run.
    """
    path, steps = Path(workbook), steps or Steps()
    place = place_for(path, Path(report) if report else None) if write_report else None
    options = options or ReadOptions(time_zone=store.time_zone)
    prepared = prepare(path, options, steps.on_progress, recall_from(ledger))
    with _open(ledger) as book:
        tally = Tally()
        run_id = _draft(book, prepared, tally, store, str(workbook), steps.on_progress)
        if not _confirmed(book, run_id, store, steps):
            faults = prepared.sort_faults([*tally.faults, *prepared.found.rest])
            return Result(str(workbook), True, tally.counts, faults, tally.sums)
        return _post(book, run_id, store, _secret(token), steps, place, always=bool(report))


def rerun(
    run: str,
    *,
    store: Store | None = None,
    token: Secret | str | None = None,
    report: str | Path | None = None,
    write_report: bool = True,
    ledger: str | Path | None = None,
    steps: Steps | None = None,
) -> Result:
    """Post again, straight from the ledger, what failed through no fault of the rows.

    `run` is a run's ID or an unambiguous part of it; `store` and `token` are by default those that
    the run was posted with. What was `unknown` is looked up in the store first. Raises as `run`.
    """
    from importer.posting import reconcile

    steps = steps or Steps()
    with _open(ledger) as book:
        parent = book.run(run)
        store = store or settings.find_store(parent.store_name)
        token = _secret(token) if token else settings.token_for(store)
        if store.hash != parent.store_hash:
            raise UsageError(
                f"Run {parent.id} was posted to another store ({parent.store_name}).",
                "Name the store of that run.",
            )
        workbook = Path(parent.workbook)
        place = place_for(workbook, Path(report) if report else None) if write_report else None
        reconcile(book, parent.id, store, token)
        run_id = book.derive_run(parent.id, RERUN_STATES)
        if not _confirmed(book, run_id, store, steps):
            return result_of(book, parent.id)
        return _post(book, run_id, store, token, steps, place, always=bool(report))


def _draft(
    book: Ledger,
    prepared: Prepared,
    tally: Tally,
    store: Store,
    name: str,
    on_progress: Progress | None,
) -> str:
    """Write the whole workbook into the ledger as a draft, tallying the verdicts as they pass."""
    from importer.ledger import NewRun

    workbook = prepared.workbook
    source = keep_copy(workbook.path, workbook.sha256)
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
        },
    )

    def counted() -> Iterator[Verdict]:
        for verdict in prepared.verdicts(on_progress):
            tally.add(verdict)
            yield verdict

    return book.draft_run(new, counted())


def _confirmed(book: Ledger, run_id: str, store: Store, steps: Steps) -> bool:
    counts = book.counts(run_id)
    plan = Plan(
        run=run_id,
        workbook=book.run(run_id).workbook,
        store=store,
        to_post=counts[State.PENDING],
        totals=book.totals(run_id, (State.PENDING,)),
        skipped=counts[State.SKIPPED],
        conflict=counts[State.CONFLICT],
        invalid=counts[State.INVALID],
    )
    if steps.confirm and not steps.confirm(plan):
        book.discard_run(run_id)
        return False
    book.open_run(run_id)
    return True


def _post(
    book: Ledger,
    run_id: str,
    store: Store,
    token: Secret,
    steps: Steps,
    place: Path | None,
    *,
    always: bool,
) -> Result:
    """Post what is pending, then report, also when the store stopped the run."""
    from importer.posting import PostOptions, StopSignal, post_run

    stopped: StoreError | None = None
    try:
        post_run(
            book,
            run_id,
            store,
            token,
            options=steps.posting or PostOptions(),
            on_progress=steps.on_posting,
            stop=steps.stop or StopSignal(),
        )
    except StoreError as error:
        stopped = error
    result = result_of(book, run_id)
    if place and (always or not result.well):
        result = _reported(book, result, place)
    if stopped:
        stopped.result = result
        raise stopped
    return result


def _reported(book: Ledger, result: Result, place: Path) -> Result:
    """Write the report; when it can't be written, say so, and don't hide what was posted."""
    try:
        return write_run_report(book, result, place)
    except ImporterError as error:
        remedy = f"Write it later: importer report {result.run} -o FILE"
        return replace(result, report_trouble=f"{error} {remedy}")


def keep_copy(workbook: Path, sha256: str) -> Path:
    """Keep a copy of a workbook in the data folder, named by its content; give its path.

    The clerk may change or move the file while the run lasts; a later report is made from the copy.
    Raises LedgerError when it can't be written.
    """
    folder = settings.data_folder() / "workbooks"
    kept = folder / f"{sha256}{workbook.suffix.lower()}"
    if kept.exists():
        return kept
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=folder)
        os.close(handle)
        shutil.copyfile(workbook, temporary)
        Path(temporary).replace(kept)
    except OSError as error:
        raise LedgerError(
            f"The workbook can't be copied to {folder}: {error.strerror}.",
            "Make room there, or choose another folder with IMPORTER_HOME.",
        ) from error
    return kept


def _open(ledger: str | Path | None) -> Ledger:
    from importer.ledger import Ledger

    return Ledger.open(ledger or settings.ledger_target())


def _known_parent(book: Ledger, parent: str | None) -> str | None:
    """Give the run that wrote the workbook as its report, if this ledger has it."""
    if not parent:
        return None
    try:
        return book.run(parent).id
    except LedgerError:
        return None


def _secret(token: Secret | str) -> Secret:
    return token if isinstance(token, Secret) else Secret(token)
