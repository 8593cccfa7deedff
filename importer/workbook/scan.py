"""What the fast reader hides: error values, formulas without a value, formats that change meaning.

A search over the sheet's bytes finds whether a piece has such a cell; only then are its cells
looked at one by one. The same pass measures how far the cells reach, before anything makes room
for them. A sheet that is spelled in another way than Excel's own is read by `spelled` instead.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from typing import Any

from importer.errors import WorkbookError
from importer.model import column_number
from importer.workbook.coded import CodedSheet
from importer.workbook.formats import PLAIN, Format, is_faithful
from importer.workbook.options import Limits
from importer.workbook.package import Package
from importer.workbook.parts import refuse_encoding

LAST_ROW = 1_048_576
"""The last row that Excel knows."""

_CELL = re.compile(rb"<c\s([^>]*?)(?:/>|>(.*?)</c>)", re.DOTALL)
_ADDRESS = re.compile(rb'\br="([A-Z]{1,3})([0-9]+)"')
_STYLE = re.compile(rb'\bs="([0-9]+)"')
_TYPE = re.compile(rb'\bt="([a-zA-Z]+)"')
_VALUE = re.compile(rb"<v(?:\s[^>]*)?(?:/>|(?<!/)>([^<]*)</v>)")
_FORMULA = re.compile(rb"<f[^>]*?(?:/>|>([^<]*)</f>)")
_ROW = re.compile(rb"<row\s([^>]*)>")
_ROW_NUMBER = re.compile(rb'\br="([0-9]+)"')
_HIDDEN = re.compile(rb'\bhidden\s*=\s*"(?:1|true)"')
_MERGE = re.compile(rb'<mergeCell\s[^>]*?ref="([A-Z]+)([0-9]+):([A-Z]+)([0-9]+)"')
_MERGE_SPELLED = re.compile(rb'<mergeCell\s[^>]*?ref="[^"]*[$a-z]')
_COL = re.compile(rb"<col\s([^>]*)/?>")
_QUOTED = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')

# A search for a pattern with a literal beginning is quicker than `in`, but for a single byte.
_ANY_ERROR = re.compile(rb't="e"')
_ANY_FORMULA = re.compile(rb"<f")
_ANY_HIDDEN = re.compile(rb"hidden")
_UNUSUAL = re.compile(  # spelled otherwise, or far away
    rb'<c(?! r="[A-Z][0-9]{1,6}+"(?: s="[0-9]++")?+'
    rb'(?:>|/>| t="s"(?:/>|><v>[0-9]++</v>)| t="(?!s")[a-zA-Z]++"/?>)|[a-zA-Z])'
)
_FAR_CELLS = re.compile(rb'<c r="([A-Z]{2,}|[A-Z](?=[0-9]{7}))([0-9]+)"[^>]*(?<!/)>(?!</c>)')
_UNLIKE_EXCEL = re.compile(
    rb'<c(?! r="[A-Z]+[0-9]+"(?: [a-zA-Z]+="[^"<>&]*")*+ ?/?>|[a-zA-Z])'
    rb'|\bt="s"[^>]*(?<!/)>(?!</c>|<v>[0-9]+</v>)'
)
PROLOGUE = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*\?>)?\s*(?:<!--.*?-->\s*)*", re.DOTALL)
_MISREAD = (  # a byte that such a piece has, and what the fast reader or this scan misreads in it
    (b"!", re.compile(rb"<!")),  # a comment or CDATA cuts the value off
    (b"?", re.compile(rb"<\?")),
    (b"#", re.compile(rb"<v>[^<]*&#")),
    (b"'", re.compile(rb"<[^<>]*=\s*'")),
    (b":", re.compile(rb":(?:sheetData|row|c|v|f|is|col|mergeCell)[\s/>]")),
)
_FORMULA_LAST = re.compile(rb"</v>\s*<f")


class Odd(StrEnum):
    """Why a cell isn't what the fast reader says it is."""

    ERROR = "error"  # detail: the error value, such as #REF!
    UNCACHED = "uncached"  # detail: the formula
    UNREAD = "unread"  # detail: the text that the fast reader misses
    PERCENT = "percent"
    BOOLEAN = "boolean"  # a number that the cell shows as TRUE or FALSE; detail: which
    MERGED = "merged"  # detail: the merged range
    TOO_LONG = "too long"  # the row has more cells than the header; detail: those cells


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
    rows: list[list[Any]] | None = None
    """All values, where the sheet is spelled in a way that the fast reader misreads."""
    coded: CodedSheet | None = None
    """All values, where the sheet is spelled as Excel spells it."""
    lengths: list[int] | None = None
    """How many cells each row has, in a file of text; None where rows are as wide as the sheet."""
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


def scan(package: Package, title: str, limits: Limits, texts: Callable[[], Sequence[str]]) -> Scan:
    """Read one sheet of an .xlsx file, or look through it for what the fast reader hides.

    `texts` gives the file's shared strings. Raises WorkbookError when the sheet's part is damaged
    or spelled in an encoding that the fast reader doesn't know, and when its cells reach further
    than the limits.
    """
    from importer.workbook.quick import read_quickly

    part = package.sheets[title]
    telling, noted = telling_styles(package.formats), noted_styles(package.formats)
    read = read_quickly(package, title, telling, noted, limits, texts)
    if read is not None:
        return read
    found = _quick_scan(package, title, part, telling, limits)
    if found is None:
        return scan_fully(package, title, limits)
    if noted:
        found.look = partial(_quick_formats, package, part, noted)
    return found


