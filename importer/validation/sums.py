"""Pure: whether lines, cost lines and balance of one invoice add up, and lines that are totals.

A line is its quantity times its unit price less its unit discount. A program may round each line
or only their sum: both are right.
"""

from __future__ import annotations

import decimal
from collections.abc import Iterator, Sequence
from decimal import ROUND_HALF_UP, Decimal
from itertools import accumulate
from typing import NamedTuple

from importer.codes import fault
from importer.model import Fault, Json, Payload
from importer.money import written
from importer.totals import is_a_total
from importer.validation.schema import place_of

SUBTOTAL_LABELS = frozenset({"subtotal"})
TOTAL_LABELS = frozenset({"total", "grandtotal", "invoicetotal", "totalamount", "amountdue"})
_LESS = ("discount", "rabatt", "skonto", "remise", "descuento", "korting", "sconto")
_WITHIN = ("incl", "inkl", "davon", "thereof", "ofwhich", "dont")
_MOST_NAMED = 5
_NEAR = 1e-5
"""Floats this near to each other are the same amount: no currency has a coin so small."""
_LARGE = 1e9
_NONE: Json = {}
_WIDE = decimal.Context(prec=80)


class Cost(NamedTuple):
    """A cost line: its place in the list, its text, its amount."""

    at: int
    description: str
    amount: Decimal

    @property
    def label(self) -> str:
        """The text as it is compared: `Sub-Total:` → `subtotal`."""
        return "".join(char for char in self.description.casefold() if char.isalnum())


def sums(payload: Payload) -> Iterator[Fault]:
    """Complain of lines, cost lines and balance that don't add up.

    With one subtotal among the cost lines, the lines are compared with it, and the cost lines with
    the balance; without one, lines and cost lines together with the balance.
    """
    details = payload.body.get("details")
    if details is None:
        return
    listed = details.get("header", _NONE).get("costLines", ())
    if not listed and _add_up_at_a_glance(payload.body):
        return
    costs = _costs(listed)
    if len(costs) < len(listed):
        return
    subtotals = [cost for cost in costs if cost.label in SUBTOTAL_LABELS]
    if len(subtotals) == 1:
        yield from _with_subtotal(payload, costs, subtotals[0])
    else:
        yield from _without_subtotal(payload, costs)


def balance(body: Json, name: str) -> Decimal | None:
    """Give one of the balances exactly; None when there is none."""
    value = body.get(name, _NONE).get("value")
    return None if value is None else Decimal(repr(value))  # repr: the decimal, not the binary


def in_money(amount: Decimal, body: Json) -> str:
    """Give an amount of an invoice as text, with the decimals of its currency."""
    return written(amount, body.get("originalBalance", _NONE).get("code", ""))


def lines_of(body: Json) -> list[Json]:
    """Give the lines of a payload."""
    found: list[Json] = body.get("details", _NONE).get("details", _NONE).get("lineItems", [])
    return found


def _add_up_at_a_glance(body: Json) -> bool:
    """Whether the lines are surely the original balance, or there are none: quick, in floats."""
    total = 0.0
    try:
        for line in lines_of(body):
            price = float(line["unitPrice"]["value"])
            if "unitDiscount" in line:
                price -= float(line["unitDiscount"]["value"])
            total += price * float(line["quantity"])
        difference = total - body["originalBalance"]["value"]
    except KeyError:
        return False
    return -_NEAR < difference < _NEAR and -_LARGE < total < _LARGE


def _with_subtotal(payload: Payload, costs: Sequence[Cost], subtotal: Cost) -> Iterator[Fault]:
    amounts = _line_amounts(payload.body)
    if amounts:
        decimals = _decimals(subtotal.amount)
        if not _ties(amounts, Decimal(0), subtotal.amount, decimals):
            yield _total_line(payload, amounts) or fault(
                "lines-against-subtotal",
                place_of(payload, f"/details/header/costLines/{subtotal.at}/amount/value"),
                lines=in_money(_rounded(sum(amounts, Decimal(0)), decimals), payload.body),
                label=subtotal.description,
                value=in_money(subtotal.amount, payload.body),
            )
    original = balance(payload.body, "originalBalance")
    added = sum((cost.amount for cost in costs if cost.label not in TOTAL_LABELS), Decimal(0))
    if original is not None and added != original:
        place = place_of(payload, "/originalBalance/value")
        costs_sum, value = (in_money(amount, payload.body) for amount in (added, original))
        yield fault("costs-against-balance", place, costs=costs_sum, value=value)


