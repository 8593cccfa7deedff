"""Pure: what may be changed of an invoice that the store holds, and the body of PUT for it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from importer.model import Json

from .compare import same_number
from .read_back import at, extra_values, unlike

_BALANCES = ("originalBalance", "openBalance")
_AMOUNTS = ("amount", "unitPrice", "unitDiscount")


def why_not(ours: Json, held: Json, known: Json | None) -> tuple[str, str] | None:
    """Say why the store's invoice must not be changed, and which field says so.

    `known` is what the ledger wrote to it last, None when somebody else made it. What a buyer has
    paid meanwhile is never overwritten, nor another company's invoice.
    """
    if str(held.get("isPendingPayment") or "0") != "0":
        return "A payment of this invoice is under way in the store.", "/openBalance/value"
    mine, theirs = ours.get("customerId"), held.get("customerId")
    if known is None and str(mine) != str(theirs):
        words = f"The store's invoice is of another company ({theirs}, here {mine})."
        return words, "/customerId"
    expected = known.get("openBalance") if known else held.get("originalBalance")
    there = held.get("openBalance")
    if _same_money(there, expected) or _same_money(there, ours.get("openBalance")):
        return None
    words = (
        f"The open balance in the store is {_money(there)}, where {_money(expected)} was expected: "
        f"something was paid or changed meanwhile. The workbook says "
        f"{_money(ours.get('openBalance'))}."
    )
    return words, "/openBalance/value"


def put_body(ours: Json, held: Json) -> Json:
    """Give the body of PUT: of what the workbook says, the fields that differ in the store.

    `details` is the store's own with the workbook's laid over it; so are the extra fields.
    """
    names = {path.split("/")[1] for path, _, _ in unlike(ours, held)}
    body: Json = {}
    for name in ours:
        if name not in names or name == "invoiceNumber":
            continue
        if name in _BALANCES:
            body[name] = _with_text(ours[name])
        elif name == "details":
            body[name] = _details(ours[name], held.get(name))
        elif name == "extraFields":
            laid = extra_values(held.get(name)) | extra_values(ours[name])
            body[name] = [
                {"fieldName": field, "fieldValue": str(value)}
                for field, value in laid.items()
                if value is not None
            ]
        else:
            body[name] = ours[name]
    return body


def _details(ours: Any, held: Any) -> Json:
    """Lay the workbook's details over the store's, in the shapes that PUT takes."""
    theirs = _as_sent(held if isinstance(held, Mapping) else {})
    laid: Json = dict(theirs)
    for part in ("header", "details"):
        over = {k: v for k, v in (ours.get(part) or {}).items() if v not in (None, {}, [])}
        laid[part] = dict(theirs.get(part) or {}) | over
    billing = at(theirs, "header/billingAddress")
    if billing and at(ours, "header/billingAddress"):
        laid["header"]["billingAddress"] = {**billing, **ours["header"]["billingAddress"]}
    return {name: value for name, value in laid.items() if value != {}}


def _as_sent(value: Any, key: str = "") -> Any:
    """Turn what GET shows into what PUT takes: amounts and quantities as text, no nulls."""
    if isinstance(value, Mapping):
        kept = {k: _as_sent(v, k) for k, v in value.items() if v is not None}
        return _with_text(kept) if key in _AMOUNTS else kept
    if isinstance(value, list):
        return [_as_sent(one, key) for one in value if one is not None]
    return _plain(value) if key == "quantity" else value


def _with_text(money: Mapping[str, Any]) -> Json:
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


def text_of(body: Json) -> str:
    """Give a body as JSON text, decimals as JSON numbers."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"), default=_number)


def _number(value: Any) -> int | float:
    if not isinstance(value, Decimal):
        raise TypeError(f"{type(value).__name__} can't be JSON")
    return int(value) if value == value.to_integral_value() else float(value)
