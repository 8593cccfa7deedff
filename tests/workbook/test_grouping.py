"""Rows join by invoice number, wherever they stand, and every value knows its cell."""

from __future__ import annotations

from pathlib import Path

from importer.runs.preparing import prepare
from importer.workbook.options import ReadOptions

from .books import HEAD, judged, write

LINES = ("Invoice Number", "SKU", "Quantity", "Unit Price", "Description")


def test_rows_join_by_number_in_the_order_of_their_rows(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.xlsx",
        {
            "Line Items": [
                LINES,
                ("B", "b1", 1, 1, "x"),
                ("A", "a1", 1, 1, "x"),
                ("B", "b2", 1, 1, "x"),
            ],
            "Invoices": [HEAD, ("A", "1", "USD", 1), ("B", "1", "KWD", 2)],
        },
    )
    bodies, faults = judged(path)
    assert not faults
    skus = [[line["sku"] for line in b["details"]["details"]["lineItems"]] for b in bodies]
    assert skus == [["a1"], ["b1", "b2"]]
    price = bodies[1]["details"]["details"]["lineItems"][0]["unitPrice"]
    assert price == {"code": "KWD", "value": "1.000"}


def test_every_value_knows_its_cell(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.xlsx",
        {
            "Invoices": [[], HEAD, ("A", "1", "USD", 1)],
            "Line Items": [LINES, [], ("A", "a1", 1, 1, "x"), [], ("A", "a2", 1, 5, "x")],
        },
    )
    (verdict,) = prepare(path, ReadOptions()).verdicts()
    find = verdict.payload.origins.find
    second = find("/details/details/lineItems/1/unitPrice/value")
    whole = find("/originalBalance/value")
    assert second is not None
    assert whole is not None
    assert second.address == "Line Items!D5"
    assert whole.address == "Invoices!D3"


def test_an_address_is_filled_up_and_lone_fields_are_left_out(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.xlsx",
        {
            "Invoices": [
                (*HEAD, "Extra: Project"),
                ("A", "1", "USD", 1, "P1"),
                ("B", "1", "USD", 1),
            ],
            "Addresses": [("Invoice Number", "Address Type", "City"), ("A", "billing", "Riga")],
            "Line Items": [(*LINES, "Custom: Colour"), ("A", "a1", 1, 1, "x", "red")],
        },
    )
    bodies, _ = judged(path)
    address = bodies[0]["details"]["header"]["billingAddress"]
    assert len(address) == 8
    assert (address["city"], address["zipCode"]) == ("Riga", "")
    assert bodies[0]["extraFields"] == [{"fieldName": "Project", "fieldValue": "P1"}]
    assert bodies[0]["details"]["details"]["lineItems"][0]["customFields"] == {"Colour": "red"}
    assert set(bodies[1]) == {"invoiceNumber", "customerId", "originalBalance", "openBalance"}


def test_an_empty_open_balance_is_the_original_one_and_a_bad_one_is_not(tmp_path: Path) -> None:
    rows = [(*HEAD, "Open Balance"), ("A", "1", "USD", 1, None), ("B", "1", "USD", 1, "x")]
    bodies, faults = judged(write(tmp_path / "a.xlsx", {"Invoices": rows}))
    assert bodies[0]["openBalance"] == {"code": "USD", "value": 1}
    assert "value" not in bodies[1]["openBalance"]
    assert faults == {("amount-not-a-number", "Invoices!E3")}


def test_a_thousand_billing_addresses_fill_no_screen(tmp_path: Path) -> None:
    rows = [("Invoice Number", "Address Type"), *[("A", "Billing")] * 1000]
    path = write(tmp_path / "a.xlsx", {"Invoices": [HEAD, ("A", "1", "USD", 1)], "Addresses": rows})
    (verdict,) = prepare(path, ReadOptions()).verdicts()
    assert len(verdict.faults) == 1000
    assert max(len(fault.message) for fault in verdict.faults) < 500
