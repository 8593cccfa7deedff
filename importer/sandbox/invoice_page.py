"""The page of one invoice."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from starlette.responses import HTMLResponse

from .invoice_view import in_detail
from .markup import Html, facts, join, link, page, section, table, tag
from .seed import COMPANY_BY_ID
from .store import Email, Invoice

_STATUS = (("Open", "badge"), ("Partially paid", "badge warm"), ("Completed", "badge good"))
_SOURCES = ("B2B Edition", "External")


def invoice_page(invoice: Invoice, email: Email | None, back: Html) -> HTMLResponse:
    """Show everything that the store keeps of one invoice."""
    header = invoice.body.get("details", {}).get("header", {})
    goods = invoice.body.get("details", {}).get("details", {})
    title = f"Invoice {invoice.number}"
    pdf = link(f"/invoice/{invoice.id}.pdf", "PDF")
    return page(
        title,
        back,
        tag("header", tag("h1", title), status_badge(invoice.status), " ", pdf),
        section("Content", facts(_facts(invoice))),
        _lines(goods.get("lineItems", [])),
        _cost_lines(header.get("costLines", [])),
        _addresses(header),
        _shipments(goods.get("shipments", [])),
        _extra_fields(invoice.body.get("extraFields", [])),
        section("How it arrived", facts(_history(invoice, email))),
        _raw(invoice),
    )


def status_badge(status: int) -> Html:
    """Show an invoice's status."""
    words, kind = _STATUS[status]
    return tag("span", words, class_=kind)


def moment(seconds: float | str, day: bool = False) -> str:
    """Write Unix seconds as UTC, to the second or to the day."""
    when = datetime.fromtimestamp(float(seconds), UTC)
    return when.strftime("%Y-%m-%d" if day else "%Y-%m-%d %H:%M:%S")


def money(amount: dict[str, Any]) -> str:
    """Write an amount with its currency and at least two decimals."""
    return f"{_plain(Decimal(str(amount['value'])))} {amount['code']}"


def _plain(value: Decimal) -> str:
    whole, _, decimals = f"{value:,f}".partition(".")
    return f"{whole}.{decimals.rstrip('0').ljust(2, '0')}"


def _facts(invoice: Invoice) -> list[tuple[str, object]]:
    body = invoice.body
    buyer = COMPANY_BY_ID.get(body["customerId"])
    return [
        ("Company", f"{buyer.name if buyer else ''} ({body['customerId']})"),
        ("Original balance", money(body["originalBalance"])),
        ("Open balance", money(body["openBalance"])),
        ("Issued", moment(invoice.created_at, day=True)),
        ("Due", moment(body["dueDate"], day=True)),
        ("Type", body["type"]),
        ("Order", body.get("orderNumber", "")),
        ("Purchase order", body.get("purchaseOrderNumber", "")),
        ("Source", _SOURCES[body["source"]]),
        ("External ID", body.get("externalId", "")),
        ("External customer ID", body.get("externalCustomerId", "")),
        ("Channel", body["channelId"]),
        ("External PDF", body.get("externalPdfUrl", "")),
        ("Terms and conditions", body.get("termsConditions", "")),
    ]


def _lines(lines: list[dict[str, Any]]) -> Html:
    rows = [
        [
            line["sku"],
            join(
                [
                    line.get("description", ""),
                    *([Html("<br>"), note] if (note := _note(line)) else []),
                ]
            ),
            line["quantity"],
            money(line["unitPrice"]),
            money(line["unitDiscount"]) if "unitDiscount" in line else "",
            _line_total(line),
        ]
        for line in lines
    ]
    headers = ["SKU", "Description", ">Quantity", ">Unit price", ">Unit discount", ">Total"]
    return section("Line items", table(headers, rows, "None."))


def _note(line: dict[str, Any]) -> Html | None:
    custom = (f"{key}: {value}" for key, value in line.get("customFields", {}).items())
    parts = [line.get("type", ""), line.get("comments", ""), *custom]
    said = " · ".join(part for part in parts if part)
    return tag("span", said, class_="soft") if said else None


def _line_total(line: dict[str, Any]) -> str:
    discount = line.get("unitDiscount", {"value": "0"})
    each = Decimal(line["unitPrice"]["value"]) - Decimal(discount["value"])
    return money({"code": line["unitPrice"]["code"], "value": each * Decimal(line["quantity"])})


def _cost_lines(lines: list[dict[str, Any]]) -> Html:
    rows = [[line["description"], money(line["amount"])] for line in lines]
    return section("Cost lines", table(["Description", ">Amount"], rows, "None."))


def _addresses(header: dict[str, Any]) -> Html:
    billing = [("Billing address", header["billingAddress"])] if "billingAddress" in header else []
    shipping = [("Shipping address", each) for each in header.get("shippingAddresses", [])]
    shown = [(name, _address(address)) for name, address in [*billing, *shipping]]
    return section("Addresses", facts(shown)) if shown else Html("")


def _address(address: dict[str, Any]) -> str:
    lines = [
        f"{address['firstName']} {address['lastName']}",
        address["street1"],
        address["street2"],
        f"{address['city']} {address['state']} {address['zipCode']}",
        address["country"],
    ]
    return "\n".join(line.strip() for line in lines if line.strip()) or "(all fields empty)"


def _shipments(shipments: list[dict[str, Any]]) -> Html:
    if not shipments:
        return Html("")
    names = ["shipDate", "shipVia", "trackingNumber", "addressIndex", "comments"]
    rows = [[shipment[name] for name in names] for shipment in shipments]
    headers = ["Ship date", "Ship via", "Tracking number", "Address index", "Comments"]
    return section("Shipments", table(headers, rows, ""))


def _extra_fields(values: list[dict[str, Any]]) -> Html:
    if not values:
        return Html("")
    return section("Extra fields", facts((v["fieldName"], v["fieldValue"]) for v in values))


def _history(invoice: Invoice, email: Email | None) -> list[tuple[str, object]]:
    changed = invoice.updated_at > invoice.posted_at
    return [
        ("ID in the store", invoice.id),
        ("Received (UTC)", moment(invoice.posted_at)),
        ("Changed (UTC)", moment(invoice.updated_at) if changed else ""),
        ("E-mail to", email.recipient if email else ""),
        ("Request", tag("code", invoice.request_id)),
    ]


def _raw(invoice: Invoice) -> Html:
    text = json.dumps(in_detail(invoice), indent=2, ensure_ascii=False)
    return section("As the API shows it", tag("details", tag("summary", "JSON"), tag("pre", text)))
