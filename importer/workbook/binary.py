"""An .xlsb file: the binary spelling of a workbook ([MS-XLSB], records of BIFF12).

Calamine gives error cells as empty text, knows no short cells and makes room for every cell up to
the furthest; as each record has to be looked at anyway, its value is taken too.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from importer.model import column_letter
from importer.workbook.formats import Format
from importer.workbook.grid import Grid
from importer.workbook.options import Limits
from importer.workbook.package import BUILT_IN_FORMATS, Package
from importer.workbook.parts import BROKEN, damaged
from importer.workbook.scan import Odd, Oddity, Scan, noted_styles, telling_styles
from importer.workbook.serials import DateStyles
from importer.workbook.source import ListedSource, Source, refuse_bombs, refuse_crowds

_LARGEST_RECORD = 64 * 1024**2

# Record types ([MS-XLSB] 2.3.2)
_ROW_HEADER = 0
_RK, _ERROR, _BOOL, _REAL, _TEXT, _SHARED = range(2, 8)
_RICH = 62
_PLAIN = {kind: kind for kind in (1, _RK, _ERROR, _BOOL, _REAL, _TEXT, _SHARED, _RICH)}
_FORMULAS = {8: _TEXT, 9: _REAL, 10: _BOOL, 11: _ERROR}
_SHORT = {12: 1, 13: _RK, 14: _ERROR, 15: _BOOL, 16: _REAL, 17: _TEXT, 18: _SHARED}  # no column
_CELLS = _PLAIN | _FORMULAS | _SHORT
_ITEM = 19  # a shared string
_COLUMN_INFO, _MERGE, _SHEET, _SETTINGS, _CALCULATION = 60, 176, 156, 153, 157
_FORMAT, _STYLE, _STYLES_BEGIN, _STYLES_END = 44, 47, 617, 618

_ERRORS = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
    0x2B: "#GETTING_DATA",
}


def open_xlsb(path: Path, limits: Limits) -> Source:
    """Open and read an .xlsb file. Raises WorkbookError."""
    with Package(path) as package:
        refuse_bombs(path, package, limits)
        try:
            book = _book(package)
            formats = _formats(package)
            refuse_crowds(path, len(book.sheets), len(formats), limits)
            reader = _SheetReader(
                telling_styles(formats),
                noted_styles(formats),
                DateStyles(formats, date1904=book.date1904),
                _strings(package),
                uncalculated=book.uncalculated,
            )
            scans = {
                title: reader.read(_records(package, part), Grid(title, limits))
                for title, part in book.sheets.items()
            }
        except (*BROKEN, IndexError) as error:
            raise damaged(path) from error
    return ListedSource(scans, frozenset(book.hidden))


@dataclass
class _Book:
    sheets: dict[str, str] = field(default_factory=dict)
    hidden: list[str] = field(default_factory=list)
    date1904: bool = False
    uncalculated: bool = False


def _records(package: Package, part: str) -> Iterator[tuple[int, bytes]]:
    """Yield (type, content) of each record; a type takes one or two bytes, a size up to four."""
    with package.open(part) as opened:
        stream: IO[bytes] = io.BufferedReader(opened, 1 << 20)  # type: ignore[type-var]
        while head := stream.read(1):
            kind = head[0]
            if kind & 0x80:
                kind = (kind & 0x7F) | (stream.read(1)[0] & 0x7F) << 7
            size = 0
            for at in range(4):
                byte = stream.read(1)[0]
                size |= (byte & 0x7F) << (7 * at)
                if not byte & 0x80:
                    break
            if size > _LARGEST_RECORD:
                raise ValueError("a record that is larger than any")
            yield kind, stream.read(size)


def _book(package: Package) -> _Book:
    part = package.workbook or ""
    related = package.relations(part)
    found = _Book()
    for kind, content in _records(package, part):
        if kind == _SHEET:
            relation, at = _string(content, 8)
            title, _ = _string(content, at)
            if related[relation].kind == "worksheet":  # no sheet of charts or macros
                found.sheets[title] = related[relation].part
            if struct.unpack_from("<I", content)[0]:
                found.hidden.append(title)
        elif kind == _SETTINGS:
            found.date1904 = bool(content[0] & 1)
        elif kind == _CALCULATION:  # fFullCalcOnLoad, fSomeUncalced
            found.uncalculated = bool(content[24] & 0b10001)
    return found


def _strings(package: Package) -> list[str]:
    if package.strings is None:
        return []
    return [
        _string(content, 1)[0]
        for kind, content in _records(package, package.strings)
        if kind == _ITEM
    ]


def _formats(package: Package) -> list[str]:
    if package.styles is None:
        return []
    known = dict(BUILT_IN_FORMATS)
    styles: list[str] = []
    in_styles = False
    for kind, content in _records(package, package.styles):
        if kind == _FORMAT:
            known[struct.unpack_from("<H", content)[0]], _ = _string(content, 2)
        elif kind in (_STYLES_BEGIN, _STYLES_END):
            in_styles = kind == _STYLES_BEGIN
        elif kind == _STYLE and in_styles:
            styles.append(known.get(struct.unpack_from("<H", content, 2)[0], "General"))
    return styles


class _SheetReader:
    """Reads the sheets of one workbook, cell by cell."""

    def __init__(
        self,
        telling: dict[int, Oddity],
        noted: dict[int, Format],
        dates: DateStyles,
        strings: list[str],
        *,
        uncalculated: bool,
    ) -> None:
        self._telling, self._noted, self._dates = telling, noted, dates
        self._strings, self._uncalculated = strings, uncalculated

    def read(self, records: Iterator[tuple[int, bytes]], grid: Grid) -> Scan:
        """Give the values of a sheet and what is odd about it."""
        found = Scan()
        row = column = 0
        for kind, content in records:
            if kind == _ROW_HEADER:
                row, column = struct.unpack_from("<I", content)[0] + 1, 0
                if len(content) > 11 and content[11] & 0x10:
                    found.hidden_rows.append(row)
            elif kind in _CELLS:
                short = kind in _SHORT
                column = column + 1 if short else struct.unpack_from("<I", content)[0] + 1
                self._cell(found, grid, (row, column), kind, content[0 if short else 4 :])
            elif kind == _COLUMN_INFO and struct.unpack_from("<H", content, 16)[0] & 1:
                first, last = struct.unpack_from("<II", content)
                found.hidden_columns.append((first + 1, last + 1))
            elif kind == _MERGE:
                top, bottom, left, right = struct.unpack_from("<IIII", content)
                found.merged.append(
                    (column_letter(left + 1), top + 1, column_letter(right + 1), bottom + 1)
                )
        found.rows = grid.rows()
        return found

    def _cell(
        self, found: Scan, grid: Grid, at: tuple[int, int], kind: int, content: bytes
    ) -> None:
        """Take a cell, whose content begins with its style."""
        what = _CELLS[kind]
        if what == 1:
            return
        grid.reach(*at)
        place = at[0], column_letter(at[1])
        style = struct.unpack_from("<I", content)[0] & 0xFFFFFF
        if what == _ERROR:
            found.oddities[place] = Oddity(Odd.ERROR, _ERRORS.get(content[4], "an error"))
            return
        value = self._value(what, content)
        if kind in _FORMULAS and self._uncalculated and value in ("", 0):
            found.oddities[place] = Oddity(Odd.UNCACHED, "=...")
            return
        if odd := self._telling.get(style):
            found.oddities[place] = odd
        if what in (_RK, _REAL):
            if form := self._noted.get(style):
                found.note(*place, form)
            value = self._dates.value(value, style)
        grid.put(*at, value)

    def _value(self, what: int, content: bytes) -> Any:
        match what:
            case 2:
                return _rk(struct.unpack_from("<I", content, 4)[0])
            case 4:
                return content[4] != 0
            case 5:
                return struct.unpack_from("<d", content, 4)[0]
            case 6:
                return _string(content, 4)[0]
            case 7:
                return self._strings[struct.unpack_from("<I", content, 4)[0]]
        return _string(content, 5)[0]  # rich


def _rk(packed: int) -> float:
    """Give a number that takes 30 bits ([MS-XLSB] 2.5.123): an integer or the top of a double."""
    if packed & 2:
        number: float = (packed >> 2) - (1 << 30 if packed & 0x80000000 else 0)
    else:
        number = struct.unpack("<d", struct.pack("<Q", (packed & 0xFFFFFFFC) << 32))[0]
    return number / 100 if packed & 1 else float(number)


def _string(content: bytes, at: int) -> tuple[str, int]:
    """Give the text at a place, whose length comes before it, and the place after it."""
    length = struct.unpack_from("<I", content, at)[0]
    end = at + 4 + 2 * length
    return content[at + 4 : end].decode("utf-16-le"), end
