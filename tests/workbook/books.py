"""Real workbooks for tests: written by openpyxl, or part by part as other programs spell them."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import openpyxl

from importer.runs.preparing import prepare
from importer.workbook.options import ReadOptions

HEAD = ("Invoice Number", "Company ID", "Currency", "Original Balance")
ROW = ("INV-1", "1001", "USD", 100)
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PKG = "http://schemas.openxmlformats.org/package/2006/relationships"


def write(path: Path, sheets: Mapping[str, Iterable[Sequence[Any]]]) -> Path:
    """Write rows to sheets with openpyxl."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
    book.save(path)
    return path


def invoices(path: Path, extra: Mapping[str, Any] | None = None, *, cell: Any = None) -> Path:
    """Write one good invoice, with more columns by their header."""
    more = dict(extra or {})
    return write(path, {"Invoices": [(*HEAD, *more), (*ROW, *more.values())]})


def raw(
    path: Path,
    sheet_data: str,
    *,
    styles: Sequence[str] = (),
    date1904: bool = False,
    after: str = "",
    before: str = "",
    sheet_part: bytes | None = None,
    parts: Mapping[str, bytes | str] | None = None,
) -> Path:
    """Write an .xlsx file with one sheet, Invoices, from the XML of its rows.

    `styles` are number formats: the cell style 1 has the first, 2 the second, and so on.
    """
    formats = "".join(
        f'<numFmt numFmtId="{200 + at}" formatCode="{code}"/>' for at, code in enumerate(styles)
    )
    xfs = "".join(f'<xf numFmtId="{200 + at}"/>' for at in range(len(styles)))
    files: dict[str, bytes | str] = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/'
        'content-types"><Default Extension="xml" ContentType="application/xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PKG}"><Relationship Id="rId1" Type="{_REL}/'
        'officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{_REL}">'
        f'<workbookPr date1904="{int(date1904)}"/>'
        '<sheets><sheet name="Invoices" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PKG}"><Relationship Id="rId1" '
        f'Type="{_REL}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/styles.xml": f'<styleSheet xmlns="{MAIN}"><numFmts>{formats}</numFmts>'
        f'<cellXfs><xf numFmtId="0"/>{xfs}</cellXfs></styleSheet>',
        "xl/worksheets/sheet1.xml": sheet_part
        or f'<worksheet xmlns="{MAIN}">{before}<sheetData>{sheet_data}</sheetData>{after}'
        "</worksheet>",
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in (files | dict(parts or {})).items():
            package.writestr(name, content)
    return path


def inline(address: str, text: str) -> str:
    """Give a cell with text."""
    return f'<c r="{address}" t="inlineStr"><is><t>{text}</t></is></c>'


def header(row: int = 1, more: Sequence[str] = ()) -> str:
    """Give a header row."""
    cells = "".join(inline(f"{chr(65 + at)}{row}", text) for at, text in enumerate((*HEAD, *more)))
    return f'<row r="{row}">{cells}</row>'


def good(row: int, more: str = "", number: str = "INV-1") -> str:
    """Give the row of a good invoice, with more cells."""
    return (
        f'<row r="{row}">{inline(f"A{row}", number)}{inline(f"B{row}", "1001")}'
        f'{inline(f"C{row}", "USD")}<c r="D{row}"><v>100</v></c>{more}</row>'
    )


def judged(path: Path, **options: Any) -> tuple[list[dict[str, Any]], set[tuple[str, str]]]:
    """Give the payloads of a workbook, and (code, cell) of each fault."""
    prepared = prepare(path, ReadOptions(**options))
    verdicts = list(prepared.verdicts())
    faults = [fault for verdict in verdicts for fault in verdict.faults] + prepared.found.rest
    return [v.payload.body for v in verdicts], {(f.code, f.cell or "") for f in faults}
