"""What the fast reader hides: error values, formulas without a value, formats that change meaning.

A search over the sheet's bytes finds whether a piece has such a cell; only then are its cells
looked at one by one. The same pass measures how far the cells reach, before anything makes room
for them. A sheet that is spelled in another way than Excel's own is read by `spelled` instead.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial

from importer.errors import WorkbookError
from importer.model import column_number
from importer.workbook.formats import PLAIN, Format, is_faithful
from importer.workbook.options import Limits
from importer.workbook.package import Package

LAST_ROW = 1_048_576
"""The last row that Excel knows."""

_CELL = re.compile(rb"<c\s([^>]*?)(?:/>|>(.*?)</c>)", re.DOTALL)
_ADDRESS = re.compile(rb'\br="([A-Z]{1,3})([0-9]+)"')
_STYLE = re.compile(rb'\bs="([0-9]+)"')
_VALUE = re.compile(rb"<v[^>]*>([^<]*)</v>")
_FORMULA = re.compile(rb"<f[^>]*?(?:/>|>([^<]*)</f>)")
_ROW = re.compile(rb"<row\s([^>]*)>")
_ROW_NUMBER = re.compile(rb'\br="([0-9]+)"')
_HIDDEN = re.compile(rb'\bhidden="(?:1|true)"')
_MERGE = re.compile(rb'<mergeCell\s[^>]*?ref="([A-Z]+)([0-9]+):([A-Z]+)([0-9]+)"')
_COL = re.compile(rb"<col\s([^>]*)/?>")
_QUOTED = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')

# A search for a pattern with a literal beginning is quicker than `in`.
_ANY_ERROR = re.compile(rb't="e"')
_ANY_FORMULA = re.compile(rb"<f")
_ANY_HIDDEN = re.compile(rb'hidden="')
_UNUSUAL = re.compile(rb'<c (?!r="[A-Z][0-9]{1,6}+")')  # spelled otherwise, or far away
_FAR_CELLS = re.compile(rb'<c r="([A-Z]{2,}|[A-Z](?=[0-9]{7}))([0-9]+)"[^>]*(?<!/)>(?!</c>)')
_UNLIKE_EXCEL = re.compile(rb'<c (?!r="[A-Z]+[0-9]+")')
_BARE_CELL = re.compile(rb"<c>")
_CDATA = re.compile(rb"<!\[C")
_PROLOGUE = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*\?>)?\s*(?:<!--.*?-->\s*)*", re.DOTALL)
_ENCODING = re.compile(rb"<\?xml[^>]*encoding=[\"']([^\"']+)")


class Odd(StrEnum):
    """Why a cell isn't what the fast reader says it is."""

    ERROR = "error"  # detail: the error value, such as #REF!
    UNCACHED = "uncached"  # detail: the formula
    UNREAD = "unread"  # detail: the text that the fast reader misses
    PERCENT = "percent"
    BOOLEAN = "boolean"  # a number that the cell shows as TRUE or FALSE; detail: which
    MERGED = "merged"  # detail: the merged range


Formats = dict[str, dict[int, Format]]
"""How cells show their numbers: by the column's letter, then by row."""

HIDES_A_VALUE = frozenset({Odd.ERROR, Odd.UNCACHED, Odd.UNREAD})
"""The oddities of cells that the fast reader gives as empty."""


@dataclass(frozen=True, slots=True)
class Oddity:
    """One such cell, or the kind of it and what it shows."""

    kind: Odd
    detail: str = ""


@dataclass
class Scan:
    """What was found in one sheet. Rows and letters are Excel's own; columns count from 1."""

    oddities: dict[tuple[int, str], Oddity] = field(default_factory=dict)
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)
    merged: list[tuple[str, int, str, int]] = field(default_factory=list)
    noted: Formats = field(default_factory=dict)
    look: Callable[[Collection[str], bool], Formats] | None = None

    def note(self, row: int, letter: str, form: Format) -> None:
        """Keep how a cell shows its number."""
        self.noted.setdefault(letter, {})[row] = form

    def formats(self, letters: Collection[str], amounts: Collection[str]) -> Formats:
        """Give the number formats of some columns' cells, as far as they may matter there."""
        if self.look is None:
            return self.noted
        return self.look(letters, False) | self.look(amounts, True)


def scan(package: Package, title: str, limits: Limits) -> Scan:
    """Look through one sheet of an .xlsx file for what the fast reader hides.

    Raises WorkbookError when the sheet's part is damaged or spelled in an encoding that the fast
    reader doesn't know, and when its cells reach further than the limits.
    """
    part = package.sheets[title]
    telling, noted = telling_styles(package.formats), noted_styles(package.formats)
    found = _quick_scan(package, title, part, telling, limits)
    if found is None:
        from importer.workbook.spelled import scan_spelled

        return scan_spelled(package, title, telling, noted, limits)
    if noted:
        found.look = partial(_quick_formats, package, part, noted)
    return found


def _quick_formats(
    package: Package,
    part: str,
    noted: Mapping[int, Format],
    letters: Collection[str],
    are_amounts: bool,
) -> Formats:
    """Find how the cells of some columns show their numbers, on a sheet spelled as Excel does."""
    if are_amounts:
        noted = {style: form for style, form in noted.items() if not _is_money(form.code)}
    found: Formats = {}
    if not noted or not letters:
        return found
    cell = re.compile(
        rb'<c r="(%s)([0-9]+)"[^>]*?\bs="(%s)"'
        % ("|".join(letters).encode(), "|".join(map(str, noted)).encode())
    )
    for chunk in package.chunks(part, b"</row>"):
        for letter, row, style in cell.findall(chunk):
            found.setdefault(letter.decode(), {})[int(row)] = noted[int(style)]
    return found


