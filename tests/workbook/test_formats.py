"""Every kind of file goes through the same path, and hides nothing on its way."""

from __future__ import annotations

import struct
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


def test_binary_workbooks_hide_nothing(tmp_path: Path) -> None:
    bodies, faults = judged(_xlsb(tmp_path / "a.xlsb"))
    assert bodies[0]["originalBalance"] == {"code": "USD", "value": 100.5}
    assert faults == {("cell-error", "Invoices!E2"), ("rows-hidden", "Invoices!2")}


def test_a_binary_workbook_with_a_cell_far_away_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WorkbookError, match="16,384 columns"):
        read(_xlsb(tmp_path / "a.xlsb", far=16_383), ReadOptions())


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
    with pytest.raises(WorkbookError, match="can't be cut into columns"):
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


def _record(kind: int, content: bytes) -> bytes:
    head = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
    size, sizes = len(content), b""
    while True:
        sizes += bytes([size & 0x7F | (0x80 if size > 127 else 0)])
        size >>= 7
        if not size:
            return head + sizes + content


def _wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def _xlsb(path: Path, far: int | None = None) -> Path:
    """Write a binary workbook ([MS-XLSB]) with one hidden invoice and an error cell."""

    def row(number: int, *, hidden: bool = False) -> bytes:
        return _record(
            0, struct.pack("<IIHBB", number, 0, 300, 0, 0x10 if hidden else 0) + bytes(5)
        )

    def cell(kind: int, column: int, content: bytes) -> bytes:
        return _record(kind, struct.pack("<II", column, 0) + content)

    heads = [*HEAD, "Open Balance"]
    sheet = _record(129, b"") + _record(148, struct.pack("<IIII", 0, 1, 0, 4)) + _record(145, b"")
    sheet += row(0) + b"".join(cell(6, at, _wide(text)) for at, text in enumerate(heads))
    sheet += row(1, hidden=True)
    sheet += b"".join(cell(6, at, _wide(t)) for at, t in enumerate(("INV-1", "1001", "USD")))
    sheet += cell(5, 3, struct.pack("<d", 100.5)) + cell(3, 4, b"\x17")
    if far is not None:
        sheet += cell(5, far, struct.pack("<d", 1.0))
    sheet += _record(146, b"") + _record(130, b"")
    book = _record(131, b"") + _record(143, b"")
    book += _record(156, struct.pack("<II", 0, 1) + _wide("rId1") + _wide("Invoices"))
    book += _record(144, b"") + _record(132, b"")
    rel = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    rels = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="rId1" Type="{rel}/worksheet" Target="worksheets/sheet1.bin"/>'
        "</Relationships>"
    )
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("xl/workbook.bin", book)
        package.writestr("xl/_rels/workbook.bin.rels", rels)
        package.writestr("xl/worksheets/sheet1.bin", sheet)
    return path
