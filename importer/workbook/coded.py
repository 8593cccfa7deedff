"""Columns of cells as numbers: each distinct value once, and for each row which of them it has.

What is said of a value is then worked out once, and for a hundred thousand rows with numpy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from importer.model import column_number

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Coded:
    """One column: the row at position i has the value `values[codes[i]]`.

    The first value is None: an empty cell. A value may be there twice, or belong to no row.
    """

    codes: Array
    values: Sequence[Any]

    def objects(self) -> Array:
        """Give the values row by row, as an array of objects."""
        import numpy as np

        table = np.empty(len(self.values), object)
        table[:] = self.values
        return table[self.codes]

    def kept(self, rows: Array) -> Coded:
        """Give the rows for which `rows` is true."""
        return Coded(self.codes[rows], self.values)

    def meant(self, values: Sequence[Any]) -> Coded:
        """Give the column with other values in the place of its own."""
        return Coded(self.codes, values)

    def used(self) -> Array:
        """Say of each value whether any row has it."""
        import numpy as np

        return np.bincount(self.codes, minlength=len(self.values)) > 0

    def by_row(self, said: Mapping[int, Any]) -> dict[int, Any]:
        """Give what is said of values, by their position, by the rows that have them."""
        import numpy as np

        if not said:
            return {}
        marked = np.zeros(len(self.values), bool)
        marked[list(said)] = True
        rows = np.flatnonzero(marked[self.codes])
        return {
            row: said[code]
            for row, code in zip(rows.tolist(), self.codes[rows].tolist(), strict=True)
        }

    def where(self, holds: Callable[[Any], bool]) -> Array:
        """Say of each row whether something holds of its value."""
        import numpy as np

        return np.array([holds(value) for value in self.values], bool)[self.codes]


@dataclass(frozen=True)
class CodedSheet:
    """All cells of a sheet: `rows` are Excel's numbers of the rows that hold any, in order.

    `columns` are by their number, from 1.
    """

    rows: Array
    columns: Mapping[int, Coded]

    @property
    def width(self) -> int:
        """The last column that holds anything."""
        return max(self.columns, default=0)

    @property
    def height(self) -> int:
        """The last row that holds anything."""
        return int(self.rows[-1]) if len(self.rows) else 0

    def lists(self) -> Iterator[list[Any]]:
        """Yield every row from Excel's row 1 on, each a list of `width` values ("": empty)."""
        numbers = self.rows.tolist()
        columns = [self.columns.get(number) for number in range(1, self.width + 1)]
        before = 0
        for at, number in enumerate(numbers):
            for _ in range(before + 1, number):
                yield [""] * self.width
            before = number
            values = [c.values[c.codes[at]] if c else None for c in columns]
            yield ["" if value is None else value for value in values]

    def below(self, row: int, letters: Iterable[str]) -> tuple[dict[str, Coded], Array]:
        """Give some columns by letter, and the rows' numbers, below a row."""
        import numpy as np

        chosen = self.rows > row
        empty = Coded(np.zeros(len(self.rows), np.int32), [None])
        columns = {letter: self.columns.get(column_number(letter), empty) for letter in letters}
        return {letter: c.kept(chosen) for letter, c in columns.items()}, self.rows[chosen]
