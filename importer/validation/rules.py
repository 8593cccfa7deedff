"""Pure: what a schema can't say of one invoice: balances, dates, sums, in the words of the trade.

Rules across invoices (duplicates, rows without an invoice) are found where the sheets are joined.
"""

from __future__ import annotations

import datetime as dt
import decimal
from collections.abc import Callable, Iterator, Mapping
from decimal import ROUND_HALF_UP, Decimal

from importer.codes import fault
from importer.model import Fault, Json, Payload
from importer.validation.schema import place_of
from importer.validation.severities import Severities

Rule = Callable[[Payload, "Context"], Iterator[Fault]]

SUBTOTAL_LABELS = frozenset({"subtotal"})
TOTAL_LABELS = frozenset({"total", "grandtotal", "invoicetotal", "totalamount", "amountdue"})
STATUS_WORDS = ("Open", "Partially paid", "Completed")
FAR_YEARS = 10
_NO_PRICE: Json = {}
_WIDE = decimal.Context(prec=80)


class Context:
    """What the rules need to know besides the invoice: today, how grave each fault is, the zone."""

    def __init__(
        self,
        today: dt.date,
        strict: bool = False,
        levels: Mapping[str, str] | None = None,
        zone: dt.tzinfo = dt.UTC,
    ) -> None:
        self.zone = zone
        self.severities = Severities(levels, strict=strict)
        start = dt.datetime(today.year, today.month, today.day, tzinfo=dt.UTC)
        self.earliest = start.timestamp() - FAR_YEARS * 365.25 * 86400
        self.latest = start.timestamp() + FAR_YEARS * 365.25 * 86400


def check_rules(payload: Payload, context: Context) -> list[Fault]:
    """Give the faults of one invoice by every rule; missing values are left to the schema."""
    return [found for rule in RULES for found in rule(payload, context)]


def balances(payload: Payload, _: Context) -> Iterator[Fault]:
    """Complain of more open than was billed, and of a status that doesn't fit what is open."""
    body = payload.body
    original, remaining = _balance(body, "originalBalance"), _balance(body, "openBalance")
    if original is None or remaining is None:
        return
    if original >= 0 > remaining:
        place = place_of(payload, "/openBalance/value")
        yield fault("open-below-zero", place, value=remaining, original=original)
    elif abs(remaining) > abs(original) or original < 0 < remaining:
        place = place_of(payload, "/openBalance/value")
        yield fault("open-above-original", place, value=remaining, original=original)
    elif status := body.get("status", 0):
        reason = _against_status(status, original, remaining)
        if reason:
            place, word = place_of(payload, "/status"), STATUS_WORDS[status]
            yield fault("status-against-balance", place, value=word, reason=reason)
    elif original and not remaining and "status" in body:
        place, reason = place_of(payload, "/status"), "nothing is left to be paid"
        yield fault("status-against-balance", place, value=STATUS_WORDS[0], reason=reason)


def _against_status(status: int, original: Decimal, remaining: Decimal) -> str:
    """Say what speaks against a status of partially paid or completed; "" when nothing does."""
    if status == 2:
        return "something is left to be paid" if remaining > 0 else ""
    if not remaining:
        return "nothing is left to be paid"
    return "nothing has been paid" if remaining == original else ""


def dates(payload: Payload, context: Context) -> Iterator[Fault]:
    """Complain of an invoice that is due before it is issued, and of dates far from today."""
    issued, due = payload.body.get("issuedAt"), payload.body.get("dueDate")
    if isinstance(issued, int) and isinstance(due, int) and _is_before(due, issued, context.zone):
        yield fault("due-before-issue", place_of(payload, "/dueDate"))
    for name, value in (("issuedAt", issued), ("dueDate", due)):
        if isinstance(value, int) and not context.earliest < value < context.latest:
            shown = dt.datetime.fromtimestamp(value, dt.UTC).date().isoformat()
            yield fault(
                "date-far-away", place_of(payload, f"/{name}"), value=shown, years=FAR_YEARS
            )


