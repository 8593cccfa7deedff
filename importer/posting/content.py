"""Pure: how an invoice of ours and one of the store differ. The one comparison there is.

Every command that says that two invoices are the same, or why not, asks here. Compared is every
field that the documented GET shows; numbers as decimals (the store answers with four of them),
text trimmed, nothing and "" alike. GET shows no `issuedAt` and no `externalPdfUrl`, and a store
fills in by itself what wasn't sent (addresses, cost lines, terms): these are compared with what
our own ledger sent last, or named as not comparable.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from importer.model import Json


class Difference(NamedTuple):
    """One field that isn't the same: its JSON path in our body, our value and the store's."""

    path: str
    ours: str
    theirs: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """What differs of what we say, what the store holds `besides`, and what can't be compared.

    `unseen` are the paths of the last, because the store doesn't tell.
    """

    changed: tuple[Difference, ...] = ()
    besides: tuple[Difference, ...] = ()
    unseen: tuple[str, ...] = ()

    @property
    def differs(self) -> tuple[Difference, ...]:
        """Everything that differs."""
        return self.changed + self.besides

    @property
    def same(self) -> bool:
        """Whether nothing differs that could be compared."""
        return not self.differs

    @property
    def paid_since(self) -> bool:
        """Whether there are differences, and a payment by the buyer explains them all."""
        less = [one for one in self.differs if one.path == "/openBalance/value"]
        if not less or {one.path for one in self.differs} - {"/openBalance/value", "/status"}:
            return False
        ours, theirs = decimal(less[0].ours), decimal(less[0].theirs)
        return ours is not None and theirs is not None and theirs < ours


_NUMBERS = frozenset({"value", "quantity", "dueDate", "issuedAt", "status", "source", "channelId"})
_MONEY = ("originalBalance", "openBalance")
_ALWAYS_SHOWN = frozenset({"invoiceNumber", "customerId", *_MONEY})
_NEVER_FILLED_IN = ("externalId", "externalCustomerId", "orderNumber", "purchaseOrderNumber")
_NEVER_FILLED_IN_LISTS = ("/details/details/lineItems", "/details/details/shipments")
_MAY_BE_FILLED_IN = (
    "/termsConditions",
    "/extraFields",
    "/details/header/costLines",
    "/details/header/billingAddress",
    "/details/header/shippingAddresses",
)
_LINES = "/details/details/lineItems"


def compare(ours: Json, held: Json, last: Json | None = None) -> Comparison:
    """Compare an invoice of ours (as POST takes it) with the store's (as GET shows it).

    `last` is the body that our own ledger sent last to this very invoice of the store, None when
    somebody else may have written it. Differences come in the order of our body, then what the
    store holds besides.
    """
    changed: list[Difference] = []
    unseen: list[str] = []
    for key, value in ours.items():
        if key == "issuedAt" and _is_issued(value, held):
            continue
        if key in held:
            changed += _shown(key, value, held)
        elif key in _ALWAYS_SHOWN:
            changed += _value(value, None, f"/{key}", key)
        elif last is not None:
            changed += _value(value, last.get(key), f"/{key}", key)
        elif _holds_something(value):
            unseen.append(f"/{key}")
    if last is None:
        unseen += [path for path in _MAY_BE_FILLED_IN if at(held, path) and not at(ours, path)]
    return Comparison(tuple(changed), tuple(_besides(ours, held)), tuple(unseen))


def at(body: Any, path: str) -> Any:
    """Give the value at a JSON path of objects, None when there is none."""
    for step in path.strip("/").split("/"):
        body = body.get(step) if isinstance(body, Mapping) else None
    return body


def same_number(one: Any, other: Any) -> bool:
    """Whether two values, ours and the store's, are the same number; or the same text if none."""
    mine, stores = decimal(one), decimal(other)
    if mine is None or stores is None:
        return text(one) == text(other)
    exponent = stores.as_tuple().exponent
    if isinstance(exponent, int) and exponent <= -4:  # the store keeps four decimals
        mine = round(mine, -exponent)
    return mine == stores


