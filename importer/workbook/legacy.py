"""An .xls file (Excel 97 to 2003), read by xlrd.

Calamine reads these too, but a damaged one can take the whole process with it, and error cells
look empty. Such sheets end at row 65,536, so that Python is quick enough.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from importer.errors import WorkbookError
from importer.model import column_letter, column_number
from importer.workbook.compound import hangs_together
from importer.workbook.formulas import unworked_formulas
from importer.workbook.options import Limits
from importer.workbook.parts import damaged
from importer.workbook.scan import Odd, Oddity, Scan, refuse_far, telling_styles
from importer.workbook.serials import moment
from importer.workbook.source import Source, Table, listed, plain_errors, protected, refuse_crowds

if TYPE_CHECKING:
    import xlrd

_LARGEST = 512 * 1024**2


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
        self._telling = telling_styles([form.format_str if form else "" for form in formats])

    def tables(self, titles: Sequence[str]) -> Iterator[tuple[Table, Scan]]:
        """Yield the chosen sheets."""
        for title in titles:
            with plain_errors(self._path):
                sheet = self._book.sheet_by_name(title)
                found = self._scan(sheet)
                found.oddities |= self._never_worked_out(title)
                rows = [self._row(sheet, at) for at in range(sheet.nrows)]
                self._book.unload_sheet(title)
                width = _width(rows, found)
                refuse_far(title, len(rows), width, self._limits)
                rows = [row[:width] + [""] * (width - len(row)) for row in rows]
            yield listed(title, rows), found

    def close(self) -> None:
        """Let go of the file."""
        self._book.release_resources()

    def _row(self, sheet: xlrd.sheet.Sheet, at: int) -> list[Any]:
        types, values = sheet.row_types(at), sheet.row_values(at)
        return [self._value(kind, value) for kind, value in zip(types, values, strict=True)]

    def _value(self, kind: int, value: Any) -> Any:
        match kind:
            case 1 | 2:  # text, number
                return value
            case 3:
                return moment(value, date1904=self._book.datemode == 1)
            case 4:
                return bool(value)
        return ""

    def _never_worked_out(self, title: str) -> dict[tuple[int, str], Oddity]:
        """Give the formulas without a value; xlrd doesn't tell them from other cells."""
        book: Any = self._book
        start = book._sh_abs_posn[self.titles.index(title)]  # xlrd has no other way
        return {
            (row + 1, column_letter(column + 1)): Oddity(Odd.UNCACHED, "=...")
            for row, column in unworked_formulas(book.mem, book.base, start)
        }

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
                elif kind == xlrd.XL_CELL_NUMBER and self._telling:
                    odd = self._telling.get(sheet.cell_xf_index(at, column))
                    if odd:
                        found.oddities[place] = odd
        found.hidden_rows = [at + 1 for at, info in sheet.rowinfo_map.items() if info.hidden]
        found.hidden_columns = [(c + 1, c + 1) for c, i in sheet.colinfo_map.items() if i.hidden]
        found.merged = [
            (column_letter(left + 1), top + 1, column_letter(right), bottom)
            for top, bottom, left, right in sheet.merged_cells
        ]
        return found


def _width(rows: Sequence[Sequence[Any]], found: Scan) -> int:
    """Give how far the values reach; cells that only have a format may fill the sheet's width."""
    filled = (at for row in rows for at, value in enumerate(row, 1) if value != "")
    return max([0, *filled, *(column_number(letter) for _, letter in found.oddities)])
