"""The original cells of a few rows of a large sheet: values as they were, with their looks.

For reports. The sheet's XML is scanned as bytes and only the chosen rows are parsed, so that a
few rows of a million cost little more than unpacking the sheet.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import chain, repeat
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

from importer.errors import WorkbookError
from importer.model import column_letter, column_number
from importer.workbook.book import ErrorText
from importer.workbook.carrying import SharedFormulas
from importer.workbook.package import Package
from importer.workbook.paint import Paint
from importer.workbook.scan import is_worked_out
from importer.workbook.serials import shows_date, shows_length
from importer.workbook.strings import SharedStrings, text_of, unescape

Value = str | int | float | bool | datetime | None

READABLE = frozenset({".xlsx", ".xlsm", ".xltx", ".xltm"})
_BATCH = 400
_REMEMBERED = 100_000
_STYLED = re.compile(rb"customFormat")
_PLAIN_CELL = re.compile(
    rb'<c r="([A-Z]{1,3})[0-9]+"(?: s="([0-9]+)")?(?: t="([sn])")?(?:/>|><v>([^<&]+)</v></c>)'
)
_SAME_WIDTH = 250  # columns of one width, at most
_DIGITS = "0123456789"
_MILLISECONDS = 86_400_000  # a day
_EPOCH_1900, _EPOCH_1904 = datetime(1899, 12, 30), datetime(1904, 1, 1)
_LAST_DAY = 2_958_466  # 9999-12-31, the last that Excel knows, plus one


class OriginalCell(NamedTuple):
    """A cell as the user left it. An error value, such as `#REF!`, is an `ErrorText`.

    `formula` is what worked the value out, without its "="; "" for one that can't stand alone (of
    an array, a data table), None when the value was typed. `paint` is None where nobody painted it.
    """

    letter: str
    value: Value
    number_format: str = "General"
    formula: str | None = None
    paint: Paint | None = None


class OriginalRow(NamedTuple):
    """A row as the user left it: Excel's number, its cells, the paint of those it doesn't hold."""

    number: int
    cells: list[OriginalCell]
    paint: Paint | None = None


class ColumnShape(NamedTuple):
    """What the user gave to a whole column: its width in characters, the paint of empty cells."""

    width: float | None
    paint: Paint | None


def original_rows(source: Path, title: str, rows: Sequence[int]) -> Iterator[OriginalRow]:
    """Yield those of the chosen rows that the sheet holds, ascending.

    `rows` ascend. A formula gives its cached value, or its own text (`=A1*2`) when it has none.
    Nothing comes from a file that isn't an .xlsx or .xlsm workbook or that lacks the sheet.

    Raises WorkbookError when the file is damaged, maybe after some rows.
    """
    if not rows or source.suffix.lower() not in READABLE or not source.is_file():
        return
    with Package(source) as package:
        part = package.sheets.get(title)
        if part is None:
            return
        with SharedStrings(package) as strings:
            shared = SharedFormulas()
            parser = _RowParser(
                _Styles(package.formats, package.paints),
                strings,
                shared,
                date1904=package.date1904,
                uncalculated=package.uncalculated,
            )
            for batch in _chosen(package, part, rows, shared):
                yield from parser.parse(batch)


def column_shapes(source: Path, title: str) -> dict[str, ColumnShape]:
    """Give what the user gave to whole columns of a sheet, by letter.

    Nothing comes from a file that isn't an .xlsx or .xlsm workbook or that lacks the sheet. Raises
    WorkbookError when the file is damaged.
    """
    if source.suffix.lower() not in READABLE or not source.is_file():
        return {}
    with Package(source) as package:
        part = package.sheets.get(title)
        if part is None:
            return {}
        with package.open(part) as stream:
            head = stream.read(1 << 16).partition(b"sheetData")[0]
        styles = _Styles(package.formats, package.paints)
    shapes: dict[str, ColumnShape] = {}
    for column in re.findall(rb"<(?:\w+:)?col\s([^>]*)>", head):
        found = dict(re.findall(r"(\w+)=[\"']([^\"']*)[\"']", column.decode("utf-8", "replace")))
        first, last = int(found.get("min", 0)), int(found.get("max", 0))
        width = float(found["width"]) if "width" in found else None
        shape = ColumnShape(width, styles.of(found.get("style"))[2])
        if 0 < first <= last:
            for number in range(first, min(last, first + _SAME_WIDTH) + 1):
                shapes[column_letter(number)] = shape
    return shapes


class _Batch(NamedTuple):
    root: bytes
    numbers: list[int]
    rows: list[bytes]


def _chosen(
    package: Package, part: str, rows: Sequence[int], shared: SharedFormulas
) -> Iterator[_Batch]:
    """Yield the raw XML of the chosen rows, with the start tag that declares their namespaces.

    `shared` learns the formulas that are written down once for many rows, in whichever row.
    """
    wanted = set(rows)
    last = rows[-1]
    head = _Head.read(package, part)
    number = 0
    batch = _Batch(head.root, [], [])
    for chunk in package.chunks(part, head.row_end):
        shared.learn(chunk)
        for match in head.row.finditer(chunk):
            number = int(match[1]) if match[1] else number + 1
            if number not in wanted:
                if number > last:
                    break
                continue
            batch.numbers.append(number)
            batch.rows.append(_whole_row(chunk, match, head.row_end))
            if len(batch.rows) >= _BATCH:
                yield batch
                batch = _Batch(head.root, [], [])
        if number >= last:
            break
    if batch.rows:
        yield batch


class _Head(NamedTuple):
    """What the start of a sheet's part says about how its rows are spelled."""

    root: bytes
    row: re.Pattern[bytes]
    row_end: bytes

    @classmethod
    def read(cls, package: Package, part: str) -> _Head:
        with package.open(part) as stream:
            start = stream.read(1 << 16)
        root = re.search(rb"<(?:(\w+):)?worksheet\b[^>]*>", start)
        if root is None:
            raise WorkbookError(f"The part {part} of the workbook is no sheet.")
        prefix = root[1] + b":" if root[1] else b""
        row = b"<" + prefix + rb"row(?:\s(?:[^>]*?\s)?r=[\"'](\d+)[\"'])?[^>]*>"
        return cls(root[0], re.compile(row), b"</" + prefix + b"row>")


