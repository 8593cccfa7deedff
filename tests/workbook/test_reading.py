"""What a workbook holds is read as Excel shows it, at Excel's own addresses."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import openpyxl
import pytest
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont

from importer.errors import WorkbookError
from importer.workbook.options import ReadOptions
from importer.workbook.reading import read

from .books import HEAD, ROW, good, header, inline, invoices, judged, raw, write


def test_blank_rows_and_columns_shift_no_address(tmp_path: Path) -> None:
    rows = [[], [], ["", "", "Our invoices"], [], ["", "", *HEAD], [], ["", "", *ROW]]
    rows += [[], ["", "", "INV-2", "1001", "XXZ", 5]]
    bodies, faults = judged(write(tmp_path / "a.xlsx", {"Invoices": rows}))
    assert [body["invoiceNumber"] for body in bodies] == ["INV-1", "INV-2"]
    assert faults == {("currency-unknown", "Invoices!E9")}


@pytest.mark.parametrize("blank", [0, 18])
def test_the_header_is_found_within_the_first_twenty_rows(tmp_path: Path, blank: int) -> None:
    rows = [[] for _ in range(blank)] + [HEAD, ROW]
    bodies, faults = judged(write(tmp_path / "a.xlsx", {"Invoices": rows}))
    assert len(bodies) == 1
    assert not faults


def test_a_header_in_row_21_is_too_far_down(tmp_path: Path) -> None:
    path = write(tmp_path / "a.xlsx", {"Invoices": [["x"], *[[] for _ in range(19)], HEAD, ROW]})
    with pytest.raises(WorkbookError, match="no header among its first 20 rows"):
        read(path, ReadOptions())


def test_trailing_blank_rows_are_no_invoices(tmp_path: Path) -> None:
    blank = "".join(f'<row r="{r}"><c r="A{r}" s="1"/></row>' for r in range(3, 200_000))
    bodies, faults = judged(raw(tmp_path / "a.xlsx", header() + good(2) + blank, styles=["@"]))
    assert len(bodies) == 1
    assert not faults


def test_error_values_are_faults_also_where_the_row_has_nothing_else(tmp_path: Path) -> None:
    rows = header() + good(2) + '<row r="5"><c r="A5" t="e"><v>#REF!</v></c></row>'
    _, faults = judged(raw(tmp_path / "a.xlsx", rows))
    assert ("cell-error", "Invoices!A5") in faults


def test_formulas_count_by_their_cached_value(tmp_path: Path) -> None:
    more = [
        '<c r="E2"><f>D2*2</f><v>40</v></c>',
        '<c r="E3"><f t="shared" si="0"/></c>',
        '<c r="E4"><f t="array" ref="E4:E4">SUM(D2:D3)</f></c>',
        '<c r="E5" t="str"><f>""</f><v></v></c>',
        '<c r="E6" t="e"><f>NA()</f><v>#N/A</v></c>',
    ]
    rows = header(more=["Open Balance"])
    rows += "".join(good(2 + at, cell, f"INV-{at}") for at, cell in enumerate(more))
    bodies, faults = judged(raw(tmp_path / "a.xlsx", rows))
    assert [body["openBalance"].get("value") for body in bodies] == [40, None, None, 100, None]
    assert faults == {
        ("cell-formula-without-value", "Invoices!E3"),
        ("cell-formula-without-value", "Invoices!E4"),
        ("cell-error", "Invoices!E6"),
    }


def test_dates_of_1900_and_1904_workbooks(tmp_path: Path) -> None:
    for date1904, serial in ((False, 46082), (True, 46082 - 1462)):
        cell = f'<c r="E2" s="1"><v>{serial}</v></c>'
        path = raw(
            tmp_path / f"{date1904}.xlsx",
            header(more=["Issue Date"]) + good(2, cell),
            styles=["yyyy-mm-dd"],
            date1904=date1904,
        )
        bodies, faults = judged(path)
        assert not faults
        assert bodies[0]["issuedAt"] == dt.datetime(2026, 3, 1, tzinfo=dt.UTC).timestamp()


@pytest.mark.parametrize("serial", ["0", "1", "60", "3000000", "-1", "1E+300", "NaN"])
def test_date_cells_that_hold_no_date_are_faults(tmp_path: Path, serial: str) -> None:
    cell = f'<c r="E2" s="1"><v>{serial}</v></c>'
    rows = header(more=["Issue Date"]) + good(2, cell)
    _, faults = judged(raw(tmp_path / "a.xlsx", rows, styles=["yyyy-mm-dd"]))
    assert {cell for _, cell in faults} == {"Invoices!E2"}


def test_number_formats_change_what_numbers_mean(tmp_path: Path) -> None:
    more = '<c r="E2" s="1"><v>123</v></c><c r="F2" s="2"><v>0.5</v></c>'
    more += '<c r="G2" s="2"><v>0.07</v></c>'
    rows = header(more=["PO Number", "Open Balance", "Terms"]) + good(2, more)
    bodies, faults = judged(raw(tmp_path / "a.xlsx", rows, styles=["00000", "0%"]))
    assert bodies[0]["purchaseOrderNumber"] == "00123"
    assert bodies[0]["termsConditions"] == "7%"
    assert faults == {("amount-percent", "Invoices!F2")}


def test_merged_cells_over_data_are_faults_where_the_merge_blanks(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Invoices"
    for row in (["Invoices of March"], HEAD, ROW, ("INV-2", *ROW[1:]), ("INV-3", None, "USD", 5)):
        sheet.append(row)
    sheet.merge_cells("A1:D1")  # a title
    sheet.merge_cells("B4:B5")  # over data
    sheet.merge_cells("G3:H4")  # empty, beside the data
    book.save(tmp_path / "a.xlsx")
    _, faults = judged(tmp_path / "a.xlsx")
    assert faults == {("cell-merged", "Invoices!B5")}


def test_hidden_rows_columns_and_sheets_count_and_are_told(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Invoices"
    for row in (HEAD, ROW, ("INV-2", *ROW[1:])):
        sheet.append(row)
    sheet.row_dimensions[3].hidden = True
    sheet.row_dimensions[9].hidden = True  # nothing in it
    sheet.column_dimensions["B"].hidden = True
    lines = book.create_sheet("Line Items")
    lines.append(["Invoice Number", "SKU", "Quantity", "Unit Price", "Description"])
    lines.append(["INV-2", "A", 1, 100, "x"])
    lines.sheet_state = "veryHidden"
    book.save(tmp_path / "a.xlsx")
    bodies, faults = judged(tmp_path / "a.xlsx")
    assert len(bodies) == 2
    assert faults == {
        ("rows-hidden", "Invoices!3"),
        ("columns-hidden", "Invoices"),
        ("sheet-hidden", "Line Items"),
    }


def test_texts_of_every_make_arrive_whole(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Invoices"
    sheet.append([*HEAD, "Terms"])
    texts = [
        "line\nbreak",
        "a\r\nb",
        "=not a formula",
        "x" * 32767,
        CellRichText("rich ", TextBlock(InlineFont(b=True), "text")),
        "<&>\"'",
    ]
    for at, text in enumerate(texts):
        sheet.append([f"INV-{at}", *ROW[1:], None])
        sheet.cell(at + 2, 5).value = text
        if str(text).startswith("="):
            sheet.cell(at + 2, 5).data_type = "s"
    book.save(tmp_path / "a.xlsx")
    bodies, faults = judged(tmp_path / "a.xlsx")
    assert not faults
    assert [body["termsConditions"] for body in bodies] == [
        "line\nbreak",
        "a\nb",
        "=not a formula",
        "x" * 32767,
        "rich text",
        "<&>\"'",
    ]


def test_escapes_and_control_characters(tmp_path: Path) -> None:
    more = inline("E2", "one_x000D_\ntwo") + inline("F2", "bell_x0007_")
    rows = header(more=["Terms", "Type"]) + good(2, more)
    bodies, faults = judged(raw(tmp_path / "a.xlsx", rows))
    assert bodies[0]["termsConditions"] == "one\ntwo"
    assert faults == {("cell-control-character", "Invoices!F2")}


def test_numbers_stored_as_text_are_numbers_in_amounts_and_text_in_identifiers(
    tmp_path: Path,
) -> None:
    path = write(tmp_path / "a.xlsx", {"Invoices": [HEAD, ("00012", "0007", "USD", "100.50")]})
    bodies, faults = judged(path)
    assert not faults
    assert bodies[0]["invoiceNumber"] == "00012"
    assert bodies[0]["originalBalance"] == {"code": "USD", "value": 100.5}


def test_unknown_columns_and_sheets_are_told_once(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.xlsx",
        {"Invoices": [(*HEAD, "Colour"), (*ROW, "red")], "Notes": [["hello"]]},
    )
    _, faults = judged(path)
    assert faults == {("column-unknown", "Invoices!E1"), ("sheet-unknown", "Notes")}


def test_progress_counts_rows_up_to_the_last(tmp_path: Path) -> None:
    told: list[tuple[str, int, int | None]] = []
    read(invoices(tmp_path / "a.xlsx"), ReadOptions(), lambda *what: told.append(what))
    assert told == [("Reading Invoices", 2, 2)]
