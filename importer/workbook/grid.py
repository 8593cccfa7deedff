"""The cells of one sheet as a reader meets them, and the rows that they make."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from importer.workbook.options import Limits
from importer.workbook.scan import refuse_far


class Grid:
    """Takes values by row and column (from 1) and measures how far they reach.

    Raises WorkbookError for a cell beyond the limits, before any room is made for it.
    """

    def __init__(self, title: str, limits: Limits) -> None:
        self._title, self._limits = title, limits
        self._last_row = self._last_column = 0
        self._cells: dict[int, dict[int, Any]] = {}

    def reach(self, row: int, column: int) -> None:
        """Note that something is there, be it nothing that can be read."""
        if row > self._last_row or column > self._last_column:
            self._last_row = max(self._last_row, row)
            self._last_column = max(self._last_column, column)
            refuse_far(self._title, self._last_row, self._last_column, self._limits)

    def put(self, row: int, column: int, value: Any) -> None:
        """Take a value; an empty text is none."""
        if value != "":
            self.reach(row, column)
            self._cells.setdefault(row, {})[column] = value

    def repeat(self, row: int, times: int) -> None:
        """Let a row stand for that many: itself and those below it."""
        cells = self._cells.get(row)
        if cells and times > 1:
            self.reach(row + times - 1, max(cells))
            self._cells.update(dict.fromkeys(range(row + 1, row + times), cells))

    def cells(self) -> Iterator[tuple[int, int, Any]]:
        """Give row, column and value of each cell."""
        for row, cells in self._cells.items():
            for column, value in cells.items():
                yield row, column, value

    def rows(self) -> list[list[Any]]:
        """Give every row from the first on, all of one width; "" is an empty cell."""
        empty = [""] * self._last_column
        made: list[list[Any]] = []
        before: tuple[dict[int, Any] | None, list[Any]] = None, empty
        for number in range(1, self._last_row + 1):
            cells = self._cells.get(number)
            if cells is not before[0]:
                before = cells, self._row(cells, empty)
            made.append(before[1])
        return made

    def _row(self, cells: dict[int, Any] | None, empty: list[Any]) -> list[Any]:
        if not cells:
            return empty
        row = list(empty)
        for column, value in cells.items():
            row[column - 1] = value
        return row
