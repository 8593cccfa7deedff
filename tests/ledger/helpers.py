"""Verdicts and runs made by hand."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from importer.ledger import Ledger, NewRun
from importer.model import Columns, Fault, Origins, Part, Payload, Severity, Store, Verdict

COLUMNS: Columns = {
    "Invoices": {
        "invoiceNumber": ("A", "Invoice Number"),
        "customerId": ("B", "Company ID"),
        "originalBalance/code": ("C", "Currency"),
        "originalBalance/value": ("D", "Total"),
        "dueDate": ("E", "Due"),
    },
    "Line Items": {
        "invoiceNumber": ("A", "Invoice"),
        "sku": ("B", "SKU"),
        "quantity": ("C", "Qty"),
        "unitPrice/value": ("D", "Price"),
    },
}

STORE = Store("Test store", "sandbox")


def body(number: str, amount: float = 20.0, company: str = "1001") -> dict[str, Any]:
    return {
        "invoiceNumber": number,
        "customerId": company,
        "originalBalance": {"code": "USD", "value": amount},
        "openBalance": {"code": "USD", "value": amount},
        "details": {
            "header": {},
            "details": {
                "lineItems": [
                    {
                        "sku": "AB-100",
                        "description": "Shelf bracket",
                        "quantity": "2",
                        "unitPrice": {"code": "USD", "value": f"{amount / 2:.2f}"},
                    }
                ]
            },
        },
    }


def verdict(number: str, row: int = 2, faults: Iterable[Fault] = (), **values: Any) -> Verdict:
    parts = (
        Part("", "Invoices", (row,), False),
        Part("/details/details/lineItems", "Line Items", (row,), True),
    )
    return Verdict(Payload(number, body(number, **values), Origins(parts, COLUMNS)), tuple(faults))


def verdicts(count: int, prefix: str = "INV", **values: Any) -> list[Verdict]:
    return [verdict(f"{prefix}-{i:04}", i + 2, **values) for i in range(count)]


def fault(message: str = "Not a date.", severity: Severity = Severity.ERROR) -> Fault:
    return Fault("date", message, "Write it as a date.", severity, "Invoices", 2, "Due", "E")


def new_run(store: Store = STORE, **values: Any) -> NewRun:
    given = {"workbook": "march.xlsx", "source": Path("copy.xlsx"), "sha256": "ab" * 32}
    return NewRun(store=store, columns=COLUMNS, **(given | values))


def open_run(ledger: Ledger, found: Iterable[Verdict], store: Store = STORE) -> str:
    run_id = ledger.draft_run(new_run(store), found)
    ledger.open_run(run_id)
    return run_id
