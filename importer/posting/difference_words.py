"""Pure: fields and differences in a person's words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from .content import Comparison, Difference, decimal

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
    "issuedAt": "issue date",
    "termsConditions": "terms and conditions",
    "channelId": "channel ID",
    "zipCode": "zip code",
    "sku": "SKU",
}
_MOMENTS = ("dueDate", "issuedAt")
_STATUS = {"0": "Open", "1": "Partially paid", "2": "Completed"}


def words_of(found: Sequence[Difference], shown: int = 6) -> str:
    """Say differences in words: `the open balance is 20 here and 0.0000 there`."""
    parts = [
        f"{name_of(one.path)} is {_shown(one.path, one.ours)} here and "
        f"{_shown(one.path, one.theirs)} there"
        for one in found[:shown]
    ]
    more = len(found) - shown
    return "; ".join(parts) + (f"; and {more} more" if more > 0 else "")


def not_compared(found: Comparison) -> str:
    """Say in a sentence what couldn't be compared, "" when everything could."""
    if not found.unseen:
        return ""
    return f"Not compared: {_listed(map(name_of, found.unseen))}, which the store doesn't show."


def name_of(path: str) -> str:
    """Name a field as a person would: `/details/header/costLines/0/amount` → the amount of ..."""
    steps = path.strip("/").split("/")
    if steps[0] == "extraFields":
        return f"the extra field {'/'.join(steps[1:])}" if len(steps) > 1 else "the extra fields"
    last = steps[-1]
    if last in _NOUNS:
        return f"the number of {_NOUNS[last]}{'es' if last == 'shippingAddresses' else 's'}"
    currency = "currency of the " if last == "code" else ""
    if last in ("code", "value") and len(steps) > 1:
        last = steps[-2]
    field = _FIELDS.get(last) or re.sub(r"(?<=[a-z0-9])(?=[A-Z0-9])", " ", last).lower()
    where = next((place for place, step in enumerate(steps) if step in _NOUNS), None)
    if where is not None and where + 1 < len(steps):
        return f"the {currency}{field} of {_NOUNS[steps[where]]} {int(steps[where + 1]) + 1}"
    of = " of the billing address" if "billingAddress" in steps[:-1] else ""
    return f"the {currency}{field}{of}"


def _shown(path: str, value: str) -> str:
    """Write a value for a person: a moment as a date, a status by its name."""
    last = path.rpartition("/")[2]
    if not value:
        return "empty"
    number = decimal(value)
    if last in _MOMENTS and number is not None and 0 < number < 2**34:
        moment = datetime.fromtimestamp(int(number), UTC)
        return f"{moment:%Y-%m-%d}" if number % 86400 == 0 else f"{moment:%Y-%m-%d %H:%M} UTC"
    return _STATUS.get(value, value) if last == "status" else value


def _listed(names: Iterable[str]) -> str:
    found = list(names)
    return found[0] if len(found) == 1 else f"{', '.join(found[:-1])} and {found[-1]}"
