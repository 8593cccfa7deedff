"""The dry run: everything but posting. Nothing is sent, and nothing is left but the report."""

from __future__ import annotations

from pathlib import Path

from importer.model import Result
from importer.runs.preparing import Tally, prepare
from importer.runs.reports import make_report, place_for, views_of
from importer.workbook.options import ReadOptions
from importer.workbook.reading import Progress


def check(
    workbook: str | Path,
    *,
    options: ReadOptions | None = None,
    report: str | Path | None = None,
    write_report: bool = True,
    on_progress: Progress | None = None,
) -> Result:
    """Check a workbook as a run would, without sending anything.

    `report` is where the report goes (None: beside the workbook, only when something is wrong);
    with `write_report` False none is written. Gives every fault of the whole workbook at
    once. Raises WorkbookError for one that can't be used, UsageError for an unusable `report`.
    """
    path = Path(workbook)
    target = place_for(path, Path(report) if report else None) if write_report else None
    prepared = prepare(path, options or ReadOptions(), on_progress)
    tally = Tally()
    for verdict in prepared.verdicts(on_progress):
        tally.add(verdict)
    faults = prepared.sort_faults([*tally.faults, *prepared.found.rest])
    result = Result(
        workbook=str(workbook),
        dry_run=True,
        invoices=tally.counts,
        faults=faults,
        totals=tally.sums,
        parent=prepared.workbook.parent or None,
    )
    if target and (report or not result.well):
        return make_report(result, path, views_of(prepared.workbook), tally.failed, target)
    return result
