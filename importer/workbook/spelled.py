"""The scan of sheets that other programs spell in their own way: without addresses, with prefixes.

An XML parser goes through the part cell by cell: slower than the search over its bytes, and right
for every spelling that the standard allows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.parsers import expat

from importer.errors import WorkbookError
from importer.model import column_letter, column_number
from importer.workbook.formats import Format
from importer.workbook.options import Limits
from importer.workbook.package import BROKEN, CHUNK, Package
from importer.workbook.scan import Odd, Oddity, Scan, refuse_far

_ADDRESS = re.compile(r"([A-Za-z]{1,7})([0-9]{1,9})")
_RANGE = re.compile(r"([A-Z]+)([0-9]+):([A-Z]+)([0-9]+)")


def scan_spelled(
    package: Package,
    title: str,
    telling: Mapping[int, Oddity],
    noted: Mapping[int, Format],
    limits: Limits,
) -> Scan:
    """Scan one sheet of an .xlsx file, however its XML is spelled. Raises WorkbookError."""
    reader = _Reader(telling, noted, title, limits)
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.characters
    parser.StartCdataSectionHandler = reader.cdata
    parser.StartDoctypeDeclHandler = reader.doctype
    try:
        with package.open(package.sheets[title]) as stream:
            while block := stream.read(CHUNK):
                parser.Parse(block, False)
        parser.Parse(b"", True)
    except (*BROKEN, expat.ExpatError) as error:
        raise WorkbookError(
            f"The sheet “{title}” is damaged: not all of it can be read.",
            "Open the workbook in Excel, let Excel repair it, save it, and try again.",
        ) from error
    refuse_far(title, reader.last_row, reader.last_column, limits)
    return reader.found


class _Reader:
    """Follows the rows and cells of one sheet; a row or cell without an address is the next one."""

    def __init__(
        self,
        telling: Mapping[int, Oddity],
        noted: Mapping[int, Format],
        title: str,
        limits: Limits,
    ) -> None:
        self.found = Scan()
        self.last_row = self.last_column = 0
        self._telling, self._noted = telling, noted
        self._title, self._limits = title, limits
        self._row = self._column = 0
        self._cell: dict[str, str] = {}
        self._texts: dict[str, list[str]] = {}
        self._into: list[str] | None = None
        self._has_cdata = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        match name.rpartition(" ")[2]:
            case "row":
                given = attributes.get("r", "")
                self._row = int(given) if given.isdigit() else self._row + 1
                self._column = 0
                if attributes.get("hidden") in ("1", "true"):
                    self.found.hidden_rows.append(self._row)
            case "c":
                address = _ADDRESS.fullmatch(attributes.get("r", ""))
                if address:
                    self._column = column_number(address[1].upper())
                    self._row = int(address[2])
                else:
                    self._column += 1
                self._cell, self._texts, self._has_cdata = attributes, {}, False
            case "v" | "f" | "t" as part:
                self._into = self._texts.setdefault(part, [])
            case "col" if attributes.get("hidden") in ("1", "true"):
                self.found.hidden_columns.append((int(attributes["min"]), int(attributes["max"])))
            case "mergeCell":
                if merged := _RANGE.fullmatch(attributes.get("ref", "")):
                    self.found.merged.append((merged[1], int(merged[2]), merged[3], int(merged[4])))

    def characters(self, text: str) -> None:
        if self._into is not None:
            self._into.append(text)

    def cdata(self) -> None:
        self._has_cdata = True

    def end(self, name: str) -> None:
        match name.rpartition(" ")[2]:
            case "v" | "f" | "t":
                self._into = None
            case "c":
                self._finish()

    def doctype(self, *_: object) -> None:
        raise WorkbookError(
            f"The sheet “{self._title}” holds a document type declaration, which no workbook has.",
            "Don't trust this file; ask its sender for one saved by Excel.",
        )

    def _finish(self) -> None:
        texts = {part: "".join(pieces) for part, pieces in self._texts.items()}
        if not texts:
            return
        self.last_row = max(self.last_row, self._row)
        self.last_column = max(self.last_column, self._column)
        refuse_far(self._title, self.last_row, self.last_column, self._limits)
        kind = self._cell.get("t", "n")
        value = texts.get("v", "")
        odd: Oddity | None = None
        if kind == "e":
            odd = Oddity(Odd.ERROR, value or "an error")
        elif "f" in texts and not value and kind != "str":
            odd = Oddity(Odd.UNCACHED, "=" + (texts["f"] or "..."))
        elif self._has_cdata and value:
            odd = Oddity(Odd.UNREAD, value)
        elif (style := self._cell.get("s", "")).isdigit():
            odd = self._telling.get(int(style))
            if kind == "n" and value and (form := self._noted.get(int(style))):
                self.found.note(self._row, column_letter(self._column), form)
        if odd:
            self.found.oddities[self._row, column_letter(self._column)] = odd
