"""A number in a column of text is read as its cell shows it, or refused; in every kind of file."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
import xlwt

from importer.runs import check
from importer.workbook.formats import shown_by
from importer.workbook.options import ReadOptions
from importer.workbook.signs import currencies_of

from . import mapped
from .books import HEAD, good, header, inline, judged, raw, write

GERMAN = ReadOptions(locale="de_DE")

UNTOLD = "number-shown-otherwise"


@pytest.mark.parametrize(
    ("code", "value", "shows"),
    [
        ('"INV-"00000', 123, "INV-00123"),
        ('"PO "0', 77, "PO 77"),
        ('0"-A"', 42, "42-A"),
        ('General"-US"', 5, "5-US"),
        ("00000\\-0000", 21391234, "02139-1234"),
        ("000-00-0000", 12345678, "012-34-5678"),
        ("#-0000", 51234, "5-1234"),
        ("0000 0000 0000", 12345678, "0000 1234 5678"),
        ("000_)", 7, "007"),
        ("_(* 000_)", 7, "007"),
        ("000;@", 42, "042"),
        ("000;-000", -7, "-007"),
        ("[Red]000", -7, "-007"),
        ("[$-409]000", 7, "007"),
        ("[<=99999]00000;00000\\-0000", 2139, "02139"),
        ("[<=99999]00000;00000\\-0000", 21391234, "02139-1234"),
        ("\\#000", 5, "#005"),
        ("Ø000", 5, "Ø005"),
        ("#,##0", 1234567, "1,234,567"),
        ("#,##0.00", 1250, "1,250.00"),
        ("0.0%", 0.125, "12.5%"),
        ("0.0", 12.5, "12.5"),
        ("0.0##", 12.5, "12.5"),
        ("0.0", 12.25, None),  # rounded
        ("0", 12.5, None),
        ("0.00E+00", 120000, None),
        ("# ?/?", 0.5, None),
        ("0,", 12000, None),  # in thousands
        ("0##", 7, None),  # programs differ
        ("#", 0, None),  # nothing is shown
        (";;;", 7, None),
        ('"yes";;"no"', 1, None),
        ('"A"000*-', 7, None),  # as many dashes as the column is wide
        ("[$-2000401]0", 7, None),  # in Arabic digits
        ("[h]:mm", 7, None),
        ("yyyy", 7, None),
    ],
)
def test_a_format_shows_a_number_or_it_cant_be_told(
    code: str, value: float, shows: str | None
) -> None:
    assert shown_by(code, value) == shows


@pytest.mark.parametrize(
    ("code", "value"),
    [("#,##0", 7), ("0.0", 7), ("0%", 7), ("_(* 000_)", -7), ('"N"* 000', 7), ("General", 0.5)],
)
def test_no_identifier_is_made_of_marks_and_blanks_that_differ(code: str, value: float) -> None:
    assert shown_by(code, value, None) is None


SHOWN = {
    '"INV-"00000': (12, "INV-00012"),
    "00000\\-0000": (21391234, "02139-1234"),
    '"PO "0': (77, "PO 77"),
    "00000": (42, "00042"),
    "0": (4500012345, "4500012345"),
    "0.00E+00": (120000, None),
    "#,##0": (4500, None),  # with a mark that isn't the same on every computer
    "0.00": (12, None),
    "0%": (5, None),
}
"""By number format: a number, and the PO Number that its cell shows; None: a fault."""

ODS_SHOWS = {"0.00E+00": "1.20E+05", "#,##0": "4,500", "0.00": "12,00", "0%": "500%"}

ROWS = [(code, value) for code, (value, _) in SHOWN.items()]


def _xlsx(path: Path) -> Path:
    rows = header(more=["PO Number"]) + "".join(
        good(at + 2, f'<c r="E{at + 2}" s="{at + 1}"><v>{value}</v></c>', f"I-{at}")
        for at, (_, value) in enumerate(ROWS)
    )
    return raw(path, rows, styles=[escape(code, {'"': "&quot;"}) for code, _ in ROWS])


def _spelled(path: Path) -> Path:
    """The same workbook with single quotation marks, which is read cell by cell."""
    with zipfile.ZipFile(_xlsx(path.with_suffix(".first"))) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    parts[sheet] = parts[sheet].replace(b'"', b"'")
    return raw(path, "", parts=parts)


def _xls(path: Path) -> Path:
    book = xlwt.Workbook()
    sheet = book.add_sheet("Invoices")
    for column, text in enumerate((*HEAD, "PO Number")):
        sheet.write(0, column, text)
    for at, (code, value) in enumerate(ROWS):
        for column, cell in enumerate((f"I-{at}", "1001", "USD", 100)):
            sheet.write(at + 1, column, cell)
        sheet.write(at + 1, 4, value, xlwt.easyxf(num_format_str=code))
    book.save(path)
    return path


def _ods(path: Path) -> Path:
    def text(word: str) -> str:
        return (
            '<table:table-cell office:value-type="string">'
            f"<text:p>{word}</text:p></table:table-cell>"
        )

    def number(value: float, shown: str, kind: str = "float") -> str:
        return (
            f'<table:table-cell office:value-type="{kind}" office:value="{value}">'
            f"<text:p>{shown}</text:p></table:table-cell>"
        )

    lines = ["".join(map(text, (*HEAD, "PO Number")))]
    for at, (code, value) in enumerate(ROWS):
        shown = ODS_SHOWS.get(code) or SHOWN[code][1] or ""
        kind = "percentage" if "%" in code else "float"
        lines.append(
            "".join(map(text, (f"I-{at}", "1001", "USD")))
            + number(100, "100.00")
            + number(value, shown, kind)
        )
    spaces = "".join(
        f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "table", "text")
    )
    content = (
        f"<office:document-content{spaces}>"
        '<office:body><office:spreadsheet><table:table table:name="Invoices">'
        + "".join(f"<table:table-row>{line}</table:table-row>" for line in lines)
        + "</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    return _zipped(path, content)


def _zipped(path: Path, content: str) -> Path:
    manifest = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        package.writestr("META-INF/manifest.xml", f'<m:manifest xmlns:m="{manifest}"/>')
        package.writestr("content.xml", content)
    return path


def _xlsb(path: Path) -> Path:
    def record(kind: int, content: bytes = b"") -> bytes:
        head = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
        size, sizes = len(content), b""
        while True:
            sizes += bytes([size & 0x7F | (0x80 if size > 127 else 0)])
            size >>= 7
            if not size:
                return head + sizes + content

    def wide(text: str) -> bytes:
        return struct.pack("<I", len(text)) + text.encode("utf-16-le")

    def row(number: int) -> bytes:
        return record(0, struct.pack("<IIHBB", number, 0, 300, 0, 0) + bytes(5))

    def text(column: int, word: str) -> bytes:
        return record(6, struct.pack("<II", column, 0) + wide(word))

    def real(column: int, value: float, style: int = 0) -> bytes:
        return record(5, struct.pack("<IId", column, style, value))

    sheet = record(129) + record(148, struct.pack("<IIII", 0, len(ROWS), 0, 4)) + record(145)
    sheet += row(0) + b"".join(text(at, head) for at, head in enumerate((*HEAD, "PO Number")))
    for at, (_, value) in enumerate(ROWS):
        sheet += row(at + 1) + text(0, f"I-{at}") + text(1, "1001") + text(2, "USD")
        sheet += real(3, 100) + real(4, value, at + 1)
    sheet += record(146) + record(130)
    styles = record(278) + record(615, struct.pack("<I", len(ROWS)))
    styles += b"".join(
        record(44, struct.pack("<H", 200 + at) + wide(code)) for at, (code, _) in enumerate(ROWS)
    )
    styles += record(616) + record(617, struct.pack("<I", len(ROWS) + 1))
    for number in (0, *(200 + at for at in range(len(ROWS)))):
        styles += record(47, struct.pack("<HHHHH", 0, number, 0, 0, 0) + bytes(6))
    styles += record(618) + record(279)
    book = record(131) + record(143)
    book += record(156, struct.pack("<II", 0, 1) + wide("rId1") + wide("Invoices"))
    book += record(144) + record(132)
    rel = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    rels = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="rId1" Type="{rel}/worksheet" Target="worksheets/sheet1.bin"/>'
        f'<Relationship Id="rId2" Type="{rel}/styles" Target="styles.bin"/></Relationships>'
    )
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("xl/workbook.bin", book)
        package.writestr("xl/_rels/workbook.bin.rels", rels)
        package.writestr("xl/worksheets/sheet1.bin", sheet)
        package.writestr("xl/styles.bin", styles)
    return path


WRITERS: Mapping[str, Callable[[Path], Path]] = {
    "a.xlsx": _xlsx,
    "spelled.xlsx": _spelled,
    "a.xlsb": _xlsb,
    "a.xls": _xls,
    "a.ods": _ods,
}


@pytest.mark.parametrize("name", WRITERS)
def test_an_identifier_is_what_its_cell_shows(tmp_path: Path, name: str) -> None:
    bodies, faults = judged(WRITERS[name](tmp_path / name))
    assert [body.get("purchaseOrderNumber") for body in bodies] == [
        shown for _, shown in SHOWN.values()
    ]
    assert {cell for code, cell in faults if code == UNTOLD} == {
        f"Invoices!E{at + 2}" for at, (_, shown) in enumerate(SHOWN.values()) if shown is None
    }


@pytest.mark.parametrize("name", ["a.xls", "a.ods", "a.xlsb"])
def test_a_report_of_another_kind_of_file_shows_the_same_identifiers(
    tmp_path: Path, name: str
) -> None:
    path = WRITERS[name](tmp_path / name)
    result = check(path)
    assert result.report is not None
    first, second = judged(path), judged(result.report)
    wrong = [body for body in first[0] if "purchaseOrderNumber" not in body]
    assert [body["invoiceNumber"] for body in second[0]] == [b["invoiceNumber"] for b in wrong]
    assert {code for code, _ in second[1]} == {UNTOLD}


def test_text_columns_show_numbers_as_their_cells_do(tmp_path: Path) -> None:
    cells = '<c r="E2" s="1"><v>0.125</v></c><c r="F2" s="2"><v>1250.5</v></c>'
    path = raw(
        tmp_path / "a.xlsx",
        header(more=["Terms", "Type"]) + good(2, cells),
        styles=["0.0%", "#,##0.00"],
    )
    assert judged(path)[0][0]["termsConditions"] == "12.5%"
    assert judged(path)[0][0]["type"] == "1,250.50"
    assert judged(path, locale="de_DE")[0][0]["type"] == "1.250,50"


def test_a_mapped_value_is_looked_up_as_it_is_shown(tmp_path: Path) -> None:
    mapping = """
        [invoices.columns]
        "Company ID" = "Company ID"
        [invoices.values."Company ID"]
        "C-007" = "1001"
    """
    rows = header() + good(2).replace(inline("B2", "1001"), '<c r="B2" s="1"><v>7</v></c>')
    path = raw(tmp_path / "a.xlsx", rows, styles=["&quot;C-&quot;000"])
    assert mapped.bodies(path, mapping)[0]["customerId"] == "1001"


@pytest.mark.parametrize(
    ("code", "value", "says"),
    [
        ("#,##0.00\\ [$€-407]", 1200.5, "currency-against-format"),
        ('"£"#,##0.00', 1200, "currency-against-format"),
        ('#,##0.00 "CAD"', 1200, "currency-against-format"),
        ("[$$-1009]#,##0.00", 1200, "currency-against-format"),
        ("[$$-409]#,##0.00", 1200, None),
        ('_("$"* #,##0.00_);_("$"* \\(#,##0.00\\)', -1200, None),
        ("#,##0.00_);(#,##0.00)", -1200, None),
        ("#,##0.00", 1200.5, None),
        ("#,##0", 1200, None),
        ("0", 99.5, "format-hides-amount"),
        ("0.00;0.00", -50, "format-hides-amount"),
        ('#,##0.0,,"M"', 1500000, "format-hides-amount"),
        (";;;", 77, "format-hides-amount"),
    ],
)
def test_an_amount_that_is_shown_as_another_is_worth_a_word(
    tmp_path: Path, code: str, value: float, says: str | None
) -> None:
    row = good(2).replace('<c r="D2"><v>100</v></c>', f'<c r="D2" s="1"><v>{value}</v></c>')
    path = raw(tmp_path / "a.xlsx", header() + row, styles=[escape(code, {'"': "&quot;"})])
    bodies, faults = judged(path)
    assert bodies[0]["originalBalance"] == {"code": "USD", "value": value}
    assert faults - {("open-below-zero", "Invoices!D2")} == (
        {(says, "Invoices!D2")} if says else set()
    )


def test_a_currency_that_an_ods_cell_names_is_compared(tmp_path: Path) -> None:
    path = _ods(tmp_path / "a.ods")
    with zipfile.ZipFile(path) as package:
        content = package.read("content.xml").decode()
    amount = 'office:value-type="float" office:value="100"><text:p>100.00'
    euros = 'office:value-type="currency" office:currency="EUR" office:value="100"><text:p>100,00 €'
    _, faults = judged(_zipped(path, content.replace(amount, euros, 1)))
    assert ("currency-against-format", "Invoices!D2") in faults
    assert ("currency-against-format", "Invoices!D3") not in faults


@pytest.mark.parametrize(
    ("code", "meant"),
    [
        ("[$€-407]", {"EUR"}),
        ('0 "kr."', {"DKK", "ISK"}),
        ("[$CHF-807] 0", {"CHF"}),
        ("0.00", set()),
    ],
)
def test_a_sign_names_the_currencies_that_use_it(code: str, meant: set[str]) -> None:
    assert currencies_of(code) == meant


@pytest.mark.parametrize(
    ("zip_code", "country", "full"),
    [
        ("2139", "US", "02139"),
        ("501", "United States", "00501"),
        ("2139-1234", "usa", "02139-1234"),
        ("1067", "Germany", "01067"),
        ("1067", "Deutschland", "01067"),
        ("640941", "JP", "0640941"),
        ("02139", "US", None),
        ("1010", "Austria", None),
        ("2139", "", None),
        ("SW1A 1AA", "United Kingdom", None),
        ("12", "US", None),
    ],
)
def test_a_zip_code_that_lost_its_zero_is_worth_a_word(
    tmp_path: Path, zip_code: str, country: str, full: str | None
) -> None:
    head = ("Invoice Number", "Address Type", "Zip Code", "Country")
    sheets = {
        "Invoices": [HEAD, ("I-1", "1001", "USD", 5)],
        "Addresses": [head, ("I-1", "Billing", zip_code, country or None)],
    }
    result = check(write(tmp_path / "a.xlsx", sheets), write_report=False, options=GERMAN)
    assert [(fault.code, fault.cell) for fault in result.faults] == (
        [("zip-too-short", "Addresses!C2")] if full else []
    )
    assert not full or full in result.faults[0].remedy


@pytest.mark.parametrize(
    ("text", "doubted"),
    [("12-Mar", True), ("Mar-26", True), ("12-MAR", False), ("Mar-2026", False), ("1-2", False)],
)
def test_an_identifier_that_became_a_date_is_worth_a_word(
    tmp_path: Path, text: str, doubted: bool
) -> None:
    path = tmp_path / "Invoices.csv"
    path.write_text(f"{','.join(HEAD)},PO Number\nI-1,1001,USD,5,{text}\n")
    bodies, faults = judged(path)
    assert bodies[0]["purchaseOrderNumber"] == text
    assert faults == ({("looks-like-a-date", "Invoices!E2")} if doubted else set())
