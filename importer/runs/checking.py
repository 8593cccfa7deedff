"""The dry run: everything but posting. Nothing is sent.

Nothing is left but the report, and the mapping, if one was given, for the next workbook like this.
"""

from __future__ import annotations

from pathlib import Path

from importer import settings
from importer.model import Result
from importer.runs.collector import collector_paused
from importer.runs.history import recall_from
from importer.runs.memory import Memory
from importer.runs.places import wished
from importer.runs.preparing import prepare
from importer.runs.reports import Source, make_report, views_of
from importer.workbook.options import ReadOptions
from importer.workbook.reading import Progress


def check(  # noqa: PLR0913 - each is a choice of its own
    workbook: str | Path,
    *,
    options: ReadOptions | None = None,
    report: str | Path | None = None,
    write_report: bool = True,
    force: bool = False,
    flags: str = "",
    ledger: str | Path | None = None,
    home: str | Path | None = None,
    on_progress: Progress | None = None,
) -> Result:
    """Check a workbook as a run would, without sending anything.

    `report` is where the report goes (None: beside the workbook, only when something is wrong);
    with `write_report` False none is written, with `force` a file there is replaced. `flags` are
    those of the command by which the report tells to import it, its store's first of all.
    `ledger` is where a report's run is looked up, whose mapping it was read with, and beside it
    mappings are remembered; without one it is in `home`, the folder of ledger, copies, mappings and
    saved stores (None: that of `IMPORTER_HOME`, else the user's own).

    Gives every fault of the whole workbook at once. Raises WorkbookError for one that can't be
    used, UsageError for an unusable `report`.
    """
    path = Path(workbook)
    target = wished(path, report, force=force) if write_report else None
    with settings.at_home(home):
        options, memory = options or ReadOptions(), Memory(ledger)
        prepared = prepare(path, options, on_progress, recall_from(ledger), memory)
        with collector_paused():
            tally = prepared.tally(on_progress)
        result = Result(
            workbook=str(workbook),
            dry_run=True,
            invoices=tally.counts,
            faults=prepared.sort_faults([*tally.faults, *prepared.found.rest]),
            totals=tally.sums,
            parent=prepared.workbook.parent or None,
        )
        if target and (report or not result.well):
            source = Source(path, views_of(prepared.workbook), prepared.options)
            failed, others = prepared.failed(tally), prepared.candidates
            return make_report(result, source, failed, target, others=others, flags=flags)
        return result
