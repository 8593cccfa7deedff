"""A refusal reaches the cells that it is about, in the store's own words."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ledger.helpers import body

from importer.model import Fault, Origins, Part
from importer.posting import wording

COLUMNS = {
    "Invoices": {
        "invoiceNumber": ("A", "Invoice Number"),
        "customerId": ("B", "Company ID"),
        "originalBalance/code": ("C", "Currency"),
        "originalBalance/value": ("D", "Total"),
        "dueDate": ("E", "Due"),
        "orderNumber": ("F", "Order"),
        "externalId": ("G", "ERP ID"),
        "source": ("H", "Source"),
        "status": ("I", "Status"),
        "purchaseOrderNumber": ("J", "PO"),
        "type": ("K", "Type"),
        "extraFields/Cost Center": ("L", "Extra: Cost Center"),
        "extraFields/Größe 2": ("M", "Extra: Größe 2"),
        "channelId": ("N", "Channel ID"),
    },
    "Line Items": {
        "invoiceNumber": ("A", "Invoice"),
        "sku": ("B", "SKU"),
        "quantity": ("C", "Qty"),
        "unitPrice/value": ("D", "Price"),
        "description": ("E", "Description"),
        "customFields/Batch": ("F", "Custom: Batch"),
    },
    "Addresses": {
        "invoiceNumber": ("A", "Invoice"),
        "city": ("B", "City"),
        "state": ("C", "State"),
        "zipCode": ("D", "Zip"),
        "street1": ("E", "Street 1"),
    },
    "Cost Lines": {
        "invoiceNumber": ("A", "Invoice"),
        "description": ("B", "Description"),
        "amount/value": ("C", "Amount"),
    },
}
ORIGINS = Origins(
    (
        Part("", "Invoices", (7,), False),
        Part("/details/details/lineItems", "Line Items", (20, 21, 24), True),
        Part("/details/header/billingAddress", "Addresses", (30,), False),
        Part("/details/header/costLines", "Cost Lines", (40, 41), True),
        Part("/extraFields/0", "Invoices", (7,), False, "extraFields/Cost Center"),
    ),
    COLUMNS,
)


def invoice() -> dict[str, Any]:
    content = body("INV-1") | {"dueDate": 1, "orderNumber": "104", "source": 1, "status": 0}
    content["extraFields"] = [{"fieldName": "Cost Center", "fieldValue": "CC-9"}]
    content["details"]["header"] = {
        "billingAddress": {"city": "Portland", "state": "OR", "zipCode": "04101"},
        "costLines": [
            {"description": "Subtotal", "amount": {"code": "USD", "value": "20.00"}},
            {"description": "Freight", "amount": {"code": "USD", "value": "3.00"}},
        ],
    }
    lines = content["details"]["details"]["lineItems"]
    lines.append({**lines[0], "sku": "AB-200"})
    lines.append({**lines[0], "sku": "AB-2", "description": "Shelf"})
    return content


def refused(said: str) -> tuple[Fault, ...]:
    return wording.rejected("INV-1", invoice(), ORIGINS, said)


def cells(said: str) -> list[str | None]:
    return [fault.cell for fault in refused(said)]


@pytest.mark.parametrize(
    ("said", "cell"),
    [
        ("customerId is invalid", "Invoices!B7"),
        ("The customer id does not exist.", "Invoices!B7"),
        ("Customer-ID does not exist", "Invoices!B7"),
        ("customerid: unknown", "Invoices!B7"),
        ("Company is not active", "Invoices!B7"),
        ("company 1007 does not exist", "Invoices!B7"),
        ("due_date: must be a number", "Invoices!E7"),
        ("Due dates must be numbers", "Invoices!E7"),
        ('currency "XYZ" is not enabled', "Invoices!C7"),
        ("originalBalance.code is unknown", "Invoices!C7"),
        ("openBalance.value is above the total", "Invoices!D7"),
        ("Invalid purchase order number", "Invoices!J7"),
        ("Invalid PONumber", "Invoices!J7"),
        ("order 104 does not exist", "Invoices!F7"),
        ("An invoice already exists for this order", "Invoices!F7"),
        ("externalId: must be unique", "Invoices!G7"),
        ("source: must be 0 or 1", "Invoices!H7"),
        ("Cost Center is required", "Invoices!L7"),
        ("costCenter is not one of the options", "Invoices!L7"),
        ("extraFields[0].fieldValue is too long", "Invoices!L7"),
        ("größe 2 is required", "Invoices!M7"),
        ("dueDate must be of type number, not a source of text", "Invoices!E7"),
        ("channelIds are wrong", "Invoices!N7"),
        ("lineItems[1].sku: not found", "Line Items!B21"),
        ("lineItems.2.sku: not found", "Line Items!B24"),
        ("details/details/lineItems/1/quantity: too many", "Line Items!C21"),
        ("line_items[2][sku] not found", "Line Items!B24"),
        ("line 3 has no price", "Line Items!D24"),
        ("The quantity is missing on line item #2", "Line Items!C21"),
        ("item #3 is out of stock", "Line Items!24"),
        ("line at index 2 is wrong", "Line Items!24"),
        ("sku AB-200 does not exist", "Line Items!B21"),
        ("Product ab-200 not found", "Line Items!B21"),
        ("SKU 'AB-2' not found", "Line Items!B24"),
        ("AB-200 was not found in the catalogue", "Line Items!B21"),
        ("CC-9 is closed", "Invoices!L7"),
        ("Unit price must be positive", "Line Items!D20"),
        ("Batch: too long", "Line Items!F20"),
        ("costLines[1].description is too long", "Cost Lines!B41"),
        ("cost line 2: the amount must be text", "Cost Lines!C41"),
        ("billingAddress.state: unknown", "Addresses!C30"),
        ("The state is unknown", "Addresses!C30"),
        ("Zip code 04101 is no postcode", "Addresses!D30"),
        ("billing address is incomplete", "Addresses!30"),
        ("The resource was restated when ordered", "Invoices!7"),
        ("In order to go on, ask us", "Invoices!7"),
        ("line 17 is wrong", "Invoices!7"),
        ("Something went wrong", "Invoices!7"),
        ("", "Invoices!7"),
    ],
)
def test_refusal_is_at_the_cell_that_the_stores_words_name(said: str, cell: str) -> None:
    assert cells(said) == [cell]


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("customerId: unknown; dueDate: in the past", ["Invoices!B7", "Invoices!E7"]),
        ("customerId and dueDate are required", ["Invoices!B7", "Invoices!E7"]),
        (
            "lineItems[0].sku is unknown, lineItems[2].quantity is too high",
            ["Line Items!B20", "Line Items!C24"],
        ),
        ("Nothing fits; customerId: unknown", ["Invoices!B7"]),
        ("dueDate: wrong; dueDate: wrong", ["Invoices!E7"]),
    ],
)
def test_several_complaints_mark_several_cells(said: str, found: list[str]) -> None:
    assert cells(said) == found


def test_all_lines_of_the_value_that_is_refused_are_marked() -> None:
    content = invoice()
    content["details"]["details"]["lineItems"][2]["sku"] = "AB-200"
    faults = wording.rejected("INV-1", content, ORIGINS, "sku AB-200 does not exist")
    assert [fault.cell for fault in faults] == ["Line Items!B21", "Line Items!B24"]


def test_field_without_a_column_is_the_rows_not_another_cells() -> None:
    (fault,) = refused("termsConditions is required")
    assert fault.cell == "Invoices!7"
    assert "marked" not in fault.remedy


def test_each_fault_quotes_its_own_complaint_to_the_letter() -> None:
    first, second = refused("customerId: unknown; dueDate must be a number.")
    assert first.message == "The store refused this invoice: “unknown” (customerId)."
    assert second.message == "The store refused this invoice: “dueDate must be a number”."
    assert first.code == second.code == "store-rejected"
    assert wording.refusal("a; b") == "The store refused this invoice: “a”; “b”."


def test_what_the_store_never_said_is_not_quoted() -> None:
    (page,) = refused("HTTP 413 with a page instead of an answer: Too large")
    assert "“" not in page.message
    assert "Split it" in page.remedy
    assert wording.refusal("") == "The store refused this invoice: it gave no reason."
    assert "“" not in wording.unanswered("INV-1", ORIGINS, "no answer within 30 s").message
    assert "“" not in wording.failed("INV-1", ORIGINS, "The store doesn't list it", 5).message


PIECES = st.sampled_from(
    (
        *("customerId", "lineItems", "line", "item", "costLines", "sku", "extraFields", "the"),
        *("description", "order", "billing address", "Cost Center", "index", "is", "HTTP", "#"),
        *("AB-200", "AB-2", "INV-1", "[", "]", ".", "0", "2", "3", "99", "104", ";", ":", "“"),
    )
)


@given(st.lists(PIECES | st.text(max_size=5), max_size=12), st.sampled_from(["", " "]))
def test_every_refusal_has_a_place_and_a_remedy(pieces: list[str], between: str) -> None:
    faults = refused(between.join(pieces))
    assert faults
    for fault in faults:
        assert fault.cell
        assert ("marked cell" in fault.remedy) <= (fault.letter is not None)


@pytest.mark.parametrize(
    ("said", "remedy"),
    [
        ("customerId: unknown", "Correct the marked cell"),
        ("An invoice already exists for this order", "one invoice per order"),
        ("item #3 is out of stock", "Correct the marked row"),
        ("No.", "doesn't say which cell"),
    ],
)
def test_remedy_fits_what_was_found(said: str, remedy: str) -> None:
    (fault,) = refused(said)
    assert remedy in fault.remedy
