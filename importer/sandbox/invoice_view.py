"""How GET shows an invoice: not what POST was sent, but what the schema of GET names.

There is no `issuedAt` and no `externalPdfUrl` in it; the times are text, and `details` has a type,
an order date and empty `customFields` that nobody sent.
"""

from __future__ import annotations

from typing import Any

from .contents import DETAILS_TYPE, four_decimals
from .seed import CHANNELS, COMPANY_BY_ID, ORDERS, Company
from .store import Invoice

Shown = dict[str, Any]
_ORDER_BY_NUMBER = {order.number: order for order in ORDERS}


def in_detail(invoice: Invoice, fills_in: bool = False) -> Shown:
    """Show an invoice as GET by ID does; see `Settings` for `fills_in`."""
    return {**_invoice(invoice), "details": _details(invoice, fills_in, every_line=False)}


def in_list(invoice: Invoice, extra_fields: bool, fills_in: bool = False) -> Shown:
    """Show an invoice as the list does; without its extra fields unless asked for them."""
    shown = {**_invoice(invoice), "details": _details(invoice, fills_in, every_line=True)}
    if not extra_fields:
        del shown["extraFields"]
    return shown


def _invoice(invoice: Invoice) -> Shown:
    body = invoice.body
    buyer = COMPANY_BY_ID.get(body["customerId"])
    return {
        "id": invoice.id,
        "customerId": body["customerId"],
        "externalId": body.get("externalId", ""),
        "externalCustomerId": body.get("externalCustomerId", ""),
        "invoiceNumber": invoice.number,
        "type": body["type"],
        "dueDate": body["dueDate"],
        "status": invoice.status,
        "orderNumber": body.get("orderNumber", ""),
        "purchaseOrderNumber": body.get("purchaseOrderNumber", ""),
        "isPendingPayment": invoice.pending,
        "source": body["source"],
        "originalBalance": body["originalBalance"],
        "openBalance": body["openBalance"],
        "customerName": buyer.name if buyer else "",
        "createdAt": str(int(invoice.created_at)),
        "updatedAt": str(int(invoice.updated_at)),
        "channelId": str(body["channelId"]),
        "channelName": CHANNELS.get(body["channelId"], ""),
        "termsConditions": body.get("termsConditions", ""),
        "extraFields": body.get("extraFields", []),
    }


def _details(invoice: Invoice, fills_in: bool, every_line: bool) -> Shown:
    """Show the details: cost lines with four decimals, some quantities as numbers.

    The vendor doesn't say when a quantity is a number; here whole ones are in the list, and in the
    detail on every second line.
    """
    sent = invoice.body.get("details", {})
    goods = dict(sent.get("details", {}))
    code = invoice.body["originalBalance"]["code"]
    if "shipments" in goods:
        goods["shipments"] = [_with_custom_fields(one) for one in goods["shipments"]]
    if "lineItems" in goods or fills_in:
        goods["lineItems"] = [
            _line(line, every_line or index % 2 == 1, fills_in, code)
            for index, line in enumerate(goods.get("lineItems", []))
        ]
    header = _header(invoice, sent.get("header", {}), fills_in)
    return {"type": DETAILS_TYPE, "header": header, **({"details": goods} if goods else {})}


def _header(invoice: Invoice, sent: Shown, fills_in: bool) -> Shown:
    header: Shown = {"orderDate": _ordered_at(invoice), "customerFields": {}}
    buyer = COMPANY_BY_ID.get(invoice.body["customerId"])
    if fills_in and buyer is not None:
        where = _address_of(buyer)
        header |= {"costLines": [], "billingAddress": where, "shippingAddresses": [dict(where)]}
    if "costLines" in sent:
        header["costLines"] = [_cost_line(line) for line in sent["costLines"]]
    if "billingAddress" in sent:
        header["billingAddress"] = _with_custom_fields(sent["billingAddress"])
    if "shippingAddresses" in sent:
        header["shippingAddresses"] = [_with_custom_fields(a) for a in sent["shippingAddresses"]]
    return header


def _ordered_at(invoice: Invoice) -> int:
    """Give the time of the order; the invoice's own when the store knows no such order."""
    order = _ORDER_BY_NUMBER.get(invoice.body.get("orderNumber", ""))
    return order.placed_at if order else int(invoice.created_at)


def _address_of(company: Company) -> Shown:
    first, _, last = company.name.partition(" ")
    where = company.address
    return {
        "city": where.city,
        "state": where.state,
        "country": where.country,
        "street1": where.street,
        "street2": "",
        "zipCode": where.zip_code,
        "lastName": last,
        "firstName": first,
        "customFields": {},
    }


def _with_custom_fields(sent: Shown) -> Shown:
    return {"customFields": {}, **sent}


def _cost_line(line: Shown) -> Shown:
    amount = line["amount"]
    return {**line, "amount": {**amount, "value": four_decimals(amount["value"])}}


def _line(line: Shown, as_number: bool, fills_in: bool, code: str) -> Shown:
    discount = {"code": code, "value": "0"}
    filled = {"type": "", "comments": "", "description": "", "unitDiscount": discount}
    shown = {**(filled if fills_in else {}), **_with_custom_fields(line)}
    quantity = line["quantity"]
    if as_number and quantity.isdecimal():
        shown["quantity"] = int(quantity)
    return shown
