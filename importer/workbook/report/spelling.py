"""Pure: how values are written whose cells can't be copied: those of .ods, .xls and .xlsb files.

What such a cell showed and its value doesn't say would be lost: an error, a percentage, leading
zeros. Read from the report again, the invoice would be another one.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from importer.workbook.book import ErrorText
from importer.workbook.formats import Format
from importer.workbook.scan import Odd, Oddity


class Spelled(NamedTuple):
    """A value with the number format that it is written with; None: the column's own."""

    value: Any
    number_format: str | None = None


def as_spelled(value: Any) -> Spelled:
    """Give a value as `Spelled`, in its column's own format if it isn't one already."""
    return value if isinstance(value, Spelled) else Spelled(value)


def spelled(value: Any, oddity: Oddity | None, form: Format | None = None) -> Spelled:
    """Give a value as it must be written so that it is read as it was in the first file."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if oddity is None:
        return Spelled(value, (form.code_for(value) or None) if form and number else None)
    match oddity.kind:
        case Odd.ERROR if value is None:
            return Spelled(ErrorText(oddity.detail if oddity.detail in _ERRORS else "#VALUE!"))
        case Odd.UNCACHED | Odd.UNREAD | Odd.TOO_LONG:  # as long as nobody has corrected it
            return Spelled(ErrorText("#N/A"))
        case Odd.PERCENT if number:
            return Spelled(value, (form.code if form else "") or "0.00%")
        case Odd.BOOLEAN if number:
            return Spelled(bool(value))
    return Spelled(value)


_ERRORS = frozenset({"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A"})
"""The errors that the file format knows (ISO/IEC 29500, 18.17.3)."""