def _is_money(code: str) -> bool:
    """Whether a format shows amounts as most do: as they are, and without a currency's sign."""
    return not set(code) - set("#,0.()_-;[Red] ") and is_faithful(code)


def _quick_scan(
    package: Package, title: str, part: str, telling: Mapping[int, Oddity], limits: Limits
) -> Scan | None:
    """Scan a sheet that is spelled as Excel does; None when it is not."""
    found = Scan()
    wanted = b"|".join(str(style).encode() for style in telling)
    styled = re.compile(rb'\bs="(?:' + wanted + rb')"') if telling else None
    last_row, last_column, first = 0, 26, True
    for chunk in package.chunks(part, b"</row>"):
        if first:
            _refuse_encoding(title, chunk[:1024])
            start = _PROLOGUE.match(chunk)
            if not chunk.startswith(b"<worksheet", start.end() if start else 0):
                return None
            first = False
        if _BARE_CELL.search(chunk) or _CDATA.search(chunk):
            return None
        if _UNUSUAL.search(chunk):
            if _UNLIKE_EXCEL.search(chunk):
                return None
            for letters, row in set(_FAR_CELLS.findall(chunk)):
                last_row = max(last_row, int(row))
                last_column = max(last_column, column_number(letters.decode()))
        if _ANY_HIDDEN.search(chunk):
            _hidden(chunk, found)
        if not chunk.endswith(b"</row>"):  # merges stand below the last row
            found.merged += [
                (a.decode(), int(b), c.decode(), int(d)) for a, b, c, d in _MERGE.findall(chunk)
            ]
        if (
            _ANY_ERROR.search(chunk)
            or _ANY_FORMULA.search(chunk)
            or (styled and styled.search(chunk))
        ):
            found.oddities.update(_odd_cells(chunk, telling))
    refuse_far(title, last_row, last_column, limits)
    return found


def refuse_far(title: str, last_row: int, last_column: int, limits: Limits) -> None:
    """Raise WorkbookError when a sheet's last row and column (from 1) are beyond the limits."""
    if last_column > limits.columns:
        raise WorkbookError(
            f"The sheet “{title}” has {last_column:,} columns; at most {limits.columns} are read.",
            "Delete the columns that don't belong to the invoices.",
        )
    if last_row > LAST_ROW or last_row * last_column > limits.cells:
        raise WorkbookError(
            f"The sheet “{title}” has a cell in row {last_row:,}, so far down that the sheet is "
            "too large to be read.",
            "Delete the rows below the last invoice, save the workbook, and try again.",
        )


def telling_styles(formats: list[str]) -> dict[int, Oddity]:
    """Give the styles whose number format changes what a number means, by the style's index."""
    telling: dict[int, Oddity] = {}
    for index, code in enumerate(formats):
        if "%" in _QUOTED.sub("", code.partition(";")[0]):
            telling[index] = Oddity(Odd.PERCENT)
    return telling


def noted_styles(formats: list[str]) -> dict[int, Format]:
    """Give the styles whose number format may show another text than the number's own digits."""
    known: dict[str, Format] = {}
    return {
        index: known.setdefault(code, Format(code))
        for index, code in enumerate(formats)
        if code not in PLAIN
    }


def _refuse_encoding(title: str, head: bytes) -> None:
    named = _ENCODING.search(head)
    name = named[1].decode("ascii", "replace") if named else "UTF-8"
    if head[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in head:
        name = "UTF-16"
    if name.casefold() not in ("utf-8", "utf8", "us-ascii", "ascii"):
        raise WorkbookError(
            f"The sheet “{title}” is stored in the encoding {name}, which can't be read.",
            "Open the workbook in Excel, save it, and try again.",
        )


def _odd_cells(
    chunk: bytes, telling: Mapping[int, Oddity]
) -> Iterator[tuple[tuple[int, str], Oddity]]:
    for cell in _CELL.finditer(chunk):
        attributes, content = cell.groups()
        address = _ADDRESS.search(attributes)
        if not address or content is None:
            continue
        place = int(address[2]), address[1].decode()
        value = _VALUE.search(content)
        if b't="e"' in attributes:
            yield place, Oddity(Odd.ERROR, _text(value[1]) if value else "an error")
        elif (formula := _FORMULA.search(content)) and not (value and value[1]):
            if b't="str"' not in attributes:
                yield place, Oddity(Odd.UNCACHED, "=" + _text(formula[1] or b"..."))
        elif telling and (style := _STYLE.search(attributes)) and int(style[1]) in telling:
            yield place, telling[int(style[1])]


def _hidden(chunk: bytes, found: Scan) -> None:
    for row in _ROW.finditer(chunk):
        if _HIDDEN.search(row[1]) and (number := _ROW_NUMBER.search(row[1])):
            found.hidden_rows.append(int(number[1]))
    for column in _COL.finditer(chunk):
        if _HIDDEN.search(column[1]):
            first = re.search(rb'min="(\d+)"', column[1])
            last = re.search(rb'max="(\d+)"', column[1])
            if first and last:
                found.hidden_columns.append((int(first[1]), int(last[1])))


def _text(raw: bytes) -> str:
    return html.unescape(raw.decode("utf-8", "replace"))
