"""What goes into a report."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from importer import settings
from importer.model import Fault, Json, Result, State, column_letter, column_number
from importer.runs.places import Place
from importer.runs.selecting import Candidate, RowPlace, whole
from importer.workbook.fields import normal
from importer.workbook.layout import ORIGINAL_ROW_HEADER
from importer.workbook.options import ReadOptions
from importer.workbook.reading import Sheet, Workbook, read

if TYPE_CHECKING:
    from importer.workbook.report import InvoiceLine, ReportSheet

_MOST_NAMED = 20


@dataclass(frozen=True)
class SheetView:
    """The shape of one data sheet of the uploaded workbook, as the ledger keeps it.

    `key` is the layout's, "" when a mapping says which of the columns are which of ours.
    """

    title: str
    key: str
    header_row: int
    headers: Mapping[str, str]
    original_row: str | None

    def as_json(self) -> Json:
        """Give the view as the ledger stores it."""
        return asdict(self)


@dataclass(frozen=True)
class Source:
    """The uploaded workbook of a report: the file, its sheets, and how it was read."""

    path: Path
    views: Sequence[SheetView]
    options: ReadOptions = field(default_factory=ReadOptions)


def views_of(workbook: Workbook) -> list[SheetView]:
    """Give the shape of each data sheet, without the columns that an earlier report added.

    Where a mapping names columns by letter, columns without anything are kept: all later ones
    would have another letter in the report.
    """
    views: dict[str, SheetView] = {}
    by_letter = {sheet.title for sheet in workbook.sheets.values() if sheet.mapped.by_letter}
    for sheet in workbook.sheets.values():
        own, texts = sheet.headers.own, sheet.headers.texts
        letters = list(texts)
        if sheet.title in by_letter and letters:
            letters = [column_letter(n) for n in range(1, column_number(letters[-1]) + 1)]
        mapped = sheet.part or sheet.mapped.columns
        views[sheet.title] = SheetView(
            sheet.title,
            "" if mapped else sheet.layout.key,
            sheet.headers.row,
            {a: texts.get(a, "") for a in letters if a not in own.values()},
            own.get(normal(ORIGINAL_ROW_HEADER)),
        )
    return list(views.values())


def make_report(
    result: Result,
    source: Source,
    failed: Iterable[Candidate],
    place: Place,
    outcomes: Callable[[], Iterable[InvoiceLine]] = tuple,
    others: Callable[[], Iterable[Candidate]] = tuple,
    flags: str = "",
) -> Result:
    """Write the report of a result and give the result with the report's place.

    `source` is the uploaded workbook; all rows of the failed invoices go into the report, all rows
    of those among the `others` that can't be left out (see `whole`), and whatever other rows are
    at fault. `flags` are those of the next command; "": those that name the store. Raises
    WorkbookError when it can't be written there.
    """
    from importer.workbook.report import ReportData, write

    by_row, by_number = _index(result.faults)
    rows, heads = _rows_of(whole(failed, others, result.faults))
    values = _Values(source)
    sheets = []
    for view in source.views:
        chosen = rows.get(view.title, set()) | {
            row
            for (title, row), faults in by_row.items()
            if title == view.title and row > view.header_row and any(f.is_error for f in faults)
        }
        marked = {row: by_row.get((view.title, row), []) for row in sorted(chosen)}
        sheets.append(_report_sheet(view, marked, heads, by_number, values, result))

    def make(name: str, path: Path) -> None:
        target = flags or settings.flags_of(result.store)
        write(ReportData(result, source.path, tuple(sheets), outcomes(), target), path, name)

    path = place.put(make)
    return replace(result, report=path, report_trouble=place.said(path))


def _report_sheet(
    view: SheetView,
    marked: Mapping[int, list[Fault]],
    heads: Mapping[RowPlace, Candidate],
    by_number: Mapping[str, list[Fault]],
    values: _Values,
    result: Result,
) -> ReportSheet:
    from importer.workbook.report import ReportSheet

    status, error = {}, {}
    for row, here in marked.items():
        head = heads.get((view.title, row))
        faulty = any(fault.is_error for fault in here)
        status[row] = _status(head, result) if head else State.INVALID.value if faulty else ""
        errors = by_number.get(head.number, []) if head else []
        error[row] = _notes(head, here, errors, (view.title, row))
    return ReportSheet(
        title=view.title,
        header_row=view.header_row,
        headers=view.headers,
        key=view.key or None,
        rows=list(marked),
        status=status,
        error=error,
        original=_original_rows(values.source.path, view, list(marked)),
        values=lambda row: values.row(view.title, row),
    )


class _Values:
    """The values of a source that isn't an .xlsx file, read when the report first asks."""

    def __init__(self, source: Source) -> None:
        self.source = source

    @cached_property
    def _sheets(self) -> dict[str, Sheet]:
        found = read(self.source.path, self.source.options)
        return {sheet.title: sheet for sheet in found.sheets.values()}

    def row(self, title: str, row: int) -> Mapping[str, Any]:
        """Give the values of one row by letter, so that they are read again as they were."""
        from importer.workbook.report.spelling import spelled

        sheet = self._sheets[title]
        return {
            letter: spelled(value, sheet.oddities.get((row, letter)), sheet.format_of(row, letter))
            for letter, value in zip(map(str, sheet.frame), sheet.frame.loc[row], strict=True)
        }


