"""Invoices of every shape that a store takes, drawn by a seed."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

from ledger.helpers import COLUMNS

from importer.model import Origins, Part, Payload, Verdict

_NAMES = ("Ada", "Zoë", "Jürgen", "松本", "O'Neil", "")
_STREETS = ('5 "Old" Mill Lane', "Königsallee 12", "Rue de l'Église 3", "東京都 1-2-3")
_SKUS = ("AB-100", "HEX-M8-100", "00012", "TWL/BATH", "Ω-7")


def bodies(chance: random.Random, count: int, prefix: str = "INV") -> dict[str, dict[str, Any]]:
    """Give the create bodies by invoice number."""
    made = (_body(chance, f"{prefix}-{index:05}") for index in range(count))
    return {body["invoiceNumber"]: body for body in made}


def verdicts(wanted: dict[str, dict[str, Any]]) -> Iterator[Verdict]:
    """Give the bodies as a workbook's verdicts, one row each."""
    for row, (number, body) in enumerate(wanted.items(), start=2):
        parts = (
            Part("", "Invoices", (row,), False),
            Part("/details/details/lineItems", "Line Items", (row,), True),
        )
        yield Verdict(Payload(number, body, Origins(parts, COLUMNS)))


def _body(chance: random.Random, number: str) -> dict[str, Any]:
    code = chance.choice(("USD", "EUR", "JPY", "KWD"))
    digits = {"JPY": 0, "KWD": 3}.get(code, 2)
    total = round(chance.uniform(0.5, 99_999), digits)
    left = chance.choice((total, total, round(total / 3, digits), 0))
    body: dict[str, Any] = {
        "invoiceNumber": number,
        "customerId": str(chance.randint(1001, 1007)),
        "originalBalance": {"code": code, "value": total},
        "openBalance": {"code": code, "value": left},
        "details": {
            "header": _header(chance, code),
            "details": {
                "lineItems": [_line(chance, code) for _ in range(chance.randint(0, 5))],
            },
        },
    }
    optional = {
        "purchaseOrderNumber": f"PO {chance.randint(1, 99)}",
        "externalId": f"ERP{number}",
        "termsConditions": "Netto 30 Tage – “ohne Abzug”",
        "issuedAt": 1_790_000_000 + chance.randint(0, 9_000_000),
        "dueDate": 1_800_000_000 + chance.randint(0, 9_000_000),
        "source": 1,
        "extraFields": [{"fieldName": "Cost Center", "fieldValue": f"00{chance.randint(1, 9)}"}],
    }
    return body | {key: value for key, value in optional.items() if chance.random() < 0.6}


def _header(chance: random.Random, code: str) -> dict[str, Any]:
    header: dict[str, Any] = {}
    if chance.random() < 0.6:
        header["billingAddress"] = _address(chance)
    if chance.random() < 0.4:
        header["shippingAddresses"] = [_address(chance) for _ in range(chance.randint(1, 2))]
    if chance.random() < 0.4:
        amount = {"code": code, "value": f"{chance.uniform(0, 900):.2f}"}
        header["costLines"] = [{"description": "Freight", "amount": amount}]
    return header


def _address(chance: random.Random) -> dict[str, str]:
    return {
        "firstName": chance.choice(_NAMES),
        "lastName": chance.choice(_NAMES),
        "street1": chance.choice(_STREETS),
        "street2": "",
        "city": "Omaha",
        "state": "NE",
        "zipCode": f"00{chance.randint(100, 999)}",
        "country": "US",
    }


def _line(chance: random.Random, code: str) -> dict[str, Any]:
    return {
        "sku": chance.choice(_SKUS),
        "description": f"Part {chance.randint(1, 99)}, zinc plated",
        "quantity": chance.choice(("1", "2", "12", "0.5")),
        "unitPrice": {"code": code, "value": f"{chance.uniform(0.01, 500):.4f}"},
    }
