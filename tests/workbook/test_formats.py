"""Every kind of file goes through the same path, and hides nothing on its way."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from importer.errors import WorkbookError
from importer.workbook.opening import digest
from importer.workbook.options import ReadOptions
from importer.workbook.reading import read

from .books import HEAD, invoices, judged

ODD = Path(__file__).parents[1] / "odd"
GOOD = "Invoice Number,Company ID,Currency,Original Balance,Issue Date,Terms\n"


@pytest.mark.parametrize("kind", ["ods", "xls"])
def test_other_formats_hide_nothing(kind: str) -> None:
    bodies, faults = judged(ODD / f"libreoffice-everything.{kind}")
    assert [body["invoiceNumber"] for body in bodies] == ["INV-1", "INV-2", "INV-3", "INV-4"]
    assert bodies[0]["purchaseOrderNumber"] == "00123"
    assert (bodies[0]["issuedAt"], bodies[1]["issuedAt"]) == (1767312000, 1767359100)  # 13:05
    assert bodies[3]["originalBalance"]["value"] == 0.3
    assert bodies[3]["termsConditions"] == "line\nbreak"
    assert {
        ("cell-error", "Invoices!E2"),
        ("amount-percent", "Invoices!E3"),
        ("cell-error", "Invoices!D4"),
        ("amount-wrong-kind", "Invoices!E4"),
        ("cell-merged", "Invoices!C6"),
        ("rows-hidden", "Invoices!3"),
        ("columns-hidden", "Invoices"),
    } <= faults


def test_macro_workbooks_are_read_like_the_others(tmp_path: Path) -> None:
    bodies, faults = judged(invoices(tmp_path / "a.xlsx").rename(tmp_path / "a.xlsm"))
    assert len(bodies) == 1
    assert not faults


def test_a_folder_of_csv_files_is_a_workbook(tmp_path: Path) -> None:
    (tmp_path / "Invoices.csv").write_text(
        GOOD + '00012,1001,USD,100.50,2026-03-01,"two\nlines, and a ""mark"""\n'
        "\nINV-2,1001,USD,1.234,03/04/2026,\n",
        encoding="utf-8-sig",
        newline="",
    )
    (tmp_path / "Line Items.csv").write_text(
        "Invoice Number;SKU;Quantity;Unit Price;Description\r\n00012;A-1;2;50.25;Bracket\r\n"
    )
    (tmp_path / "readme.txt").write_text("not a sheet")
    bodies, faults = judged(tmp_path)
    assert bodies[0]["invoiceNumber"] == "00012"
    assert bodies[0]["termsConditions"] == 'two\nlines, and a "mark"'
    assert bodies[0]["details"]["details"]["lineItems"][0]["sku"] == "A-1"
    assert faults == {("amount-ambiguous", "Invoices!D4"), ("date-ambiguous", "Invoices!E4")}


