"""Whether the compound file around an .xls workbook hangs together ([MS-CFB] 2.2 and 2.3).

Its sectors are chained by a table; in a damaged file a chain can run in a circle, and whoever
follows it never comes to its end.
"""

from __future__ import annotations

import array
import struct
import sys
from collections.abc import Sequence

_LAST_SECTOR = 0xFFFFFFFA
_HEADER = 512
_IN_HEADER = 109  # sectors of the table that the header itself names
_ENTRIES_AT = 0x4C


def hangs_together(content: bytes) -> bool:
    """Say whether every chain of sectors of a compound file comes to an end."""
    if len(content) < _HEADER:
        return False
    shift, _ = struct.unpack_from("<HH", content, 0x1E)
    (mini_first,) = struct.unpack_from("<I", content, 0x3C)
    further, further_count = struct.unpack_from("<II", content, 0x44)
    if shift not in (9, 12):
        return False
    size = 1 << shift
    places = list(struct.unpack_from(f"<{_IN_HEADER}I", content, _ENTRIES_AT))
    for _ in range(min(further_count, len(content) // size + 1)):
        if further >= _LAST_SECTOR:
            break
        entries = _sector(content, further, size)
        if not entries:
            return False
        places += entries[:-1]
        further = entries[-1]
    table: list[int] = []
    for place in places:
        if place < _LAST_SECTOR:
            table += _sector(content, place, size)
    if not table or _has_circle(table):
        return False
    mini: list[int] = []
    while mini_first < _LAST_SECTOR:
        mini += _sector(content, mini_first, size)
        if mini_first >= len(table):
            return False
        mini_first = table[mini_first]
    return not _has_circle(mini)


def _sector(content: bytes, number: int, size: int) -> list[int]:
    start = _HEADER + number * size
    part = content[start : start + size]
    entries = array.array("I", part[: len(part) // 4 * 4])
    if sys.byteorder == "big":
        entries.byteswap()
    return entries.tolist()


def _has_circle(following: Sequence[int]) -> bool:
    """Whether following the chain from some sector leads back to it."""
    seen = [0] * len(following)  # by which walk a sector was first met
    for start in range(len(following)):
        at = start
        while at < len(following) and not seen[at]:
            seen[at] = start + 1
            at = following[at]
        if at < len(following) and seen[at] == start + 1:
            return True
    return False
