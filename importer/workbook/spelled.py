"""Sheets that other programs spell in their own way: without addresses, with prefixes or comments.

An XML parser goes through the part cell by cell and keeps the values too: slower than the fast
reader with the search over its bytes, and right for every spelling that the standard allows.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from typing import Any
from xml.parsers import expat

from importer.errors import WorkbookError
from importer.model import column_letter, column_number
from importer.workbook.formats import Format
from importer.workbook.grid import Grid
from importer.workbook.options import Limits
from importer.workbook.package import Package
from importer.workbook.parts import BROKEN, CHUNK, Damaged
from importer.workbook.scan import HIDES_A_VALUE, Odd, Oddity, Scan, is_worked_out
from importer.workbook.serials import DateStyles
from importer.workbook.strings import SharedStrings, unescape

_ADDRESS = re.compile(r"\$?([A-Za-z]{1,7})\$?([0-9]{1,9})")
_PARTS = frozenset({"v", "f", "t"})
_RANGE = re.compile(r"\$?([A-Z]+)\$?([0-9]+):\$?([A-Z]+)\$?([0-9]+)")


def scan_spelled(
    package: Package,
    title: str,
    telling: Mapping[int, Oddity],
    noted: Mapping[int, Format],
    limits: Limits,
) -> Scan:
    """Scan one sheet of an .xlsx file, however its XML is spelled, and keep its values.

    Raises WorkbookError.
    """
    with SharedStrings(package) as strings:
        sheet = SpelledSheet(package, title, telling, noted, limits, strings.known)
        try:
            with package.open(package.sheets[title]) as stream:
                while block := stream.read(CHUNK):
                    sheet.feed(block)
            sheet.feed(b"", last=True)
        except BROKEN as error:
            raise sheet.damaged() from error
    sheet.found.rows = sheet.grid.rows()
    return sheet.found


class SpelledSheet:
    """One sheet that is fed as XML, block by block. What it holds is in `found` and in `grid`.

    `dates` knows what its numbers mean.
    `text` gives a shared string by its index, or raises IndexError.
    """

    def __init__(
        self,
        package: Package,
        title: str,
        telling: Mapping[int, Oddity],
        noted: Mapping[int, Format],
        limits: Limits,
        text: Callable[[int], str],
    ) -> None:
        values = _Values(package, text)
        reader = _Reader(telling, noted, title, limits, values, uncalculated=package.uncalculated)
        self.found, self.grid = reader.found, reader.grid
        self.dates = values.dates
        self._title, self._parser = title, expat.ParserCreate(namespace_separator=" ")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = reader.start
        self._parser.EndElementHandler = reader.end
        self._parser.CharacterDataHandler = reader.characters
        self._parser.StartDoctypeDeclHandler = reader.doctype

    def feed(self, block: bytes, *, last: bool = False) -> None:
        """Read on. Raises WorkbookError when the XML is broken or refers to what isn't there."""
        try:
            self._parser.Parse(block, last)
        except (ValueError, IndexError, expat.ExpatError) as error:
            raise self.damaged() from error

    def damaged(self) -> Damaged:
        """Make the error for a sheet of which not all can be read."""
        return Damaged(
            f"The sheet “{self._title}” is damaged: not all of it can be read.",
            "Open the workbook in Excel, let Excel repair it, save it, and try again.",
        )


class _Values:
    """Gives what a cell's text means: ECMA-376 part 1, 18.18.11 (ST_CellType)."""

    def __init__(self, package: Package, text: Callable[[int], str]) -> None:
        self._text = text
        self.dates = DateStyles(package.formats, date1904=package.date1904)

    def of(self, kind: str, style: str, text: str) -> Any:
        """Give the value; raises ValueError or IndexError for an index of no shared string."""
        match kind:
            case "s":
                return self._text(int(text))
            case "n" | "":
                return self._number(text.strip(), style.strip())
            case "b":
                return text.strip() in ("1", "true")
            case "d":
                return _iso(text.strip())
            case "e":
                return ""
        return unescape(text)

    def _number(self, text: str, style: str) -> Any:
        try:
            number = float(text)
        except ValueError:
            return text
        return self.dates.value(number, int(style) if style.isdigit() else 0)


def _iso(text: str) -> Any:
    try:
        return dt.datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        return text


class _Reader:
    """Follows the rows and cells of one sheet; a row or cell without an address is the next one."""

    def __init__(
        self,
        telling: Mapping[int, Oddity],
        noted: Mapping[int, Format],
        title: str,
        limits: Limits,
        values: _Values,
        *,
        uncalculated: bool,
    ) -> None:
        self.found = Scan()
        self._telling, self._noted, self._title = telling, noted, title
        self._row = self._column = 0
        self._cell: dict[str, str] = {}
        self._texts: dict[str, list[str]] = {}
        self._into: list[str] | None = None
        self._hints = 0
        self._values, self._uncalculated = values, uncalculated
        self.grid = Grid(title, limits)

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
                self._cell, self._texts = attributes, {}
            case "rPh":  # how a text is pronounced
                self._hints += 1
            case part if part in _PARTS and not self._hints:
                self._into = self._texts.setdefault(part, [])
            case "col" if attributes.get("hidden") in ("1", "true"):
                self.found.hidden_columns.append((int(attributes["min"]), int(attributes["max"])))
            case "mergeCell":
                if merged := _RANGE.fullmatch(attributes.get("ref", "").upper()):
                    self.found.merged.append((merged[1], int(merged[2]), merged[3], int(merged[4])))

    def characters(self, text: str) -> None:
        if self._into is not None:
            self._into.append(text)

    def end(self, name: str) -> None:
        match name.rpartition(" ")[2]:
            case part if part in _PARTS:
                self._into = None
            case "rPh":
                self._hints -= 1
            case "c":
                self._finish()

    def doctype(self, *_: object) -> None:
        raise WorkbookError(
            f"The sheet “{self._title}” contains a document type declaration, which no workbook "
            "has.",
            "Don't trust this file; ask its sender for one saved by Excel.",
        )

    def _finish(self) -> None:
        texts = {part: "".join(pieces) for part, pieces in self._texts.items()}
        if not texts:
            return
        self.grid.reach(self._row, self._column)
        kind, style = self._cell.get("t", ""), self._cell.get("s", "")
        value = texts.get("v")
        odd: Oddity | None = None
        if kind == "e":
            odd = Oddity(Odd.ERROR, value or "an error")
        elif "f" in texts and not is_worked_out(kind, value, uncalculated=self._uncalculated):
            odd = Oddity(Odd.UNCACHED, "=" + (texts["f"] or "..."))
        elif style.strip().isdigit():
            odd = self._telling.get(int(style))
            if kind in ("", "n") and value and (form := self._noted.get(int(style))):
                self.found.note(self._row, column_letter(self._column), form)
        if odd:
            self.found.oddities[self._row, column_letter(self._column)] = odd
        if not odd or odd.kind not in HIDES_A_VALUE:
            self._keep(kind, style, texts)

    def _keep(self, kind: str, style: str, texts: Mapping[str, str]) -> None:
        if "t" in texts:
            value: Any = unescape(texts["t"])
        elif texts.get("v"):
            value = self._values.of(kind, style, texts["v"])
        else:
            return
        self.grid.put(self._row, self._column, value)
