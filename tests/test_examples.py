"""The examples are what their script makes, and each is what the README says it is."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest
from openpyxl import load_workbook

from importer import runs
from importer.model import State
from tests.conftest import ROOT

NAMES = ("clean.xlsx", "mistakes.xlsx", "erp-export.xlsx")


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "make_examples", ROOT / "examples" / "make_examples.py"
    )
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    # a dataclass looks its own module up
    import sys

    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def cells(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Everything that a reader sees: value, type and number format of each cell."""
    book = load_workbook(path)
    return {
        sheet.title: [
            (cell.coordinate, cell.value, cell.data_type, cell.number_format)
            for row in sheet.iter_rows()
            for cell in row
        ]
        for sheet in book
    }


def test_the_examples_are_what_their_script_makes(
    script: ModuleType, tmp_path: Path, examples: Path
) -> None:
    script.main(tmp_path)
    for name in NAMES:
        assert cells(examples / name) == cells(tmp_path / name), (
            f"{name} is out of date: python examples/make_examples.py"
        )


def test_the_same_script_writes_the_same_bytes(script: ModuleType, tmp_path: Path) -> None:
    script.main(tmp_path / "a")
    script.main(tmp_path / "b")
    for name in NAMES:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_the_clean_example_has_no_fault_at_all(examples: Path) -> None:
    result = runs.check(examples / "clean.xlsx", write_report=False)
    assert (result.invoices.read, result.invoices.valid) == (20, 20)
    assert list(result.faults) == []
    assert {total.currency for total in result.totals} == {"USD", "EUR", "JPY"}


def test_the_erp_export_is_understood_by_its_aliases(examples: Path) -> None:
    result = runs.check(examples / "erp-export.xlsx", write_report=False)
    assert (result.invoices.read, result.invoices.valid) == (15, 15)
    unknown = {fault.column for fault in result.faults}
    assert unknown == {"Mandant", "Created By", "Pos", "UoM"}
    assert {fault.code for fault in result.faults} == {"column-unknown"}


def test_each_mistake_is_found_at_its_cell(examples: Path) -> None:
    result = runs.check(examples / "mistakes.xlsx", write_report=False)
    found = {(fault.cell, fault.code) for fault in result.faults if fault.is_error}
    assert found >= {
        ("Invoices!B3", "required-missing"),
        ("Invoices!H5", "date-ambiguous"),
        ("Invoices!E6", "amount-too-precise"),
        ("Invoices!I8", "choice-unknown"),
        ("Invoices!D10", "currency-unknown"),
        ("Invoices!L19", "url-not-http"),
        ("Invoices!A20", "invoice-duplicate"),
        ("Invoices!A21", "invoice-duplicate"),
        ("Invoices!E23", "amount-ambiguous"),
    }
    assert {code for cell, code in found if cell and cell.startswith("Line Items")} == {
        "cell-error",
        "quantity-not-positive",
        "required-missing",
        "amount-not-a-number",
        "row-without-invoice",
    }
    assert result.invoices.read == 24
    assert result.invoices[State.INVALID] == 12 + 1
