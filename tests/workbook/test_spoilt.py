"""Text that a program has spoilt is put right where it can mean one thing only, else refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from .books import HEAD, judged, write

BOTH = {
    '="00123"': "00123",
    "#N/A": "cell-error",
    "#VALUE!": "cell-error",
    "#BEZUG!": "cell-error",
    "Err:502": "cell-error",
    "########": "cell-too-narrow",
    "=VLOOKUP(A2,B:C,2,0)": "cell-formula-as-text",
    "=1001": "cell-formula-as-text",
    "=$A$1": "cell-formula-as-text",
    "+SUM(A1:A3)": "cell-formula-as-text",
    "M\ufffdller": "text-replacement-character",
}
IDENTIFIERS = BOTH | {
    "'0042": "0042",
    "4500012345.0": "4500012345",
    "12.0": "12",
    "12345678901234567.0": "identifier-rounded",
    "1.23457E+12": "identifier-shortened",
    "1,23457E+12": "identifier-shortened",
    "1.5e12": "identifier-shortened",
    "5E-06": "identifier-shortened",
    "NULL": "identifier-placeholder",
    "None": "identifier-placeholder",
    "nan": "identifier-placeholder",
    "NaT": "identifier-placeholder",
    "<NA>": "identifier-placeholder",
    "N/A": "identifier-placeholder",
    "-": "identifier-placeholder",
    "—": "identifier-placeholder",
    "?": "identifier-placeholder",
    "12.50": "12.50",
    "12E4": "12E4",
    "RE-1001": "RE-1001",
    "#1001": "#1001",
    "-1001": "-1001",
    "O'Neil-1": "O'Neil-1",
    "NULL-7": "NULL-7",
    "RÉ-1": "RÉ-1",
}
TEXTS = BOTH | {
    "NULL": "text-placeholder",
    "nan": "text-placeholder",
    "<NA>": "text-placeholder",
    "N/A": "N/A",
    "None": "None",
    "-": "-",
    "'tis so": "'tis so",
    "1.5E+12 particles": "1.5E+12 particles",
    "= 30 days": "= 30 days",
    "=)": "=)",
    "+ shipping": "+ shipping",
    "@home": "@home",
    "# of boxes": "# of boxes",
    "4500012345.0": "4500012345.0",
}


@pytest.mark.parametrize(
    ("header", "key", "cells"),
    [
        ("PO Number", "purchaseOrderNumber", IDENTIFIERS),
        ("Terms", "termsConditions", TEXTS),
    ],
)
@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_spoilt_text_is_put_right_or_refused(
    tmp_path: Path, header: str, key: str, cells: dict[str, str], kind: str
) -> None:
    rows = [(*HEAD, header), *((f"I-{i}", "1001", "USD", 5, c) for i, c in enumerate(cells))]
    path = _written(tmp_path, kind, rows)
    bodies, faults = judged(path)
    letters = {int(cell.rpartition("E")[2]): code for code, cell in faults}
    found = {
        cell: body.get(key) or letters.get(at + 2)
        for at, (cell, body) in enumerate(zip(cells, bodies, strict=True))
    }
    assert found == cells


def _written(folder: Path, kind: str, rows: list[tuple[object, ...]]) -> Path:
    if kind == "csv":
        path = folder / "Invoices.csv"
        lines = (",".join(f'"{str(c).replace(chr(34), chr(34) * 2)}"' for c in r) for r in rows)
        path.write_text("\n".join(lines), "utf-8")
        return path
    import openpyxl

    path = write(folder / "a.xlsx", {"Invoices": rows})
    book = openpyxl.load_workbook(path)
    for row in book.active.iter_rows(min_row=2):
        row[4].data_type = "s"  # text, also where it begins like a formula
    book.save(path)
    return path


def test_a_sku_with_a_point_stays_as_it_is(tmp_path: Path) -> None:
    lines = [("Invoice Number", "SKU", "Quantity", "Unit Price", "Description")]
    lines += [("I-1", sku, 1, 5, "x") for sku in ("2.0", "10.0", "45000.0")]
    path = write(
        tmp_path / "a.xlsx",
        {"Invoices": [HEAD, ("I-1", "1001", "USD", 15)], "Line Items": lines},
    )
    items = judged(path)[0][0]["details"]["details"]["lineItems"]
    assert [item["sku"] for item in items] == ["2.0", "10.0", "45000"]


@pytest.mark.parametrize(
    ("column", "text", "name"),
    [
        ("Original Balance", "12\u200b50", "zero width space, U+200B"),
        ("Original Balance", "\ufeff1250", "zero width no-break space, U+FEFF"),
        ("Company ID", "10\u206601", "left-to-right isolate, U+2066"),
        ("Company ID", "1001\u3164", "hangul filler, U+3164"),
        ("Company ID", "10\u200d01", "zero width joiner, U+200D"),
        ("Currency", "USD\u200e", "left-to-right mark, U+200E"),
    ],
)
def test_what_cant_be_seen_is_named(tmp_path: Path, column: str, text: str, name: str) -> None:
    from importer.runs import check

    row = dict(zip(HEAD, ("I-1", "1001", "USD", 5), strict=True)) | {column: text}
    path = write(tmp_path / "a.xlsx", {"Invoices": [HEAD, tuple(row.values())]})
    (fault,) = check(path, write_report=False).faults
    assert fault.code == "cell-control-character"
    assert name in fault.message
