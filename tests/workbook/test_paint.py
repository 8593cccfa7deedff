"""The colours of the user's own sheet in a report, and ours that are never taken for theirs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.styles import Color, Font, PatternFill
from openpyxl.styles.fills import GradientFill

import importer
from importer.workbook.cells import original_rows
from importer.workbook.paint import Paint
from tests.workbook.books import HEAD, MAIN, ROW, header, inline, raw

YELLOW = PatternFill("solid", fgColor="FFFFFF00")
MARK = "F8CFC8"


@pytest.fixture
def painted(tmp_path: Path) -> Path:
    """Three invoices of a clerk who paints; the amount of row 3 is missing."""
    book = openpyxl.Workbook()
    sheet: Any = book.active
    sheet.title = "Invoices"
    for row in ((*HEAD, "Our Note"), (*ROW, "x"), ("INV-2", "1001", "USD", None, "ask Dana")):
        sheet.append(row)
    for cell in sheet[1]:
        cell.fill, cell.font = PatternFill("solid", fgColor="1F3864"), Font("Arial", color="FFFFFF")
    sheet["D3"].fill = sheet["A3"].fill = YELLOW
    sheet["E3"].font = Font(color="00B050", bold=True, italic=True)
    sheet["B3"].font = Font(color="FFFFFF")
    book.save(tmp_path / "march.xlsx")
    return tmp_path / "march.xlsx"


def look(cell: Any) -> tuple[str | None, str, bool, bool]:
    """Fill, ink, bold, italic."""
    fill = cell.fill.fgColor.rgb[2:] if cell.fill.fill_type else None
    return fill, cell.font.color.rgb[2:], cell.font.bold, cell.font.italic


def reported(workbook: Path) -> Any:
    result = importer.check(workbook)
    assert result.report
    return openpyxl.load_workbook(result.report)["Invoices"]


def test_the_users_colours_are_kept_and_marks_win(painted: Path) -> None:
    sheet = reported(painted)
    assert [look(cell) for cell in sheet[1]][:4] == [("1F3864", "FFFFFF", False, False)] * 4
    assert look(sheet["E1"])[0] == "FCE5A6"  # an unknown column, which is marked
    assert look(sheet["F1"])[0] == "5D6B7A"  # ours
    assert look(sheet["A2"]) == ("FFFF00", "1F2A37", False, False)
    assert look(sheet["E2"]) == (None, "00B050", True, True)
    assert look(sheet["D2"])[:2] == (MARK, "1F2A37")
    assert sheet["D2"].comment


def test_a_mark_is_gone_once_the_cell_is_fixed(painted: Path) -> None:
    first = importer.check(painted).report
    assert first
    book = openpyxl.load_workbook(first)
    book["Invoices"]["D2"] = 100
    book["Invoices"]["C2"] = "dollars"
    book.save(first)
    sheet = reported(first)
    assert look(sheet["C2"])[0] == MARK
    assert look(sheet["D2"]) == (None, "1F2A37", False, False)
    assert look(sheet["A2"])[0] == "FFFF00"
    assert look(sheet["A1"]) == ("1F3864", "FFFFFF", False, False)


def test_the_look_of_a_frozen_formula_ends_with_the_next_report(tmp_path: Path) -> None:
    path = raw(
        tmp_path / "a.xlsx",
        header() + f'<row r="2">{inline("A2", "INV-1")}{inline("B2", "1001")}{inline("C2", "US")}'
        '<c r="D2"><f>Rates!B2*2</f><v>100</v></c></row>',
    )
    first = reported(path)
    assert look(first["D2"])[1:] == ("6B7686", False, True)
    second = reported(path.with_name("a-report.xlsx"))
    assert look(second["D2"])[1:] == ("1F2A37", False, False)


def test_headers_without_a_colour_of_their_own_get_ours(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet: Any = book.active
    sheet.title = "Invoices"
    sheet.append([*HEAD, "PO Number"])
    sheet.append(["INV-1"])
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    book.save(tmp_path / "a.xlsx")
    made = reported(tmp_path / "a.xlsx")
    assert [look(made[cell])[0] for cell in ("A1", "E1")] == ["24405C", "DCE6F0"]


def test_a_whole_row_or_column_that_is_painted_is_painted_where_it_is_empty(tmp_path: Path) -> None:
    xfs = '<xf numFmtId="0"/><xf fillId="1"/><xf fillId="2"/>'
    path = raw(
        tmp_path / "a.xlsx",
        header(more=("PO Number", "Type"))
        + f'<row r="2" s="2" customFormat="1">{inline("A2", "INV-1")}</row>'
        + f'<row r="3" s="2">{inline("A3", "INV-2")}</row>',
        before='<cols><col min="6" max="6" width="9" style="1"/></cols>',
        parts={"xl/styles.xml": styles(xfs)},
    )
    sheet = reported(path)
    assert [look(cell)[0] for cell in sheet[2][3:6]] == [MARK, "00FF00", "00FF00"]
    assert [look(cell)[0] for cell in sheet[3][3:6]] == [MARK, None, "FF0000"]


def styles(xfs: str, fills: str = "", fonts: str = "<font/>", after: str = "") -> str:
    solid = '<fill><patternFill patternType="solid"><fgColor rgb="FF{}"/></patternFill></fill>'
    return (
        f'<styleSheet xmlns="{MAIN}"><fonts>{fonts}</fonts><fills><fill/>'
        f"{solid.format('FF0000')}{solid.format('00FF00')}{fills}</fills>"
        f"<cellXfs>{xfs}</cellXfs>{after}</styleSheet>"
    )


def paint_of(path: Path) -> Paint | None:
    ((_, cells, _),) = original_rows(path, "Invoices", [1])
    return cells[0].paint


@pytest.mark.parametrize(
    ("fill", "wanted"),
    [
        (PatternFill("solid", fgColor=Color(theme=4)), "4F81BD"),
        (PatternFill("solid", fgColor=Color(theme=0, tint=-0.5)), "808080"),
        (PatternFill("solid", fgColor=Color(theme=4, tint=0.8)), "DCE6F2"),
        (PatternFill("solid", fgColor=Color(theme=3)), "1F497D"),
        (PatternFill("solid", fgColor=Color(indexed=13)), "FFFF00"),
        (PatternFill("solid", fgColor=Color(indexed=64)), None),
        (PatternFill("solid", fgColor=Color(theme=77)), None),
        (PatternFill("gray125"), None),
        (GradientFill(stop=("FFFFFF", "000000")), None),
    ],
)
def test_colours_are_those_that_the_cell_shows(
    tmp_path: Path, fill: PatternFill, wanted: str | None
) -> None:
    book = openpyxl.Workbook()
    sheet: Any = book.active
    sheet.title = "Invoices"
    sheet["A1"] = "x"
    sheet["A1"].fill = fill
    book.save(tmp_path / "a.xlsx")
    paint = paint_of(tmp_path / "a.xlsx")
    assert (paint.fill if paint else None) == wanted


@pytest.mark.parametrize(
    ("fonts", "fills", "after", "wanted"),
    [
        ('<font><b val="0"/><i val="false"/></font>', "", "", None),
        ('<font><b/><i val="1"/><color theme="1"/></font>', "", "", Paint(None, None, True, True)),
        ("<font/>", '<fgColor rgb="nonsense"/>', "", None),
        ("<font/>", '<fgColor theme="-1" tint="x"/>', "", None),
        ("<font/>", '<fgColor rgb="80abcdef" tint="nan"/>', "", Paint("ABCDEF")),
        ("<font/>", '<fgColor rgb="ABCDEF" tint="1e999"/>', "", Paint("ABCDEF")),
        (
            "<font/>",
            '<fgColor indexed="0"/>',
            '<colors><indexedColors><rgbColor rgb="00123456"/></indexedColors></colors>',
            Paint("123456"),
        ),
    ],
)
def test_odd_styles_cost_a_colour_and_no_more(
    tmp_path: Path, fonts: str, fills: str, after: str, wanted: Paint | None
) -> None:
    filled = f'<fill><patternFill patternType="solid">{fills}</patternFill></fill>'
    text = styles('<xf fontId="0" fillId="3"/>', filled, fonts, after)
    path = raw(tmp_path / "a.xlsx", header(), parts={"xl/styles.xml": text})
    assert paint_of(path) == wanted


@pytest.mark.parametrize("xf", ['<xf fontId="9" fillId="99"/>', '<xf fontId="x"/>', "<xf/>"])
def test_styles_that_point_nowhere_are_plain(tmp_path: Path, xf: str) -> None:
    path = raw(tmp_path / "a.xlsx", header(), parts={"xl/styles.xml": styles(xf)})
    assert paint_of(path) is None