def _index(
    faults: Iterable[Fault],
) -> tuple[dict[tuple[str, int], list[Fault]], dict[str, list[Fault]]]:
    """Give all faults by the place of their row, and the errors by the number of their invoice."""
    by_row: dict[tuple[str, int], list[Fault]] = {}
    by_number: dict[str, list[Fault]] = {}
    for fault in faults:
        if fault.sheet is not None and fault.row is not None:
            by_row.setdefault((fault.sheet, fault.row), []).append(fault)
        if fault.invoice and fault.is_error:
            by_number.setdefault(fault.invoice, []).append(fault)
    return by_row, by_number


def _rows_of(
    shown: Iterable[Candidate],
) -> tuple[dict[str, set[int]], dict[RowPlace, Candidate]]:
    rows: dict[str, set[int]] = {}
    heads: dict[RowPlace, Candidate] = {}
    for invoice in shown:
        heads[invoice.head] = invoice
        for part in invoice.parts:
            rows.setdefault(part.sheet, set()).update(part.rows)
    return rows, heads


def _status(head: Candidate, result: Result) -> str:
    """Give the state of an invoice as the report's words know it; in a dry run it may be ready."""
    from importer.workbook.report.words import state_words

    ready = result.dry_run and head.state is State.PENDING
    return state_words(head.state, dry_run=True)[0] if ready else head.state.value


def _original_rows(source: Path, view: SheetView, rows: list[int]) -> dict[int, int]:
    """Give the row numbers of the clerk's first workbook that an earlier report wrote down."""
    if view.original_row is None:
        return {}
    from importer.workbook.cells import original_rows

    return {
        row: int(cell.value)
        for row, cells, _ in original_rows(source, view.title, rows)
        for cell in cells
        if cell.letter == view.original_row and isinstance(cell.value, int | float)
    }


def _notes(
    head: Candidate | None, here: Iterable[Fault], errors: Sequence[Fault], place: RowPlace
) -> list[str | Fault]:
    """Give what is to be said in a row; `errors` are all of its invoice's number, `here` its own.

    Only as many are looked at as are named: a number may stand in every row.
    """
    own = [fault for fault in here if fault.is_error]
    elsewhere = (fault for fault in errors if (fault.sheet, fault.row) != place)
    said: list[str | Fault] = [head.said] if head and head.said else []
    said += [*own, *islice(elsewhere, _MOST_NAMED)]
    count = len(errors) - sum(fault.invoice == errors[0].invoice for fault in own if errors)
    unsaid = max(count - _MOST_NAMED, 0) + max(len(said) - _MOST_NAMED, 0)
    return [*said[:_MOST_NAMED], f"… and {unsaid:,} more."] if unsaid else said
