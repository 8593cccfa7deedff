"""The stamps by which a workbook of ours is known again: layout version and the run that wrote it.

They stand in the custom document properties and, for programs that drop those, in plain sight on
the Summary sheet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from importer.workbook.layout import SUMMARY_SHEET
from importer.workbook.package import RUN_PROPERTY, Package

__all__ = ["LAYOUT_PROPERTY", "RUN_PROPERTY", "find_parent"]

LAYOUT_PROPERTY = "importer.layout"
RUN_LABEL = "Run"
CHECK_ONLY = "none (a check)"


def find_parent(
    package: Package, titles: Sequence[str], rows: Callable[[str], Iterable[list[Any]]]
) -> str | None:
    """Give the ID of the run whose report this is; "" for a check's report; None for none.

    `rows` gives the rows of a sheet by its title.
    """
    if RUN_PROPERTY in package.properties:
        return package.properties[RUN_PROPERTY]
    if SUMMARY_SHEET not in titles:
        return None
    for row in rows(SUMMARY_SHEET):
        words = [str(value).strip() for value in row if value not in ("", None)]
        if len(words) >= 2 and words[0] == RUN_LABEL:
            return "" if words[1] == CHECK_ONLY else words[1]
    return None
