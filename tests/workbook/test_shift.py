"""Shift's own workbook: read as it is, joined by External ID, reported on its own cells."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from importer import cli, runs
from importer.errors import WorkbookError
from tests.workbook.mapped import Rows, bodies, book, cells, faults, prepared

BASIC = [
    ["Mode", "ID", "Invoice Number", "Type", "Due Date", "Status", "Order Number",
     "Purchase Order Number", "Original Balance Currency", "Original Balance Amount",
     "Open Balance Currency", "Open Balance Amount", "Issued At", "Source", "Customer Name",
     "External ID", "External Customer ID", "Company ID", "Channel ID"],
    ["Create", None, "87263452", "Invoice", dt.datetime(2026, 5, 26, 10), "Partially paid", 109,
     "PO-7", "GBP", 89, "GBP", 40, dt.datetime(2026, 4, 26), "External", "Acme",
     "INV-1", "C-1", 12591311, 1],
    [None, 17, "87263453", None, None, 0, None, None, "USD", 10, "USD", 10, None, 1, "Best",
     "INV-2", None, 12591312, None],
]  # fmt: skip
STREET = ["External ID", "First Name", "Last Name", "Street 1", "Street 2", "City", "State",
          "Zip Code", "Country"]  # fmt: skip
SHEETS: dict[str, Rows] = {
    "Basic": BASIC,
    "Billing Address": [
        STREET,
        ["INV-2", "Dana", "Reyes", "12 Harbor Road", None, "Portland", "OR", "04101", "US"],
        ["INV-1", "Jo", "Li", "1 High Street", None, "York", None, "YO1 7HH", "GB"],
    ],
    "Cost Lines": [
        ["External ID", "Description", "Amount Currency", "Amount"],
        ["INV-1", "Subtotal", "GBP", 80], ["INV-2", "Subtotal", "USD", 10],
        ["INV-1", "Shipping", "GBP", 9],
    ],
    "Shipping Addresses": [
        STREET,
        ["INV-1", "Jo", "Li", "2 Dock Street", None, "Hull", None, "HU1 1AA", "GB"],
        ["INV-1", "Al", "Ox", "3 Dock Street", None, "Hull", None, "HU1 1AA", "GB"],
    ],
    "Shipments": [
        ["External ID", "Address Index", "Ship Date", "Ship Via", "Tracking Number", "Comments"],
        ["INV-1", "1", dt.datetime(2026, 5, 1), "UPS", "1Z", "dock 4"],
    ],
    "Line Items": [
        ["External ID", "SKU", "Type", "Quantity", "Unit Price Currency", "Unit Price Amount",
         "Unit Discount Currency", "Unit Discount Amount", "Description", "Comments"],
        ["INV-2", "B-1", "product", 1, "USD", 10, None, None, "Bolt", None],
        ["INV-1", "A-1", "product", 4, "GBP", 20, "GBP", 0, "Axle", "left"],
    ],
    "Extra Fields": [
        ["External ID", "Field Name", "Field Value"],
        ["INV-1", "Project", "Bridge"], ["INV-1", "Site", None],
    ],
}  # fmt: skip


def shift(path: Path, **changed: Rows) -> Path:
    return book(path, **{**SHEETS, **{key.replace("_", " "): v for key, v in changed.items()}})


def edited(sheet: str, cell: tuple[int, int], value: Any) -> Rows:
    rows = [list(row) for row in SHEETS[sheet]]
    rows[cell[0]][cell[1]] = value
    return rows


def test_every_sheet_goes_to_its_place_by_external_id(tmp_path: Path) -> None:
    path = shift(tmp_path / "shift.xlsx")
    assert faults(path) == []
    one, two = bodies(path)
    assert (one["invoiceNumber"], one["externalId"], one["customerId"]) == (
        "87263452", "INV-1", "12591311"
    )  # fmt: skip
    assert one["originalBalance"] == {"code": "GBP", "value": 89}
    assert one["openBalance"] == {"code": "GBP", "value": 40}
    assert (one["status"], one["source"], one["orderNumber"]) == (1, 1, "109")
    assert one["purchaseOrderNumber"] == "PO-7"
    header, details = one["details"]["header"], one["details"]["details"]
    assert header["billingAddress"]["city"] == "York"
    assert [each["street1"] for each in header["shippingAddresses"]] == [
        "2 Dock Street", "3 Dock Street"
    ]  # fmt: skip
    assert header["costLines"] == [
        {"description": "Subtotal", "amount": {"code": "GBP", "value": "80.00"}},
        {"description": "Shipping", "amount": {"code": "GBP", "value": "9.00"}},
    ]
    assert details["lineItems"][0]["unitPrice"] == {"code": "GBP", "value": "20.00"}
    assert details["shipments"][0] == {
        "addressIndex": "1", "shipDate": "2026-05-01", "shipVia": "UPS", "trackingNumber": "1Z",
        "comments": "dock 4",
    }  # fmt: skip
    assert one["extraFields"] == [
        {"fieldName": "Project", "fieldValue": "Bridge"},
        {"fieldName": "Site", "fieldValue": ""},
    ]
    assert (two["status"], two["source"]) == (0, 1)
    assert two["details"]["header"]["billingAddress"]["zipCode"] == "04101"
    assert two["details"]["details"]["lineItems"][0]["sku"] == "B-1"
    assert "extraFields" not in two


def test_what_the_store_fills_in_itself_is_no_warning(tmp_path: Path) -> None:
    assert prepared(shift(tmp_path / "shift.xlsx")).found.rest == []


def test_origins_are_its_own_cells(tmp_path: Path) -> None:
    first = next(iter(prepared(shift(tmp_path / "shift.xlsx")).verdicts())).payload
    found = {
        pointer: first.origins.find(pointer)
        for pointer in (
            "/originalBalance/value",
            "/details/header/billingAddress/city",
            "/details/header/shippingAddresses/1/street1",
            "/details/header/costLines/1/amount/value",
            "/details/details/lineItems/0/unitPrice/value",
            "/extraFields/0/fieldValue",
        )
    }
    assert {pointer: cell and cell.address for pointer, cell in found.items()} == {
        "/originalBalance/value": "Basic!J2",
        "/details/header/billingAddress/city": "Billing Address!F3",
        "/details/header/shippingAddresses/1/street1": "Shipping Addresses!D3",
        "/details/header/costLines/1/amount/value": "Cost Lines!D4",
        "/details/details/lineItems/0/unitPrice/value": "Line Items!F3",
        "/extraFields/0/fieldValue": "Extra Fields!C2",
    }


@pytest.mark.parametrize(
    ("sheet", "cell", "value", "expected"),
    [
        ("Line Items", (1, 0), "INV-9", ("Line Items!A2", "row-without-invoice")),
        ("Extra Fields", (2, 0), "INV-9", ("Extra Fields!A3", "row-without-invoice")),
        ("Shipments", (1, 0), None, ("Shipments!A2", "required-missing")),
        ("Basic", (1, 0), "Delete", ("Basic!A2", "mode-creates-nothing")),
        ("Basic", (2, 0), "Update", ("Basic!A3", "mode-creates-nothing")),
        ("Basic", (2, 0), "Merge them", ("Basic!A3", "choice-unknown")),
        ("Basic", (1, 10), "USD", ("Basic!K2", "currency-not-the-invoices")),
        ("Line Items", (2, 4), "USD", ("Line Items!E3", "currency-not-the-invoices")),
        ("Cost Lines", (3, 2), "EUR", ("Cost Lines!C4", "currency-not-the-invoices")),
        ("Line Items", (2, 5), "abc", ("Line Items!F3", "amount-not-a-number")),
        ("Extra Fields", (1, 1), None, ("Extra Fields!B2", "required-missing")),
    ],
)
def test_mistakes_are_told_at_their_cells(
    tmp_path: Path, sheet: str, cell: tuple[int, int], value: Any, expected: tuple[str, str]
) -> None:
    path = shift(tmp_path / "shift.xlsx", **{sheet: edited(sheet, cell, value)})
    assert expected in cells(path)


def test_an_external_id_on_two_invoices_stops_both(tmp_path: Path) -> None:
    path = shift(tmp_path / "shift.xlsx", Basic=edited("Basic", (2, 15), "INV-1"))
    found = cells(path)
    assert ("Basic!P2", "external-id-shared") in found
    assert ("Basic!P3", "external-id-shared") in found
    assert not any(verdict.valid for verdict in prepared(path).verdicts())


def test_a_second_billing_address_is_one_too_many(tmp_path: Path) -> None:
    rows = edited("Billing Address", (1, 0), "INV-1")
    path = shift(tmp_path / "shift.xlsx", Billing_Address=rows)
    assert {code for _, code in cells(path)} == {"billing-address-twice"}


def test_its_report_has_its_own_sheets_and_is_read_again(tmp_path: Path) -> None:
    path = shift(tmp_path / "shift.xlsx", Line_Items=edited("Line Items", (2, 5), "abc"))
    result = runs.check(path, report=tmp_path / "r.xlsx")
    assert (result.invoices.read, result.invoices.valid) == (2, 1)
    report = tmp_path / "r.xlsx"
    made = openpyxl.load_workbook(report)
    assert {"Basic", "Billing Address", "Line Items", "Extra Fields"} <= set(made.sheetnames)
    assert made["Line Items"].max_row == 2
    sheet = made["Line Items"]
    price = next(c.column for c in sheet[1] if c.value == "Unit Price Amount")
    sheet.cell(2, price).value = 20
    made.save(report)
    (body,) = bodies(report)
    assert body == bodies(shift(tmp_path / "whole.xlsx"))[0]


def test_the_least_of_it_and_empty_sheets_are_read(tmp_path: Path) -> None:
    empty = {title: rows[:1] for title, rows in SHEETS.items() if title != "Basic"}
    path = book(tmp_path / "least.xlsx", **{"Basic": BASIC, **empty})
    assert [body["invoiceNumber"] for body in bodies(path)] == ["87263452", "87263453"]
    assert len(bodies(book(tmp_path / "basic.xlsx", Basic=BASIC))) == 2


def test_its_exports_as_files_are_read(tmp_path: Path) -> None:
    folder = tmp_path / "f"
    folder.mkdir()
    (folder / "export - Basic.csv").write_text(
        "Invoice Number,External ID,Company ID,Original Balance Currency,Original Balance Amount,"
        "Open Balance Currency,Open Balance Amount\n1,E1,7,GBP,89,GBP,89.00\n"
    )
    (folder / "export - Extra Fields.csv").write_text(
        "External ID,Field Name,Field Value\nE1,A,b\n"
    )
    (body,) = bodies(folder)
    assert body["extraFields"] == [{"fieldName": "A", "fieldValue": "b"}]


def test_a_workbook_with_invoices_is_not_its_though_a_sheet_is_named_basic(tmp_path: Path) -> None:
    rows = [["Invoice Number", "Company ID", "Currency", "Original Balance"], ["A", "1", "USD", 1]]
    path = book(tmp_path / "b.xlsx", Invoices=rows, Basic=[["Plan"], ["x"]])
    assert len(bodies(path)) == 1
    with pytest.raises(WorkbookError, match="“Basic” has no"):
        prepared(book(tmp_path / "c.xlsx", Basic=[["Plan"], ["x"]]))


def test_map_says_that_it_needs_no_mapping(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = shift(tmp_path / "shift.xlsx")
    assert cli.main(["map", str(path), "-o", str(tmp_path / "m.toml")]) == 0
    assert "needs no mapping" in capsys.readouterr().out
    assert not (tmp_path / "m.toml").exists()
