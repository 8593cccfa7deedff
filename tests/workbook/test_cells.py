"""Original cells of chosen rows, read from real files and from XML as other programs write it."""

from __future__ import annotations

import zipfile
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest

from importer.errors import WorkbookError
from importer.workbook.book import ErrorText
from importer.workbook.cells import original_rows

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def saved(tmp_path: Path, *rows: tuple[object, ...], epoch: datetime | None = None) -> Path:
    book = openpyxl.Workbook()
    if epoch:
        book.epoch = epoch
    sheet = book.active
    sheet.title = "Data"
    for row in rows:
        sheet.append(row)
    book.save(tmp_path / "book.xlsx")
    return tmp_path / "book.xlsx"


def package(tmp_path: Path, sheet: str, *, strings: str = "", styles: str = "") -> Path:
    """Write a workbook from raw XML: what a file of another program may look like."""
    path = tmp_path / "raw.xlsx"
    with zipfile.ZipFile(path, "w") as out:
        out.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><sheets>'
            '<sheet name="Data" sheetId="1" r:id="rId7"/></sheets></workbook>',
        )
        out.writestr(
            "xl/_rels/workbook.xml.rels",
            '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            f'<Relationship Id="rId7" Type="{RELATIONS}/worksheet" Target="/xl/worksheets/x.xml"/>'
            "</Relationships>",
        )
        out.writestr("xl/worksheets/x.xml", sheet)
        if strings:
            out.writestr("xl/sharedStrings.xml", strings)
        if styles:
            out.writestr("xl/styles.xml", styles)
    return path


def rows_xml(rows: str) -> str:
    return f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'


def read(path: Path, *rows: int) -> dict[int, dict[str, object]]:
    return {
        row: {cell.letter: cell.value for cell in cells}
        for row, cells, _ in original_rows(path, "Data", rows)
    }


def test_values_stay_what_they_were(tmp_path: Path) -> None:
    day = datetime(2026, 3, 1, 8, 30)
    path = saved(tmp_path, ("00012", 12, 1250.5, True, day, "-danger", "  spaced "))
    assert read(path, 1) == {
        1: {"A": "00012", "B": 12, "C": 1250.5, "D": True, "E": day, "F": "-danger",
            "G": "  spaced "}
    }  # fmt: skip
    assert type(read(path, 1)[1]["B"]) is int


def test_text_that_looks_like_a_formula_is_read_as_text(tmp_path: Path) -> None:
    path = saved(tmp_path, ("x",))
    book = openpyxl.load_workbook(path)
    for column, text in enumerate(("=1+1", "+1", "-1", "@x"), 1):
        book.active.cell(2, column).value = text
        book.active.cell(2, column).data_type = "s"
    book.save(path)
    assert list(read(path, 2)[2].values()) == ["=1+1", "+1", "-1", "@x"]


def test_only_the_chosen_rows_come_whatever_lies_between(tmp_path: Path) -> None:
    path = saved(tmp_path, *((f"row {n}",) for n in range(1, 5001)))
    wanted = [1, 2, 999, 2500, 4999, 5000]
    assert read(path, *wanted) == {n: {"A": f"row {n}"} for n in wanted}
    assert read(path, 6000) == {}


def test_number_formats_come_along(tmp_path: Path) -> None:
    path = saved(tmp_path, (1, 2, 3))
    book = openpyxl.load_workbook(path)
    for letter, code in zip("ABC", ("00000", "#,##0.00 [$€-407]", "dd/mm/yyyy"), strict=True):
        book.active[f"{letter}1"].number_format = code
    book.save(path)
    ((_, cells, _),) = original_rows(path, "Data", [1])
    assert [cell.number_format for cell in cells] == ["00000", "#,##0.00 [$€-407]", "dd/mm/yyyy"]


def test_dates_of_a_1904_workbook_are_the_same_days(tmp_path: Path) -> None:
    from openpyxl.utils.datetime import CALENDAR_MAC_1904

    path = saved(tmp_path, (datetime(2026, 3, 31),), epoch=CALENDAR_MAC_1904)
    assert read(path, 1) == {1: {"A": datetime(2026, 3, 31)}}


