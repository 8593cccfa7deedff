"""Where each fault lies in the report: its own sheet, row and column instead of the source's."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from importer.model import Fault, Severity, column_letter
from importer.workbook.layout import OWN_SHEETS, match_sheet
from importer.workbook.report.data import ReportSheet
from importer.workbook.titles import LONGEST, fit, sheet_names

Marks = dict[int, dict[str, list[Fault]]]
"""Row and letter in the source → the faults there. Row 0 holds those of whole columns."""

WHOLE_ROW = ""
"""Stands for the letter of a fault that is of a whole row, or of a column that isn't copied."""

_HEADER = 1


@dataclass(frozen=True)
class PlacedSheet:
    """A data sheet with its place in the report: title, letters and rows."""

    sheet: ReportSheet
    title: str
    letters: dict[str, str]
    rows: dict[int, int]
    marks: Marks = field(default_factory=dict)

    @property
    def status_letter(self) -> str:
        """The letter of the first of our own columns, which stand after the user's."""
        return column_letter(len(self.letters) + 1)

    @property
    def error_letter(self) -> str:
        """The letter of the column that says what is wrong."""
        return column_letter(len(self.letters) + 2)

    def place(self, fault: Fault) -> str | None:
        """Give the report's cell for a fault: `F3`; None when the report doesn't hold its row."""
        letter = self.letters.get(fault.letter or "")
        if fault.row is None or fault.row == self.sheet.header_row:
            return f"{letter or 'A'}{_HEADER}"
        row = self.rows.get(fault.row)
        return f"{letter or self.error_letter}{row}" if row else None

    def note(self, fault: Fault) -> None:
        """Keep a fault so that its cell gets marked; no mark for one of the whole sheet."""
        known = fault.letter in self.letters
        if fault.row is None or fault.row == self.sheet.header_row:
            if known and fault.letter:
                self.marks.setdefault(0, {}).setdefault(fault.letter, []).append(fault)
        elif fault.row in self.rows:
            letter = fault.letter if known and fault.letter else WHOLE_ROW
            self.marks.setdefault(fault.row, {}).setdefault(letter, []).append(fault)


def place_sheets(sheets: Sequence[ReportSheet]) -> dict[str, PlacedSheet]:
    """Give the data sheets in order, by the user's titles, with nothing noted on them yet."""
    placed: dict[str, PlacedSheet] = {}
    taken = set(OWN_SHEETS)
    for sheet in sheets:
        placed[sheet.title] = PlacedSheet(
            sheet,
            fit(_known_by(sheet), taken),
            {letter: column_letter(n) for n, letter in enumerate(sheet.headers, 1)},
            {row: n for n, row in enumerate(sheet.rows, _HEADER + 1)},
        )
    return placed


def _known_by(sheet: ReportSheet) -> str:
    """Give the title by which the sheet is known again: a file's name may be too long for Excel."""
    if len(sheet.title) <= LONGEST:
        return sheet.title
    layouts = filter(None, map(match_sheet, sheet_names(sheet.title)))
    return next((layout.title for layout in layouts), sheet.title)


def worst(faults: Iterable[Fault]) -> Severity:
    """Give the severity that a cell with these faults is coloured by."""
    return Severity.ERROR if any(fault.is_error for fault in faults) else Severity.WARNING
