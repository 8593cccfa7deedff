"""An .ods file (OpenDocument 1.3, part 3): content.xml, cell by cell, all its sheets.

Calamine gives error cells and formulas without a value as empty text, drops line breaks and makes
room for every repeated cell; as each cell has to be looked at anyway, its value is taken too.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from xml.parsers import expat

from importer.errors import WorkbookError
from importer.model import column_letter
from importer.workbook.formats import Format
from importer.workbook.grid import Grid
from importer.workbook.odf import BREAK, OFFICE, SPACE, STYLE, TAB, TABLE, Styles, meant, value_of
from importer.workbook.options import Limits
from importer.workbook.package import Package
from importer.workbook.parts import BROKEN, CHUNK, damaged
from importer.workbook.scan import HIDES_A_VALUE, LAST_ROW, Odd, Oddity, Scan
from importer.workbook.serials import moment
from importer.workbook.source import ListedSource, Source, protected, refuse_bombs, refuse_crowds

_CALC_EXT = "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"
_TEXT = "urn:oasis:names:tc:opendocument:xmlns:text:1.0"
_NUMBER = "urn:oasis:names:tc:opendocument:xmlns:datastyle:1.0"
_DRAWING = "urn:oasis:names:tc:opendocument:xmlns:drawing:1.0"
_CELLS = frozenset({f"{TABLE} table-cell", f"{TABLE} covered-table-cell"})
_VALUES = ("value", "date-value", "time-value", "boolean-value", "string-value")
_GENERATOR = re.compile(r"<meta:generator>([^<]*)<")
_CALCULATES = re.compile(
    "office|collabora|gnumeric|calligra|kspread|google|wps|kingsoft|softmaker|numbers",
    re.IGNORECASE,
)
"""The programs that work formulas out; libraries write 0 or an empty text, and their own name."""

_MOST_REPEATED_ODDITIES = 200_000


def open_ods(path: Path, limits: Limits) -> Source:
    """Open and read an .ods file. Raises WorkbookError."""
    with Package(path) as package:
        refuse_bombs(path, package, limits)
        reader = _read(path, package, limits)
    refuse_crowds(path, len(reader.scans), 0, limits)
    return ListedSource(reader.scans, frozenset(reader.unseen))


def _read(path: Path, package: Package, limits: Limits) -> _Reader:
    reader = _Reader(path, limits)
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.characters
    parser.StartDoctypeDeclHandler = reader.doctype
    try:
        if "manifest:encryption-data" in _start_of(package, "META-INF/manifest.xml"):
            raise protected(path)
        writer = _GENERATOR.search(_start_of(package, "meta.xml"))
        reader.uncalculated = writer is None or not _CALCULATES.search(writer[1])
        with package.open("content.xml") as stream:
            while block := stream.read(CHUNK):
                parser.Parse(block, False)
        parser.Parse(b"", True)
    except (*BROKEN, expat.ExpatError) as error:
        raise damaged(path) from error
    return reader


def _start_of(package: Package, part: str) -> str:
    if part not in package.parts:
        return ""
    with package.open(part) as stream:
        return stream.read(CHUNK).decode("utf-8", "replace")


class _Reader:
    """Follows sheets, rows and cells; every one may stand for many that are the same."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self.scans: dict[str, Scan] = {}
        self.unseen: list[str] = []
        self._path, self._limits = path, limits
        self._title = ""
        self._styles = Styles()
        self._found, self._grid = Scan(), Grid("", limits)
        self._row = self._row_times = self._column = self._defined = 0
        self._depth = 0
        self._cell: dict[str, str] = {}
        self._paragraphs: list[str] = []
        self.uncalculated = False
        self._beside = 0  # how deep in a note or drawing, whose text isn't the cell's

    def start(self, name: str, attributes: dict[str, str]) -> None:
        space, _, local = name.partition(" ")
        if name == f"{OFFICE} annotation" or space == _DRAWING:
            self._beside += 1
        elif space == TABLE and not self._beside:
            self._start_of_table(local, attributes)
        elif space == _TEXT and not self._beside:
            self._start_of_text(local, attributes)
        elif space in (STYLE, _NUMBER):
            self._styles.start(local, attributes)

    def _start_of_table(self, local: str, attributes: dict[str, str]) -> None:
        match local:
            case "table":
                self._depth += 1
                if self._depth == 1:
                    self._begin_sheet(attributes)
            case "table-column":
                times = _times(attributes, "columns")
                if attributes.get(f"{TABLE} visibility") in ("collapse", "filter"):
                    last = min(self._defined + times, 16_384)
                    self._found.hidden_columns.append((self._defined + 1, last))
                self._defined += times
            case "table-row":
                self._row += self._row_times
                self._row_times = _times(attributes, "rows")
                self._column = 0
                if attributes.get(f"{TABLE} visibility") in ("collapse", "filter"):
                    last = min(self._row + self._row_times, LAST_ROW)
                    self._found.hidden_rows.extend(range(self._row + 1, last + 1))
            case "table-cell" | "covered-table-cell":
                self._cell, self._paragraphs = attributes, []

    def _begin_sheet(self, attributes: dict[str, str]) -> None:
        self._title = attributes.get(f"{TABLE} name", "")
        self._found = self.scans.setdefault(self._title, Scan())
        self._grid = Grid(self._title, self._limits)
        self._row = self._row_times = self._defined = 0
        if attributes.get(f"{TABLE} style-name") in self._styles.unseen:
            self.unseen.append(self._title)

    def _start_of_text(self, local: str, attributes: dict[str, str]) -> None:
        if local == "p":
            self._paragraphs.append("")
        elif self._paragraphs:
            match local:
                case "s":
                    self._paragraphs[-1] += SPACE * int(attributes.get(f"{_TEXT} c", "1"))
                case "tab":
                    self._paragraphs[-1] += TAB
                case "line-break":
                    self._paragraphs[-1] += BREAK

    def characters(self, text: str) -> None:
        if self._paragraphs and not self._beside:
            self._paragraphs[-1] += text

    def end(self, name: str) -> None:
        if name == f"{OFFICE} annotation" or name.startswith(_DRAWING):
            self._beside -= 1
        elif name == f"{TABLE} table":
            self._depth -= 1
            if not self._depth:
                self._found.rows = self._grid.rows()
        elif name == f"{TABLE} table-row":
            self._grid.repeat(self._row + 1, self._row_times)
        elif name in _CELLS and not self._beside:
            self._finish()

    def doctype(self, *_: object) -> None:
        raise WorkbookError(
            f"{self._path.name} contains a document type declaration, which no workbook has.",
            "Don't trust this file; ask its sender for one saved by LibreOffice.",
        )

    def _finish(self) -> None:
        times = _times(self._cell, "columns")
        kind = self._cell.get(f"{OFFICE} value-type", "")
        shown = "\n".join(map(meant, self._paragraphs))
        odd = _oddity(self._cell, kind, shown, worked_out=bool(self._paragraphs))
        if not odd and self.uncalculated and _is_nothing(self._cell, shown):
            odd = Oddity(Odd.UNCACHED, _formula(self._cell))
        style = self._styles.kind(self._cell.get(f"{TABLE} style-name"))
        if not odd and kind == "float" and style == "percentage-style":
            odd = Oddity(Odd.PERCENT)
        if kind or odd or shown:
            self._grid.reach(self._row + self._row_times, self._column + times)
        if odd and times * self._row_times <= _MOST_REPEATED_ODDITIES:
            for row in range(self._row + 1, self._row + self._row_times + 1):
                for column in range(self._column + 1, self._column + times + 1):
                    self._found.oddities[row, column_letter(column)] = odd
        value: Any = "" if odd and odd.kind in HIDES_A_VALUE else value_of(self._cell, kind, shown)
        if kind == "float" and style == "date-style" and value != "":
            value = moment(value, date1904=False)
        if value != "":
            for column in range(self._column + 1, self._column + times + 1):
                self._grid.put(self._row + 1, column, value)
        if shown and kind in ("float", "currency", "percentage"):
            self._note(kind, shown, times)
        self._merge()
        self._column += times
        self._cell, self._paragraphs = {}, []

    def _note(self, kind: str, shown: str, times: int) -> None:
        """Keep how the cell shows its number, when that isn't its own digits."""
        if kind == "float" and shown == self._cell.get(f"{OFFICE} value"):
            return
        form = Format("", shown, self._cell.get(f"{OFFICE} currency", ""))
        if times * self._row_times <= _MOST_REPEATED_ODDITIES:
            for row in range(self._row + 1, self._row + self._row_times + 1):
                for column in range(self._column + 1, self._column + times + 1):
                    self._found.note(row, column_letter(column), form)

    def _merge(self) -> None:
        rows = int(self._cell.get(f"{TABLE} number-rows-spanned", "1"))
        columns = int(self._cell.get(f"{TABLE} number-columns-spanned", "1"))
        if rows > 1 or columns > 1:
            first, last = column_letter(self._column + 1), column_letter(self._column + columns)
            self._found.merged.append((first, self._row + 1, last, self._row + rows))