def test_formulas_give_their_cached_value_or_else_themselves(tmp_path: Path) -> None:
    path = package(
        tmp_path,
        rows_xml(
            '<row r="1"><c r="A1"><f>B1*2</f><v>24</v></c><c r="B1"><f>C1&amp;"x"</f></c>'
            '<c r="C1" t="str"><f>D1</f><v>text</v></c><c r="D1" t="e"><f>X!1</f><v>#REF!</v></c>'
            '<c r="E1" t="str"><f>""</f><v></v></c></row>'
        ),
    )
    found = read(path, 1)[1]
    assert found == {"A": 24, "B": '=C1&"x"', "C": "text", "D": "#REF!", "E": ""}
    assert isinstance(found["D"], ErrorText)


def test_rows_and_cells_without_their_own_number_are_counted(tmp_path: Path) -> None:
    path = package(
        tmp_path,
        rows_xml(
            "<row><c><v>1</v></c></row><row/><row><c><v>3</v></c><c><v>4</v></c></row>"
            '<row r="9"/><row><c r="C10"><v>5</v></c><c><v>6</v></c></row>'
        ),
    )
    assert read(path, 1, 2, 3, 9, 10) == {
        1: {"A": 1}, 2: {}, 3: {"A": 3, "B": 4}, 9: {}, 10: {"C": 5, "D": 6}
    }  # fmt: skip


def test_a_namespace_prefix_as_some_exporters_write_it(tmp_path: Path) -> None:
    path = package(
        tmp_path,
        f'<?xml version="1.0"?><x:worksheet xmlns:x="{MAIN}"><x:sheetData>'
        '<x:row r="1"><x:c r="A1" t="s"><x:v>0</x:v></x:c></x:row>'
        '<x:row r="2"><x:c r="A2" t="s"><x:v>1</x:v></x:c></x:row>'
        "</x:sheetData></x:worksheet>",
        strings=f'<x:sst xmlns:x="{MAIN}"><x:si><x:t>one</x:t></x:si>'
        "<x:si><x:t>two</x:t></x:si></x:sst>",
    )
    assert read(path, 2) == {2: {"A": "two"}}


def test_shared_strings_in_every_spelling(tmp_path: Path) -> None:
    strings = (
        f'<sst xmlns="{MAIN}"><si><t>a &amp; b</t></si>'
        "<si><r><t>rich </t></r><r><rPr><b/></rPr><t>text</t></r><rPh><t>no</t></rPh></si>"
        "<si/><si><t>line_x000D_\nbreak _x005F_x0041_</t></si></sst>"
    )
    cells = "".join(f'<c t="s"><v>{n}</v></c>' for n in range(5))
    path = package(tmp_path, rows_xml(f"<row>{cells}</row>"), strings=strings)
    assert list(read(path, 1)[1].values()) == [
        "a & b", "rich text", "", "line\r\nbreak _x0041_", ""
    ]  # fmt: skip


def test_a_document_type_declaration_is_refused_not_expanded(tmp_path: Path) -> None:
    bomb = (
        '<!DOCTYPE sst [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
        f'<sst xmlns="{MAIN}"><si><t>&b;</t></si></sst>'
    )
    sheet = rows_xml('<row r="1"><c r="A1" t="s"><v>0</v></c></row>')
    with pytest.raises(WorkbookError, match="document type"):
        read(package(tmp_path, sheet, strings=bomb), 1)
    with pytest.raises(WorkbookError, match="document type"):
        read(package(tmp_path, '<!DOCTYPE worksheet [<!ENTITY a "b">]>' + sheet), 1)


def test_broken_xml_in_a_row_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(WorkbookError, match="damaged"):
        read(package(tmp_path, rows_xml('<row r="1"><c r="A1"><v>1</c></row>')), 1)


def test_nothing_comes_from_what_is_no_such_workbook(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x\n")
    assert list(original_rows(tmp_path / "a.csv", "Data", [1])) == []
    assert list(original_rows(tmp_path / "gone.xlsx", "Data", [1])) == []
    assert list(original_rows(saved(tmp_path, ("x",)), "Elsewhere", [1])) == []


def test_dates_before_march_1900_and_times_stay_the_numbers_that_they_are(tmp_path: Path) -> None:
    styles = (
        f'<styleSheet xmlns="{MAIN}"><cellXfs count="2"><xf numFmtId="0"/>'
        '<xf numFmtId="14"/></cellXfs></styleSheet>'
    )
    cells = "".join(f'<c s="1"><v>{v}</v></c>' for v in ("0.5", "59", "61", "99999999"))
    path = package(tmp_path, rows_xml(f"<row>{cells}</row>"), styles=styles)
    assert list(read(path, 1)[1].values()) == [0.5, 59, datetime(1900, 3, 1), 99999999]
