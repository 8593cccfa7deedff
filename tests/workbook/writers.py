"""The same invoices as several libraries write them: a formula, an error, a percentage and more."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

HEAD = (
    "Invoice Number", "Company ID", "Currency", "Original Balance", "Open Balance", "PO Number",
    "Issue Date", "Terms",
)  # fmt: skip
DAY = dt.date(2026, 1, 2)
TERMS = "two\nlines"
FORMULA, ERROR, PERCENT = "=D3*1", "#N/A", 0.5  # in E3, E4 and E5; row 6 is hidden, E7:E8 merged


def rows() -> list[list[Any]]:
    """Give the cells; None is an empty one."""
    opens = [40, FORMULA, ERROR, PERCENT, 60, 70, None]
    made: list[list[Any]] = [
        [f"INV-{at}", "1001", "USD", 100, value, None, None, None]
        for at, value in enumerate(opens, 2)
    ]
    made[0][5:] = ["00042", DAY, TERMS]
    return [list(HEAD), *made]


def cells() -> list[tuple[int, int, Any]]:
    """Give (row, column, value) of each cell that holds something; both count from 0."""
    return [
        (at, column, value)
        for at, row in enumerate(rows())
        for column, value in enumerate(row)
        if value is not None
    ]


def by_openpyxl(path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Invoices"
    for row in rows():
        sheet.append(row)
    sheet["E5"].number_format = "0%"
    sheet.row_dimensions[6].hidden = True
    sheet.merge_cells("E7:E8")
    book.save(path)


def by_xlsxwriter(path: Path, **options: Any) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(path, options) as book:
        sheet = book.add_worksheet("Invoices")
        looks = {
            PERCENT: book.add_format({"num_format": "0%"}),
            DAY: book.add_format({"num_format": "yyyy-mm-dd"}),
        }
        for at, column, value in cells():
            if value == DAY:
                sheet.write_datetime(at, column, value, looks[DAY])
            elif value == ERROR:
                sheet.write_formula(at, column, "=NA()", None, ERROR)
            else:
                sheet.write(at, column, value, looks.get(value))
            if at == 5:
                sheet.set_row(5, None, None, {"hidden": True})
        if not options:
            sheet.merge_range("E7:E8", 70)


def by_pyexcelerate(path: Path) -> None:
    import pyexcelerate

    book = pyexcelerate.Workbook()
    sheet = book.new_sheet("Invoices")
    for at, column, value in cells():
        sheet.set_cell_value(at + 1, column + 1, value)
    sheet.set_cell_style(5, 5, pyexcelerate.Style(format=pyexcelerate.Format("0%")))
    sheet.range("E7", "E8").merge()
    book.save(path)


def by_xlwt(path: Path) -> None:
    import xlwt

    book = xlwt.Workbook()
    sheet = book.add_sheet("Invoices")
    looks = {PERCENT: xlwt.easyxf(num_format_str="0%"), DAY: xlwt.easyxf(num_format_str="D/M/YYYY")}
    for at, column, value in cells():
        if value == FORMULA:
            sheet.write(at, column, xlwt.Formula(FORMULA[1:]))
        elif value == ERROR:
            sheet.row(at).set_cell_error(column, 0x2A)  # xlwt spells its name wrong
        elif (at, column) == (6, 4):
            sheet.write_merge(6, 7, 4, 4, value)
        else:
            sheet.write(at, column, value, looks.get(value, xlwt.Style.default_style))
    sheet.row(5).hidden = True
    book.save(path)


def by_odfpy(path: Path) -> None:
    from odf.opendocument import OpenDocumentSpreadsheet
    from odf.table import Table, TableCell, TableRow
    from odf.text import LineBreak, P

    book = OpenDocumentSpreadsheet()
    table = Table(name="Invoices")
    book.spreadsheet.addElement(table)
    for at, row in enumerate(rows()):
        line = TableRow(visibility="collapse") if at == 5 else TableRow()
        table.addElement(line)
        for column, value in enumerate(row):
            spanned = {"numberrowsspanned": 2} if (at, column) == (6, 4) else {}
            cell = TableCell(**_odf(value), **spanned)
            if isinstance(value, str) and value != FORMULA:
                paragraph = P()
                for part in value.split("\n"):
                    if paragraph.childNodes:
                        paragraph.addElement(LineBreak())
                    paragraph.addText(part)
                cell.addElement(paragraph)
            line.addElement(cell)
    book.save(path)


def _odf(value: Any) -> dict[str, Any]:
    match value:
        case None:
            return {}
        case "=D3*1":
            return {"valuetype": "float", "value": 0, "formula": "of:=[.D3]*1"}
        case "#N/A":
            return {"formula": "of:=NA()"}
        case 0.5:
            return {"valuetype": "percentage", "value": value}
        case str():
            return {"valuetype": "string"}
        case dt.date():
            return {"valuetype": "date", "datevalue": value.isoformat()}
    return {"valuetype": "float", "value": value}


def by_hand(path: Path) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows())


WRITERS: dict[str, tuple[str, Callable[[Path], None]]] = {
    "openpyxl": ("a.xlsx", by_openpyxl),
    "openpyxl, with macros": ("a.xlsm", by_openpyxl),
    "XlsxWriter": ("a.xlsx", by_xlsxwriter),
    "XlsxWriter, row by row": (
        "a.xlsx",
        lambda path: by_xlsxwriter(path, constant_memory=True),
    ),
    "pyexcelerate": ("a.xlsx", by_pyexcelerate),
    "xlwt": ("a.xls", by_xlwt),
    "odfpy": ("a.ods", by_odfpy),
    "csv": ("Invoices.csv", by_hand),
}
"""Each writer's kind of file and how it is written."""


SAVED = Path(__file__).parent / "written"
"""The same from other programs: LibreOffice (`python -m tests.workbook.resave`) and `make.js`."""
