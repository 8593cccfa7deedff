"""The file that template and report are written to: openpyxl makes the frame, we write long sheets.

openpyxl writes about 100,000 cells a second, which is too slow for a report of ten thousand failed
invoices. So it writes everything but the rows of long sheets (styles, widths, filters, comments,
links, charts, properties); those rows are written as text here and set into its file.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from io import BytesIO
from math import isfinite
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple
from zipfile import ZIP_DEFLATED, ZipFile

from importer.errors import WorkbookError
from importer.model import column_letter
from importer.workbook.seal import CUSTOM_PART, OPEN, digest
from importer.workbook.styles import GENERAL, Look

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

_REMEMBERED = 50_000
CELL_LIMIT = 32_767
"""Characters (UTF-16 units) that Excel lets a cell hold."""

ROW_LIMIT = 1_048_576
LINK_LIMIT = 65_530
"""Links that Excel lets a sheet hold; it calls a file with more of them damaged."""

MADE = datetime(2026, 1, 1)
"""Stamped as the time of writing where none is given, so that the same content is the same file."""

_EPOCH = datetime(1899, 12, 30)
_UNSAFE = re.compile(
    "[&<>\r\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)"
)
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_TAKEN_FOR_ELSE = frozenset("=+-@'0123456789.,(")
_ALWAYS_QUOTED = frozenset("=+-@'")


class ErrorText(str):
    """An error value of Excel, such as `#REF!`: written as the error that it is."""

    __slots__ = ()


class Formula(NamedTuple):
    """A formula, without its "=", and what it last worked out."""

    text: str
    value: Any


class Book:
    """A workbook on its way to a file. Use as a context manager.

    `frame` is openpyxl's workbook, without any sheet yet. `made` is stamped as its time (UTC).
    """

    def __init__(self, *, made: datetime = MADE) -> None:
        from openpyxl import Workbook

        self.frame: Workbook = Workbook()
        self.frame.remove(self.frame.worksheets[0])
        self.frame.properties.creator = "importer"
        self.frame.properties.created = self.frame.properties.modified = made
        self._long: dict[str, LongSheet] = {}
        self._styles: dict[tuple[Look, str, bool], int] = {}

    def __enter__(self) -> Book:
        return self

    def __exit__(self, *_: object) -> None:
        for long in self._long.values():
            long.close()

    def sheet(self, title: str) -> Worksheet:
        """Add a sheet whose rows openpyxl writes."""
        sheet: Worksheet = self.frame.create_sheet(title)
        return sheet

    def long_sheet(self, title: str) -> LongSheet:
        """Add a sheet whose rows we write."""
        long = LongSheet(self, self.frame.create_sheet(title))
        self._long[long.sheet.title] = long
        return long

    def stamp(self, name: str, text: str) -> None:
        """Set a custom document property."""
        from openpyxl.packaging.custom import StringProperty

        properties: Any = self.frame
        properties.custom_doc_props.append(StringProperty(name=name, value=text))

    def style(self, look: Look, number_format: str = GENERAL, *, quote: bool = False) -> int:
        """Give the number under which the file knows a look with a number format."""
        key = (look, number_format, quote)
        found = self._styles.get(key)
        if found is None:
            from openpyxl.cell import Cell

            cell = Cell(self.frame.worksheets[0], row=1, column=1)
            look.dress(cell, number_format, quote=quote)
            found = self._styles[key] = cell.style_id
        return found

    def save(self, path: Path) -> None:
        """Write the file: beside its place first, then moved there, so that it's whole or absent.

        Raises `WorkbookError` when it can't be written.
        """
        frame = self._frame_file()
        with (
            written_whole(path) as file,
            ZipFile(file, "w", ZIP_DEFLATED, compresslevel=4) as out,
        ):
            self._fill(frame, out)

    def _frame_file(self) -> ZipFile:
        from openpyxl.writer.excel import ExcelWriter

        memory = BytesIO()
        # Not Workbook.save(): that stamps the present time.
        ExcelWriter(self.frame, ZipFile(memory, "w", ZIP_DEFLATED, compresslevel=1)).save()
        return ZipFile(memory)

    def _fill(self, frame: ZipFile, out: ZipFile) -> None:
        longs = {long.sheet.path.lstrip("/"): long for long in self._long.values()}
        for name in frame.namelist():
            if name == CUSTOM_PART:
                continue
            with out.open(name, "w") as target:
                if name in longs:
                    longs[name].set_into(frame.read(name), target)
                else:
                    target.write(frame.read(name))
        if CUSTOM_PART in frame.namelist():
            sealed = digest(out).encode()
            with out.open(CUSTOM_PART, "w") as target:
                target.write(frame.read(CUSTOM_PART).replace(OPEN.encode(), sealed))


class LongSheet:
    """A sheet whose rows we write, one after the other; the rest of it is openpyxl's `sheet`."""

    def __init__(self, book: Book, sheet: Worksheet) -> None:
        self.sheet = sheet
        self.rows = 0
        self.widest = 1
        self._book = book
        self._known: dict[tuple[Any, ...], str] = {}
        self._file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  closed by close()

    def add(self, cells: Iterable[tuple[Any, int]], *, height: float | None = None) -> int:
        """Add a row of (value, style) pairs; give its number.

        A value is text, a number, a truth value, a date or time, `ErrorText`, `Formula` or None.
        Text is always text, whatever it begins with. `height` is in points; None lets Excel choose.
        """
        self.rows += 1
        row, column = self.rows, 0
        tall = f' ht="{height}" customHeight="1"' if height else ""
        parts, known = [f'<row r="{row}"{tall}>'], self._known
        for value, style in cells:
            column += 1
            key = style, type(value), value
            xml = known.get(key)
            if xml is None:
                xml = _cell(style, value)
                if len(known) < _REMEMBERED:
                    known[key] = xml
            parts.append(f'<c r="{_letter(column)}{row}{xml}')
        self.widest = max(self.widest, column)
        parts.append("</row>")
        self._file.write("".join(parts).encode("utf-8"))
        return row

    def set_into(self, frame: bytes, target: IO[bytes]) -> None:
        """Write openpyxl's sheet XML with our rows in the place of its own."""
        head, tail = re.split(rb"<sheetData\s*/>|<sheetData>.*</sheetData>", frame, flags=re.DOTALL)
        used = f'<dimension ref="A1:{column_letter(self.widest)}{max(self.rows, 1)}"'
        target.write(re.sub(rb'<dimension ref="[^"]*"', used.encode(), head))
        target.write(b"<sheetData>")
        self._file.seek(0)
        shutil.copyfileobj(self._file, target, 1 << 20)
        target.write(b"</sheetData>" + tail)

    def close(self) -> None:
        """Give the rows' temporary file back."""
        self._file.close()


