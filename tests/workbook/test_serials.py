"""Which number formats show dates: as openpyxl judges them."""

from __future__ import annotations

import pytest
from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format, is_timedelta_format

from importer.workbook.serials import shows_date, shows_length

CODES = [
    *BUILTIN_FORMATS.values(),
    "General", "Standard", "#,##0.00 [$€-407]", "[$-407]d. mmmm yyyy", "[$-F800]dddd\\, mmmm dd",
    '0 "days"', '"No. "0', "\\d0", "_d0", "[Red]0", "[hh]:mm:ss", "[ss].0", "[m]", "0;yyyy",
    "yyyy\\-mm\\-dd;@", "DD/MM/YYYY", "[>100]0", 'mmm"-"yy', "@", "",
]  # fmt: skip


@pytest.mark.parametrize("code", sorted(set(CODES)))
def test_formats_of_dates_are_those_that_openpyxl_takes_for_dates(code: str) -> None:
    assert shows_length(code) == is_timedelta_format(code)
    assert shows_date(code) == is_date_format(code)