def _whole_row(chunk: bytes, start: re.Match[bytes], row_end: bytes) -> bytes:
    if chunk[start.end() - 2 : start.end()] == b"/>":
        return start[0]
    end = chunk.find(row_end, start.end())
    return chunk[start.start() : end + len(row_end)] if end > 0 else chunk[start.start() :]


class _Styles:
    """Of each cell style: its number format, whether that shows a date, its paint."""

    def __init__(self, formats: Sequence[str], paints: Sequence[Paint | None]) -> None:
        self._styles = [
            (code, shows_date(code) and not shows_length(code), paint)
            for code, paint in zip(formats, chain(paints, repeat(None)))  # noqa: B905
        ]

    def of(self, style: str | None) -> tuple[str, bool, Paint | None]:
        """Give (number format, whether it shows a date, paint) of a cell's `s`."""
        index = int(style) if style else 0
        return self._styles[index] if index < len(self._styles) else ("General", False, None)


class _RowParser:
    def __init__(
        self,
        styles: _Styles,
        strings: SharedStrings,
        shared: SharedFormulas,
        *,
        date1904: bool,
        uncalculated: bool,
    ) -> None:
        self._styles = styles
        self._strings = strings
        self._known: dict[tuple[bytes, ...], tuple[Value, str, None, Paint | None]] = {}
        self._shared = shared
        self._uncalculated = uncalculated
        self._epoch = _EPOCH_1904 if date1904 else _EPOCH_1900
        self._first_day = 1 if date1904 else 61  # 1900 has a 29 February that never was

    def parse(self, batch: _Batch) -> Iterator[OriginalRow]:
        """Give the cells of each row of a batch."""
        plain = [*map(self._plain_cells, batch.rows)]
        if None in plain:
            yield from self._parse(batch)
            return
        for number, cells in zip(batch.numbers, plain, strict=True):
            yield OriginalRow(number, cells or [], None)

    def _plain_cells(self, row: bytes) -> list[OriginalCell] | None:
        """Read a row that holds numbers and shared texts only, spelled as Excel spells them."""
        begin = row.find(b">") + 1
        if _STYLED.search(row, 0, begin) or not row.endswith(b"</row>"):
            return None
        body = row[begin:-6]
        if _PLAIN_CELL.sub(b"", body):
            return None
        return [
            OriginalCell(letter.decode(), *self._plain_value(style, kind, text))
            for letter, style, kind, text in _PLAIN_CELL.findall(body)
        ]

    def _plain_value(
        self, style: bytes, kind: bytes, text: bytes
    ) -> tuple[Value, str, None, Paint | None]:
        found = self._known.get((style, kind, text))
        if found is None:
            if len(self._known) > _REMEMBERED:
                self._known.clear()
            form, is_date, paint = self._styles.of(style.decode() or None)
            value = self._typed(kind.decode() or "n", text.decode(), is_date=is_date)
            found = self._known[style, kind, text] = (value if text else None, form, None, paint)
        return found

    def _parse(self, batch: _Batch) -> Iterator[OriginalRow]:
        prefix, _, _ = batch.root[1:].split(None, 1)[0].rstrip(b">").rpartition(b"worksheet")
        close = b"</" + prefix + b"worksheet>"
        try:
            tree = ElementTree.fromstring(  # noqa: S314  no declarations, so no entities
                batch.root + b"".join(batch.rows) + close
            )
        except ElementTree.ParseError as error:
            raise WorkbookError("The workbook is damaged: a row of it can't be read.") from error
        space = tree.tag.rpartition("}")[0]
        names = _Names(*(f"{space}}}{name}" if space else name for name in ("v", "f", "is")))
        for number, row in zip(batch.numbers, tree, strict=True):
            styled = row.get("customFormat") in ("1", "true")
            paint = self._styles.of(row.get("s"))[2] if styled else None
            yield OriginalRow(number, self._cells(number, row, names), paint)

    def _cells(self, number: int, row: ElementTree.Element, names: _Names) -> list[OriginalCell]:
        cells = []
        letter = ""
        for node in row:
            ref = node.get("r")
            letter = ref.rstrip(_DIGITS) if ref else column_letter(column_number(letter) + 1)
            number_format, is_date, paint = self._styles.of(node.get("s"))
            value = self._value(node, names, is_date=is_date)
            formula = self._shared.of(node.find(names.formula), f"{letter}{number}")
            cells.append(OriginalCell(letter, value, number_format, formula, paint))
        return cells

    def _value(self, node: ElementTree.Element, names: _Names, *, is_date: bool) -> Value:
        kind = node.get("t", "n")
        if kind == "inlineStr":
            inline = node.find(names.inline)
            return text_of(inline) if inline is not None else None
        text = node.findtext(names.value)
        formula = node.find(names.formula)
        if formula is not None and not is_worked_out(
            node.get("t", ""), text, uncalculated=self._uncalculated
        ):
            return "=" + unescape(formula.text or "")
        if not text:
            return None if text is None or kind != "str" else ""
        return self._typed(kind, text, is_date=is_date)

    def _typed(self, kind: str, text: str, *, is_date: bool) -> Value:
        try:
            if kind == "s":
                return self._strings[int(text)]
            if kind == "n":
                return self._number(text, is_date=is_date)
            if kind == "b":
                return text.strip() in ("1", "true")
            if kind == "d":
                return datetime.fromisoformat(text).replace(tzinfo=None)
        except ValueError:
            return unescape(text)
        return ErrorText(text) if kind == "e" else unescape(text)

    def _number(self, text: str, *, is_date: bool) -> Value:
        number = int(text) if text.isdigit() else float(text)
        if is_date and self._first_day <= number < _LAST_DAY:
            # Excel itself keeps times to the millisecond; what lies below is noise of its floats.
            return self._epoch + timedelta(milliseconds=round(number * _MILLISECONDS))
        return number


class _Names(NamedTuple):
    value: str
    formula: str
    inline: str
