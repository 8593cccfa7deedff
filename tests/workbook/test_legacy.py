"""Workbooks of Excel 97 to 2003 as Excel and libraries write them."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import xlwt

from importer.errors import WorkbookError
from importer.workbook.options import ReadOptions
from importer.workbook.reading import read

from .books import HEAD, ROW, judged

ZERO, EMPTY = b"\0" * 8, b"\3\0\0\0\0\0\xff\xff"
FORMULA = b"\x06\x00"


def book(more: Any = None, *, blanks: bool = False) -> xlwt.Workbook:
    """Make a workbook with one invoice and its open balance."""
    made = xlwt.Workbook()
    sheet = made.add_sheet("Invoices")
    for column, text in enumerate((*HEAD, "Open Balance")):
        sheet.write(0, column, text)
    for column, value in enumerate((*ROW, more)):
        if value is not None:
            sheet.write(1, column, value)
    if blanks:
        for column in range(5, 256):
            sheet.write(1, column, None, xlwt.easyxf("pattern: pattern solid"))
    return made


def calculated(path: Path, value: bytes, flags: int) -> Path:
    """Write a workbook whose formula has a value and flags as another program leaves them."""
    book(xlwt.Formula("D2*1")).save(path)
    content = bytearray(path.read_bytes())
    (at,) = _formulas(content)
    content[at + 10 : at + 18] = value
    struct.pack_into("<H", content, at + 18, flags)
    path.write_bytes(content)
    return path


def _formulas(content: bytearray) -> Iterator[int]:
    at = -1
    while (at := content.find(FORMULA, at + 1)) >= 0:
        if content[at + 4 : at + 8] == b"\1\0\4\0":  # E2
            yield at


@pytest.mark.parametrize(
    ("value", "flags", "is_fault"),
    [
        (ZERO, 2, True),  # Apache POI
        (ZERO, 3, True),  # Perl
        (EMPTY, 0x21, True),  # SheetJS
        (EMPTY, 0, True),  # xlwt
        (struct.pack("<d", 12.5), 3, False),
    ],
)
def test_a_formula_that_was_never_worked_out_is_a_fault(
    tmp_path: Path, value: bytes, flags: int, *, is_fault: bool
) -> None:
    bodies, faults = judged(calculated(tmp_path / "a.xls", value, flags))
    assert faults == ({("cell-formula-without-value", "Invoices!E2")} if is_fault else set())
    assert bodies[0].get("openBalance", {}).get("value") == (None if is_fault else 12.5)


def test_a_zip_within_an_xls_file_is_not_the_file(tmp_path: Path) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as package:
        package.writestr("theme/theme/theme1.xml", "<theme/>")
    path = tmp_path / "a.xls"
    book().save(path)
    path.write_bytes(path.read_bytes() + inner.getvalue())
    assert zipfile.is_zipfile(path)
    bodies, faults = judged(path)
    assert len(bodies) == 1
    assert not faults


def test_cells_that_only_have_a_format_make_no_sheet_wide(tmp_path: Path) -> None:
    book(blanks=True).save(tmp_path / "a.xls")
    bodies, faults = judged(tmp_path / "a.xls")
    assert len(bodies) == 1
    assert not faults


def test_a_sheet_with_values_out_to_the_last_column_is_refused(tmp_path: Path) -> None:
    made = book()
    made.get_sheet(0).write(1, 255, 1)
    made.save(tmp_path / "a.xls")
    with pytest.raises(WorkbookError, match="256 columns"):
        read(tmp_path / "a.xls", ReadOptions())