_LETTERS = [""] + [column_letter(number) for number in range(1, 400)]


def _letter(column: int) -> str:
    return _LETTERS[column] if column < len(_LETTERS) else column_letter(column)


def _cell(style: int, value: Any) -> str:
    """Give a cell's XML behind its address."""
    if isinstance(value, Formula):
        kind, text = _plain("" if value.value is None else value.value)
        return f'" s="{style}"{kind}><f>{_escape(value.text)}</f><v>{text}</v></c>'
    if value is None or value == "":
        return f'" s="{style}"/>'
    if isinstance(value, str) and not isinstance(value, ErrorText):
        return (
            f'" s="{style}" t="inlineStr"><is><t xml:space="preserve">{_escape(value)}</t></is></c>'
        )
    kind, text = _plain(value)
    return f'" s="{style}"{kind}><v>{text}</v></c>'


def _plain(value: Any) -> tuple[str, object]:
    if isinstance(value, bool):
        return ' t="b"', int(value)
    if isinstance(value, float) and not isfinite(value):
        return ' t="e"', "#NUM!"
    if isinstance(value, int | float | Decimal):
        return "", value
    if isinstance(value, date | time | timedelta):
        return "", serial(value)
    return (' t="e"' if isinstance(value, ErrorText) else ' t="str"'), _escape(str(value))


