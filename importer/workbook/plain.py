"""Pure: the plain cells of a piece of a sheet's XML, taken out by the thousand with numpy.

A plain cell is spelled to the byte as Excel spells a number, a shared text or nothing:
`<c r="B7" s="3" t="s"><v>12</v></c>`, `<c r="C7"><v>76.25</v></c>`, `<c r="D7" s="1"/>`, or as
libraries spell a text, `<c r="E7" t="inlineStr"><is><t>Net 30</t></is></c>`, in the row that its
address names. Whatever is spelled in another way stays in the piece, for an XML parser.
So nothing is taken that wasn't checked byte by byte, and nothing is passed over.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from importer.workbook.octets import (
    are_letters,
    leading_digits,
    mask,
    masks,
    number,
    quotes,
    special,
    word,
)

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

_PAD = bytes(64)
_WITHOUT_ADDRESS = re.compile(
    rb"<(?:\w+:)?(?:c(?=[\s/>])(?![^<>]*\sr=[\"']\$?[A-Za-z]{1,7}\$?[0-9]{1,9}[\"'])"
    rb"|row(?=[\s/>])(?![^<>]*\sr=[\"'][0-9]+[\"']))"
)
_NO_ELEMENT = ((b"!", re.compile(rb"<!")), (b"?", re.compile(rb"<\?")))
_HIDDEN = re.compile(rb"hidden")  # quicker than `in`, but for a single byte
_INLINE = re.compile(rb"inlineStr")


_ELSE, _EMPTY, NUMBER, LONG, SHARED, INLINE = range(6)
"""What a cell is: spelled in another way, empty, a number of up to eight characters or of more, a
shared text, a text of its own."""

_TAGS = (0, 1, 4, 4, 4, 6)
"""How many tags each has."""

_LONGEST = 32
_MOST = 16 * 1024**2
"""Bytes of a piece that is looked at at once: each takes a multiple of its size in memory."""


class Cells(NamedTuple):
    """Cells that hold something, in the order of the file: one item of each for each cell.

    `columns` count from 1; `styles` are 0 for none; `kinds` are NUMBER, LONG, SHARED or INLINE.
    `words` of a NUMBER is how it is spelled, the first byte lowest; of the others an index.
    """

    rows: Array
    columns: Array
    styles: Array
    kinds: Array
    words: Array


class Spellings:
    """The texts and the long numbers that stand in the cells themselves, each once."""

    def __init__(self) -> None:
        self._known: dict[bytes, int] = {}

    def indexes(self, piece: bytes, begins: Array, ends: Array) -> list[int]:
        """Give the index of each spelling in a piece, known or new."""
        known = self._known
        places = zip(begins.tolist(), ends.tolist(), strict=True)
        return [known.setdefault(piece[begin:end], len(known)) for begin, end in places]

    def texts(self) -> list[str]:
        """Give them by their index. Raises UnicodeDecodeError."""
        return [text.decode() for text in self._known]


def take_out(piece: bytes, known: Spellings) -> tuple[Cells, bytes] | None:
    """Give the plain cells of a piece that ends with a row or with the sheet, and what is left.

    `known` collects the texts that stand in them.
    None when it is spelled so that taking cells out might change what others mean: rows or cells
    without an address or out of order, comments; and when it is too large.
    """
    if len(piece) > _MOST:
        return None
    if any(piece.find(mark) >= 0 and pattern.search(piece) for mark, pattern in _NO_ELEMENT):
        return None
    tags = _Tags(piece)
    rows = _find_rows(tags)
    if rows is None:
        return None
    found = _find_cells(tags, rows, known)
    if found is None:
        return None
    cells, taken = found
    left = _without(tags, rows, taken, hidden=_HIDDEN.search(piece) is not None)
    return None if _WITHOUT_ADDRESS.search(left) else (cells, left)


class _Tags:
    """A piece by its tags: where each begins, and its first eight bytes as one number."""

    def __init__(self, piece: bytes) -> None:
        import numpy as np

        padded = piece + _PAD
        self.piece = piece
        self.data = np.frombuffer(padded, np.uint8)
        self._words = np.ndarray(len(padded) - 7, "<u8", padded, strides=(1,))
        starts = np.flatnonzero(self.data == ord("<"))
        self.count = len(starts)
        self.starts = np.append(starts, [len(piece)] * 6)  # a cell has up to six tags
        self.heads = self.at(self.starts)

    def at(self, places: Array) -> Array:
        """Give the eight bytes from each place on, the first of them lowest."""
        words: Array = self._words[places]
        return words

    def begin(self, text: bytes) -> Array:
        """Say which tags begin so."""
        begin: Array = self.heads & mask(len(text)) == word(text)
        return begin


@dataclass(frozen=True)
class _Rows:
    """The rows of a piece: the tag that opens and that ends each, and their numbers.

    `ends` is the number of tags for a row without end. `digits` is how each number is spelled, up
    to the quote behind it, `lengths` how many digits it has.
    """

    opens: Array
    ends: Array
    numbers: Array
    digits: Array
    lengths: Array


def _find_rows(tags: _Tags) -> _Rows | None:
    """Find the rows; None when one of them has no number where Excel puts it, or they go back."""
    import numpy as np

    opens = np.flatnonzero(tags.begin(b'<row r="'))
    words = tags.at(tags.starts[opens] + 8)
    lengths = leading_digits(words)
    digits = words & masks()[lengths]
    spelled = words & masks()[np.minimum(lengths + 1, 8)]
    if not ((lengths > 0) & (lengths < 8) & (spelled == digits | quotes()[lengths])).all():
        return None
    numbers = number(digits, lengths).astype(np.int32)
    if (np.diff(numbers, prepend=0) <= 0).any():
        return None
    closing = np.append(np.flatnonzero(tags.begin(b"</row>")), tags.count)
    ends = closing[np.searchsorted(closing, opens)]
    ends[ends > np.append(opens[1:], tags.count)] = tags.count
    return _Rows(opens, ends, numbers, spelled, lengths)


class _Taken(NamedTuple):
    """Which bytes the plain cells fill, and for each row how many tags they have in it."""

    begins: Array
    ends: Array
    tags: Array


def _find_cells(tags: _Tags, rows: _Rows, known: Spellings) -> tuple[Cells, _Taken] | None:
    """Find the plain cells; None when those of one row aren't in order."""
    import numpy as np

    marks = np.flatnonzero(tags.begin(b'<c r="'))
    owners = np.searchsorted(rows.opens, marks) - 1
    marks, owners = marks[owners >= 0], owners[owners >= 0]
    plain, columns, place = _addresses(tags, rows, marks, owners)
    styles, place = _styles(tags, place)
    values = _values(tags, marks, place)
    _add_long(tags, marks, values, plain, known)
    if _INLINE.search(tags.piece):
        _add_inline(tags, marks, place, values, plain, known)
    plain &= values.kinds > _ELSE
    if not _are_in_order(columns[plain], owners[plain]):
        return None
    full = plain & (values.kinds > _EMPTY)
    cells = Cells(
        rows.numbers[owners[full]],
        columns[full],
        styles[full],
        values.kinds[full],
        values.words[full],
    )
    used = np.array(_TAGS)[values.kinds[plain]]
    counts = np.bincount(owners[plain], used, len(rows.opens)).astype(np.int64)
    return cells, _Taken(tags.starts[marks[plain]], values.ends[plain], counts)


