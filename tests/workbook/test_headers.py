"""Headers are found by name or alias, and what is unclear is refused in one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from importer.errors import WorkbookError
from importer.workbook.options import ReadOptions
from importer.workbook.reading import read

from .books import HEAD, ROW, judged, write


def refused(path: Path) -> str:
    with pytest.raises(WorkbookError) as caught:
        read(path, ReadOptions())
    return f"{caught.value} {caught.value.remedy}"


def test_case_spacing_order_and_aliases_are_free(tmp_path: Path) -> None:
    heads = ("TOTAL amount", "cur", " b2b  Company ID*", "Invoice #")
    path = write(tmp_path / "a.xlsx", {"INVOICES ": [heads, (100, "USD", "1001", "INV-1")]})
    bodies, faults = judged(path)
    assert not faults
    assert bodies[0]["customerId"] == "1001"


def test_a_columns_own_name_goes_before_its_alias(tmp_path: Path) -> None:
    path = write(tmp_path / "a.xlsx", {"Invoices": [(*HEAD, "Amount"), (*ROW, 7)]})
    bodies, faults = judged(path)
    assert bodies[0]["originalBalance"]["value"] == 100
    assert faults == {("column-unknown", "Invoices!E1")}


def test_a_header_twice_is_refused_with_both_cells(tmp_path: Path) -> None:
    words = refused(write(tmp_path / "a.xlsx", {"Invoices": [(*HEAD, "Currency"), (*ROW, "EUR")]}))
    assert "Invoices!C1" in words
    assert "Invoices!E1" in words


def test_a_missing_required_column_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "a.xlsx", {"Invoices": [HEAD[:2] + HEAD[3:], ("1", "2", 3)]})
    assert "has no column Currency" in refused(path)


def test_a_sheet_twice_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.xlsx", {"Invoices": [HEAD, ROW], "Invoice Header": [HEAD, ROW]})
    assert "“Invoices” and “Invoice Header”" in refused(path)


def test_without_invoices_there_is_nothing_to_import(tmp_path: Path) -> None:
    assert "no sheet named Invoices" in refused(
        write(tmp_path / "a.xlsx", {"Tabelle1": [HEAD[1:]]})
    )
    assert "no invoices below" in refused(write(tmp_path / "b.xlsx", {"Invoices": [HEAD]}))


def test_three_hundred_columns_are_too_many(tmp_path: Path) -> None:
    heads = (*HEAD, *(f"Column {at}" for at in range(300)))
    assert "304 columns" in refused(write(tmp_path / "a.xlsx", {"Invoices": [heads, ROW]}))