def _oddity(cell: dict[str, str], kind: str, shown: str, *, worked_out: bool) -> Oddity | None:
    """Give what is odd; a formula that was worked out has a paragraph, be it an empty one."""
    if cell.get(f"{_CALC_EXT} value-type") == "error":
        return Oddity(Odd.ERROR, shown or "an error")
    has_value = any(f"{OFFICE} {name}" in cell for name in _VALUES)
    if f"{TABLE} formula" in cell and not has_value:
        if shown and kind in ("", "float"):  # an error's name, in files of old
            return Oddity(Odd.ERROR, shown)
        return None if worked_out else Oddity(Odd.UNCACHED, _formula(cell))
    if kind not in ("", "string") and not has_value:
        return Oddity(Odd.UNREAD, shown or f"a {kind} without a value")
    if kind == "percentage":
        return Oddity(Odd.PERCENT)
    if kind == "float" and shown.isalpha():
        return Oddity(Odd.BOOLEAN, shown)
    return None


def _is_nothing(cell: dict[str, str], shown: str) -> bool:
    """Say whether a formula's value is 0 or an empty text."""
    if f"{TABLE} formula" not in cell:
        return False
    value = cell.get(f"{OFFICE} value")
    return not shown if value is None else float(value) == 0


def _formula(cell: dict[str, str]) -> str:
    return cell[f"{TABLE} formula"].partition(":")[2] or "=..."


def _times(attributes: dict[str, str], what: str) -> int:
    return max(int(attributes.get(f"{TABLE} number-{what}-repeated", "1")), 1)