def _is_before(due: int, issued: int, zone: dt.tzinfo) -> bool:
    """Whether an invoice is due on a day before that of its issue, whatever the hour."""
    if due >= issued:
        return False
    days = [dt.datetime.fromtimestamp(value, zone).date() for value in (due, issued)]
    return days[0] < days[1]


def lines(payload: Payload, _: Context) -> Iterator[Fault]:
    """Complain of lines with nothing in them, with a negative price, without a description.

    On a credit note (a negative original balance) either quantity or price may be negative.
    """
    original = payload.body.get("originalBalance", {}).get("value") or 0
    for at, line in enumerate(_lines(payload.body)):
        quantity, price = line.get("quantity", "1"), line.get("unitPrice", _NO_PRICE)
        price = price.get("value", "1")
        if "description" in line and quantity != "0" and quantity[0] != "-" and price[0] != "-":
            continue
        path = f"/details/details/lineItems/{at}"
        credit = original < 0 and (quantity[0] == "-") != (price[0] == "-")
        if quantity == "0" or (quantity[0] == "-" and not credit):
            place = place_of(payload, f"{path}/quantity")
            yield fault("quantity-not-positive", place, value=quantity)
        if price[0] == "-" and not credit:
            yield fault("price-negative", place_of(payload, f"{path}/unitPrice/value"), value=price)
        if "description" not in line:
            yield fault("line-without-description", place_of(payload, f"{path}/description"))


def sums(payload: Payload, _: Context) -> Iterator[Fault]:
    """Complain of lines that aren't the subtotal, and of cost lines that aren't the balance.

    A cost line that repeats the total (“Total”) is no part of the sum.
    """
    cost_lines = payload.body.get("details", {}).get("header", {}).get("costLines")
    if not cost_lines:
        return
    costs = [
        (at, cost["description"], Decimal(cost["amount"]["value"]))
        for at, cost in enumerate(cost_lines)
        if "description" in cost and "value" in cost.get("amount", {})
    ]
    subtotals = [cost for cost in costs if _label(cost[1]) in SUBTOTAL_LABELS]
    if len(subtotals) != 1 or len(costs) < len(cost_lines):
        return
    total = _lines_total(payload.body)
    at, label, subtotal = subtotals[0]
    if total is not None and _rounded(total, _decimals(subtotal)) != subtotal:
        yield fault(
            "lines-against-subtotal",
            place_of(payload, f"/details/header/costLines/{at}/amount/value"),
            lines=format(_rounded(total, _decimals(subtotal)), "f"),
            label=label,
            value=subtotal,
        )
    original = _balance(payload.body, "originalBalance")
    added = sum((cost[2] for cost in costs if _label(cost[1]) not in TOTAL_LABELS), Decimal(0))
    if original is not None and added != original:
        place = place_of(payload, "/originalBalance/value")
        yield fault("costs-against-balance", place, costs=added, value=original)


RULES: tuple[Rule, ...] = (balances, dates, lines, sums)


def _balance(body: Json, name: str) -> Decimal | None:
    value = body.get(name, {}).get("value")
    return None if value is None else Decimal(repr(value))  # repr: the decimal, not the binary


def _lines(body: Json) -> list[Json]:
    found: list[Json] = body.get("details", {}).get("details", {}).get("lineItems", [])
    return found


def _lines_total(body: Json) -> Decimal | None:
    """Give the exact sum of the lines less their discounts; None if there are none to add up."""
    found = _lines(body)
    if not found:
        return None
    total = Decimal(0)
    for line in found:
        price = line.get("unitPrice", {}).get("value")
        if price is None or line.get("quantity") is None:
            return None
        discount = line.get("unitDiscount", {}).get("value", "0")
        total += (Decimal(price) - Decimal(discount)) * Decimal(line["quantity"])
    return total


def _label(text: str) -> str:
    """Give a label as it is compared: `Sub-Total:` → `subtotal`."""
    return "".join(char for char in text.casefold() if char.isalnum())


def _rounded(amount: Decimal, decimals: int) -> Decimal:
    """Round as accountants do: half away from zero."""
    return amount.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP, _WIDE)


def _decimals(amount: Decimal) -> int:
    exponent = amount.as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0