def serial(moment: date | time | timedelta) -> float | int:
    """Give a date, time or duration as Excel counts it: days since the end of 1899."""
    if isinstance(moment, timedelta):
        return moment / timedelta(days=1)
    if isinstance(moment, time):
        moment = datetime.combine(_EPOCH, moment)
    elif not isinstance(moment, datetime):
        moment = datetime(moment.year, moment.month, moment.day)
    days = (moment.replace(tzinfo=None) - _EPOCH) / timedelta(days=1)
    return int(days) if days.is_integer() else days


def _escape(text: str) -> str:
    if len(text) > CELL_LIMIT // 2:
        text = cut(text)
    return _UNSAFE.sub(_escaped, text)


def _escaped(match: re.Match[str]) -> str:
    char = match.group()
    if char >= "\ud800":  # half a surrogate pair, or no character at all
        return "\ufffd"
    # `_x000D_` is Excel's own way to hold such a character.
    return _ENTITIES.get(char) or f"_x{ord(char):04X}_"


def cut(text: str) -> str:
    """Give a text as long as a cell can hold, with an ellipsis where the rest was."""
    units = text.encode("utf-16-le", "surrogatepass")
    if len(units) <= 2 * CELL_LIMIT:
        return text
    return units[: 2 * CELL_LIMIT - 2].decode("utf-16-le", "ignore") + "…"


def clean(text: str) -> str:
    """Give a text without the characters that openpyxl refuses, for comments and the frame."""
    return cut(_ILLEGAL.sub("\ufffd", text.replace("\r\n", "\n")))


def needs_quote(text: str, number_format: str = GENERAL) -> bool:
    """Say whether Excel would take a text for something else as soon as somebody edits it."""
    first = text[:1]
    return first in _ALWAYS_QUOTED or (number_format != "@" and first in _TAKEN_FOR_ELSE)


def put(sheet: Worksheet, ref: str, value: Any, look: Look, number_format: str = GENERAL) -> Any:
    """Set a cell of the frame; text stays text, whatever it begins with. Give the cell."""
    cell: Any = sheet[ref]
    if isinstance(value, str):
        cell.value = clean(value)
        cell.data_type = "s"
        look.dress(cell, number_format, quote=value[:1] in _ALWAYS_QUOTED)
    else:
        cell.value = value
        look.dress(cell, number_format)
    return cell


def comment(text: str, *, width: int = 320) -> Any:
    """Give a comment that is large enough for its text; `width` in pixels."""
    from openpyxl.comments import Comment

    text = clean(text)
    per_line = width // 6
    lines = sum(1 + len(line) // per_line for line in text.split("\n"))
    return Comment(text, "importer", height=min(24 + 17 * lines, 420), width=width)


def link(sheet_title: str, ref: str, cell_ref: str) -> Any:
    """Give a link at `cell_ref` that jumps to `ref` on a sheet of the same workbook."""
    from openpyxl.worksheet.hyperlink import Hyperlink

    quoted = sheet_title.replace("'", "''")
    return Hyperlink(ref=cell_ref, location=f"'{quoted}'!{ref}")


@contextmanager
def written_whole(path: Path) -> Iterator[IO[bytes]]:
    """Give a file to write that takes the place of `path` once it is whole.

    Raises `WorkbookError` when the folder or the file can't be written.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with beside.open("wb") as file:
            yield file
        beside.replace(path)
    except OSError as error:
        raise WorkbookError(
            f"{path} can't be written: {error.strerror or error}.",
            "Close it if it is open in Excel, or give another place to write to.",
        ) from error
    finally:
        beside.unlink(missing_ok=True)
