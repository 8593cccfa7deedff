"""Pure: whether an invoice of the store holds what ours says."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from importer.model import Json


def differences(ours: Json, theirs: Json) -> list[tuple[str, str, str]]:
    """Compare customer, currency, balances, external ID and lines, in their order.

    Gives (JSON path, ours, theirs) for each difference. Numbers are compared as decimals: the
    store answers with four decimals, and with quantities as numbers or text.
    """
    found: list[tuple[str, str, str]] = []

    def text(path: str, one: Any, other: Any) -> None:
        if _text(one) != _text(other):
            found.append((path, _text(one), _text(other)))

    def number(path: str, one: Any, other: Any) -> None:
        if not same_number(one, other):
            found.append((path, _text(one), _text(other)))

    text("/customerId", ours.get("customerId"), theirs.get("customerId"))
    text("/externalId", ours.get("externalId"), theirs.get("externalId"))
    for name in ("originalBalance", "openBalance"):
        one, other = _dict(ours.get(name)), _dict(theirs.get(name))
        text(f"/{name}/code", one.get("code"), other.get("code"))
        number(f"/{name}/value", one.get("value"), other.get("value"))
    mine, stores = _lines(ours), _lines(theirs)
    place = "/details/details/lineItems"
    if len(mine) != len(stores):
        found.append((place, f"{len(mine)} lines", f"{len(stores)} lines"))
        return found
    for index, (one, other) in enumerate(zip(mine, stores, strict=True)):
        text(f"{place}/{index}/sku", one.get("sku"), other.get("sku"))
        number(f"{place}/{index}/quantity", one.get("quantity"), other.get("quantity"))
        prices = (_dict(item.get("unitPrice")).get("value") for item in (one, other))
        number(f"{place}/{index}/unitPrice/value", *prices)
    return found


def _lines(body: Json) -> list[Mapping[str, Any]]:
    lines = _dict(_dict(body.get("details")).get("details")).get("lineItems")
    return [_dict(line) for line in lines] if isinstance(lines, list) else []


def _dict(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def same_number(one: Any, other: Any) -> bool:
    """Whether two values, ours and the store's, are the same number; or the same text if none."""
    mine, stores = _decimal(one), _decimal(other)
    if mine is None or stores is None:
        return _text(one) == _text(other)
    exponent = stores.as_tuple().exponent
    if isinstance(exponent, int) and exponent <= -4:  # the store keeps four decimals
        mine = round(mine, -exponent)
    return mine == stores


def _decimal(value: Any) -> Decimal | None:
    if isinstance(value, bool):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
