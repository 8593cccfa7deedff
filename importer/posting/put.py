"""Pure: what may be changed of an invoice that the store holds, and the body of PUT for it.

PUT is documented with a body of its own: no order number, channel, terms or `issuedAt` (its
`createdAt` is the date of issue), text where POST takes "", lists without equal items, and
`details` as a whole. A wish that it can't fulfil is found here, before anything is sent.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from importer.model import Json

from .content import Comparison, at, extra_values, same_number
from .difference_words import name_of, words_of

_MONEY = ("originalBalance", "openBalance")
_PLAIN = (
    *("customerId", "externalCustomerId", "externalId", "type", "dueDate", "status"),
    *("purchaseOrderNumber", "source", "externalPdfUrl"),
)
_NOT_TAKEN = ("orderNumber", "channelId", "termsConditions")
_AMOUNTS = ("amount", "unitPrice", "unitDiscount")
_PARTS = {
    "header": ("costLines", "billingAddress", "shippingAddresses"),
    "details": ("shipments", "lineItems"),
}
_ADDRESS = (
    *("city", "state", "country", "street1", "street2", "zipCode", "lastName", "firstName"),
)
_ITEMS = {
    "costLines": ("amount", "description"),
    "shippingAddresses": _ADDRESS,
    "shipments": ("addressIndex", "shipDate", "shipVia", "trackingNumber", "comments"),
    "lineItems": (
        *("sku", "type", "comments", "quantity", "unitPrice", "description"),
        *("customFields", "unitDiscount"),
    ),
}
_MAY_BE_LEFT_OUT = ("type", "comments", "description", "customFields", "unitDiscount")
"""Of a line: what PUT can do without, so that an empty one is left out."""


class Obstacle(NamedTuple):
    """Why an invoice can't be changed, what to do, and the path of the field that says so."""

    why: str
    remedy: str
    path: str


def why_not(ours: Json, held: Json, known: Json | None) -> tuple[str, str] | None:
    """Say why the store's invoice must not be changed, and which field says so.

    `known` is what the ledger wrote to it last, None when somebody else made it. What a buyer has
    paid meanwhile is never overwritten, nor another company's invoice.
    """
    if str(held.get("isPendingPayment") or "0") != "0":
        return "A payment for this invoice is under way in the store.", "/openBalance/value"
    mine, theirs = ours.get("customerId"), held.get("customerId")
    if known is None and str(mine) != str(theirs):
        words = f"The store's invoice belongs to another company ({theirs}, here {mine})."
        return words, "/customerId"
    expected = known.get("openBalance") if known else held.get("originalBalance")
    there = held.get("openBalance")
    if _same_money(there, expected) or _same_money(there, ours.get("openBalance")):
        return None
    words = (
        f"The open balance in the store is {_money(there)}, where {_money(expected)} was "
        "expected: something was paid or changed in the meantime. The workbook says "
        f"{_money(ours.get('openBalance'))}."
    )
    return words, "/openBalance/value"


def obstacle(ours: Json, held: Json, found: Comparison) -> Obstacle | None:
    """Give the first wish that PUT can't fulfil, None when it can fulfil them all."""
    for one in found.changed:
        if one.path.split("/")[1] in _NOT_TAKEN:
            return Obstacle(
                f"The store's API can't change {name_of(one.path)} of an invoice that exists: "
                f"{words_of([one])}.",
                "Change it in the store by hand, or write the row as the store has it.",
                one.path,
            )
    details = put_body(ours, held, found).get("details", {})
    return next(_obstacles(ours, details), None)


def put_body(ours: Json, held: Json, found: Comparison) -> Json:
    """Give the body of PUT: of what the workbook says, the fields that differ in the store.

    So do those that can't be compared. `details` is the store's own with the workbook's laid over
    it; so are the extra fields.
    """
    paths = [*(one.path for one in found.changed), *found.unseen]
    names = {path.split("/")[1] for path in paths}
    body: Json = {}
    for name in ours:
        if name not in names:
            continue
        if name in _MONEY:
            body[name] = _with_text(ours[name])
        elif name == "issuedAt":
            body["createdAt"] = int(ours[name])
        elif name == "details":
            body[name] = _details(ours[name], held.get(name))
        elif name == "extraFields":
            body[name] = _extra_fields(ours[name], held.get(name))
        elif name in _PLAIN:
            body[name] = ours[name]
    return body


