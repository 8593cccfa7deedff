"""Going on with a run after any death: no workbook is read, the ledger knows it all."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from importer.errors import UsageError
from importer.model import Json, Result, Store
from importer.runs.driving import drive, store_of
from importer.runs.history import open_ledger, result_of
from importer.runs.places import Place, wished
from importer.runs.plans import Steps, plan_of
from importer.secret import Secret

if TYPE_CHECKING:
    from importer.ledger import Ledger, Run


def resume(  # noqa: PLR0913 - each is a choice of its own
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
    """Go on with a run: settle what is unknown by asking the store, then post what is left.

    `run` is a run's ID or an unambiguous part of it; `store` and `token` are by default those that
    the run was made for. A paused run is opened again. Raises UsageError when it was cancelled or
    when another process is posting it; other arguments and errors are as in `run`.
    """
    steps = steps or Steps()
    with open_ledger(ledger, home) as book:
        found = book.run(run)
        store, token = store_of(found, store, token)
        workbook = Path(found.workbook)
        place = wished(workbook, report, force=force) if write_report else None
        return go_on(book, found, store, token, steps, place, always=bool(report))


def go_on(
    book: Ledger,
    run: Run,
    store: Store,
    token: Secret,
    steps: Steps,
    place: Place | None,
    *,
    always: bool,
) -> Result:
    """Take up a run where it stopped. When `steps.confirm` says no, it stays as it is."""
    from importer.ledger import RunState

    refuse_company(book, run)
    if run.state is RunState.CANCELLED:
        raise UsageError(
            f"Run {run.id} was cancelled.",
            f"To post what was cancelled with it: importer rerun {run.id}",
        )
    keep_wishes(book, run, steps)
    if steps.confirm and not steps.confirm(plan_of(book, run, store, steps, goes_on=True)):
        return result_of(book, run.id)
    if run.state is RunState.PAUSED:
        book.resume(run.id)
    return drive(book, run.id, store, token, steps, place, always=always)


def unfinished(
    book: Ledger, store: Store, sha256: str, reading: Json, on_existing: str = "skip"
) -> Run | None:
    """Give the newest run of this workbook, read in this way, that has something left to do.

    A run that does something else with what exists isn't it.
    """
    for run in book.unfinished(store.hash, sha256):
        if run.options.get("reading") == reading and run.on_existing == on_existing:
            return run
    return None


def refuse_company(book: Ledger, run: Run) -> None:
    """Raise UsageError that says who, when another process is posting this run."""
    at_work = book.at_work(run)
    if at_work:
        process = at_work[0]
        host = process.host.split("/")[0]
        raise UsageError(
            f"Run {run.id} is being posted right now, by process {process.pid} on {host}.",
            f"Let it finish, or stop it there with Ctrl-C or here with: importer pause {run.id}",
        )


def keep_wishes(book: Ledger, run: Run, steps: Steps) -> None:
    """Keep with the run what is wished for its pace, so that it goes on in the same way."""
    if steps.wishes:
        told = {**run.options.get("posting", {}), **steps.wishes}
        book.keep_options(run.id, {**run.options, "posting": told})
