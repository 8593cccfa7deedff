"""Pure: what an invoice holds, from the body that was sent to the one that is kept."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from .seed import COMPANY_BY_ID, Order

DAYS_UNTIL_DUE = 30
DETAILS_TYPE = "StandardInvoiceDetails"

Body = dict[str, Any]


def folded(text: str) -> str:
    """Take case, accents and Unicode's choice of forms out of a text, as loose collations do."""
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def four_decimals(value: float | str) -> str:
    """Write a balance as the store does: `349.5` becomes `349.5000`."""
    return str(Decimal(str(value)).quantize(Decimal("0.0001"), ROUND_HALF_UP))


def with_defaults(sent: Body, now: float) -> Body:
    """Add what POST documents as the default of a field that wasn't sent."""
    defaults = {
        "type": "Invoice",
        "status": 0,
        "source": 0,
        "channelId": 1,
        "dueDate": int(now) + DAYS_UNTIL_DUE * 86_400,
    }
    return {**defaults, **sent}


def settled(body: Body) -> Body:
    """Balances as four-decimal text, and completed when nothing is open any more."""
    kept = dict(body)
    for name in ("originalBalance", "openBalance"):
        balance = body[name]
        kept[name] = {"code": balance["code"], "value": four_decimals(balance["value"])}
    if Decimal(kept["openBalance"]["value"]) <= 0:
        kept["status"] = 2
    return kept


def paid(body: Body, amount: Decimal) -> Body:
    """Take a payment off the open balance; the status follows."""
    balance = body["openBalance"]
    left = Decimal(balance["value"]) - amount
    return settled({**body, "status": 1, "openBalance": {**balance, "value": str(left)}})


def changed(body: Body, sent: Mapping[str, Any]) -> Body:
    """Lay the body of a PUT over an invoice: `details` is replaced as a whole, like all else."""
    fields = {name: value for name, value in sent.items() if name != "createdAt"}
    if "details" in fields:
        fields["details"] = _with_fields_as_object(fields["details"])
    return settled({**body, **fields})


def _with_fields_as_object(details: Body) -> Body:
    """Turn `billingAddress.customFields`, text in PUT, into the object that GET shows."""
    header = details.get("header", {})
    billing = header.get("billingAddress")
    if billing is None:
        return details
    try:
        read = json.loads(billing["customFields"])
    except ValueError:
        read = {}
    address = {**billing, "customFields": read if isinstance(read, dict) else {}}
    return {**details, "header": {**header, "billingAddress": address}}


def from_order(order: Order, number: str) -> Body:
    """Write the body of an order's invoice."""
    money = {"code": order.currency}
    lines = [
        {
            "sku": line.sku,
            "description": line.description,
            "quantity": str(line.quantity),
            "unitPrice": {**money, "value": line.unit_price},
        }
        for line in order.lines
    ]
    subtotal = {"description": "Subtotal", "amount": {**money, "value": order.total}}
    return {
        "invoiceNumber": number,
        "customerId": order.company_id,
        "orderNumber": order.number,
        "purchaseOrderNumber": order.po_number,
        "originalBalance": {**money, "value": order.total},
        "openBalance": {**money, "value": order.total},
        "details": {"header": {"costLines": [subtotal]}, "details": {"lineItems": lines}},
    }


def letter(body: Body) -> tuple[str, str]:
    """Address the e-mail that announces an invoice, and give its subject."""
    company = COMPANY_BY_ID[body["customerId"]]
    return company.buyer_email, f"New invoice {body['invoiceNumber']}"
