"""What is a row, what is none, and what is a total of other rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from importer.errors import WorkbookError
from tests.workbook.books import HEAD, good, header, inline, judged, raw, write
from tests.workbook.mapped import book, cells, prepared, verdicts

LINES = ("Invoice Number", "SKU", "Quantity", "Unit Price", "Description")
CONSTANT = """
[invoices]
sheet = "Sheet1"
[invoices.columns]
"Invoice Number" = "Inv"
"Original Balance" = "Amount"
[invoices.constants]
"Currency" = "USD"
"Company ID" = "1001"
"""
FLAT = """
[flat]
sheet = "Export"
[flat.invoices.columns]
"Invoice Number" = "Inv"
"Original Balance" = "Gross"
[flat.invoices.constants]
Currency = "USD"
"Company ID" = "1001"
[flat.lines.columns]
SKU = "Item"
Quantity = "Qty"
"Unit Price" = "Price"
Description = "Text"
"""
FLAT_HEAD = ["Inv", "Gross", "Item", "Qty", "Price", "Text", "Note"]
TOTAL = "row-looks-like-total"


BELOW = range(4, 201)
DATE = "yyyy\\-mm\\-dd"


def formulas(letter: str, formula: str, result: str, *, style: str = "", kind: str = "") -> str:
    """Give rows below the last invoice that hold one formula each, with its saved result."""
    return "".join(
        f'<row r="{row}"><c r="{letter}{row}"{style}{kind}>'
        f"<f>{formula.format(row=row, above=row - 1)}</f>{result}</c></row>"
        for row in BELOW
    )


@pytest.mark.parametrize(
    "below",
    [
        formulas("H", "D{row}*2", "<v>0</v>"),
        formulas("H", "H{above}+1", "<v>7</v>"),
        formulas("H", "D{row}/E{row}", "<v>#DIV/0!</v>", kind=' t="e"'),
        formulas("H", "D{row}*2", ""),
        formulas("H", 'IF(D{row}="","","ok")', "<v></v>", kind=' t="str"'),
        formulas("E", "D{row}*1", "<v>0</v>"),
        formulas("A", "H{row}", "<v>0</v>"),
        formulas("G", 'IF(D{row}="","","x")', "<v></v>", kind=' t="str"'),
        formulas("F", "F{above}*0+30", "<v>30</v>", style=' s="1"'),
        "".join(f'<row r="{row}">{inline(f"A{row}", "   ")}</row>' for row in BELOW),
        "".join(f'<row r="{row}"><c r="A{row}" s="1"/></row>' for row in BELOW),
        f'<row r="6">{inline("H6", "Checked by Ann")}</row>',
    ],
)
def test_rows_of_helper_cells_or_blanks_are_no_rows(tmp_path: Path, below: str) -> None:
    head = header(more=("Open Balance", "Due Date", "PO Number", "Check"))
    sheet = head + good(2, number="A") + good(3, number="B") + below
    bodies, faults = judged(raw(tmp_path / "a.xlsx", sheet, styles=[DATE]))
    assert [body["invoiceNumber"] for body in bodies] == ["A", "B"]
    assert {code for code, _ in faults} <= {"column-unknown"}


@pytest.mark.parametrize(
    ("cell", "wanted"),
    [
        ('<c r="D4"><v>0</v></c><c r="B4" t="str"><v>1001</v></c>', "required-missing"),
        ('<c r="A4" t="str"><v>C</v></c>', "required-missing"),
        ('<c r="D4"><f>X4</f></c>', "cell-formula-without-value"),
        ('<c r="A4" t="e"><v>#N/A</v></c>', "cell-error"),
        ('<c r="D4" t="b"><v>0</v></c>', "amount-wrong-kind"),
    ],
)
def test_a_row_that_says_anything_of_ours_stays_one(tmp_path: Path, cell: str, wanted: str) -> None:
    sheet = header() + good(2) + f'<row r="4">{cell}</row>'
    _, faults = judged(raw(tmp_path / "a.xlsx", sheet))
    assert wanted in {code for code, at in faults if at.endswith("4")}


def test_empty_sheets_and_sheets_of_helpers_alone_are_no_matter(tmp_path: Path) -> None:
    sheets: dict[str, list[Any]] = {
        "Invoices": [HEAD, ("A", "1", "USD", 50)],
        "Line Items": [(*LINES, "Line Total"), *[(None,) * 5 + (0,)] * 20],
        "Cost Lines": [("Invoice Number", "Description", "Amount"), *[(" ", None, 0)] * 20],
        "Shipments": [("Invoice Number", "Ship Date")],
    }
    bodies, faults = judged(write(tmp_path / "a.xlsx", sheets))
    assert faults == {("column-unknown", "Line Items!F1")}
    assert "details" not in bodies[0]


def test_a_sheet_of_helpers_alone_has_no_invoices(tmp_path: Path) -> None:
    path = write(tmp_path / "a.xlsx", {"Invoices": [HEAD, (None, None, None, 0)]})
    with pytest.raises(WorkbookError, match="has no invoices below its header"):
        judged(path)


def test_a_flat_sheet_counts_the_columns_of_all_its_parts(tmp_path: Path) -> None:
    rows = [["A", 10, "S", 1, 10, "x"], [None] * 6 + ["helper"], ["A", None, "T", 1, 0, "y"]]
    path = book(tmp_path / "a.xlsx", Export=[FLAT_HEAD, *rows])
    (verdict,) = verdicts(path, FLAT)
    assert len(verdict.payload.body["details"]["details"]["lineItems"]) == 2
    assert cells(path, FLAT) == []


@pytest.mark.parametrize(
    "number",
    [
        "Total",
        "TOTAL:",
        "Sub-Total",
        "Grand Total",
        "Summe",
        "Gesamtergebnis",
        "Total 2026",
        "INV-1 Total",
        "Total général",
        "Итого",
        "合計",
        "*** Totals ***",
        "Σ",
        "Count",
    ],
)
def test_a_number_that_is_a_word_for_a_total_is_no_invoice(tmp_path: Path, number: str) -> None:
    rows = [("Inv", "Date", "Amount"), ("W-1", None, 10), ("W-2", None, 20), (number, None, 99)]
    ready = prepared(write(tmp_path / "a.xlsx", {"Sheet1": rows}), CONSTANT)
    valid = [verdict.payload.number for verdict in ready.verdicts() if verdict.valid]
    assert valid == ["W-1", "W-2"]
    assert cells(tmp_path / "a.xlsx", CONSTANT) == [("Sheet1!A4", TOTAL)]


@pytest.mark.parametrize("number", ["SUM-001", "TOTAL1001", "TOTO 1", "00012-A", "Summerhill 7"])
def test_numbers_that_only_look_like_words_for_totals_are_invoices(
    tmp_path: Path, number: str
) -> None:
    rows = [HEAD, ("A", "1", "USD", 10), ("B", "1", "USD", 20), (number, "1", "USD", 30)]
    bodies, faults = judged(write(tmp_path / "a.xlsx", {"Invoices": rows}))
    assert (len(bodies), faults) == (3, set())


def test_a_row_without_identity_that_adds_up_the_others_is_a_total(tmp_path: Path) -> None:
    rows: list[tuple[Any, ...]] = [
        (*HEAD, "PO Number"),
        ("A", "1", "USD", 10.1, "p"),
        ("B", "1", "EUR", 20, "p"),
        (None, None, "USD", 30.1, None),
        ("C", "1", "USD", 1, "p"),
        ("D", "1", "USD", 2, "p"),
        (None, None, None, 3, None),
        (None, None, None, 7, None),
        ("5", None, None, 40.2, None),
    ]
    bodies, faults = judged(write(tmp_path / "a.xlsx", {"Invoices": rows}))
    assert len(bodies) == 8
    assert {at for code, at in faults if code == TOTAL} == {"Invoices!A4", "Invoices!A7"}
    assert ("required-missing", "Invoices!A8") in faults


@pytest.mark.parametrize(
    ("rows", "wanted"),
    [
        ([("W-1", 10), ("W-2", 20), (2, 30)], ["Sheet1!A4"]),
        ([(11, 10), (12, 20), (13, 30), (36, 60)], ["Sheet1!A5"]),
        ([(1, 10), (2, 20), (3, 30)], []),
        ([("W-1", 10), ("W-2", 20), ("W-3", 30)], []),
        ([("W-1", 10), ("W-2", 20), (2, 31)], []),
    ],
)
def test_a_count_or_a_sum_for_a_number_below_the_table(
    tmp_path: Path, rows: list[tuple[Any, ...]], wanted: list[str]
) -> None:
    sheet = [("Inv", "Date", "Amount"), *((number, None, amount) for number, amount in rows)]
    path = write(tmp_path / "a.xlsx", {"Sheet1": sheet})
    assert cells(path, CONSTANT) == [(cell, TOTAL) for cell in wanted]


def test_totals_on_the_other_sheets(tmp_path: Path) -> None:
    sheets = {
        "Invoices": [HEAD, ("A", "1", "USD", 30), ("Total", None, None, 30), ("Total", "", "", 30)],
        "Line Items": [LINES, ("A", "S", 3, 10, "x"), (None, "Total", 3, 10), ("Total", "T", 3, 1)],
        "Cost Lines": [("Invoice Number", "Description", "Amount"), ("Grand total", "x", 30)],
    }
    _, faults = judged(write(tmp_path / "a.xlsx", sheets))
    assert {at for code, at in faults if code == TOTAL} == {
        "Invoices!A3",
        "Invoices!A4",
        "Line Items!A3",
        "Cost Lines!A2",
    }
    assert not {code for code, at in faults if at.startswith("Invoices")} - {TOTAL}


@pytest.mark.parametrize("fill_down", [False, True])
@pytest.mark.parametrize(
    ("row", "cell"),
    [
        (["Total", 30, None, 2, 30], "Export!A4"),
        (["A Total", None, None, 2, 30, None], "Export!A4"),
        ([None, None, "Total", 2, 30, "x"], "Export!A4"),
        ([None, None, "T", 2, 30, "Summe:"], "Export!A4"),
        ([None, None, "T", 2, 30, None, "Subtotal"], "Export!A4"),
    ],
)
def test_totals_in_a_flat_sheet(
    tmp_path: Path, row: list[Any], cell: str, *, fill_down: bool
) -> None:
    mapping = FLAT.replace("[flat]", "[flat]\nfill_down = true") if fill_down else FLAT
    rows = [["A", 30, "S", 1, 10, "x"], ["A", 30, "T", 1, 20, "y"], row]
    path = book(tmp_path / "a.xlsx", Export=[FLAT_HEAD, *rows])
    assert (cell, TOTAL) in cells(path, mapping)
    valid = [verdict.payload.body for verdict in verdicts(path, mapping) if verdict.valid]
    assert [len(body["details"]["details"]["lineItems"]) for body in valid] == [2]


@pytest.mark.parametrize("strict", [False, True])
def test_a_balance_that_was_worked_out_from_other_lines_is_told(
    tmp_path: Path, *, strict: bool
) -> None:
    sheets = {
        "Invoices": [HEAD, ("A", "1", "USD", 70), ("B", "1", "USD", 130)],
        "Line Items": [LINES, *[(n, "S", q, 10, "x") for n in "AB" for q in (3, 10)]],
    }
    path = write(tmp_path / "a.xlsx", sheets)
    assert judged(path, strict=strict)[1] == {("lines-against-balance", "Invoices!D2")}
    found = cells(path, strict=strict)
    assert found == ([("Invoices!D2", "lines-against-balance")] if strict else [])
