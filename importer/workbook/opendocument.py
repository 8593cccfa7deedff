"""The scan of an .ods file (OpenDocument 1.3, part 3): content.xml, cell by cell, all its sheets.

Calamine gives error cells and formulas without a value as empty text, and makes room for every
repeated cell: so the file is measured first.
"""

from __future__ import annotations

from pathlib import Path
from xml.parsers import expat

from importer.errors import WorkbookError
from importer.model import column_letter
from importer.workbook.formats import Format
from importer.workbook.options import Limits
from importer.workbook.package import BROKEN, CHUNK, Package, damaged
from importer.workbook.scan import LAST_ROW, Odd, Oddity, Scan, refuse_far
from importer.workbook.source import Source, open_scanned, protected, refuse_bombs, refuse_crowds

_OFFICE = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
_TABLE = "urn:oasis:names:tc:opendocument:xmlns:table:1.0"
_CALC_EXT = "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"
_TEXT = "urn:oasis:names:tc:opendocument:xmlns:text:1.0"
_MOST_REPEATED_ODDITIES = 200_000


def open_ods(path: Path, limits: Limits) -> Source:
    """Open an .ods file. Raises WorkbookError."""
    with Package(path) as package:
        refuse_bombs(path, package, limits)
        scans = _scan(path, package, limits)
    refuse_crowds(path, len(scans), 0, limits)
    return open_scanned(path, scans)


def _scan(path: Path, package: Package, limits: Limits) -> dict[str, Scan]:
    reader = _Reader(path, limits)
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.characters
    parser.StartDoctypeDeclHandler = reader.doctype
    try:
        if "manifest:encryption-data" in _manifest(package):
            raise protected(path)
        with package.open("content.xml") as stream:
            while block := stream.read(CHUNK):
                parser.Parse(block, False)
        parser.Parse(b"", True)
    except (*BROKEN, expat.ExpatError) as error:
        raise damaged(path) from error
    return reader.scans


def _manifest(package: Package) -> str:
    if "META-INF/manifest.xml" not in package.parts:
        return ""
    with package.open("META-INF/manifest.xml") as stream:
        return stream.read(CHUNK).decode("utf-8", "replace")


class _Reader:
    """Follows sheets, rows and cells; every one may stand for many that are the same."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self.scans: dict[str, Scan] = {}
        self._path, self._limits = path, limits
        self._title = ""
        self._found = Scan()
        self._row = self._row_times = self._column = self._defined = 0
        self._depth = 0
        self._cell: dict[str, str] = {}
        self._paragraphs: list[str] = []
        self._annotation = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        match name:
            case _ if name == f"{_OFFICE} annotation":
                self._annotation += 1
            case _ if name == f"{_TABLE} table":
                self._depth += 1
                if self._depth == 1:
                    self._title = attributes.get(f"{_TABLE} name", "")
                    self._found = self.scans.setdefault(self._title, Scan())
                    self._row = self._row_times = self._defined = 0
            case _ if name == f"{_TABLE} table-column":
                times = _times(attributes, "columns")
                if attributes.get(f"{_TABLE} visibility") in ("collapse", "filter"):
                    last = min(self._defined + times, 16_384)
                    self._found.hidden_columns.append((self._defined + 1, last))
                self._defined += times
            case _ if name == f"{_TABLE} table-row":
                self._row += self._row_times
                self._row_times = _times(attributes, "rows")
                self._column = 0
                if attributes.get(f"{_TABLE} visibility") in ("collapse", "filter"):
                    last = min(self._row + self._row_times, LAST_ROW)
                    self._found.hidden_rows.extend(range(self._row + 1, last + 1))
            case _ if name in (f"{_TABLE} table-cell", f"{_TABLE} covered-table-cell"):
                self._cell, self._paragraphs = attributes, []
            case _ if name == f"{_TEXT} p" and not self._annotation:
                self._paragraphs.append("")

    def characters(self, text: str) -> None:
        if self._paragraphs and not self._annotation:
            self._paragraphs[-1] += text

    def end(self, name: str) -> None:
        match name:
            case _ if name == f"{_OFFICE} annotation":
                self._annotation -= 1
            case _ if name == f"{_TABLE} table":
                self._depth -= 1
            case _ if name in (f"{_TABLE} table-cell", f"{_TABLE} covered-table-cell"):
                self._finish()

    def doctype(self, *_: object) -> None:
        raise WorkbookError(
            f"{self._path.name} holds a document type declaration, which no workbook has.",
            "Don't trust this file; ask its sender for one saved by LibreOffice.",
        )

    def _finish(self) -> None:
        times = _times(self._cell, "columns")
        kind = self._cell.get(f"{_OFFICE} value-type", "")
        shown = "\n".join(self._paragraphs)
        odd = _oddity(self._cell, kind, shown, worked_out=bool(self._paragraphs))
        if kind or odd or shown:
            last_row, last_column = self._row + self._row_times, self._column + times
            refuse_far(self._title, last_row, last_column, self._limits)
        if odd and times * self._row_times <= _MOST_REPEATED_ODDITIES:
            for row in range(self._row + 1, self._row + self._row_times + 1):
                for column in range(self._column + 1, self._column + times + 1):
                    self._found.oddities[row, column_letter(column)] = odd
        if shown and kind in ("float", "currency", "percentage"):
            self._note(kind, shown, times)
        self._merge()
        self._column += times
        self._cell, self._paragraphs = {}, []

    def _note(self, kind: str, shown: str, times: int) -> None:
        """Keep how the cell shows its number, when that isn't its own digits."""
        if kind == "float" and shown == self._cell.get(f"{_OFFICE} value"):
            return
        form = Format("", shown, self._cell.get(f"{_OFFICE} currency", ""))
        if times * self._row_times <= _MOST_REPEATED_ODDITIES:
            for row in range(self._row + 1, self._row + self._row_times + 1):
                for column in range(self._column + 1, self._column + times + 1):
                    self._found.note(row, column_letter(column), form)

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
    if f"{_TABLE} formula" in cell and not kind:
        if shown:
            return Oddity(Odd.ERROR, shown)
        formula = cell[f"{_TABLE} formula"].partition(":")[2] or "=..."
        return None if worked_out else Oddity(Odd.UNCACHED, formula)
    if kind == "percentage":
        return Oddity(Odd.PERCENT)
    if kind == "float" and shown.isalpha():
        return Oddity(Odd.BOOLEAN, shown)
    return None


def _times(attributes: dict[str, str], what: str) -> int:
    return max(int(attributes.get(f"{_TABLE} number-{what}-repeated", "1")), 1)
