"""What the fast reader hides is found however the sheet's XML is spelled."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from importer.errors import WorkbookError
from importer.workbook.options import Limits, ReadOptions
from importer.workbook.reading import read

from .books import MAIN, good, header, judged, raw

ROWS = (
    header(more=["Open Balance", "PO Number"])
    + good(2, '<c r="E2" t="e"><v>#REF!</v></c><c r="F2" s="1"><v>7</v></c>')
    + good(3, '<c r="E3"><f>D3</f></c>', "INV-2")
)
WANTED = {("cell-error", "Invoices!E2"), ("cell-formula-without-value", "Invoices!E3")}


def _sheet(rows: str) -> str:
    return f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'


SPELLINGS = {
    "as Excel": _sheet(ROWS),
    "without addresses": _sheet(re.sub(r' r="[A-Z]*\d+"', "", ROWS)),
    "with single quotation marks": _sheet(ROWS).replace('"', "'"),
    "with another order of attributes": _sheet(ROWS).replace('r="E2" t="e"', 't="e" r="E2"'),
    "with a prefix": re.sub(r"<(/?)(\w)", r"<\1x:\2", _sheet(ROWS)).replace("xmlns=", "xmlns:x="),
    "with a comment first": "<!-- made by hand -->" + _sheet(ROWS),
    "with a mark of byte order": "\ufeff" + _sheet(ROWS),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_odd_cells_are_found_in_every_spelling(tmp_path: Path, spelling: str) -> None:
    part = SPELLINGS[spelling].encode()
    bodies, faults = judged(raw(tmp_path / "a.xlsx", "", sheet_part=part, styles=["00000"]))
    assert faults == WANTED
    assert bodies[0]["purchaseOrderNumber"] == "00007"


def test_text_that_the_fast_reader_misses_is_read(tmp_path: Path) -> None:
    cell = '<c r="E2" t="str"><v><![CDATA[x&y]]></v></c>'
    bodies, faults = judged(raw(tmp_path / "a.xlsx", header(more=["Terms"]) + good(2, cell)))
    assert bodies[0]["termsConditions"] == "x&y"
    assert not faults


@pytest.mark.parametrize("encoding", ["utf-16", "iso-8859-1"])
def test_another_encoding_is_refused_and_never_taken_for_an_empty_sheet(
    tmp_path: Path, encoding: str
) -> None:
    part = f'<?xml version="1.0" encoding="{encoding}"?>{_sheet(ROWS)}'.encode(encoding)
    with pytest.raises(WorkbookError, match="encoding"):
        read(raw(tmp_path / "a.xlsx", "", sheet_part=part), ReadOptions())


def test_hidden_rows_and_merges_are_found_in_every_spelling(tmp_path: Path) -> None:
    rows = (header() + good(2) + good(3, "", "INV-2")).replace(
        '<row r="3"', '<row r="3" hidden="1"'
    )
    after = '<mergeCells count="1"><mergeCell ref="B2:B3"/></mergeCells>'
    sheet = f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData>{after}</worksheet>'
    for at, part in enumerate((sheet, sheet.replace('"', "'"))):
        _, faults = judged(raw(tmp_path / f"{at}.xlsx", "", sheet_part=part.encode()))
        assert faults == {("rows-hidden", "Invoices!3"), ("cell-merged", "Invoices!B3")}


def test_wide_sheets_are_measured_by_cells_that_hold_something(tmp_path: Path) -> None:
    styled = '<row r="9"><c r="XFD9" s="1"/></row><row r="10"><c r="XFD10" s="1"></c></row>'
    rows = header() + good(2, '<c r="AB2"><v>1</v></c>') + styled
    bodies, _ = judged(raw(tmp_path / "a.xlsx", rows, styles=["@"]))
    assert len(bodies) == 1


def test_the_limits_are_settings(tmp_path: Path) -> None:
    path = raw(tmp_path / "a.xlsx", header() + good(2, '<c r="AB2"><v>1</v></c>'))
    with pytest.raises(WorkbookError, match="28 columns; at most 27"):
        read(path, ReadOptions(limits=Limits(columns=27)))
