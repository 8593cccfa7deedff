"""Invoices as a workbook of the usual shape gives them, and runs of them in a ledger."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from importer import sandbox
from importer.ledger import Ledger, NewRun
from importer.model import Origins, Part, Payload, Store, Verdict

_COLUMNS = {"Invoices": {"invoiceNumber": ("A", "Invoice Number")}}


def create_body(number: str) -> dict[str, Any]:
    """Give the body of an invoice with five lines and two addresses."""
    address = {
        "firstName": "Ada",
        "lastName": "Byron",
        "street1": "12 Harbor Road",
        "street2": "",
        "city": "Salem",
        "state": "OR",
        "zipCode": "00501",
        "country": "United States",
    }
    lines = [
        {
            "sku": f"SKU-{line}",
            "quantity": "2",
            "unitPrice": {"code": "USD", "value": "34.95"},
            "description": "Part, zinc plated",
        }
        for line in range(5)
    ]
    return {
        "invoiceNumber": number,
        "customerId": "1001",
        "originalBalance": {"code": "USD", "value": 349.5},
        "openBalance": {"code": "USD", "value": 349.5},
        "dueDate": 1_800_000_000,
        "details": {
            "header": {"billingAddress": address, "shippingAddresses": [address]},
            "details": {"lineItems": lines},
        },
    }


def open_run(path: Path, base_url: str, count: int) -> str:
    """Write a run of so many invoices into a ledger, ready to be posted; give its ID."""
    store = Store("bench", sandbox.DEFAULT_STORE_HASH, base_url)
    with Ledger.open(path) as ledger:
        new = NewRun(store, "bench.xlsx", None, "0" * 64, columns=_COLUMNS)
        run_id = ledger.draft_run(new, _verdicts(count))
        ledger.open_run(run_id)
    return run_id


def _verdicts(count: int) -> Iterator[Verdict]:
    for row in range(count):
        number = f"INV-{row:07}"
        parts = (Part("", "Invoices", (row + 2,), False),)
        yield Verdict(Payload(number, create_body(number), Origins(parts, _COLUMNS)))
