"""Formulas live on in a report where their references can be carried there."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from importer import runs
from importer.workbook.carrying import Destination, carried

INVOICES = Destination("Invoices", {"A": "A", "B": "B", "D": "C"}, {1: 1, 4: 2, 9: 3}, number="A")
LINES = Destination(
    "Line Items", {"A": "A", "C": "B", "D": "C"}, {1: 1, 5: 2, 6: 3, 12: 4}, number="A", child=True
)
PLACES = {"invoices": INVOICES, "line items": LINES}


@pytest.mark.parametrize(
    ("formula", "there"),
    [
        ("B4*D4", "B2*C2"),
        ("$B4+D$1", "$B2+C$1"),
        ("ROUND(D9,2)&\"B4 'x'\"", "ROUND(C3,2)&\"B4 'x'\""),
        ("Invoices!D9", "'Invoices'!C3"),
        ("SUM('Line Items'!D5:D6)", "SUM('Line Items'!C2:C3)"),
        ("SUM('Line Items'!C5:D5)", "SUM('Line Items'!B2:C2)"),
        (
            "SUMIF('Line Items'!$A:$A,A4,'Line Items'!D:D)",
            "SUMIF('Line Items'!$A:$A,A2,'Line Items'!C:C)",
        ),
        (
            "SUMIFS('line items'!D$2:D$500,'line items'!A$2:A$500,$A9)",
            "SUMIFS('Line Items'!C$2:C$4,'Line Items'!A$2:A$4,$A3)",
        ),
        # Each of these would work out something else in the report.
        ("C4*2", None),
        ("B5*2", None),
        ("SUM(D2:D9)", None),
        ("SUM('Line Items'!D5:D12)", None),
        ("SUM('Line Items'!D:D)", None),
        ("SUMIF('Line Items'!C:C,\"SKU\",'Line Items'!D:D)", None),
        ("SUMIF(A:A,A4,D:D)", None),
        ("SUM(B4:D4)", None),
        ("VLOOKUP(A4,Customers!A:B,2,0)", None),
        ("[1]Other!A4", None),
        ("Rate*B4", None),
        ("Table1[Amount]", None),
        ("#REF!+B4", "#REF!+B2"),
        ("", None),
    ],
)
def test_a_formula_is_carried_only_where_it_means_the_same(formula: str, there: str | None) -> None:
    assert carried(formula, "Invoices", PLACES) == there


def test_the_balance_of_fixed_lines_is_worked_out_anew(tmp_path: Path) -> None:
    """The clerk fixes a price in the report, and the balance follows."""
    book = recalculated(workbook(tmp_path / "books" / "march.xlsx"), tmp_path / "saved")
    checked = runs.check(book)
    assert checked.invoices.valid == 2
    assert checked.report is not None
    fixed = openpyxl.load_workbook(checked.report)
    invoices, lines = fixed["Invoices"], fixed["Line Items"]
    assert [row[0].value for row in invoices.iter_rows(min_row=2)] == ["INV-3"]
    assert invoices["D2"].value == "=SUMIF('Line Items'!A:A,A2,'Line Items'!E:E)"
    assert lines["E2"].value == "=C2*D2"
    assert invoices["G2"].value == "Net 30"  # looked up on a sheet that the report hasn't
    assert "This was a formula: =VLOOKUP(" in invoices["G2"].comment.text
    assert openpyxl.load_workbook(checked.report, data_only=True)["Invoices"]["D2"].value == 90
    lines["D2"] = 12
    invoices["E2"] = "2026-03-31"
    fixed.save(checked.report)
    again = recalculated(checked.report, tmp_path / "fixed")
    assert openpyxl.load_workbook(again, data_only=True)["Invoices"]["D2"].value == 96
    assert runs.check(again, write_report=False).invoices.valid == 1


def workbook(path: Path) -> Path:
    """Three invoices of two or three lines, the last with a bad date."""
    path.parent.mkdir()
    book = openpyxl.Workbook()
    invoices: Any = book.active
    invoices.title = "Invoices"
    invoices.append(
        [
            "Invoice Number",
            "Company ID",
            "Currency",
            "Original Balance",
            "Due Date",
            "Days",
            "Terms",
        ]
    )
    lines, terms = book.create_sheet("Line Items"), book.create_sheet("Terms List")
    terms.append(["T", "Net 30"])
    lines.append(["Invoice Number", "SKU", "Quantity", "Unit Price", "Amount (ours)"])
    for n in (1, 2, 3):
        row = n + 1
        invoices.append(
            [f"INV-{n}", "1001", "USD", f"=SUMIF('Line Items'!A:A,A{row},'Line Items'!E:E)"]
        )
        invoices[f"E{row}"] = "2026-03-31" if n < 3 else "soon"
        invoices[f"G{row}"] = "=VLOOKUP(\"T\",'Terms List'!A:B,2,0)"
        for price in (10, 20):
            lines.append([f"INV-{n}", "AB", n if n < 3 else 3, price, None])
            lines.cell(lines.max_row, 5).value = f"=C{lines.max_row}*D{lines.max_row}"
    book.save(path)
    return path


def recalculated(path: Path, folder: Path) -> Path:
    """Let LibreOffice work out every formula and save the workbook."""
    profile = f"-env:UserInstallation=file://{folder}-profile"
    subprocess.run(
        ["soffice", profile, "--headless", "--convert-to", "xlsx", "--outdir", folder, path],
        check=True,
        capture_output=True,
    )
    return folder / path.name
