"""Workbooks whose parts have other names, places and spellings than Excel gives them."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from importer.errors import WorkbookError
from importer.workbook.cells import original_rows
from importer.workbook.options import ReadOptions
from importer.workbook.reading import read

from .books import MAIN, good, header, invoices, judged, raw

ODD = Path(__file__).parents[1] / "odd"
STRICT = {
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main": "http://purl.oclc.org/ooxml/spreadsheetml/main",
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships": "http://purl.oclc.org/ooxml/officeDocument/relationships",
}
WANTED = {
    ("cell-error", "Invoices!E2"),
    ("cell-formula-without-value", "Invoices!E3"),
    ("amount-percent", "Invoices!E4"),
    ("rows-hidden", "Invoices!3"),
}


def odd_book(path: Path) -> Path:
    """Write what has to be seen however the file is spelled; `Terms` are shared strings."""
    rows = (
        header(more=["Open Balance", "Terms"])
        + good(2, '<c r="E2" t="e"><v>#REF!</v></c><c r="F2" t="s"><v>0</v></c>')
        + good(3, '<c r="E3"><f>D3</f></c>', "INV-2").replace("<row ", '<row hidden="1" ')
        + good(4, '<c r="E4" s="1"><v>0.5</v></c><c r="F4" t="s"><v>1</v></c>', "INV-3")
    )
    strings = f'<sst xmlns="{MAIN}"><si><t>net thirty</t></si><si><t>at once</t></si></sst>'
    return raw(path, rows, styles=["0%"], parts={"xl/sharedStrings.xml": strings})


def rewritten(
    source: Path, name: Callable[[str], str], text: Callable[[str], str] = lambda text: text
) -> Path:
    """Write a file again with other names of parts and other text in them."""
    path = source.with_name("again.xlsx")
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(path, "w") as new:
        for part in old.namelist():
            new.writestr(name(part), text(old.read(part).decode()))
    return path


def strict(text: str) -> str:
    for ordinary, spelled in STRICT.items():
        text = text.replace(ordinary, spelled)
    return text


def moved(part: str) -> str:
    return re.sub("^xl/", "book/", part).replace("workbook.xml", "wb2.xml")


SPELLINGS: dict[str, tuple[Callable[[str], str], Callable[[str], str]]] = {
    "as Excel": (str, str),
    "Strict Open XML": (str, strict),
    "strings in another case": (lambda part: part.replace("sharedS", "SharedS"), str),
    "every part in another case": (
        lambda part: part if part.startswith(("[", "_")) else part.upper(),
        str,
    ),
    "backslashes": (lambda part: part.replace("/", "\\"), str),
    "another folder and workbook": (
        moved,
        lambda text: text.replace("xl/workbook.xml", "/book/wb2.xml"),
    ),
    "another prefix of relations": (
        str,
        lambda text: text.replace("xmlns:r=", "xmlns:q=").replace("r:id", "q:id"),
    ),
    "a wrong count of strings": (
        str,
        lambda text: text.replace("<sst ", f'<sst count="{10**14}" uniqueCount="{10**14}" '),
    ),
    "a comment among the strings": (
        str,
        lambda text: text.replace("<si><t>at", "<!-- <si><t>no</t></si> --><si><t>at"),
    ),
    "a dimension of columns": (
        str,
        lambda text: text.replace("<sheetData>", '<dimension ref="A:L"/><sheetData>'),
    ),
    "an empty dimension": (
        str,
        lambda text: text.replace("<sheetData>", '<dimension ref=""/><sheetData>'),
    ),
    "white space round an index": (
        str,
        lambda text: re.sub(r't="s"><v>(\d)</v>', r't="s"><v> \1\n</v>', text),
    ),
    "comments within values": (str, lambda text: text.replace("net th", "net<!-- x --> th")),
    "instructions within values": (str, lambda text: text.replace("<v>0.5", "<v>0<?x?>.5")),
    "apostrophes at some attributes": (
        str,
        lambda text: text.replace('hidden="1"', "hidden='1'").replace('t="e"', "t='e'"),
    ),
    "spaces round signs": (
        str,
        lambda text: text.replace('hidden="1"', 'hidden = "1"').replace('t="e"', 't = "e"'),
    ),
    "tabs between attributes": (str, lambda text: text.replace("<c r", "<c\tr")),
    "a hidden row without its number": (
        str,
        lambda text: text.replace('hidden="1" r="3"', 'hidden="1"'),
    ),
    "types of relations in another case": (
        str,
        lambda text: text.replace("/worksheet\"", "/WorkSheet/\""),
    ),
    "percent signs in names": (
        lambda part: part.replace("sheet1.xml", "my sheet.xml"),
        lambda text: text.replace("sheet1.xml", "my%20sheet.xml"),
    ),
    "an indented sheet": (str, lambda text: text.replace("><", ">\r\n  <")),
    "a formula behind its value": (
        str,
        lambda text: text.replace("<f>D3</f>", "<v></v><f>D3</f>"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_the_same_content_has_the_same_faults(tmp_path: Path, spelling: str) -> None:
    path = rewritten(odd_book(tmp_path / "a.xlsx"), *SPELLINGS[spelling])
    bodies, faults = judged(path)
    assert faults == WANTED
    assert [b.get("termsConditions") for b in bodies] == ["net thirty", None, "at once"]
    rows = original_rows(path, "Invoices", [2, 4])
    assert [row.cells[-1].value for row in rows] == ["net thirty", "at once"]


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ('<c r="D2"><v>1<!-- x -->2</v></c>', 12),
        ('<c r="D2"><v>&#49;2</v></c>', 12),
        ('<c r="D2"><v> 12\n</v></c>', 12),
        ('<c r="D2"><!-- x --><v>12</v><!-- x --></c>', 12),
        ('<c r="D2"><v>12</v><f>3*4</f></c>', 12),
        ('<c r="D2"><v>12</v><extLst><ext/></extLst></c>', 12),
        ('<c r="$D$2"><v>12</v></c>', 12),
    ],
)
def test_a_number_is_never_cut_by_how_it_is_written(tmp_path: Path, cell: str, value: int) -> None:
    row = good(2).replace('<c r="D2"><v>100</v></c>', cell)
    bodies, faults = judged(raw(tmp_path / "a.xlsx", header() + row))
    assert bodies[0]["originalBalance"]["value"] == value
    assert not faults


@pytest.mark.parametrize("ref", ["A:A", "1:1", ""])
def test_a_merge_of_whole_columns_is_no_damage(tmp_path: Path, ref: str) -> None:
    after = f'<mergeCells count="1"><mergeCell ref="{ref}"/></mergeCells>'
    bodies, _ = judged(raw(tmp_path / "a.xlsx", header() + good(2), after=after))
    assert bodies[0]["invoiceNumber"] == "INV-1"


@pytest.mark.parametrize("ref", ["B2:B3", "$B$2:$B$3", "b2:b3"])
def test_a_merge_is_one_however_its_range_is_written(tmp_path: Path, ref: str) -> None:
    after = f'<mergeCells count="1"><mergeCell ref="{ref}"/></mergeCells>'
    rows = header() + good(2) + good(3, number="INV-2")
    assert judged(raw(tmp_path / "a.xlsx", rows, after=after))[1] == {
        ("cell-merged", "Invoices!B3")
    }


def test_dates_and_texts_of_an_unusual_sheet_are_those_of_a_usual_one(tmp_path: Path) -> None:
    more = '<c r="E2" s="1"><v>46113.5</v></c><c r="F2" t="str"><v>a_x000D_b &amp; c</v></c>'
    rows = header(more=["Issue Date", "Terms"]) + good(2, more)
    usual = raw(tmp_path / "a.xlsx", rows, styles=["yyyy-mm-dd"], date1904=True)
    odd = raw(tmp_path / "b.xlsx", rows + "<!-- -->", styles=["yyyy-mm-dd"], date1904=True)
    assert judged(usual) == judged(odd)


def test_a_prefix_that_begins_with_the_rows_hides_nothing(tmp_path: Path) -> None:
    def prefixed(text: str) -> str:
        if "<sheetData" not in text:
            return text
        text = re.sub(r"<(/?)(sheetData|row|c|f|v|is|t)\b", r"<\1x:\2", text)
        return text.replace("<x:sheetData", f'<x:sheetData xmlns:x="{MAIN}"')

    path = rewritten(odd_book(tmp_path / "a.xlsx"), str, prefixed)
    assert judged(path)[1] == WANTED


def test_a_far_cell_of_a_strict_workbook_is_refused_in_one_sentence(tmp_path: Path) -> None:
    far = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    path = raw(tmp_path / "a.xlsx", header() + good(2) + far)
    with pytest.raises(WorkbookError, match="16,384 columns"):
        read(rewritten(path, str, strict), ReadOptions())


def test_an_index_of_no_string_is_damage(tmp_path: Path) -> None:
    path = raw(
        tmp_path / "a.xlsx", header(more=["Terms"]) + good(2, '<c r="E2" t="s"><v>7</v></c>')
    )
    with pytest.raises(WorkbookError, match="damaged"):
        read(path, ReadOptions())


def test_sheets_of_charts_and_macros_are_left_alone(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(invoices(tmp_path / "a.xlsx"))
    book.create_chartsheet("Chart1", 0)
    book.save(tmp_path / "b.xlsx")
    bodies, faults = judged(tmp_path / "b.xlsx")
    assert len(bodies) == 1
    assert not faults


@pytest.mark.parametrize(
    ("calculation", "cell", "is_fault"),
    [
        ("", "<c r='E2'><f>D2</f></c>", True),
        ("", "<c r='E2'><f>D2</f><v/></c>", True),
        ("", '<c r="E2"><f>D2</f><v/></c>', True),
        ("", '<c r="E2"><f>D2</f><v></v></c>', True),
        ("", '<c r="E2" t="str"><f>D2</f></c>', True),
        ("", '<c r="E2" t="str"><f>D2</f><v></v></c>', False),
        ("", '<c r="E2"><f>D2</f><v>0</v></c>', False),
        ("", '<c r="E2" t="n"><f>D2</f><v>0.0</v></c>', True),
        ("", '<c r="E2"><f>D2</f><v>0.0</v></c>', False),
        ('fullCalcOnLoad="1"', '<c r="E2"><f>D2</f><v>0</v></c>', True),
        ('fullCalcOnLoad="true"', '<c r="E2"><f>D2</f><v>0</v></c>', True),
        ('fullCalcOnLoad="1"', '<c r="E2" t="str"><f>D2</f><v></v></c>', True),
        ('fullCalcOnLoad="1"', '<c r="E2"><f>D2</f><v>100</v></c>', False),
        ('fullCalcOnLoad="1"', '<c r="E2"><v>0</v></c>', False),
        ('fullCalcOnLoad="0"', '<c r="E2"><f>D2</f><v>0</v></c>', False),
        ('calcCompleted="0"', '<c r="E2"><f>D2</f><v>0</v></c>', True),
    ],
)
@pytest.mark.parametrize(
    "spelling", [str, strict, lambda text: text.replace("<row ", "<!-- --><row ")]
)
def test_a_formula_that_was_never_worked_out_is_a_fault(
    tmp_path: Path, calculation: str, cell: str, is_fault: bool, spelling: Callable[[str], str]
) -> None:
    path = raw(tmp_path / "a.xlsx", header(more=["Open Balance"]) + good(2, cell))
    settings = f"</sheets><calcPr {calculation}/>"
    path = rewritten(path, str, lambda text: spelling(text.replace("</sheets>", settings)))
    _, faults = judged(path)
    found = ("cell-formula-without-value", "Invoices!E2") in faults
    assert found is is_fault


@pytest.mark.parametrize("source", sorted(ODD.glob("*.xlsx")), ids=lambda path: path.stem)
def test_both_ways_of_reading_a_sheet_agree(tmp_path: Path, source: Path) -> None:
    path = tmp_path / source.name
    path.write_bytes(source.read_bytes())
    again = rewritten(
        path, str, lambda text: re.sub("</((\\w+:)?sheetData>)", r"<!-- --></\1", text)
    )
    assert outcome(again) == outcome(path)


def outcome(path: Path) -> object:
    try:
        return judged(path)
    except WorkbookError as error:
        return str(error).replace(path.name, "")
