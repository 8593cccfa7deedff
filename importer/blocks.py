"""What a workbook's payloads hold, by columns rather than one by one: whole sheets judged at once.

A hundred thousand payloads as Python objects take seconds to make; their columns are there anyway.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

Path = tuple[str, ...]
"""The steps of a JSON path, without indexes: `("details", "details", "lineItems")`."""


class Values:
    """One column of plain values as payloads hold them; None: the payload leaves it out."""

    def __init__(self, values: Sequence[Any]) -> None:
        self._values = values

    @cached_property
    def distinct(self) -> list[Any]:
        """Every value at least once, without None; 1 isn't lost to an equal TRUE or 1.0."""
        known = set(self._values)
        if not {str, type(None)}.issuperset(map(type, known)):
            kinds = set(map(type, self._values)) - {type(None)}
            if len(kinds) > 1:
                return [value for value in self._values if value is not None]
        known.discard(None)
        return list(known)

    @cached_property
    def filled(self) -> Array:
        """Whether each value is there."""
        import numpy as np

        if None not in self._values:
            return np.ones(len(self._values), dtype=bool)
        return np.fromiter((v is not None for v in self._values), bool, len(self._values))

    @cached_property
    def numbers(self) -> Array:
        """The values, numbers or decimals as text, as floats; NaN: not there, or no number."""
        return self.mapped(_float, float("nan"))

    def among(self, some: Collection[Any]) -> Array:
        """Tell for each value whether it is one of some."""
        return self.mapped(lambda value: value in some, False)

    def mapped(self, function: Callable[[Any], Any], empty: Any) -> Array:
        """Give what a function makes of each value, called once for equal ones.

        What it makes is of the type of `empty`, which is given for None.
        """
        import numpy as np

        known = {value: function(value) for value in self.distinct} | {None: empty}
        return np.fromiter(map(known.__getitem__, self._values), type(empty), len(self._values))


def _float(value: Any) -> float:
    try:
        return float(value)
    except (ValueError, OverflowError, TypeError):
        return float("nan")


@dataclass(frozen=True)
class Block:
    """The records of one sheet that become objects at one place of the payloads.

    `path` is that place, () the payload itself; with `many` it holds a list of them. `columns` are
    their values, by the path within the object; where a value within an inner object is left out,
    so is that object, unless it is in `always`. `constants` are the values that all of them have.
    `coded` names the inner objects that have the invoice's currency, where it has one, as `code`.
    `excused` marks the records of a column whose cell is at fault already.

    The invoice at position i has the records `order[starts[i]:starts[i + 1]]`; each of those is an
    entry. A record may have entries in several invoices.
    """

    path: Path
    many: bool
    columns: Mapping[Path, Values]
    order: Array
    starts: Array
    constants: Mapping[Path, Any]
    coded: frozenset[str] = frozenset()
    always: frozenset[str] = frozenset()
    excused: Mapping[Path, Array] = field(default_factory=dict)

    @cached_property
    def owners(self) -> Array:
        """The position of the invoice of each entry."""
        import numpy as np

        return np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))

    @cached_property
    def owned(self) -> Array:
        """Whether each invoice has an entry."""
        import numpy as np

        return np.diff(self.starts) > 0

    def numbers(self, *path: str) -> Array:
        """Give the values of a column by entry, as floats; NaN: not there, or no number."""
        return self._by_entry(path, lambda column: column.numbers, float("nan"))

    def filled(self, *path: str) -> Array:
        """Tell for each entry whether a column has a value there."""
        return self._by_entry(path, lambda column: column.filled, False)

    def settled(self, *path: str) -> Array:
        """Tell for each entry whether a column has a value there, or its lack was told already."""
        filled, excused = self.filled(*path), self.excused.get(path)
        return filled if excused is None else filled | excused[self.order]

    def mapped(self, function: Callable[[Any], Any], empty: Any, *path: str) -> Array:
        """Give by entry what a function makes of a column, as `Values.mapped` does."""
        return self._by_entry(path, lambda column: column.mapped(function, empty), empty)

    def _by_entry(self, path: Path, of_column: Callable[[Values], Array], empty: Any) -> Array:
        import numpy as np

        column = self.columns.get(path)
        if column is None:
            return np.full(len(self.order), empty)
        return of_column(column)[self.order]

    def any_of(self, entries: Array) -> Array:
        """Tell for each invoice whether any of its entries is marked."""
        return self.sum_of(entries) > 0

    def sum_of(self, amounts: Array) -> Array:
        """Add up what is given by entry, for each invoice."""
        import numpy as np

        return np.bincount(self.owners, amounts, minlength=len(self.starts) - 1)

    def most_of(self, numbers: Array) -> Array:
        """Give the largest of what is given by entry, for each invoice; 0 where it has none."""
        import numpy as np

        most = np.zeros(len(self.starts) - 1, dtype=numbers.dtype)
        np.maximum.at(most, self.owners, numbers)
        return most


@dataclass(frozen=True)
class Blocks:
    """All that the payloads of a workbook hold.

    `currencies` are by invoice, as `Values`; `settled` says where there is one, or its cell is at
    fault already.
    """

    head: Block
    below: tuple[Block, ...]
    currencies: Values
    settled: Array

    def __len__(self) -> int:
        """Give how many invoices there are."""
        return len(self.head.order)

    def at(self, path: Path) -> list[Block]:
        """Give the blocks that go to one place below the payloads."""
        return [block for block in self.below if block.path == path]