def scan_fully(package: Package, title: str, limits: Limits) -> Scan:
    """Look through one sheet cell by cell, and keep its values: slower, however it is spelled."""
    from importer.workbook.spelled import scan_spelled

    telling, noted = telling_styles(package.formats), noted_styles(package.formats)
    return scan_spelled(package, title, telling, noted, limits)


def _quick_formats(
    package: Package,
    part: str,
    noted: Mapping[int, Format],
    letters: Collection[str],
    are_amounts: bool,
) -> Formats:
    """Find how the cells of some columns show their numbers, on a sheet spelled as Excel does."""
    if are_amounts:
        noted = {style: form for style, form in noted.items() if not is_money(form.code)}
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


def is_money(code: str) -> bool:
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
    uncalculated = package.uncalculated
    for chunk in package.chunks(part, b"</row>"):
        if first:
            refuse_encoding(f"The sheet “{title}”", chunk[:1024])
            start = PROLOGUE.match(chunk)
            begin = start.end() if start else 0
            if not chunk.startswith(b"<worksheet", begin):
                return None
            first = False
        else:
            begin = 0
        if _is_misread(chunk, begin):
            return None
        if _UNUSUAL.search(chunk):
            if _UNLIKE_EXCEL.search(chunk):
                return None
            for letters, row in set(_FAR_CELLS.findall(chunk)):
                last_row = max(last_row, int(row))
                last_column = max(last_column, column_number(letters.decode()))
        if _ANY_HIDDEN.search(chunk) and not _hidden(chunk, found):
            return None
        if not chunk.endswith(b"</row>"):  # merges stand below the last row
            if _MERGE_SPELLED.search(chunk):
                return None
            found.merged += [
                (a.decode(), int(b), c.decode(), int(d)) for a, b, c, d in _MERGE.findall(chunk)
            ]
        if (
            _ANY_ERROR.search(chunk)
            or _ANY_FORMULA.search(chunk)
            or (styled and styled.search(chunk))
        ):
            if _FORMULA_LAST.search(chunk):
                return None
            found.oddities.update(_odd_cells(chunk, telling, uncalculated=uncalculated))
    refuse_far(title, last_row, last_column, limits)
    return found


def _is_misread(chunk: bytes, begin: int) -> bool:
    """Whether the fast reader, or this scan, might take something in this piece for else."""
    return any(
        chunk.find(mark, begin) >= 0 and pattern.search(chunk, begin) for mark, pattern in _MISREAD
    )


def is_worked_out(kind: str, value: str | None, *, uncalculated: bool) -> bool:
    """Say whether the value stored with a formula is one that a program worked out.

    `kind` is the cell's `t` ("" for none), `value` the text of its `v` (None: it has none);
    `uncalculated` is what the file says of itself. Libraries that can't calculate write nothing,
    an empty text without `v` (excelize), or 0 (XlsxWriter; Apache POI spells it `0.0` with
    `t="n"`, which no program that calculates does).
    """
    if value is None or (not value and kind != "str"):
        return False
    if kind == "n" and value == "0.0":
        return False
    return not (uncalculated and (not value or (kind in ("", "n") and _is_zero(value))))


def _is_zero(value: str) -> bool:
    return not value.strip("0.+-eE ")


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


def _odd_cells(
    chunk: bytes, telling: Mapping[int, Oddity], *, uncalculated: bool
) -> Iterator[tuple[tuple[int, str], Oddity]]:
    for cell in _CELL.finditer(chunk):
        attributes, content = cell.groups()
        address = _ADDRESS.search(attributes)
        if not address or content is None:
            continue
        place = int(address[2]), address[1].decode()
        value = _VALUE.search(content)
        if b't="e"' in attributes:
            yield place, Oddity(Odd.ERROR, _text((value and value[1]) or b"an error"))
        elif (formula := _FORMULA.search(content)) and not _worked_out(
            attributes, value, uncalculated=uncalculated
        ):
            yield place, Oddity(Odd.UNCACHED, "=" + _text(formula[1] or b"..."))
        elif telling and (style := _STYLE.search(attributes)) and int(style[1]) in telling:
            yield place, telling[int(style[1])]


def _worked_out(attributes: bytes, value: re.Match[bytes] | None, *, uncalculated: bool) -> bool:
    kind = _TYPE.search(attributes)
    return is_worked_out(
        kind[1].decode() if kind else "",
        (value[1] or b"").decode("utf-8", "replace") if value else None,
        uncalculated=uncalculated,
    )


def _hidden(chunk: bytes, found: Scan) -> bool:
    """Note what is hidden in a piece; give False when a hidden row doesn't say which it is."""
    for row in _ROW.finditer(chunk):
        if _HIDDEN.search(row[1]):
            number = _ROW_NUMBER.search(row[1])
            if not number:
                return False
            found.hidden_rows.append(int(number[1]))
    for column in _COL.finditer(chunk):
        if _HIDDEN.search(column[1]):
            first = re.search(rb'min="(\d+)"', column[1])
            last = re.search(rb'max="(\d+)"', column[1])
            if first and last:
                found.hidden_columns.append((int(first[1]), int(last[1])))
    return True


def _text(raw: bytes) -> str:
    return html.unescape(raw.decode("utf-8", "replace"))
