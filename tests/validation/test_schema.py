"""What the schema refuses is told at the cell, in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.workbook.books import HEAD, invoices, judged, write


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("PO Number", "x" * 256, "text-too-long"),
        ("Channel ID", 0, "value-not-allowed"),
        ("External PDF URL", "https://a.example/" + "x" * 2048, "text-too-long"),
    ],
)
def test_a_value_that_the_store_cant_take(
    tmp_path: Path, column: str, value: object, code: str
) -> None:
    _, faults = judged(invoices(tmp_path / "a.xlsx", {column: value}))
    assert faults == {(code, "Invoices!E2")}


def test_each_missing_cell_is_told_once(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.xlsx", {"Invoices": [(*HEAD, "Type"), (None, None, None, None, "x")]}
    )
    _, faults = judged(path)
    assert faults == {("required-missing", f"Invoices!{letter}2") for letter in "ABCD"}


def test_a_cell_at_fault_is_not_complained_of_twice(tmp_path: Path) -> None:
    path = write(tmp_path / "a.xlsx", {"Invoices": [HEAD, ("I-1", True, "US", "x")]})
    _, faults = judged(path)
    assert faults == {
        ("identifier-not-text", "Invoices!B2"),
        ("currency-unknown", "Invoices!C2"),
        ("amount-not-a-number", "Invoices!D2"),
    }


def test_bad_lines_are_told_on_their_own_sheet(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.xlsx",
        {
            "Invoices": [HEAD, ("I-1", "1", "USD", 5)],
            "Line Items": [
                ("Invoice Number", "SKU", "Quantity", "Unit Price"),
                ("I-1", None, None, None),
                ("I-1", "A", 1, 5.001),
            ],
        },
    )
    _, faults = judged(path)
    assert faults == {
        ("required-missing", "Line Items!B2"),
        ("required-missing", "Line Items!C2"),
        ("required-missing", "Line Items!D2"),
        ("line-without-description", "Line Items!B2"),
        ("amount-too-precise", "Line Items!D3"),
        ("line-without-description", "Line Items!B3"),
    }
