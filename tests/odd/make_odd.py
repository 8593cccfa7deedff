"""Makes the odd workbooks of this folder, each named for what is odd in it.

`python -m tests.odd.make_odd` writes them anew; with `--golden` the expected
results too (look at the difference before it is kept). Those named libreoffice-... were saved by
LibreOffice and need `soffice`; they are only made with `--libreoffice`.
"""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import openpyxl

from importer.runs import check
from importer.workbook import template
from tests.workbook.books import HEAD, ROW, good, header, inline, raw, write

HERE = Path(__file__).parent
LINES = ("Invoice Number", "SKU", "Quantity", "Unit Price", "Description")
KINDS = ("*.xlsx", "*.xlsm", "*.ods", "*.xls", "*.zip")


def golden(path: Path) -> dict[str, Any]:
    """Give what a check of a workbook finds: counts, and each fault's cell and code."""
    result = check(path, write_report=False)
    return {
        "invoices": {"read": result.invoices.read, "valid": result.invoices.valid},
        "totals": [total.as_json() for total in result.totals],
        "faults": [
            f"{fault.cell} {fault.code} {fault.severity.value}"
            for fault in result.faults
            if fault.code != "date-far-away"  # depends on today
        ],
    }


def make() -> None:
    """Write those that our own libraries can write."""
    write(
        HERE / "blank-rows-and-columns-before.xlsx",
        {
            "Invoices": [
                [],
                ["", "", "March"],
                [],
                ["", *HEAD],
                [],
                ["", *ROW],
                [],
                ["", "X", "7", "EU"],
            ],
        },
    )
    write(
        HERE / "sheets-and-headers-by-alias.xlsx",
        {
            "invoice header": [("INVOICE  NO", "b2b company id", "cur", "Total Amount"), ROW],
            "Positions": [
                ("Invoice #", "Article", "Qty", "Price", "Product"),
                ("INV-1", "A", 2, 50, "x"),
            ],
        },
    )
    write(
        HERE / "identifiers-as-numbers.xlsx",
        {
            "Invoices": [
                (*HEAD, "PO Number"),
                ("00012", 1001, "usd", 1, 12.0),
                (12, "1001", "USD", 1, 1e15),
            ],
            "Line Items": [
                LINES,
                (12.0, 7, 1, 1, "x"),
                ("00012", "A", 1, 1, "x"),
                ("012", "A", 1, 1, "x"),
            ],
        },
    )
    write(
        HERE / "amounts-of-every-kind.xlsx",
        {
            "Invoices": [HEAD]
            + [
                (f"INV-{at}", "1001", code, value)
                for at, (code, value) in enumerate(
                    [
                        ("USD", 0.1 + 0.2),
                        ("JPY", 100),
                        ("JPY", 100.5),
                        ("KWD", 1.234),
                        ("USD", 1.234),
                        ("USD", "(12.50)"),
                        ("USD", "12.50-"),
                        ("USD", "1.234"),
                        ("USD", "1,234.50"),
                        ("USD", True),
                        ("USD", dt.date(2026, 1, 1)),
                        ("EUR", "12 €"),
                        ("XXQ", 1),
                        ("USD", None),
                    ]
                )
            ],
        },
    )
    write(
        HERE / "dates-of-every-kind.xlsx",
        {
            "Invoices": [(*HEAD, "Issue Date")]
            + [
                (f"INV-{at}", *ROW[1:], value)
                for at, value in enumerate(
                    [
                        dt.date(2026, 3, 1),
                        dt.datetime(2026, 3, 1, 13, 5),
                        "2026-03-01",
                        "03/04/2026",
                        "13/04/2026",
                        "1 March 2026",
                        46000,
                        dt.time(12),
                        True,
                    ]
                )
            ],
        },
    )
    write(
        HERE / "rows-that-belong-to-nobody.xlsx",
        {
            "Invoices": [
                (*HEAD, "Order Number"),
                (*ROW, "5"),
                (*ROW, "6"),
                ("INV-2", *ROW[1:], "5"),
            ],
            "Line Items": [
                LINES,
                ("INV-9", "A", 1, 1, "x"),
                (None, "A", 1, 1, "x"),
                ("INV-2", None, 0, -1, None),
            ],
            "Addresses": [
                ("Invoice Number", "Address Type", "City"),
                ("INV-2", "Billing", "P"),
                ("INV-2", "billing", "Q"),
            ],
        },
    )
    write(
        HERE / "sums-that-do-not-tie.xlsx",
        {
            "Invoices": [
                (*HEAD, "Open Balance", "Status", "Issue Date", "Due Date"),
                (*ROW, 150, "Open", dt.date(2026, 3, 1), dt.date(2026, 2, 1)),
                ("CN-1", "1001", "USD", -100, None, "Open", None, None),
            ],
            "Line Items": [LINES, ("INV-1", "A", 2, 40, "x"), ("CN-1", "A", -1, 100, "returned")],
            "Cost Lines": [
                ("Invoice Number", "Description", "Amount"),
                ("INV-1", "Sub-total", 90),
                ("INV-1", "Tax", 20),
                ("INV-1", "Total", 110),
                ("CN-1", "Subtotal", -100),
            ],
        },
    )
    raw(
        HERE / "errors-and-uncached-formulas.xlsx",
        header(more=["Open Balance"])
        + good(2, '<c r="E2"><f>1+1</f></c>')
        + '<row r="4"><c r="A4" t="e"><f>NA()</f><v>#N/A</v></c></row>',
    )
    raw(
        HERE / "cells-without-addresses.xlsx",
        "<row>"
        + "".join(f'<c t="inlineStr"><is><t>{text}</t></is></c>' for text in HEAD)
        + "</row><row>"
        + "".join(f'<c t="inlineStr"><is><t>{text}</t></is></c>' for text in ROW[:3])
        + '<c t="e"><v>#REF!</v></c></row>',
    )
    raw(
        HERE / "date-system-of-1904-and-serials-out-of-range.xlsx",
        header(more=["Issue Date"])
        + "".join(
            good(at + 2, f'<c r="E{at + 2}" s="1"><v>{serial}</v></c>', f"I-{at}")
            for at, serial in enumerate([44620, 0, 60, -1, 3_000_000])
        ),
        styles=["yyyy-mm-dd"],
        date1904=True,
    )
    raw(
        HERE / "escapes-and-control-characters.xlsx",
        header(more=["Terms", "PO Number"])
        + good(2, inline("E2", "one_x000D_\ntwo") + inline("F2", "zero\u200bwidth")),
    )
    _hidden_and_merged(HERE / "hidden-and-merged.xlsx")


