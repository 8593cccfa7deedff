"""An .xls file (Excel 97 to 2003), read by xlrd.

Calamine reads these too, but a damaged one can take the whole process with it, and error cells
look empty. Such sheets end at row 65,536, so that Python is quick enough.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from importer.errors import WorkbookError
from importer.model import column_letter
from importer.workbook.compound import hangs_together
from importer.workbook.options import Limits
from importer.workbook.package import damaged
from importer.workbook.scan import Odd, Oddity, Scan, noted_styles, refuse_far, telling_styles
from importer.workbook.source import Source, Table, plain_errors, protected, refuse_crowds

if TYPE_CHECKING:
    import xlrd

_LARGEST = 512 * 1024**2
_MILLISECONDS = 86_400_000  # a day
_EPOCHS = {0: dt.datetime(1899, 12, 30), 1: dt.datetime(1904, 1, 1)}
_LAST_DAY = 2_958_466


def open_xls(path: Path, limits: Limits) -> Source:
    """Open an .xls file. Raises WorkbookError."""
    import xlrd
    from xlrd.biffh import XLRDError

    with plain_errors(path):
        if path.stat().st_size > _LARGEST:
            raise WorkbookError(f"{path.name} is larger than an .xls workbook can be.")
        content = path.read_bytes()
        if not hangs_together(content):
            raise damaged(path)
        try:
            book = xlrd.open_workbook(
                file_contents=content, formatting_info=True, on_demand=True, logfile=io.StringIO()
            )
        except XLRDError as error:
            if "encrypted" in str(error).casefold():
                raise protected(path) from error
            raise
        refuse_crowds(path, book.nsheets, len(book.xf_list), limits)
        return XlsSource(path, book, limits)


class XlsSource:
    """An open .xls file."""

    parent = None  # reports are .xlsx files

    def __init__(self, path: Path, book: xlrd.book.Book, limits: Limits) -> None:
        self._path, self._book, self._limits = path, book, limits
        self.titles = list(book.sheet_names())
        hidden = getattr(book, "_sheet_visibility", [0] * len(self.titles))
        self.unseen = frozenset(t for t, h in zip(self.titles, hidden, strict=False) if h)
        formats = [book.format_map.get(xf.format_key) for xf in book.xf_list]
        codes = [form.format_str if form else "" for form in formats]
        self._telling, self._noted = telling_styles(codes), noted_styles(codes)

    def tables(self, titles: Sequence[str]) -> Iterator[tuple[Table, Scan]]:
        """Yield the chosen sheets."""
        for title in titles:
            with plain_errors(self._path):
                sheet = self._book.sheet_by_name(title)
                refuse_far(title, sheet.nrows, sheet.ncols, self._limits)
                found = self._scan(sheet)
                rows = [self._row(sheet, at) for at in range(sheet.nrows)]
                self._book.unload_sheet(title)
            yield Table(title, len(rows), sheet.ncols, lambda rows=rows: iter(rows)), found  # type: ignore[misc]

    def close(self) -> None:
        """Let go of the file."""
        self._book.release_resources()

    def _row(self, sheet: xlrd.sheet.Sheet, at: int) -> list[Any]:
        types, values = sheet.row_types(at), sheet.row_values(at)
        row = [self._value(kind, value) for kind, value in zip(types, values, strict=True)]
        return row + [""] * (sheet.ncols - len(row))

    def _value(self, kind: int, value: Any) -> Any:
        match kind:
            case 1 | 2:  # text, number
                return value
            case 3:
                return self._moment(value)
            case 4:
                return bool(value)
        return ""

    def _moment(self, serial: float) -> Any:
        """Give what a date cell holds; a number that is no date stays one."""
        if not 0 <= serial < _LAST_DAY:
            return serial
        moment = _EPOCHS[self._book.datemode] + dt.timedelta(
            milliseconds=round(serial * _MILLISECONDS)
        )
        if serial < 1:
            return moment.time()
        return moment if moment.time() != dt.time() else moment.date()

    def _scan(self, sheet: xlrd.sheet.Sheet) -> Scan:
        import xlrd

        found = Scan()
        for at in range(sheet.nrows):
            for column, kind in enumerate(sheet.row_types(at)):
                place = at + 1, column_letter(column + 1)
                if kind == xlrd.XL_CELL_ERROR:
                    shown = xlrd.error_text_from_code.get(
                        int(sheet.cell_value(at, column)), "error"
                    )
                    found.oddities[place] = Oddity(Odd.ERROR, shown)
                elif kind == xlrd.XL_CELL_NUMBER and self._noted:
                    style = sheet.cell_xf_index(at, column)
                    if form := self._noted.get(style):
                        found.note(*place, form)
                    if odd := self._telling.get(style):
                        found.oddities[place] = odd
        found.hidden_rows = [at + 1 for at, info in sheet.rowinfo_map.items() if info.hidden]
        found.hidden_columns = [(c + 1, c + 1) for c, i in sheet.colinfo_map.items() if i.hidden]
        found.merged = [
            (column_letter(left + 1), top + 1, column_letter(right), bottom)
            for top, bottom, left, right in sheet.merged_cells
        ]
        return found
