"""Bodies as hypothesis makes them up, and what GET is documented to show of them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

Body = dict[str, Any]

LETTERS = st.characters(exclude_categories=("Cs",), exclude_characters="\0")
ANY_TEXT = st.text(LETTERS, max_size=8)
TEXT = st.text(LETTERS, min_size=1, max_size=8)
COMPANIES = {
    "1001": "Northwind Industrial Supply GmbH",
    "1002": "Harbor & Vale Hospitality Group",
    "1004": "Lumière Éclairage SARL",
}
CHANNELS = {1: "Main storefront", 2: "Trade counter", 9: ""}
SECONDS = st.integers(0, 4_000_000_000)
CODES = st.sampled_from(["USD", "EUR", "JPY"])
VALUES = st.decimals(-1000, 10**9, places=4, allow_nan=False, allow_infinity=False)
AMOUNTS = st.fixed_dictionaries({"code": CODES, "value": VALUES.map(str)})
BALANCES = st.fixed_dictionaries({"code": CODES, "value": VALUES.map(float)})
EXTRA_FIELDS = st.lists(
    st.one_of(
        st.fixed_dictionaries({"fieldName": st.just("Cost Center"), "fieldValue": ANY_TEXT}),
        st.fixed_dictionaries({"fieldName": st.just("Delivery Notes"), "fieldValue": ANY_TEXT}),
    ),
    max_size=2,
    unique_by=lambda field: field["fieldName"],
)
ADDRESS = ("city", "state", "country", "street1", "street2", "zipCode", "lastName", "firstName")
SHIPMENT = ("addressIndex", "shipDate", "shipVia", "trackingNumber", "comments")


def _of(names: tuple[str, ...], text: Any, **more: Any) -> Any:
    return st.fixed_dictionaries(dict.fromkeys(names, text) | more)


def _details(text: Any, billing: Body, least: int) -> Any:
    """Generate `details`: POST's with any text and lists, PUT's with neither empty."""

    def some(items: Any) -> Any:
        return st.lists(items, min_size=least, max_size=2, unique_by=repr)

    line = st.fixed_dictionaries(
        {
            "sku": TEXT,
            "quantity": st.integers(0, 10**6).map(str) | VALUES.map(str),
            "unitPrice": AMOUNTS,
        },
        optional={
            "unitDiscount": AMOUNTS,
            "description": text,
            "type": text.filter(lambda kind: kind.lower() != "custom"),
            "comments": text,
            "customFields": st.dictionaries(TEXT, ANY_TEXT, max_size=2),
        },
    )
    cost = st.fixed_dictionaries({"amount": AMOUNTS, "description": text})
    header = st.fixed_dictionaries(
        {},
        optional={
            "costLines": some(cost),
            "billingAddress": _of(ADDRESS, text, **billing),
            "shippingAddresses": some(_of(ADDRESS, text)),
        },
    )
    goods = st.fixed_dictionaries(
        {}, optional={"shipments": some(_of(SHIPMENT, text)), "lineItems": some(line)}
    )
    return st.fixed_dictionaries({}, optional={"header": header, "details": goods})


CREATE: st.SearchStrategy[Body] = st.fixed_dictionaries(
    {
        "invoiceNumber": TEXT,
        "customerId": st.sampled_from(sorted(COMPANIES)),
        "originalBalance": BALANCES,
        "openBalance": BALANCES,
    },
    optional={
        "type": ANY_TEXT,
        "dueDate": SECONDS,
        "issuedAt": SECONDS,
        "status": st.integers(0, 2),
        "orderNumber": ANY_TEXT,
        "purchaseOrderNumber": ANY_TEXT,
        "externalId": ANY_TEXT,
        "externalCustomerId": ANY_TEXT,
        "source": st.integers(0, 1),
        "channelId": st.sampled_from(sorted(CHANNELS)),
        "externalPdfUrl": ANY_TEXT,
        "termsConditions": ANY_TEXT,
        "details": _details(ANY_TEXT, {}, least=0),
        "extraFields": EXTRA_FIELDS,
    },
)
UPDATE: st.SearchStrategy[Body] = st.fixed_dictionaries(
    {},
    optional={
        "invoiceNumber": TEXT,
        "customerId": st.sampled_from(sorted(COMPANIES)),
        "externalCustomerId": TEXT,
        "externalId": TEXT,
        "type": TEXT,
        "dueDate": SECONDS,
        "createdAt": SECONDS,
        "status": st.integers(0, 2),
        "source": st.integers(0, 1),
        "purchaseOrderNumber": TEXT,
        "originalBalance": AMOUNTS,
        "openBalance": AMOUNTS,
        "externalPdfUrl": ANY_TEXT,
        "details": _details(TEXT, {"customFields": ANY_TEXT}, least=1),
        "extraFields": EXTRA_FIELDS,
    },
)


def created(sent: Body) -> Body:
    """What GET shows of an invoice that was created so; times only where they were sent."""
    body = {"type": "Invoice", "status": 0, "source": 0, "channelId": 1, **sent}
    texts = ("externalId", "externalCustomerId", "orderNumber", "purchaseOrderNumber")
    shown = {name: body.get(name, "") for name in (*texts, "termsConditions")}
    shown |= {name: body[name] for name in ("invoiceNumber", "customerId", "type", "source")}
    shown |= {"extraFields": body.get("extraFields", []), "isPendingPayment": 0}
    shown |= {"channelId": str(body["channelId"]), "channelName": CHANNELS[body["channelId"]]}
    if "issuedAt" in body:
        shown["createdAt"] = str(body["issuedAt"])
    if "dueDate" in body:
        shown["dueDate"] = body["dueDate"]
    shown["details"] = _shown_details(body.get("details", {}))
    return shown | _money(body["originalBalance"], body["openBalance"], body["status"])


def updated(before: Body, sent: Body) -> Body:
    """What GET shows of an invoice after a PUT: all as before, but for what was sent."""
    after = before | {n: v for n, v in sent.items() if n not in ("externalPdfUrl", "createdAt")}
    if "createdAt" in sent:
        after["createdAt"] = str(sent["createdAt"])
    if "details" in sent:
        after["details"] = _shown_details(sent["details"])
    after["customerName"] = COMPANIES[after["customerId"]]
    return after | _money(after["originalBalance"], after["openBalance"], after["status"])


def _money(original: Body, still_open: Body, status: int) -> Body:
    return {
        "originalBalance": _four(original),
        "openBalance": _four(still_open),
        "status": 2 if Decimal(str(still_open["value"])) <= 0 else status,
    }


def _four(money: Body) -> Body:
    return money | {"value": f"{Decimal(str(money['value'])):.4f}"}


def _shown_details(sent: Body) -> Body:
    header, goods = dict(sent.get("header", {})), dict(sent.get("details", {}))
    for cost in header.get("costLines", []):
        cost["amount"] = _four(cost["amount"])
    if "billingAddress" in header:
        header["billingAddress"] = header["billingAddress"] | {"customFields": {}}
    if "shippingAddresses" in header:
        header["shippingAddresses"] = [
            a | {"customFields": {}} for a in header["shippingAddresses"]
        ]
    for name in goods.keys() & {"shipments", "lineItems"}:
        goods[name] = [{"customFields": {}} | item for item in goods[name]]
    header |= {"customerFields": {}}
    return {"type": "StandardInvoiceDetails", "header": header, "details": goods}


def comparable(shown: Body) -> Body:
    """An answer of GET with numbers as decimals, and without what the store makes up by itself."""
    header = {k: v for k, v in shown["details"]["header"].items() if k != "orderDate"}
    goods = dict(shown["details"].get("details", {}))
    if "lineItems" in goods:
        goods["lineItems"] = [
            line | {"quantity": Decimal(str(line["quantity"]))} for line in goods["lineItems"]
        ]
    kept = {name: value for name, value in shown.items() if name not in ("id", "updatedAt")}
    return kept | {"details": shown["details"] | {"header": header, "details": goods}}