def _without_subtotal(payload: Payload, costs: Sequence[Cost]) -> Iterator[Fault]:
    amounts, original = _line_amounts(payload.body), balance(payload.body, "originalBalance")
    if not amounts or original is None:
        return
    parts = [cost for cost in costs if is_part(cost)]
    decimals = max(map(_decimals, (*_prices(payload.body), *(c.amount for c in parts), original)))
    if any(_ties(amounts, more, original, decimals) for more in _readings(parts)):
        return
    if original < 0 and _ties(amounts, _added(parts), -original, decimals):
        return
    added = sum(amounts, _added(parts))
    yield _total_line(payload, amounts) or fault(
        "lines-against-balance",
        place_of(payload, "/originalBalance/value"),
        what=_what(parts),
        added=in_money(_rounded(added, decimals), payload.body),
        value=in_money(_rounded(original, decimals), payload.body),
    )


def is_part(cost: Cost) -> bool:
    """Whether a cost line adds to the lines: it neither repeats a sum nor is within the prices."""
    if cost.label in TOTAL_LABELS or is_a_total(cost.description):
        return False
    return not any(word in cost.label for word in _WITHIN)


def is_less(cost: Cost) -> bool:
    """Whether a cost line is by its name a discount, which may be written without a minus."""
    return any(word in cost.label for word in _LESS)


def _readings(parts: Sequence[Cost]) -> Iterator[Decimal]:
    """Give what the cost lines come to, also with discounts that are written without a minus."""
    yield _added(parts)
    less = [cost for cost in parts if is_less(cost)]
    if less:
        yield _added(parts) - 2 * sum((abs(cost.amount) for cost in less), Decimal(0))


def _what(parts: Sequence[Cost]) -> str:
    if not parts:
        return "The lines alone"
    named = ", ".join(f"“{cost.description}”" for cost in parts[:_MOST_NAMED])
    more = f" and {len(parts) - _MOST_NAMED} more" if len(parts) > _MOST_NAMED else ""
    return f"The lines and the cost line{'s' if len(parts) > 1 else ''} {named}{more}"


def _total_line(payload: Payload, amounts: Sequence[Decimal]) -> Fault | None:
    """Give the fault of a line that only repeats what the lines above it come to."""
    for at, above in enumerate(accumulate(amounts[:-1]), start=1):
        line = lines_of(payload.body)[at]
        texts = (line.get(name) or "" for name in ("sku", "description"))
        label = next(filter(is_a_total, texts), "") if above == amounts[at] else ""
        if label:
            place = place_of(payload, f"/details/details/lineItems/{at}/sku")
            return fault("row-looks-like-total", place, reason=f"it says “{label}”")
    return None


def _costs(listed: Sequence[Json]) -> list[Cost]:
    """Give those cost lines that are whole."""
    return [
        Cost(at, cost["description"], Decimal(cost["amount"]["value"]))
        for at, cost in enumerate(listed)
        if "description" in cost and "value" in cost.get("amount", _NONE)
    ]


def _line_amounts(body: Json) -> list[Decimal]:
    """Give the exact amount of each line; none when one of them lacks its price or quantity."""
    found = []
    for line in lines_of(body):
        price = line.get("unitPrice", _NONE).get("value")
        if price is None or line.get("quantity") is None:
            return []
        discount = line.get("unitDiscount", _NONE).get("value", "0")
        found.append((Decimal(price) - Decimal(discount)) * Decimal(line["quantity"]))
    return found


def _ties(amounts: Sequence[Decimal], more: Decimal, stated: Decimal, decimals: int) -> bool:
    """Whether lines and more are what is stated, rounded line by line or at the end."""
    added = sum(amounts, more)
    if _rounded(added, decimals) == stated:
        return True
    uneven = sum(_decimals(amount.normalize()) > decimals for amount in amounts)
    return abs(added - stated) <= uneven * Decimal(5).scaleb(-decimals - 1)


def _added(costs: Sequence[Cost]) -> Decimal:
    return sum((cost.amount for cost in costs), Decimal(0))


def _prices(body: Json) -> list[Decimal]:
    return [Decimal(line["unitPrice"]["value"]) for line in lines_of(body)]


def _rounded(amount: Decimal, decimals: int) -> Decimal:
    """Round as accountants do: half away from zero."""
    return amount.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP, _WIDE)


def _decimals(amount: Decimal) -> int:
    exponent = amount.as_tuple().exponent
    return max(-exponent, 0) if isinstance(exponent, int) else 0
