"""Puts a report together: Summary, Control Totals, Errors, the rows to fix, Results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from importer.model import Cause, Fault, causes
from importer.workbook.book import Book
from importer.workbook.layout import LAYOUT_VERSION, SUMMARY_SHEET
from importer.workbook.report.control import write_control
from importer.workbook.report.data import ReportData
from importer.workbook.report.errors import write_errors
from importer.workbook.report.marks import PlacedSheet, place_sheets
from importer.workbook.report.results import write_results
from importer.workbook.report.rows import RowsWriter
from importer.workbook.report.summary import write_summary
from importer.workbook.report.telling import address, elsewhere, told
from importer.workbook.report.words import next_steps
from importer.workbook.seal import OPEN, SEAL_PROPERTY
from importer.workbook.stamps import LAYOUT_PROPERTY, RUN_PROPERTY


def write(data: ReportData, path: Path, name: str = "") -> None:
    """Write the report to `path`: whole or not at all. `name` is what it will be called.

    Raises `WorkbookError` when the file can't be written.
    """
    made = _utc(data.made or datetime.now(UTC))
    placed = place_sheets(data.sheets)
    faults = [told(fault, placed) for fault in data.result.faults]
    for fault in faults:
        if fault.sheet in placed:
            placed[fault.sheet].note(fault)
    with Book(made=made) as book:
        book.frame.properties.title = "Import report"
        book.stamp(RUN_PROPERTY, data.result.run or "")
        book.stamp(LAYOUT_PROPERTY, LAYOUT_VERSION)
        book.stamp(SEAL_PROPERTY, OPEN)
        summary = book.sheet(SUMMARY_SHEET)
        write_control(book, data.result, made)
        write_errors(book, faults, placed)
        rows = RowsWriter(book, data.source, placed)
        for sheet in placed.values():
            rows.write(sheet)
        write_results(book, data.outcomes)
        steps = next_steps(data.result, name or path.name, data.target)
        write_summary(
            summary, data.result, _causes(faults, placed), steps, made, uncommented=rows.uncommented
        )
        book.save(path)


def _causes(faults: Sequence[Fault], placed: Mapping[str, PlacedSheet]) -> list[Cause]:
    """Give the causes with the report's cells; one that it holds none of, with the workbook's."""
    here = causes(faults, cell_of=lambda fault: address(fault, placed))
    if all(cause.cells for cause in here):
        return here
    return [
        cause if cause.cells else replace(cause, cells=tuple(map(elsewhere, there.cells)))
        for cause, there in zip(here, causes(faults), strict=True)
    ]


def _utc(moment: datetime) -> datetime:
    """Give a time as UTC without a zone, to the second, as a workbook's properties hold it."""
    if moment.tzinfo is not None:
        moment = moment.astimezone(UTC).replace(tzinfo=None)
    return moment.replace(microsecond=0)
