"""Addresses that invoices name by a code, so that one row serves many of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from importer.errors import WorkbookError
from tests.workbook.mapped import Rows, bodies, book, cells, faults, verdicts

HEAD = ["Invoice Number", "Company ID", "Currency", "Original Balance",
        "Billing Address Code", "Shipping Address Code"]  # fmt: skip
ADDRESS = ["Invoice Number", "Address Code", "Address Type", "Last Name", "City"]


def workbook(tmp_path: Path, codes: Rows, addresses: Rows, header: Any = ADDRESS) -> Path:
    """One invoice for each pair of codes."""
    rows = [[f"R{n}", "1001", "EUR", 10, *pair] for n, pair in enumerate(codes, 1)]
    return book(tmp_path / "b.xlsx", Invoices=[HEAD, *rows], Addresses=[header, *addresses])


def test_one_address_serves_many_invoices_as_either_kind(tmp_path: Path) -> None:
    path = workbook(
        tmp_path,
        [("HQ", "HQ"), ("HQ", None), (None, "DEPOT")],
        [[None, "HQ", None, "Reyes", "Portland"], [None, "DEPOT", None, "Brandt", "Bonn"]],
    )
    found = verdicts(path)
    heads = [v.payload.body["details"]["header"] for v in found]
    assert [h.get("billingAddress", {}).get("city") for h in heads] == ["Portland"] * 2 + [None]
    assert [[a["city"] for a in h.get("shippingAddresses", [])] for h in heads] == [
        ["Portland"],
        [],
        ["Bonn"],
    ]
    assert all(v.valid for v in found)
    cell = found[2].payload.origins.find("/details/header/shippingAddresses/0/city")
    assert cell is not None
    assert cell.address == "Addresses!E3"
    assert set(found[0].payload.body) == {
        "invoiceNumber", "customerId", "originalBalance", "openBalance", "details"
    }  # fmt: skip


def test_addresses_may_have_codes_alone_and_no_type(tmp_path: Path) -> None:
    path = workbook(tmp_path, [("7", None)], [[7, "Bonn"]], ["Address Code", "City"])
    assert bodies(path)[0]["details"]["header"]["billingAddress"]["city"] == "Bonn"


def test_addresses_with_neither_number_nor_code_can_not_be_used(tmp_path: Path) -> None:
    with pytest.raises(WorkbookError, match="no column Invoice Number or Address Code"):
        cells(workbook(tmp_path, [(None, None)], [["Bonn"]], ["City"]))


def test_codes_that_lead_nowhere_are_faults_at_the_invoice(tmp_path: Path) -> None:
    path = workbook(tmp_path, [("HQ", "NO")], [[None, "HQ", None, "Reyes", "Portland"]])
    assert cells(path) == [("Invoices!F2", "address-code-unknown")]
    alone = book(tmp_path / "c.xlsx", Invoices=[HEAD, ["R1", "1001", "EUR", 10, "HQ", None]])
    assert cells(alone) == [("Invoices!E2", "address-code-unknown")]


def test_a_code_twice_is_a_fault_of_both_rows_and_of_who_names_it(tmp_path: Path) -> None:
    rows = [[None, "HQ", None, "Reyes", "Portland"], [None, "HQ", None, "Reyes", "Bonn"]]
    path = workbook(tmp_path, [("HQ", None), (None, None)], rows)
    assert cells(path) == [
        ("Invoices!E2", "address-code-unusable"),
        ("Addresses!B2", "address-code-duplicate"),
        ("Addresses!B3", "address-code-duplicate"),
    ]
    assert [v.valid for v in verdicts(path)] == [False, True]


def test_an_address_at_fault_keeps_every_invoice_that_names_it(tmp_path: Path) -> None:
    rows = [[None, "HQ", None, "Reyes", "Bonn"], [None, "B", "Nowhere", "Brandt", "Bonn"]]
    path = workbook(tmp_path, [("HQ", None), ("HQ", "B"), (None, None)], rows)
    assert [v.valid for v in verdicts(path)] == [True, False, True]
    assert cells(path) == [
        ("Invoices!F3", "address-code-unusable"),
        ("Addresses!C3", "choice-unknown"),
    ]


@pytest.mark.parametrize(
    ("kind", "cell"), [("Billing", "Invoices!E2"), ("Shipping", "Invoices!F2")]
)
def test_a_code_beside_an_address_of_its_own_is_a_fault(
    tmp_path: Path, kind: str, cell: str
) -> None:
    rows = [["R1", None, kind, "Own", "Bonn"], [None, "HQ", None, "Reyes", "Portland"]]
    path = workbook(tmp_path, [("HQ", "HQ")], rows)
    (found,) = faults(path)
    assert (found.cell, found.code, found.invoice) == (cell, "address-twice", "R1")
    assert f"{kind.lower()} address HQ" in found.message
    assert "row 2" in found.message


def test_a_row_with_a_number_needs_a_type_and_one_with_nothing_is_told(tmp_path: Path) -> None:
    rows = [["R1", None, None, "Own", "Bonn"], [None, None, "Billing", "Lost", "Bonn"]]
    assert cells(workbook(tmp_path, [(None, None)], rows)) == [
        ("Addresses!C2", "required-missing"),
        ("Addresses!A3", "address-without-owner"),
    ]