def _hidden_and_merged(path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Invoices"
    for row in (HEAD, ROW, ("INV-2", *ROW[1:]), ("INV-3", None, "USD", 5)):
        sheet.append(row)
    sheet.merge_cells("B3:B4")
    sheet.row_dimensions[2].hidden = True
    sheet.column_dimensions["C"].hidden = True
    book.save(path)


def make_with_libreoffice() -> None:
    """Have LibreOffice save a filled template and a sheet of everything odd."""
    with tempfile.TemporaryDirectory() as folder:
        filled, everything = (
            Path(folder, "libreoffice-template.xlsx"),
            Path(folder, "libreoffice-everything.xlsx"),
        )
        _fill_template(filled)
        _everything(everything)
        for kind in ("ods", "xls"):
            _convert(everything, kind, HERE)
        _convert(_convert(filled, "ods", HERE), "xlsx", HERE)


def _fill_template(path: Path) -> None:
    template.write(path)
    book = openpyxl.load_workbook(path)
    for title, row in {
        "Invoices": (
            "00012",
            "1001",
            "USD",
            100.1,
            50,
            dt.date(2026, 3, 1),
            dt.date(2026, 3, 31),
            "Partially paid",
        ),
        "Line Items": ("00012", "AB-1", 2, 50.05, None, "Bracket"),
        "Addresses": (
            "00012",
            "Billing",
            "Dana",
            "Reyes",
            "12 Harbor Road",
            None,
            "Portland",
            "OR",
            "04101",
            "US",
        ),
        "Cost Lines": ("00012", "Subtotal", 100.1),
    }.items():
        sheet = book[title]
        for at, value in enumerate(row, start=1):
            sheet.cell(2, at).value = value
    book.save(path)


def _everything(path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Invoices"
    sheet.append([*HEAD, "Open Balance", "Issue Date", "PO Number", "Terms"])
    day = dt.date(2026, 1, 2)
    sheet.append(["INV-1", "1001", "USD", 100.0, "=1/0", day, 123, "rich"])
    sheet.append(
        ["INV-2", "1001", "USD", "=D2*2", 0.5, dt.datetime(2026, 1, 2, 13, 5), 1.2e17, None]
    )
    sheet.append(["INV-3", "1001", "USD", "=NA()", True, dt.time(12), None, '=""'])
    sheet.append([])
    sheet.append(["INV-4", "1001", "USD", 0.1 + 0.2, None, 0, None, "line\nbreak"])
    sheet["G2"].number_format, sheet["E3"].number_format = "00000", "0%"
    sheet["F6"].number_format = "yyyy-mm-dd"
    sheet.merge_cells("B6:C7")
    sheet.row_dimensions[3].hidden = True
    sheet.column_dimensions["E"].hidden = True
    book.create_sheet("Notes").sheet_state = "hidden"
    book.save(path)


def _convert(path: Path, kind: str, folder: Path) -> Path:
    with tempfile.TemporaryDirectory() as profile:
        subprocess.run(
            [
                "soffice",
                f"-env:UserInstallation=file://{profile}",
                "--headless",
                "--convert-to",
                kind,
                "--outdir",
                str(folder),
                str(path),
            ],
            check=True,
            capture_output=True,
        )
    return folder / f"{path.stem}.{kind}"


def main(arguments: list[str]) -> None:
    """Write the workbooks, and whatever else the arguments ask for."""
    make()
    if "--libreoffice" in arguments:
        make_with_libreoffice()
    if "--golden" in arguments:
        for path in sorted(found for kind in KINDS for found in HERE.glob(kind)):
            text = json.dumps(golden(path), indent=2, ensure_ascii=False) + "\n"
            path.with_name(f"{path.name}.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
