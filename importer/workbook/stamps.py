"""The stamps by which a workbook of ours is known again: layout version and the run that wrote it.

They stand in the custom document properties and, for programs that drop those, in plain sight on
the Summary sheet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.workbook.layout import SUMMARY_SHEET
from importer.workbook.package import Package

if TYPE_CHECKING:
    import python_calamine

RUN_PROPERTY, LAYOUT_PROPERTY = "importer.run", "importer.layout"
RUN_LABEL = "Run"
CHECK_ONLY = "none (a check)"


def find_parent(package: Package, book: python_calamine.CalamineWorkbook) -> str | None:
    """Give the ID of the run whose report this is; "" for a check's report; None for none."""
    if RUN_PROPERTY in package.properties:
        return package.properties[RUN_PROPERTY]
    if SUMMARY_SHEET not in book.sheet_names:
        return None
    for row in book.get_sheet_by_name(SUMMARY_SHEET).iter_rows():
        words = [str(value).strip() for value in row if value not in ("", None)]
        if len(words) >= 2 and words[0] == RUN_LABEL:
            return "" if words[1] == CHECK_ONLY else words[1]
    return None
