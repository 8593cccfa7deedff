"""Eight bytes of a text as one number, for many places at once: compared, counted, read as digits.

The first byte is the lowest. What has fewer than eight bytes is told by a mask.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

_EACH = 0x0101010101010101
_HIGH = 0x80 * _EACH
_NO_DIGIT = 0x76 * _EACH
"""Added to 0 to 9 it leaves the highest bit of a byte alone, added to more it sets that."""


def leading_digits(words: Array) -> Array:
    """Count the digits with which each word of eight bytes begins."""
    import numpy as np

    other = words ^ np.uint64(0x30 * _EACH)
    other = (other + np.uint64(_NO_DIGIT) | other) & np.uint64(_HIGH)
    lowest = other & (~other + np.uint64(1))
    return np.searchsorted(_tops(), lowest) + np.where(other == 0, 8, 0)


def number(words: Array, lengths: Array) -> Array:
    """Give the numbers that up to eight digits spell, the first of which is lowest in its word."""
    import numpy as np

    empty = (8 * (8 - lengths)).astype(np.uint64)
    digits = np.where(lengths > 0, words << empty, 0) & np.uint64(0x0F * _EACH)
    pairs = (digits * np.uint64(10) + (digits >> np.uint64(8))) & np.uint64(0x00FF00FF00FF00FF)
    fours = (pairs * np.uint64(100) + (pairs >> np.uint64(16))) & np.uint64(0x0000FFFF0000FFFF)
    return (fours * np.uint64(10_000) + (fours >> np.uint64(32))) & np.uint64(0xFFFFFFFF)


def are_letters(bytes_: Array) -> Array:
    """Say which bytes are capital letters."""
    return (bytes_ >= ord("A")) & (bytes_ <= ord("Z"))


def word(text: bytes) -> Any:
    """Give up to eight bytes as one number."""
    import numpy as np

    return np.uint64(int.from_bytes(text, "little"))


def mask(length: int) -> Any:
    """Give the mask of the first bytes of a word."""
    import numpy as np

    return np.uint64((1 << 8 * length) - 1)


def masks() -> Array:
    """Give masks for the first 0 to 8 bytes of a word."""
    import numpy as np

    return np.array([(1 << 8 * length) - 1 for length in range(9)], np.uint64)


def quotes() -> Array:
    """Give a quote behind 0 to 7 bytes of a word; nothing behind eight."""
    import numpy as np

    return np.array([34 << 8 * length for length in range(8)] + [0], np.uint64)


def _tops() -> Array:
    """Give the highest bit of each byte of a word."""
    import numpy as np

    return np.array([0x80 << 8 * at for at in range(8)], np.uint64)


def special() -> Array:
    """Say of each byte whether an XML parser might read it as something else in a text."""
    import numpy as np

    table = np.zeros(256, bool)
    table[[*range(32), *b"&_"]] = True
    return table
