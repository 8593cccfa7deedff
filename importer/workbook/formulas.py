"""The formulas of an .xls sheet that no program has worked out ([MS-XLS] 2.4.127, Formula)."""

from __future__ import annotations

import struct
from collections.abc import Iterator

_FORMULA, _UNCALCULATED, _BEGIN, _END = 0x0006, 0x005E, 0x0809, 0x000A
_ENGINE = 0x01C1  # RecalcId
_FORMULAS = frozenset({_FORMULA, 0x0206, 0x0406})  # as Excel 3 and 4 number them
_BY_LIBRARY = 0x0002  # "calculate on load": Excel itself leaves it 0
_SHEETJS = 0x0021
_NUMBER, _EMPTY_TEXT = b"\0" * 8, 3


def unworked_formulas(stream: bytes, book: int, sheet: int) -> Iterator[tuple[int, int]]:
    """Yield (row, column), from 0, of each formula whose value stands for none.

    `stream` is that of the workbook, `book` and `sheet` where its own records and the sheet's
    begin. Apache POI and Perl write 0, xlwt and SheetJS an empty text. All but xlwt ask in the
    formula's flags that it be worked out, which Excel and LibreOffice never do; xlwt leaves out
    which engine calculated last, which those two never do.
    """
    uncalculated = all(kind != _ENGINE for kind, _ in _records(stream, book))
    for kind, content in _records(stream, sheet):
        if kind == _UNCALCULATED:
            uncalculated = True
        elif kind in _FORMULAS and len(content) >= 16:
            row, column, _ = struct.unpack_from("<HHH", content)
            (flags,) = struct.unpack_from("<H", content, 14)
            asked = flags & _BY_LIBRARY or flags & _SHEETJS == _SHEETJS
            if (asked or uncalculated) and _is_nothing(content[6:14]):
                yield row, column


def _is_nothing(value: bytes) -> bool:
    """Say whether a formula's value is 0 or an empty text."""
    return value in (_NUMBER, b"\0" * 7 + b"\x80") or (
        value[6:] == b"\xff\xff" and value[0] == _EMPTY_TEXT
    )


def _records(stream: bytes, start: int) -> Iterator[tuple[int, bytes]]:
    """Yield (kind, content) of a sheet's records, not of those of charts within it."""
    at, depth = start, 0
    while at + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, at)
        content = stream[at + 4 : at + 4 + size]
        at += 4 + size
        if kind & 0xFF == _BEGIN & 0xFF and kind <= _BEGIN:
            depth += 1
        elif kind == _END:
            depth -= 1
            if depth <= 0:
                return
        elif depth == 1:
            yield kind, content
