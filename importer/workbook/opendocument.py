"""An .ods file (OpenDocument 1.3, part 3): content.xml, cell by cell, all its sheets.

Calamine gives error cells and formulas without a value as empty text, drops line breaks and makes
room for every repeated cell; as each cell has to be looked at anyway, its value is taken too.
"""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Any
from xml.parsers import expat

from importer.errors import WorkbookError
from importer.model import column_letter
from importer.workbook.grid import Grid
from importer.workbook.options import Limits
from importer.workbook.package import BROKEN, CHUNK, Package, damaged
from importer.workbook.scan import HIDES_A_VALUE, LAST_ROW, Odd, Oddity, Scan
from importer.workbook.serials import moment
from importer.workbook.source import ListedSource, Source, protected, refuse_bombs, refuse_crowds

_OFFICE = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
_TABLE = "urn:oasis:names:tc:opendocument:xmlns:table:1.0"
_CALC_EXT = "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"
_TEXT = "urn:oasis:names:tc:opendocument:xmlns:text:1.0"
_STYLE = "urn:oasis:names:tc:opendocument:xmlns:style:1.0"
_NUMBER = "urn:oasis:names:tc:opendocument:xmlns:datastyle:1.0"
_DRAWING = "urn:oasis:names:tc:opendocument:xmlns:drawing:1.0"
_CELLS = frozenset({f"{_TABLE} table-cell", f"{_TABLE} covered-table-cell"})
_BLANKS = re.compile("[ \t\r\n]+")
_SPACE, _TAB, _BREAK = "\x01", "\x02", "\x03"  # no XML file holds these
_VALUES = ("value", "date-value", "time-value", "boolean-value", "string-value")
_MEANT = str.maketrans({_SPACE: " ", _TAB: "\t", _BREAK: "\n"})
_GENERATOR = re.compile(r"<meta:generator>([^<]*)<")
_CALCULATES = re.compile(
    "office|collabora|gnumeric|calligra|kspread|google|wps|kingsoft|softmaker|numbers",
    re.IGNORECASE,
)
"""The programs that work formulas out; libraries write 0 or an empty text, and their own name."""

_DURATION = re.compile(r"-?P(?:(\d+)D)?T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:[.,]\d+)?)S)?")
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


class _Styles:
    """Knows what the styles of cells and tables show: SheetJS has numbers that look like dates."""

    def __init__(self) -> None:
        self.unseen: set[str] = set()
        self._name = ""
        self._formats: dict[str, str] = {}
        self._cells: dict[str, str] = {}

    def start(self, local: str, attributes: dict[str, str]) -> None:
        """Take the start of an element of the styles."""
        name = attributes.get(f"{_STYLE} name", "")
        match local:
            case "style":
                self._name = name
                self._cells[name] = attributes.get(f"{_STYLE} data-style-name", "")
            case "table-properties" if attributes.get(f"{_TABLE} display") == "false":
                self.unseen.add(self._name)
            case _ if local.endswith("-style") and name:
                self._formats[name] = local

    def kind(self, style: str | None) -> str:
        """Give the kind of number format of a cell's style, such as `date-style`; "" for none."""
        return self._formats.get(self._cells.get(style or "", ""), "")


