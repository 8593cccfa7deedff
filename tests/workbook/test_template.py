"""The template as a clerk meets it, checked in the file itself."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import openpyxl
import pytest
import python_calamine
from openpyxl.worksheet.worksheet import Worksheet

import importer
from importer.errors import WorkbookError
from importer.workbook import template
from importer.workbook.fields import Kind, SheetLayout
from importer.workbook.layout import HOWTO_SHEET, LAYOUT_VERSION, SHEETS
from importer.workbook.package import Package

KEPT = Path(__file__).parents[2] / "templates" / "invoice-import.xlsx"


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "t.xlsx"
    template.write(path)
    return path


@pytest.fixture(scope="module")
def book(path: Path) -> openpyxl.Workbook:
    return openpyxl.load_workbook(path)


def letter_of(layout: SheetLayout, key: str) -> str:
    from importer.model import column_letter

    return column_letter([column.key for column in layout.columns].index(key) + 1)


def validations(sheet: Worksheet) -> dict[str, object]:
    return {str(v.sqref).partition("2:")[0]: v for v in sheet.data_validations.dataValidation}


def test_howto_comes_first_then_every_sheet_of_the_layout(book: openpyxl.Workbook) -> None:
    assert book.sheetnames == [HOWTO_SHEET, *(layout.title for layout in SHEETS)]
    assert book.active is not None
    assert book.active.title == HOWTO_SHEET


@pytest.mark.parametrize("layout", SHEETS, ids=lambda layout: layout.key)
def test_each_header_is_the_layouts_own_and_required_ones_are_marked(
    book: openpyxl.Workbook, layout: SheetLayout
) -> None:
    headers = [cell.value for cell in book[layout.title][1]]
    assert [layout.match(header) for header in headers] == list(layout.columns)
    fills = {}
    for cell, column in zip(book[layout.title][1], layout.columns, strict=True):
        assert cell.value.endswith("*") == column.required
        fills.setdefault(column.required, set()).add(cell.fill.fgColor.rgb)
        assert column.example in cell.comment.text
    assert fills.get(True, set()).isdisjoint(fills.get(False, set()))


@pytest.mark.parametrize("layout", SHEETS, ids=lambda layout: layout.key)
def test_no_example_row_could_be_imported(path: Path, layout: SheetLayout) -> None:
    rows = python_calamine.CalamineWorkbook.from_path(path).get_sheet_by_name(layout.title)
    assert len(rows.to_python()) == 1


@pytest.mark.parametrize("layout", SHEETS, ids=lambda layout: layout.key)
def test_every_choice_has_its_drop_down(book: openpyxl.Workbook, layout: SheetLayout) -> None:
    found = validations(book[layout.title])
    for column in layout.columns:
        rule = found.get(letter_of(layout, column.key))
        if column.choices:
            assert rule.formula1 == f'"{",".join(column.choices)}"'
            assert (rule.type, rule.errorStyle) == ("list", "stop")
            assert all(choice in rule.prompt for choice in column.choices)
        elif column.kind is Kind.CURRENCY:
            assert rule.type == "list"
            assert "USD" in rule.formula1
            assert len(rule.formula1) <= 255  # Excel refuses a file with a longer list
            assert rule.errorStyle == "warning"  # any other ISO code may be typed
        if rule is not None:
            assert rule.showErrorMessage
            assert len(rule.error) <= 225
            assert str(rule.sqref).endswith("1048576")


def test_cells_that_somebody_will_fill_have_the_right_format(book: openpyxl.Workbook) -> None:
    invoices, lines = SHEETS[0], SHEETS[1]
    wanted = {"number": "@", "company": "@", "po": "@", "original": "#,##0.00",
              "issued": "yyyy-mm-dd", "due": "yyyy-mm-dd"}  # fmt: skip
    for key, number_format in wanted.items():
        dimension = book[invoices.title].column_dimensions[letter_of(invoices, key)]
        assert dimension.number_format == number_format
    assert book[lines.title].column_dimensions[letter_of(lines, "sku")].number_format == "@"


@pytest.mark.parametrize("layout", SHEETS, ids=lambda layout: layout.key)
def test_sheets_are_frozen_filtered_wide_and_print_on_one_page_across(
    book: openpyxl.Workbook, layout: SheetLayout
) -> None:
    sheet = book[layout.title]
    assert sheet.freeze_panes == "B2"
    assert sheet.auto_filter.ref.startswith("A1:")
    assert sheet.print_title_rows == "$1:$1"
    assert sheet.page_setup.orientation == "landscape"
    assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (1, 0)
    for cell in sheet[1]:
        assert sheet.column_dimensions[cell.column_letter].width > len(cell.value)


def test_the_layout_version_is_stamped(path: Path, book: openpyxl.Workbook) -> None:
    with Package(path) as package:
        assert package.properties == {"importer.layout": LAYOUT_VERSION}
    shown = [cell.value for row in book[HOWTO_SHEET].iter_rows() for cell in row if cell.value]
    assert f"Layout {LAYOUT_VERSION}" in shown


def test_howto_names_every_sheet_with_a_link_and_its_required_columns(
    book: openpyxl.Workbook,
) -> None:
    rows = {row[1].value: row for row in book[HOWTO_SHEET].iter_rows() if row[1].value}
    for layout in SHEETS:
        row = rows[layout.title]
        assert row[1].hyperlink.location == f"'{layout.title}'!A2"
        for column in layout.columns:
            needed = column.required or column.key in layout.either
            assert (column.header in row[3].value.replace(", ", " or ").split(" or ")) == needed


def test_the_same_code_writes_the_same_bytes(path: Path, tmp_path: Path) -> None:
    template.write(tmp_path / "again.xlsx")
    assert (tmp_path / "again.xlsx").read_bytes() == path.read_bytes()


def test_the_kept_template_is_current(book: openpyxl.Workbook) -> None:
    assert contents(openpyxl.load_workbook(KEPT)) == contents(book), (
        "run: importer template --force -o templates/invoice-import.xlsx"
    )


def contents(book: openpyxl.Workbook) -> dict[str, object]:
    """Everything that a clerk could notice, independent of how openpyxl spells it in XML."""
    return {
        "properties": {p.name: p.value for p in book.custom_doc_props.props},
        **{sheet.title: sheet_contents(sheet) for sheet in book.worksheets},
    }


def sheet_contents(sheet: Worksheet) -> dict[str, object]:
    cells = {
        cell.coordinate: (
            cell.value,
            cell.fill.fgColor.rgb,
            cell.font.b,
            cell.font.color.rgb if cell.font.color else None,
            cell.number_format,
            cell.comment.text if cell.comment else None,
            cell.hyperlink.location if cell.hyperlink else None,
        )
        for row in sheet.iter_rows()
        for cell in row
    }
    columns = {
        letter: (dimension.width, dimension.number_format)
        for letter, dimension in sheet.column_dimensions.items()
    }
    rules = sorted(
        (str(v.sqref), v.type, v.formula1, v.errorStyle, v.error or "", v.prompt or "")
        for v in sheet.data_validations.dataValidation
    )
    tints = sorted(
        (str(where.sqref), rule.type, tuple(rule.formula))
        for where, rules in sheet.conditional_formatting._cf_rules.items()
        for rule in rules
    )
    return {
        "cells": cells,
        "columns": columns,
        "rules": rules,
        "tints": tints,
        "view": (sheet.freeze_panes, sheet.auto_filter.ref, sheet.sheet_view.showGridLines),
    }


def test_a_place_that_cannot_be_written_is_one_clear_sentence(tmp_path: Path) -> None:
    with pytest.raises(WorkbookError, match="can't be written"):
        template.write(tmp_path / "no such folder" / "t.xlsx")


def test_header_comments_are_large_enough_to_be_read(path: Path) -> None:
    with zipfile.ZipFile(path) as parts:
        shapes = [name for name in parts.namelist() if name.endswith(".vml")]
        drawn = "".join(parts.read(name).decode() for name in shapes)
    sizes = re.findall(r"width:(\d+)px;height:(\d+)px", drawn)
    assert len(sizes) == sum(len(layout.columns) for layout in SHEETS)
    assert all(int(width) >= 300 and int(height) >= 58 for width, height in sizes)


def test_the_mark_of_a_required_column_is_no_part_of_its_name(path: Path, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(path)
    book["Invoices"]["A2"] = "INV-1"
    book.save(tmp_path / "filled.xlsx")
    faults = importer.check(tmp_path / "filled.xlsx", write_report=False).faults
    assert "Company ID is empty." in [fault.message for fault in faults]
