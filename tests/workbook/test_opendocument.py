"""OpenDocument sheets as LibreOffice and libraries lay them out."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from importer.errors import WorkbookError
from importer.workbook.options import ReadOptions
from importer.workbook.reading import read

from .books import HEAD, judged

NAMES = {name: name for name in ("office", "table", "text", "style")} | {"number": "datastyle"}
SPACES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{word}:1.0"'
    for name, word in NAMES.items()
)
LIBREOFFICE = "<x><meta:generator>LibreOffice/7.4</meta:generator></x>"


def text(words: str) -> str:
    return (
        f'<table:table-cell office:value-type="string"><text:p>{words}</text:p></table:table-cell>'
    )


def number(value: str, more: str = "") -> str:
    return f'<table:table-cell office:value-type="float" office:value="{value}" {more}/>'


def write(
    path: Path, cell: str, head: str = "Terms", *, meta: str = LIBREOFFICE, more: str = ""
) -> Path:
    """Write one invoice with one more cell, in a file that is indented as a human reads it."""
    heads = "\n   ".join(map(text, (*HEAD, head)))
    row = "\n   ".join([*map(text, ("INV-1", "1001", "USD")), number("100"), cell])
    content = f"""<?xml version="1.0"?>
<office:document-content {SPACES}>
 <office:automatic-styles>
  <number:date-style style:name="N1"><number:year/></number:date-style>
  <number:percentage-style style:name="N2"><number:number/></number:percentage-style>
  <style:style style:name="day" style:family="table-cell" style:data-style-name="N1"/>
  <style:style style:name="share" style:family="table-cell" style:data-style-name="N2"/>
  <style:style style:name="unseen" style:family="table">
   <style:table-properties table:display="false"/>
  </style:style>
 </office:automatic-styles>
 <office:body>
  <office:spreadsheet>
   <table:table table:name="Invoices">
    <table:table-row>
   {heads}
    </table:table-row>
    <table:table-row>
   {row}
    </table:table-row>
    {more}
   </table:table>
  </office:spreadsheet>
 </office:body>
</office:document-content>"""
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("content.xml", content)
        package.writestr("meta.xml", meta)
    return path


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("one<text:line-break/>two", "one\ntwo"),
        ("one</text:p>\n<text:p>two", "one\ntwo"),
        ("one<text:tab/>two", "one\ttwo"),
        ('one<text:s text:c="3"/>two<text:s/>', "one   two"),
        ("\n   one\n   two\n", "one two"),
        ("a <text:span>b</text:span>&amp;<text:a>c</text:a>", "a b&c"),
        ("a<!-- no -->b", "ab"),
        ("a<office:annotation><text:p>a note</text:p></office:annotation>", "a"),
    ],
)
def test_a_text_is_what_the_cell_shows(tmp_path: Path, words: str, meant: str) -> None:
    bodies, faults = judged(write(tmp_path / "a.ods", text(words)))
    assert bodies[0]["termsConditions"] == meant
    assert not faults


FORMULA = 'table:formula="of:=[.D2]*1"'


@pytest.mark.parametrize(
    ("cell", "writer", "is_fault"),
    [
        (number("0", FORMULA), "LibreOffice/7.4", False),
        (number("0", FORMULA), "MicrosoftOffice/16.0 MicrosoftExcel", False),
        (number("0", FORMULA), "SheetJS 0.18.5", True),
        (number("0.0", FORMULA), "", True),
        (number("100", FORMULA), "ODFPY/1.4.1", False),
        (number("0"), "ODFPY/1.4.1", False),
        (f"<table:table-cell {FORMULA}/>", "LibreOffice/7.4", True),
        (f'<table:table-cell {FORMULA} office:value-type="float"/>', "LibreOffice/7.4", True),
        (f"<table:table-cell {FORMULA}><text:p/></table:table-cell>", "LibreOffice/7.4", False),
        (f"<table:table-cell {FORMULA}><text:p/></table:table-cell>", "SheetJS 0.18.5", True),
    ],
)
def test_a_formula_that_was_never_worked_out_is_a_fault(
    tmp_path: Path, cell: str, writer: str, *, is_fault: bool
) -> None:
    meta = f"<x><meta:generator>{writer}</meta:generator></x>" if writer else "<x/>"
    _, faults = judged(write(tmp_path / "a.ods", cell, "Open Balance", meta=meta))
    assert faults == ({("cell-formula-without-value", "Invoices!E2")} if is_fault else set())


def test_a_number_without_its_value_is_a_fault(tmp_path: Path) -> None:
    cell = '<table:table-cell office:value-type="float"><text:p>7</text:p></table:table-cell>'
    _, faults = judged(write(tmp_path / "a.ods", cell, "Open Balance"))
    assert faults == {("cell-unread", "Invoices!E2")}


def test_a_number_that_is_shown_as_a_day_is_one(tmp_path: Path) -> None:
    cell = number("46024", 'table:style-name="day"')
    bodies, faults = judged(write(tmp_path / "a.ods", cell, "Issue Date"))
    assert bodies[0]["issuedAt"] == 1767312000
    assert not faults


def test_a_number_that_is_shown_as_a_percentage_is_one(tmp_path: Path) -> None:
    cell = number("0.5", 'table:style-name="share"')
    _, faults = judged(write(tmp_path / "a.ods", cell, "Open Balance"))
    assert faults == {("amount-percent", "Invoices!E2")}


def test_rows_that_are_written_once_for_many_count_each(tmp_path: Path) -> None:
    row = "".join([*map(text, ("INV-2", "1001", "USD")), number("5")])
    more = f'<table:table-row table:number-rows-repeated="3">{row}</table:table-row>'
    _, faults = judged(write(tmp_path / "a.ods", text("x"), more=more))
    assert {cell for code, cell in faults if code == "invoice-duplicate"} >= {
        "Invoices!A3", "Invoices!A4", "Invoices!A5"
    }  # fmt: skip


def test_a_row_that_is_repeated_without_end_is_refused(tmp_path: Path) -> None:
    more = f'<table:table-row table:number-rows-repeated="99999999">{number("5")}</table:table-row>'
    with pytest.raises(WorkbookError, match="so far down"):
        read(write(tmp_path / "a.ods", text("x"), more=more), ReadOptions())