class _Reader:
    """Follows sheets, rows and cells; every one may stand for many that are the same."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self.scans: dict[str, Scan] = {}
        self.unseen: list[str] = []
        self._path, self._limits = path, limits
        self._title = ""
        self._styles = _Styles()
        self._found, self._grid = Scan(), Grid("", limits)
        self._row = self._row_times = self._column = self._defined = 0
        self._depth = 0
        self._cell: dict[str, str] = {}
        self._paragraphs: list[str] = []
        self.uncalculated = False
        self._beside = 0  # how deep in a note or drawing, whose text isn't the cell's

    def start(self, name: str, attributes: dict[str, str]) -> None:
        space, _, local = name.partition(" ")
        if name == f"{_OFFICE} annotation" or space == _DRAWING:
            self._beside += 1
        elif space == _TABLE and not self._beside:
            self._start_of_table(local, attributes)
        elif space == _TEXT and not self._beside:
            self._start_of_text(local, attributes)
        elif space in (_STYLE, _NUMBER):
            self._styles.start(local, attributes)

    def _start_of_table(self, local: str, attributes: dict[str, str]) -> None:
        match local:
            case "table":
                self._depth += 1
                if self._depth == 1:
                    self._begin_sheet(attributes)
            case "table-column":
                times = _times(attributes, "columns")
                if attributes.get(f"{_TABLE} visibility") in ("collapse", "filter"):
                    last = min(self._defined + times, 16_384)
                    self._found.hidden_columns.append((self._defined + 1, last))
                self._defined += times
            case "table-row":
                self._row += self._row_times
                self._row_times = _times(attributes, "rows")
                self._column = 0
                if attributes.get(f"{_TABLE} visibility") in ("collapse", "filter"):
                    last = min(self._row + self._row_times, LAST_ROW)
                    self._found.hidden_rows.extend(range(self._row + 1, last + 1))
            case "table-cell" | "covered-table-cell":
                self._cell, self._paragraphs = attributes, []

    def _begin_sheet(self, attributes: dict[str, str]) -> None:
        self._title = attributes.get(f"{_TABLE} name", "")
        self._found = self.scans.setdefault(self._title, Scan())
        self._grid = Grid(self._title, self._limits)
        self._row = self._row_times = self._defined = 0
        if attributes.get(f"{_TABLE} style-name") in self._styles.unseen:
            self.unseen.append(self._title)

    def _start_of_text(self, local: str, attributes: dict[str, str]) -> None:
        if local == "p":
            self._paragraphs.append("")
        elif self._paragraphs:
            match local:
                case "s":
                    self._paragraphs[-1] += _SPACE * int(attributes.get(f"{_TEXT} c", "1"))
                case "tab":
                    self._paragraphs[-1] += _TAB
                case "line-break":
                    self._paragraphs[-1] += _BREAK

    def characters(self, text: str) -> None:
        if self._paragraphs and not self._beside:
            self._paragraphs[-1] += text

    def end(self, name: str) -> None:
        if name == f"{_OFFICE} annotation" or name.startswith(_DRAWING):
            self._beside -= 1
        elif name == f"{_TABLE} table":
            self._depth -= 1
            if not self._depth:
                self._found.rows = self._grid.rows()
        elif name == f"{_TABLE} table-row":
            self._grid.repeat(self._row + 1, self._row_times)
        elif name in _CELLS and not self._beside:
            self._finish()

    def doctype(self, *_: object) -> None:
        raise WorkbookError(
            f"{self._path.name} holds a document type declaration, which no workbook has.",
            "Don't trust this file; ask its sender for one saved by LibreOffice.",
        )

    def _finish(self) -> None:
        times = _times(self._cell, "columns")
        kind = self._cell.get(f"{_OFFICE} value-type", "")
        shown = "\n".join(map(_meant, self._paragraphs))
        odd = _oddity(self._cell, kind, shown, worked_out=bool(self._paragraphs))
        if not odd and self.uncalculated and _is_nothing(self._cell, shown):
            odd = Oddity(Odd.UNCACHED, _formula(self._cell))
        style = self._styles.kind(self._cell.get(f"{_TABLE} style-name"))
        if not odd and kind == "float" and style == "percentage-style":
            odd = Oddity(Odd.PERCENT)
        if kind or odd or shown:
            self._grid.reach(self._row + self._row_times, self._column + times)
        if odd and times * self._row_times <= _MOST_REPEATED_ODDITIES:
            for row in range(self._row + 1, self._row + self._row_times + 1):
                for column in range(self._column + 1, self._column + times + 1):
                    self._found.oddities[row, column_letter(column)] = odd
        value: Any = "" if odd and odd.kind in HIDES_A_VALUE else _value(self._cell, kind, shown)
        if kind == "float" and style == "date-style" and value != "":
            value = moment(value, date1904=False)
        if value != "":
            for column in range(self._column + 1, self._column + times + 1):
                self._grid.put(self._row + 1, column, value)
        self._merge()
        self._column += times
        self._cell, self._paragraphs = {}, []

    def _merge(self) -> None:
        rows = int(self._cell.get(f"{_TABLE} number-rows-spanned", "1"))
        columns = int(self._cell.get(f"{_TABLE} number-columns-spanned", "1"))
        if rows > 1 or columns > 1:
            first, last = column_letter(self._column + 1), column_letter(self._column + columns)
            self._found.merged.append((first, self._row + 1, last, self._row + rows))


def _oddity(cell: dict[str, str], kind: str, shown: str, *, worked_out: bool) -> Oddity | None:
    """Give what is odd; a formula that was worked out has a paragraph, be it an empty one."""
    if cell.get(f"{_CALC_EXT} value-type") == "error":
        return Oddity(Odd.ERROR, shown or "an error")
    has_value = any(f"{_OFFICE} {name}" in cell for name in _VALUES)
    if f"{_TABLE} formula" in cell and not has_value:
        if shown and kind in ("", "float"):  # an error's name, in files of old
            return Oddity(Odd.ERROR, shown)
        return None if worked_out else Oddity(Odd.UNCACHED, _formula(cell))
    if kind not in ("", "string") and not has_value:
        return Oddity(Odd.UNREAD, shown or f"a {kind} without a value")
    if kind == "percentage":
        return Oddity(Odd.PERCENT)
    if kind == "float" and shown.isalpha():
        return Oddity(Odd.BOOLEAN, shown)
    if kind == "float" and shown.isdigit() and len(shown) > 1 and shown[0] == "0":
        return Oddity(Odd.PADDED, str(len(shown)))
    return None


def _is_nothing(cell: dict[str, str], shown: str) -> bool:
    """Say whether a formula stands with 0 or an empty text."""
    if f"{_TABLE} formula" not in cell:
        return False
    value = cell.get(f"{_OFFICE} value")
    return not shown if value is None else float(value) == 0


def _formula(cell: dict[str, str]) -> str:
    return cell[f"{_TABLE} formula"].partition(":")[2] or "=..."


def _value(cell: dict[str, str], kind: str, shown: str) -> Any:
    """Give a cell's value (OpenDocument 1.3, part 3, 19.387); a text is what its paragraphs say."""
    match kind:
        case "float" | "percentage" | "currency":
            return float(cell[f"{_OFFICE} value"])
        case "date":
            return _moment(cell[f"{_OFFICE} date-value"])
        case "time":
            return _length(cell[f"{_OFFICE} time-value"])
        case "boolean":
            return cell[f"{_OFFICE} boolean-value"] == "true"
    return shown or cell.get(f"{_OFFICE} string-value", "")


def _moment(text: str) -> dt.date | str:
    try:
        found = dt.datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        return text
    return found if "T" in text and found.time() != dt.time() else found.date()


def _length(text: str) -> dt.timedelta | str:
    match = _DURATION.fullmatch(text)
    if match is None:
        return text
    days, hours, minutes, seconds = (
        float((part or "0").replace(",", ".")) for part in match.groups()
    )
    length = dt.timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    return -length if text.startswith("-") else length


def _meant(paragraph: str) -> str:
    """Give a paragraph's text: blanks of the file's own layout count as one, marked ones stay."""
    return _BLANKS.sub(" ", paragraph).strip(" ").translate(_MEANT)


def _times(attributes: dict[str, str], what: str) -> int:
    return max(int(attributes.get(f"{_TABLE} number-{what}-repeated", "1")), 1)
