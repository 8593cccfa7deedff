"""Pure: which row of a sheet is its header, and which of its columns are which of ours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from importer.codes import Place, fault
from importer.errors import WorkbookError
from importer.model import Fault, column_letter
from importer.workbook.layout import OWN_HEADERS, Column, SheetLayout, normal


@dataclass(frozen=True)
class Headers:
    """The header of a sheet.

    `row` is Excel's row number; `texts` is the user's own words by letter, for every column, in
    the user's order ("" where a column has no name); `columns` is the letter of each known column
    by its key; `free` the letter of each column that the user named (`Extra: Project`) by his name
    for it; `own` the letters of the columns that a report added; `below` the rows already read
    below it.
    """

    row: int
    texts: Mapping[str, str]
    columns: Mapping[str, str]
    free: Mapping[str, str]
    own: Mapping[str, str]
    below: list[list[Any]] = field(default_factory=list)

    def faults(self, title: str) -> list[Fault]:
        """Give a warning for each column that isn't known."""
        known = {*self.columns.values(), *self.free.values(), *self.own.values()}
        return [
            fault("column-unknown", Place(title, self.row, text, letter), value=text or letter)
            for letter, text in self.texts.items()
            if letter not in known
        ]


def find_headers(title: str, layout: SheetLayout, top: Sequence[Sequence[Any]]) -> Headers:
    """Find the header among the first rows of a sheet: the row that names most known columns.

    Raises WorkbookError when no row names the required columns, or two columns have one name.
    """
    best = max(range(len(top)), key=lambda i: (_known(layout, top[i]), -i), default=None)
    if best is None or not _known(layout, top[best]):
        wanted = ", ".join(column.header for column in layout.columns if column.required)
        raise WorkbookError(
            f"The sheet “{title}” has no header among its first {max(len(top), 1)} rows.",
            f"Put the column names in the first row; needed are: {wanted}.",
        )
    texts = {column_letter(at): _text(value) for at, value in enumerate(top[best], start=1)}
    own = {normal(text): letter for letter, text in texts.items() if normal(text) in OWN_HEADERS}
    free = {name: letter for letter, text in texts.items() if (name := layout.free_name(text))}
    columns = _columns(title, best + 1, layout, texts)
    missing = [c.header for c in layout.columns if c.required and c.key not in columns]
    if missing:
        raise WorkbookError(
            f"The sheet “{title}” has no column {' and no column '.join(missing)} "
            f"(its header is row {best + 1}).",
            "Add the column, or give yours this name.",
        )
    return Headers(best + 1, texts, columns, free, own, [list(row) for row in top[best + 1 :]])


def _known(layout: SheetLayout, row: Sequence[Any]) -> int:
    return len({c.key for value in row if (c := layout.match(_text(value)))})


def _columns(title: str, row: int, layout: SheetLayout, texts: Mapping[str, str]) -> dict[str, str]:
    """Match headers to columns; a column's own name goes before an alias of it."""
    candidates: dict[str, list[tuple[str, Column]]] = {}
    for letter, text in texts.items():
        column = layout.match(text)
        if column:
            candidates.setdefault(column.key, []).append((letter, column))
    columns = {}
    for key, hits in candidates.items():
        exact = [(a, c) for a, c in hits if normal(texts[a]) == normal(c.header)]
        chosen = exact or hits
        if len(chosen) > 1:
            cells = " and ".join(f"{title}!{letter}{row} (“{texts[letter]}”)" for letter, _ in hits)
            raise WorkbookError(
                f"{cells} both name the column {chosen[0][1].header}.",
                "Rename or delete the one that isn't meant.",
            )
        columns[key] = chosen[0][0]
    return columns


def _text(value: Any) -> str:
    if value is None or value == "":
        return ""
    return " ".join(str(value).split())