def test_a_zip_of_csv_files_is_a_workbook(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as package:
        package.writestr("export/Invoices.csv", GOOD + "1,1001,USD,5,,\n")
        package.writestr("__MACOSX/Invoices.csv", b"\0")
    bodies, faults = judged(tmp_path / "a.zip")
    assert [body["invoiceNumber"] for body in bodies] == ["1"]
    assert not faults


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_by_the_known_headers(tmp_path: Path, mark: str) -> None:
    path = tmp_path / "Invoices.csv"
    path.write_text(
        mark.join(HEAD) + "\n" + mark.join(["I-1", "A,B;C|D" if mark == "\t" else "7", "USD", "5"])
    )
    bodies, _ = judged(path)
    assert bodies[0]["originalBalance"]["value"] == 5


def test_a_delimiter_that_cant_be_told_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "Invoices.csv"
    path.write_text("a,b;c,d;e\n1,2;3,4;5\n")
    with pytest.raises(WorkbookError) as caught:
        read(path, ReadOptions())
    assert "--csv-delimiter" in caught.value.remedy


def test_encodings_are_found_or_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "Invoices.csv"
    text = GOOD + "1,1001,EUR,5,,Zahlbar in Zürich – spätestens nächste Woche für Müller\n"
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        path.write_bytes(text.encode(encoding))
        assert "Zürich" in judged(path)[0][0]["termsConditions"]
    path.write_bytes(text.encode("cp1252"))
    assert "Zürich" in judged(path, csv_encoding="cp1252")[0][0]["termsConditions"]
    try:
        assert "Zürich" in judged(path)[0][0]["termsConditions"]
    except WorkbookError as error:
        assert "--csv-encoding" in error.remedy
    path.write_bytes((GOOD + "1,1001,PLN,5,,Łódź i Gdańsk\n").encode("cp1250"))
    with pytest.raises(WorkbookError) as caught:
        read(path, ReadOptions())
    assert "--csv-encoding" in caught.value.remedy


def test_a_wrong_encoding_that_was_given_is_told(tmp_path: Path) -> None:
    path = tmp_path / "Invoices.csv"
    path.write_bytes(GOOD.encode() + b"\xff\xfe\xfa")
    for encoding in ("ascii", "klingon"):
        with pytest.raises(WorkbookError, match=f"the encoding {encoding}"):
            read(path, ReadOptions(csv_encoding=encoding))


def test_an_unclosed_quotation_mark_swallows_nothing(tmp_path: Path) -> None:
    path = tmp_path / "Invoices.csv"
    path.write_text(GOOD + '1,1001,USD,5,,"never closed\n2,1001,USD,5,,\n')
    with pytest.raises(WorkbookError, match="can't be split into columns"):
        read(path, ReadOptions())


def test_a_folder_without_csv_files_is_no_workbook(tmp_path: Path) -> None:
    with pytest.raises(WorkbookError, match="a folder without"):
        read(tmp_path, ReadOptions())


def test_the_digest_of_a_folder_is_that_of_its_files(tmp_path: Path) -> None:
    (tmp_path / "Invoices.csv").write_text("a")
    before = digest(tmp_path)
    (tmp_path / "readme.txt").write_text("b")
    assert digest(tmp_path) == before
    (tmp_path / "Invoices.csv").write_text("c")
    assert digest(tmp_path) != before


@pytest.mark.parametrize(
    ("row", "is_too_long"),
    [
        ("A1,1001,USD,1,200.50,x", True),
        ("A1,1001,USD,1,200.50", True),
        ("A1,1001,USD,1,,", True),
        ('A1,1001,USD,"100.5",', False),
        ("A1,1001,USD,100.5", False),
    ],
)
def test_a_row_of_text_that_is_longer_than_its_header_is_a_fault(
    tmp_path: Path, row: str, *, is_too_long: bool
) -> None:
    path = tmp_path / "Invoices.csv"
    path.write_text(
        f"{','.join(HEAD)},\n{row}\n" if not is_too_long else f"{','.join(HEAD)}\n{row}\n"
    )
    _, faults = judged(path)
    assert (("row-too-long", "Invoices!D2") in faults) is is_too_long


def test_a_value_below_no_header_is_too_much_however_wide_the_header_is(tmp_path: Path) -> None:
    path = tmp_path / "Invoices.csv"
    path.write_text(f"{','.join(HEAD)},,\nA1,1001,EUR,1234,50\nA2,1001,EUR,7,,\n")
    bodies, faults = judged(path)
    assert {code for code, cell in faults if cell.endswith(("2", "3"))} == {"row-too-long"}
    assert "value" not in bodies[0]["originalBalance"]
    assert bodies[1]["originalBalance"]["value"] == 7


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_needs_no_mark(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "Invoices.csv"
    path.write_bytes((GOOD + "Ä-1,1001,USD,5,,Zürich\n").encode(encoding))
    bodies, faults = judged(path)
    assert bodies[0]["invoiceNumber"] == "Ä-1"
    assert not faults


@pytest.mark.parametrize("encoding", ["utf-32", "utf-32-le", "utf-32-be"])
def test_utf_32_is_refused_by_its_name(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "Invoices.csv"
    path.write_bytes((GOOD + "1,1001,USD,5,,\n").encode(encoding))
    with pytest.raises(WorkbookError, match="UTF-32"):
        read(path, ReadOptions())


@pytest.mark.parametrize("end", ["\x1a", "\x1a\r\n", "\n\x1a\x1a"])
def test_a_mark_of_the_end_is_no_row(tmp_path: Path, end: str) -> None:
    path = tmp_path / "Invoices.csv"
    path.write_text(GOOD + "1,1001,USD,5,,\n" + end, newline="")
    bodies, faults = judged(path)
    assert len(bodies) == 1
    assert not faults
