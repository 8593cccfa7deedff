"""Pure: the table of names by which a complaint may call the fields of an invoice."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from importer.model import Json, Origins

LINES = "/details/details/lineItems"
COSTS = "/details/header/costLines"
SHIPMENTS = "/details/details/shipments"
BILLING = "/details/header/billingAddress"
SHIPPING = "/details/header/shippingAddresses"
LISTS = (LINES, COSTS, SHIPMENTS, SHIPPING)
_ADDRESS = {
    "firstName": "first name",
    "lastName": "last name, surname",
    "street1": "street 1, street1, address line 1, street, *address",
    "street2": "street 2, street2, address line 2",
    "city": "city",
    "state": "*state, *province",
    "zipCode": "zip code, zip, postal code, postcode",
    "country": "country, country code",
}
_FIELDS: dict[str, dict[str, str]] = {
    "": {
        "invoiceNumber": "invoice number, invoice no, invoice nr, invoice num",
        "customerId": "customer id, company id, b2b company id, *b2b company, *company, "
        "*customer, *buyer",
        "originalBalance/code": "currency, currency code, original balance code, open balance code,"
        "original balance currency, open balance currency, unit price code, unit discount code",
        "originalBalance/value": "original balance, original balance value, original amount, "
        "invoice total, invoice amount, total amount",
        "openBalance/value": "open balance, open balance value, open amount, balance due",
        "issuedAt": "issued at, issue date, invoice date",
        "dueDate": "due date",
        "status": "invoice status, *status",
        "type": "invoice type, *type",
        "orderNumber": "order number, order no, order id, bc order id, *order",
        "purchaseOrderNumber": "purchase order number, purchase order, po number, po",
        "source": "*source",
        "externalId": "external id, external invoice id, erp invoice id",
        "externalCustomerId": "external customer id, erp customer id, external company id",
        "channelId": "channel id, channel",
        "externalPdfUrl": "external pdf url, external pdf, pdf url, pdf link, pdf",
        "termsConditions": "terms conditions, terms and conditions, *terms",
    },
    LINES: {
        "sku": "sku, product sku, item sku, variant sku, *product, *item",
        "quantity": "quantity, qty",
        "unitPrice/value": "unit price, unit price value, price",
        "unitDiscount/value": "unit discount, unit discount value, discount",
        "description": "line description, item description, *description",
        "type": "line type, item type, *type",
        "comments": "*comments",
    },
    COSTS: {
        "description": "cost description, *description",
        "amount/value": "cost amount, +amount, +value",
    },
    SHIPMENTS: {
        "addressIndex": "address index",
        "shipDate": "ship date, shipping date",
        "shipVia": "ship via, carrier",
        "trackingNumber": "tracking number, tracking",
        "comments": "*comments",
    },
    BILLING: _ADDRESS,
    SHIPPING: _ADDRESS,
}
"""Below each object or list of the body: field → its names.

A name with a * is an everyday word; one with a + counts only where its list is named too.
"""

_CONTAINERS = {
    LINES: "line item, lineitem, invoice line, line",
    COSTS: "cost line, costline",
    SHIPMENTS: "shipment",
    BILLING: "billing address, bill to",
    SHIPPING: "shipping address, ship to",
}


@dataclass(frozen=True, slots=True)
class Word:
    """A part of a name in a complaint: `customer` and `id` of `customerId`; where it is."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Name:
    """A name that means a field (or, with the field "", the whole object or list)."""

    words: tuple[str, ...]
    parent: str
    field: str
    common: bool = False
    only_inside: bool = False


def known_names(body: Json, origins: Origins) -> Iterator[Name]:
    """Give every name that may stand in a complaint about this invoice."""
    yield from _free_names(body, origins)
    for parent, fields in _FIELDS.items():
        for field, names in fields.items():
            for name in names.split(","):
                bare = name.strip()
                common, inside = bare.startswith("*"), bare.startswith("+")
                yield Name(_name_words(bare.lstrip("*+")), parent, field, common, inside)
    for parent, names in _CONTAINERS.items():
        for name in names.split(","):
            yield Name(_name_words(name), parent, "", True)


def _free_names(body: Json, origins: Origins) -> Iterator[Name]:
    """Give the names of the user's own columns: extra fields, and custom fields of the lines."""
    keys = {key for columns in origins.columns.values() for key in columns}
    listed = body.get("extraFields")
    for one in listed if isinstance(listed, list) else ():
        keys.add(f"extraFields/{one.get('fieldName')}")
    for key in sorted(keys):
        prefix, _, name = key.partition("/")
        parent = {"extraFields": "", "customFields": LINES}.get(prefix)
        if parent is not None and (words := _name_words(name)):
            yield Name(words, parent, key, common=len(words) == 1)


def _name_words(name: str) -> tuple[str, ...]:
    return tuple(word.text for word in words_in(name))


def words_in(text: str) -> list[Word]:
    """Part a text into words, `dueDate`, `due_date` and `Due-Date` alike; plurals as singulars."""
    found = []
    for match in re.finditer(r"[^\W\d_]+|\d+", text):
        parts = r"[A-Z]+s?$|[A-Z]+(?![a-z])|[A-Z]?[^A-Z]+|[A-Z]"
        for part in re.finditer(parts, match[0]):
            start = match.start() + part.start()
            found.append(Word(_singular(part[0].casefold()), start, start + len(part[0])))
    return found


def _singular(word: str) -> str:
    for plural, singular in (("sses", "ss"), ("ies", "y"), ("ss", "ss"), ("s", "")):
        if len(word) > 2 and word.endswith(plural):
            return word.removesuffix(plural) + singular
    return word
