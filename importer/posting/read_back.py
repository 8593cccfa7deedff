"""Pure: whether the store holds everything that was sent, and nothing else of weight.

`compare` tells whether two invoices are the same one; this tells whether anybody, or the store
itself, has changed what was sent: before an invoice is deleted or updated, and after a canary.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from importer.model import Json

from .client import Reply
from .compare import same_number
from .saying import words

Difference = tuple[str, str, str]
"""JSON path, ours, theirs."""

_NUMBERS = {"value", "quantity", "dueDate", "issuedAt", "status", "source", "channelId"}
_ALWAYS_SHOWN = {"customerId", "originalBalance", "openBalance", "details"}
_LISTS = (
    "/details/header/costLines",
    "/details/header/shippingAddresses",
    "/details/details/shipments",
    "/details/details/lineItems",
)
_NEVER_DEFAULTS = (
    "externalId",
    "externalCustomerId",
    "orderNumber",
    "purchaseOrderNumber",
    "externalPdfUrl",
)
_NO_INVOICE = re.compile(
    r"invoice\b.{0,40}\b(not? (exist|found)|doesn't exist|deleted)", re.I | re.S
)
_NOUNS = {
    "costLines": "cost line",
    "shippingAddresses": "shipping address",
    "shipments": "shipment",
    "lineItems": "line",
}
_FIELDS = {
    "customerId": "company",
    "externalId": "external ID",
    "externalCustomerId": "external customer ID",
    "purchaseOrderNumber": "PO number",
    "externalPdfUrl": "external PDF URL",
    "channelId": "channel ID",
    "sku": "SKU",
}


def unlike(sent: Json, held: Json) -> list[Difference]:
    """Compare all that was sent with what the store holds; numbers as decimals, "" as nothing.

    A field of the invoice that the store doesn't show can't be compared; what the store holds
    besides doesn't count.
    """
    return list(_object(sent, held, ""))


def every_difference(sent: Json, held: Json) -> list[Difference]:
    """Compare as `unlike`, and count what the store holds besides, but not its own defaults."""
    found = unlike(sent, held)
    found += [
        (f"/{name}", "", _text(held[name]))
        for name in _NEVER_DEFAULTS
        if held.get(name) and name not in sent
    ]
    found += [
        (path, "none", _count(theirs))
        for path in _LISTS
        if (theirs := at(held, path)) and not at(sent, path)
    ]
    return found


def at(body: Any, path: str) -> Any:
    """Give the value at a JSON path of objects, None when there is none."""
    for step in path.strip("/").split("/"):
        body = body.get(step) if isinstance(body, Mapping) else None
    return body


def data_of(reply: Reply) -> Json | None:
    """Give the invoice of an answer, None when it holds none."""
    data = reply.body.get("data") if reply.body else None
    return data if isinstance(data, dict) and "id" in data else None


def is_gone(answer: Reply | Exception) -> bool:
    """Whether the store says, in its own words, that it has no such invoice.

    A 404 that speaks of no invoice (of the address, say) proves nothing. The documented words
    are "Invoice does not exist".
    """
    if not isinstance(answer, Reply) or answer.body is None:
        return False
    code = answer.body.get("code")
    is_404 = answer.status == 404 or (200 <= answer.status < 300 and code == 404)
    return is_404 and _NO_INVOICE.search(words(answer.body)) is not None


def words_of(found: list[Difference], shown: int = 3) -> str:
    """Say differences in words: `the open balance is 20 here and 0.0000 there`."""
    parts = [
        f"{name_of(path)} is {ours or 'empty'} here and {theirs or 'empty'} there"
        for path, ours, theirs in found[:shown]
    ]
    more = len(found) - shown
    return "; ".join(parts) + (f"; and {more} more" if more > 0 else "")


def name_of(path: str) -> str:
    """Name a field as a person would: `/details/header/costLines/0/amount` → the amount of ..."""
    steps = path.strip("/").split("/")
    if steps[0] == "extraFields":
        return f"the extra field {'/'.join(steps[1:])}"
    last = steps[-1]
    if last in _NOUNS:
        return f"the number of {_NOUNS[last]}{'es' if last == 'shippingAddresses' else 's'}"
    currency = "currency of the " if last == "code" else ""
    if last in ("code", "value") and len(steps) > 1:
        last = steps[-2]
    field = _FIELDS.get(last) or re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", last).lower()
    where = next((place for place, step in enumerate(steps) if step in _NOUNS), None)
    if where is not None and where + 1 < len(steps):
        return f"the {currency}{field} of {_NOUNS[steps[where]]} {int(steps[where + 1]) + 1}"
    of = " of the billing address" if "billingAddress" in steps[:-1] else ""
    return f"the {currency}{field}{of}"


def _object(sent: Mapping[str, Any], held: Any, path: str) -> Iterator[Difference]:
    theirs = held if isinstance(held, Mapping) else {}
    for key, value in sent.items():
        if not path and key not in theirs and key not in _ALWAYS_SHOWN:
            continue
        if not path and key == "extraFields":
            yield from _extra_fields(value, theirs.get(key))
        elif not path and key == "status" and _paid(theirs):
            continue
        else:
            yield from _value(value, theirs.get(key), f"{path}/{key}", key)


def _value(one: Any, other: Any, path: str, key: str) -> Iterator[Difference]:
    if isinstance(one, Mapping):
        yield from _object(one, other, path)
    elif isinstance(one, list):
        theirs = other if isinstance(other, list) else []
        if len(one) != len(theirs):
            yield path, _count(one), _count(theirs)
            return
        for index, (mine, their) in enumerate(zip(one, theirs, strict=True)):
            yield from _value(mine, their, f"{path}/{index}", key)
    elif not _same(one, other, key):
        yield path, _text(one), _text(other)


def _same(one: Any, other: Any, key: str) -> bool:
    if _text(one) == _text(other):
        return True
    return key in _NUMBERS and _text(other) != "" and same_number(one, other)


def _extra_fields(sent: Any, held: Any) -> Iterator[Difference]:
    mine, theirs = extra_values(sent), extra_values(held)
    for name, value in mine.items():
        if _text(value) != _text(theirs.get(name)):
            yield f"/extraFields/{name}", _text(value), _text(theirs.get(name))


def extra_values(fields: Any) -> dict[str, Any]:
    """Give a list of extra fields as name → value."""
    listed = fields if isinstance(fields, list) else []
    return {str(one.get("fieldName")): one.get("fieldValue") for one in listed if one}


def _paid(held: Mapping[str, Any]) -> bool:
    """Whether nothing is open: then the store itself sets the status to completed."""
    return same_number(at(held, "openBalance/value"), 0)


def _count(values: Any) -> str:
    return str(len(values)) if isinstance(values, list) and values else "none"


def _text(value: Any) -> str:
    return "" if value is None else str(value)
