"""The scan of an .xlsb file: the binary spelling of a workbook ([MS-XLSB], records of BIFF12).

Calamine gives error cells as empty text and makes room for every cell up to the furthest: so the
file is measured first.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from pathlib import Path

from importer.model import column_letter
from importer.workbook.formats import Format
from importer.workbook.options import Limits
from importer.workbook.package import BROKEN, BUILT_IN_FORMATS, Package, damaged
from importer.workbook.scan import Odd, Oddity, Scan, noted_styles, refuse_far, telling_styles
from importer.workbook.source import Source, open_scanned, refuse_bombs, refuse_crowds

_WORKBOOK = "xl/workbook.bin"
_LARGEST_RECORD = 64 * 1024**2

# Record types ([MS-XLSB] 2.3.2)
_ROW_HEADER, _CELL_ERROR, _FORMULA_ERROR = 0, 3, 11
_CELLS = range(2, 12)  # with a value; 1 is a blank one
_COLUMN_INFO, _MERGE, _SHEET = 60, 176, 156
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
    """Open an .xlsb file. Raises WorkbookError."""
    with Package(path) as package:
        refuse_bombs(path, package, limits)
        try:
            parts = _sheets(package)
            formats = _formats(package)
            refuse_crowds(path, len(parts), len(formats), limits)
            telling, noted = telling_styles(formats), noted_styles(formats)
            scans = {
                title: _scan(package, title, part, telling, noted, limits)
                for title, part in parts.items()
                if part in package.parts
            }
        except (*BROKEN, IndexError) as error:
            raise damaged(path) from error
    return open_scanned(path, scans)


def _records(package: Package, part: str) -> Iterator[tuple[int, bytes]]:
    """Yield (type, content) of each record; a type takes one or two bytes, a size up to four."""
    with package.open(part) as stream:
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


def _sheets(package: Package) -> dict[str, str]:
    related = package.relations(_WORKBOOK)
    found = {}
    for kind, content in _records(package, _WORKBOOK):
        if kind == _SHEET:
            relation, at = _string(content, 8)
            title, _ = _string(content, at)
            if relation in related:
                found[title] = related[relation]
    return found


def _formats(package: Package) -> list[str]:
    if "xl/styles.bin" not in package.parts:
        return []
    known = dict(BUILT_IN_FORMATS)
    styles: list[str] = []
    in_styles = False
    for kind, content in _records(package, "xl/styles.bin"):
        if kind == _FORMAT:
            known[struct.unpack_from("<H", content)[0]], _ = _string(content, 2)
        elif kind in (_STYLES_BEGIN, _STYLES_END):
            in_styles = kind == _STYLES_BEGIN
        elif kind == _STYLE and in_styles:
            styles.append(known.get(struct.unpack_from("<H", content, 2)[0], "General"))
    return styles


def _scan(
    package: Package,
    title: str,
    part: str,
    telling: Mapping[int, Oddity],
    noted: Mapping[int, Format],
    limits: Limits,
) -> Scan:
    found = Scan()
    row = 0
    for kind, content in _records(package, part):
        if kind == _ROW_HEADER:
            row = struct.unpack_from("<I", content)[0] + 1
            if len(content) > 11 and content[11] & 0x10:
                found.hidden_rows.append(row)
        elif kind in _CELLS:
            column, style = struct.unpack_from("<II", content)
            refuse_far(title, row, column + 1, limits)
            if kind in (_CELL_ERROR, _FORMULA_ERROR):
                shown = _ERRORS.get(content[8], "an error")
                found.oddities[row, column_letter(column + 1)] = Oddity(Odd.ERROR, shown)
            else:
                letter, style = column_letter(column + 1), style & 0xFFFFFF
                if form := noted.get(style):
                    found.note(row, letter, form)
                if odd := telling.get(style):
                    found.oddities[row, letter] = odd
        elif kind == _COLUMN_INFO and struct.unpack_from("<H", content, 16)[0] & 1:
            first, last = struct.unpack_from("<II", content)
            found.hidden_columns.append((first + 1, last + 1))
        elif kind == _MERGE:
            top, bottom, left, right = struct.unpack_from("<IIII", content)
            found.merged.append(
                (column_letter(left + 1), top + 1, column_letter(right + 1), bottom + 1)
            )
    return found


def _string(content: bytes, at: int) -> tuple[str, int]:
    """Give the text at a place, whose length stands before it, and the place behind it."""
    length = struct.unpack_from("<I", content, at)[0]
    end = at + 4 + 2 * length
    return content[at + 4 : end].decode("utf-16-le"), end