def text_of(body: Json) -> str:
    """Give a body as JSON text, decimals as JSON numbers."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"), default=_number)


def _extra_fields(ours: Any, held: Any) -> list[Json]:
    laid = extra_values(held) | extra_values(ours)
    return [
        {"fieldName": field, "fieldValue": str(value)}
        for field, value in laid.items()
        if value is not None
    ]


def _details(ours: Any, held: Any) -> Json:
    """Lay the workbook's details over the store's, in the shapes that PUT takes."""
    laid: Json = {}
    for part, names in _PARTS.items():
        for name in names:
            value = _laid(name, at(ours, f"{part}/{name}"), at(held, f"{part}/{name}"))
            if value:
                laid.setdefault(part, {})[name] = value
    return laid


def _laid(name: str, ours: Any, held: Any) -> Any:
    if name == "billingAddress":
        address = {**_taken(held, _ADDRESS), **_taken(ours, _ADDRESS)}
        return address and address | {"customFields": _as_text(at(held, "customFields"))}
    mine, theirs = (one if isinstance(one, list) else [] for one in (ours, held))
    if name == "lineItems" and _skus(mine) == _skus(theirs):
        mine = [{**one, **other} for one, other in zip(theirs, mine, strict=True)]
    return [_item(one, name) for one in mine or theirs]


def _item(item: Any, name: str) -> Json:
    """Write an item of a list as PUT takes it: amounts and quantities as text, no nulls."""
    found = {
        key: _with_text(value) if key in _AMOUNTS else value
        for key, value in _taken(item, _ITEMS[name]).items()
    }
    if "quantity" in found:
        found["quantity"] = _plain(found["quantity"])
    return {
        key: value
        for key, value in found.items()
        if not (name == "lineItems" and key in _MAY_BE_LEFT_OUT and value in ("", {}))
    }


def _obstacles(ours: Json, details: Json) -> Iterator[Obstacle]:
    """Find empty text and equal items in the details that PUT would get."""
    for part, names in details.items():
        for name, value in names.items():
            path = f"/details/{part}/{name}"
            if name == "billingAddress":
                yield from _empty(ours, value, path)
                continue
            for index, item in enumerate(value):
                yield from _empty(ours, item, f"{path}/{index}")
                if item in value[:index]:
                    first = value.index(item) + 1
                    yield Obstacle(
                        f"{name_of(f'{path}/{index}/x').rpartition(' of ')[2].capitalize()} is "
                        f"the same as number {first}; the store's API can't change an invoice "
                        "that has identical ones.",
                        "Make them different, in the comments for instance, or combine the two "
                        "into one.",
                        f"{path}/{index}",
                    )


def _empty(ours: Json, item: Json, path: str) -> Iterator[Obstacle]:
    for key, value in item.items():
        if value == "" and key != "customFields":
            here = at_index(ours, path) is not None
            whose = "" if here else " in the store"
            yield Obstacle(
                f"The store's API can't change this invoice while {name_of(f'{path}/{key}')} is "
                f"empty{whose}: it accepts no empty text there.",
                "Fill it in, or change the invoice in the store by hand.",
                f"{path}/{key}" if here else "/invoiceNumber",
            )


def at_index(body: Any, path: str) -> Any:
    """Give the value at a JSON path of objects and lists, None when there is none."""
    for step in path.strip("/").split("/"):
        if isinstance(body, list):
            body = body[int(step)] if int(step) < len(body) else None
        else:
            body = body.get(step) if isinstance(body, Mapping) else None
    return body


def _taken(value: Any, names: tuple[str, ...]) -> Json:
    found = value if isinstance(value, Mapping) else {}
    return {name: found[name] for name in names if found.get(name) is not None}


def _skus(lines: list[Any]) -> list[Any]:
    return [line.get("sku") if isinstance(line, Mapping) else None for line in lines]


def _as_text(fields: Any) -> str:
    """Give custom fields as PUT takes those of an address: a text where GET has an object."""
    return fields if isinstance(fields, str) else text_of(fields) if fields else ""


def _with_text(money: Any) -> Json:
    return dict(money) | {"value": _plain(money["value"])} if "value" in money else dict(money)


def _plain(number: Any) -> str:
    return format(number, "f") if isinstance(number, Decimal) else str(number)


def _same_money(one: Any, other: Any) -> bool:
    if not isinstance(one, Mapping) or not isinstance(other, Mapping):
        return False
    return one.get("code") == other.get("code") and same_number(
        other.get("value"), one.get("value")
    )


def _money(value: Any) -> str:
    return f"{value.get('value')} {value.get('code')}" if isinstance(value, Mapping) else "nothing"


def _number(value: Any) -> int | float:
    if not isinstance(value, Decimal):
        raise TypeError(f"{type(value).__name__} can't be JSON")
    return int(value) if value == value.to_integral_value() else float(value)