class _Values(NamedTuple):
    """What follows the style of each cell: its kind, its value, and the place behind the cell."""

    kinds: Array
    words: Array
    ends: Array


def _values(tags: _Tags, marks: Array, place: Array) -> _Values:
    """Read what is in a `v`, and see which cells are empty."""
    import numpy as np

    words = tags.at(place)
    opening = words & mask(7)
    texts, numbers = opening == word(b' t="s">'), opening == word(b' t="n">')
    bare, none = words & mask(1) == word(b">"), words & mask(2) == word(b"/>")
    begins, ends = tags.starts[marks + 1], tags.starts[marks + 2]
    full = (texts | numbers | bare) & (begins == place + np.where(bare, 1, 7))
    full &= (tags.heads[marks + 1] & mask(3) == word(b"<v>")) & (ends > begins + 3)
    full &= tags.heads[marks + 2] == word(b"</v></c>")
    lengths = np.where(full, ends - begins - 3, 0)
    words = tags.at(begins + 3) & masks()[np.minimum(lengths, 8)]
    long = lengths > 8
    full &= np.where(texts, ~long & (leading_digits(words) >= lengths), lengths <= _LONGEST)
    kinds = np.where(texts, SHARED, np.where(long, LONG, NUMBER))
    kinds = np.where(full, kinds, np.where(none, _EMPTY, _ELSE))
    words = np.where(texts, number(words, np.minimum(lengths, 8)), words)
    return _Values(kinds.astype(np.int8), words, np.where(full, ends + 8, place + 2))