def decimal(value: Any) -> Decimal | None:
    """Give a value as an exact number, None when it isn't one."""
    if isinstance(value, bool):
        return None
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def text(value: Any) -> str:
    """Give a value as it is compared: trimmed, in one Unicode form; None is ""."""
    return "" if value is None else unicodedata.normalize("NFC", str(value)).strip()


def extra_values(fields: Any) -> dict[str, Any]:
    """Give a list of extra fields as name → value."""
    listed = fields if isinstance(fields, list) else []
    return {
        str(one.get("fieldName")): one.get("fieldValue")
        for one in listed
        if isinstance(one, Mapping)
    }


def is_paid(held: Mapping[str, Any]) -> bool:
    """Whether nothing is open, or less: then the store itself sets the status to completed."""
    left = decimal(at(held, "openBalance/value"))
    return left is not None and left <= 0


def _shown(key: str, value: Any, held: Json) -> Iterator[Difference]:
    """Compare a field that the store shows."""
    if key == "extraFields":
        yield from _extra_fields(value, held[key])
    elif key != "status" or not is_paid(held):
        yield from _value(value, held[key], f"/{key}", key)


def _is_issued(moment: Any, held: Json) -> bool:
    """Whether the store shows our date of issue, in either of the fields that may be it."""
    shown = (held.get("createdAt"), at(held, "details/header/orderDate"))
    return any(one not in (None, "") and same_number(moment, one) for one in shown)


def _besides(ours: Json, held: Json) -> Iterator[Difference]:
    """Give what the store holds and we didn't send, where a store fills nothing in by itself."""
    for name in _NEVER_FILLED_IN:
        if text(held.get(name)) and name not in ours:
            yield Difference(f"/{name}", "", text(held[name]))
    for path in _NEVER_FILLED_IN_LISTS:
        if (theirs := at(held, path)) and not at(ours, path):
            yield Difference(path, "none", _count(theirs))
    if "status" not in ours and not is_paid(held) and not _is_nothing(held.get("status")):
        yield Difference("/status", "0", text(held["status"]))
    mine, stores = _list(at(ours, _LINES)), _list(at(held, _LINES))
    if len(mine) == len(stores):
        for index, (one, other) in enumerate(zip(mine, stores, strict=True)):
            yield from _besides_of_line(one, other, f"{_LINES}/{index}")


def _besides_of_line(one: Any, other: Any, path: str) -> Iterator[Difference]:
    if not isinstance(one, Mapping) or not isinstance(other, Mapping):
        return
    discount = at(other, "unitDiscount/value")
    if "unitDiscount" not in one and not _is_nothing(discount):
        yield Difference(f"{path}/unitDiscount/value", "", text(discount))
    if "comments" not in one and text(other.get("comments")):
        yield Difference(f"{path}/comments", "", text(other["comments"]))


def _value(one: Any, other: Any, path: str, key: str) -> Iterator[Difference]:
    if isinstance(one, Mapping):
        theirs = other if isinstance(other, Mapping) else {}
        for name, value in one.items():
            yield from _value(value, theirs.get(name), f"{path}/{name}", name)
    elif isinstance(one, list):
        listed = _list(other)
        if len(one) != len(listed):
            yield Difference(path, _count(one), _count(listed))
            return
        for index, (mine, stores) in enumerate(zip(one, listed, strict=True)):
            yield from _value(mine, stores, f"{path}/{index}", key)
    elif not _same(one, other, key):
        yield Difference(path, text(one), text(other))


def _same(one: Any, other: Any, key: str) -> bool:
    if text(one) == text(other):
        return True
    return key in _NUMBERS and text(other) != "" and same_number(one, other)


def _extra_fields(sent: Any, held: Any) -> Iterator[Difference]:
    mine, theirs = extra_values(sent), extra_values(held)
    for name, value in mine.items():
        if text(value) != text(theirs.get(name)):
            yield Difference(f"/extraFields/{name}", text(value), text(theirs.get(name)))


def _holds_something(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(_holds_something(one) for one in value.values())
    return value not in (None, "", [])


def _is_nothing(value: Any) -> bool:
    return text(value) == "" or same_number(value, 0)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _count(values: list[Any]) -> str:
    return str(len(values)) if values else "none"
