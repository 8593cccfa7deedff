"""What the fast reader hides: error values, formulas without a value, formats that change meaning.

A search over the sheet's bytes finds whether a piece has such a cell; only then are its cells
looked at one by one.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from importer.workbook.package import Package

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


class Odd(StrEnum):
    """Why a cell isn't what the fast reader says it is."""

    ERROR = "error"  # detail: the error value, such as #REF!
    UNCACHED = "uncached"  # detail: the formula
    PERCENT = "percent"
    PADDED = "padded"  # detail: how many digits its format shows, such as 5 for 00000
    MERGED = "merged"  # detail: the merged range


@dataclass(frozen=True, slots=True)
class Oddity:
    """One such cell, or the kind of it and what it shows."""

    kind: Odd
    detail: str = ""


@dataclass
class Scan:
    """What was found in one sheet. Rows and letters are Excel's own."""

    oddities: dict[tuple[int, str], Oddity] = field(default_factory=dict)
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)
    merged: list[tuple[str, int, str, int]] = field(default_factory=list)


def scan(package: Package, title: str) -> Scan:
    """Look through one sheet of an .xlsx file for what the fast reader hides.

    Raises WorkbookError when the sheet's part is damaged.
    """
    found = Scan()
    telling = _telling_styles(package.formats)
    wanted = b"|".join(str(style).encode() for style in telling)
    styled = re.compile(rb'\bs="(?:' + wanted + rb')"') if telling else None
    for chunk in package.chunks(package.sheets[title], b"</row>"):
        if b'hidden="' in chunk:
            _hidden(chunk, found)
        if b"<mergeCell " in chunk:
            found.merged += [
                (a.decode(), int(b), c.decode(), int(d)) for a, b, c, d in _MERGE.findall(chunk)
            ]
        if b't="e"' in chunk or b"<f" in chunk or (styled and styled.search(chunk)):
            found.oddities.update(_odd_cells(chunk, telling))
    return found


def _telling_styles(formats: list[str]) -> Mapping[int, Oddity]:
    telling: dict[int, Oddity] = {}
    for index, code in enumerate(formats):
        plain = _QUOTED.sub("", code.partition(";")[0])
        if "%" in plain:
            telling[index] = Oddity(Odd.PERCENT)
        elif re.fullmatch(r"0{2,}", plain):
            telling[index] = Oddity(Odd.PADDED, str(len(plain)))
    return telling


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