def _add_long(tags: _Tags, marks: Array, values: _Values, plain: Array, known: Spellings) -> None:
    """Read the numbers that are too long for a word."""
    import numpy as np

    long = np.flatnonzero(plain & (values.kinds == LONG))
    begins, ends = tags.starts[marks[long] + 1] + 3, tags.starts[marks[long] + 2]
    values.words[long] = known.indexes(tags.piece, begins, ends)


def _add_inline(
    tags: _Tags, marks: Array, place: Array, values: _Values, plain: Array, known: Spellings
) -> None:
    """Read texts that stand in their cells, but for those with a mark-up or escape in them."""
    import numpy as np

    full = plain & _begins(tags, place, b' t="inlineStr">')
    full &= tags.starts[marks + 1] == place + 15
    bare = tags.heads[marks + 1] & mask(7) == word(b"<is><t>")
    full &= bare | _begins(tags, tags.starts[marks + 1], b'<is><t xml:space="preserve">')
    begins = tags.starts[marks + 1] + np.where(bare, 7, 28)
    ends = tags.starts[marks + 3]
    full &= _begins(tags, ends, b"</t></is></c>") & (ends > begins)
    marked = np.flatnonzero(special()[tags.data])
    full &= np.searchsorted(marked, begins) == np.searchsorted(marked, ends)
    values.kinds[full] = INLINE
    values.words[full] = known.indexes(tags.piece, begins[full], ends[full])
    values.ends[full] = ends[full] + 13


def _begins(tags: _Tags, places: Array, text: bytes) -> Array:
    """Say at which places a text stands."""
    import numpy as np

    found = np.ones(len(places), bool)
    for at in range(0, len(text), 8):
        part = text[at : at + 8]
        found &= tags.at(places + at) & mask(len(part)) == word(part)
    return found


def _addresses(tags: _Tags, rows: _Rows, marks: Array, owners: Array) -> tuple[Array, Array, Array]:
    """Read the addresses of cells: whether each is plain, its column, the place behind it."""
    import numpy as np

    place = tags.starts[marks] + 6
    words = tags.at(place)
    first, second = words & 0xFF, words >> 8 & 0xFF
    double = are_letters(second)
    plain = are_letters(first)
    columns = np.where(double, (first - 64) * 26 + second - 64, first - 64).astype(np.int16)
    place = place + 1 + double
    words = tags.at(place)
    plain &= words & masks()[rows.lengths[owners] + 1] == rows.digits[owners]
    return plain, columns, place + rows.lengths[owners] + 1


def _styles(tags: _Tags, place: Array) -> tuple[Array, Array]:
    """Read the styles of cells, 0 where none is said, and give the place behind them."""
    import numpy as np

    words = tags.at(place)
    after = words >> 32
    lengths = leading_digits(after | np.uint64(0xFF << 32))
    said = words & mask(4) == word(b' s="')
    said &= (lengths > 0) & (lengths < 4) & (after >> (8 * lengths).astype(np.uint64) & 0xFF == 34)
    styles = number(after & masks()[lengths], lengths)
    return np.where(said, styles, 0).astype(np.int16), place + np.where(said, lengths + 5, 0)


def _are_in_order(columns: Array, owners: Array) -> bool:
    import numpy as np

    return not ((np.diff(columns) <= 0) & (np.diff(owners) == 0)).any()


def _without(tags: _Tags, rows: _Rows, taken: _Taken, *, hidden: bool) -> bytes:
    """Give what is left of a piece without its plain cells, and without rows of nothing else.

    With `hidden` anything in it, each row stays, for it may be that.
    """
    import numpy as np

    opened = tags.starts[rows.opens + 1] - 1
    whole = (rows.ends < tags.count) & (rows.ends - rows.opens - 1 == taken.tags) & (not hidden)
    whole &= (tags.data[opened] == ord(">")) & (tags.data[opened - 1] != ord("/"))
    begins = tags.starts[rows.opens[whole]]
    ends = tags.starts[rows.ends[whole]] + len("</row>")
    of = np.searchsorted(begins, taken.begins, "right") - 1
    inside = (of >= 0) & (taken.begins < np.append(ends, 0)[of])
    begins = np.append(begins, taken.begins[~inside])
    ends = np.append(ends, taken.ends[~inside])
    order = np.argsort(begins)
    begins, ends = begins[order], ends[order]
    apart = np.append(0, ends) != np.append(begins, len(tags.piece))
    lefts = zip(
        np.append(0, ends)[apart].tolist(),
        np.append(begins, len(tags.piece))[apart].tolist(),
        strict=True,
    )
    return b"".join([tags.piece[begin:end] for begin, end in lefts])
