"""Pure: what a schema can't say of one invoice: balances, dates, sums, in the words of the trade.

Beside each rule stands what asks it of all invoices at once: it may say that one surely passes,
never that one fails. Rules across invoices (duplicates, rows without an invoice) are found where
the sheets are joined.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

from importer.blocks import Blocks
from importer.codes import fault
from importer.model import Fault, Json, Payload
from importer.validation.schema import place_of
from importer.validation.severities import Severities
from importer.validation.sums import in_money, lines_of, sums
from importer.validation.ties import LINES, surely_tie

if TYPE_CHECKING:
    from importer.blocks import Array

Rule = Callable[[Payload, "Context"], Iterator[Fault]]
AtOnce = Callable[[Blocks, "Context"], "Array"]
"""Tells for each invoice whether its rule surely has nothing to say of it."""

STATUS_WORDS = ("Open", "Partially paid", "Completed")
FAR_YEARS = 10
_NO_PRICE: Json = {}


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
    """Complain of more open than was billed, and of a status that doesn't fit what is open.

    The amounts have at most 15 digits, so that numbers compare as their decimals do.
    """
    body = payload.body
    original, remaining = _value(body, "originalBalance"), _value(body, "openBalance")
    if original is None or remaining is None:
        return
    if original >= 0 > remaining:
        yield _of_balances("open-below-zero", payload)
    elif abs(remaining) > abs(original) or original < 0 < remaining:
        yield _of_balances("open-above-original", payload)
    elif status := body.get("status", 0):
        reason = _against_status(status, original, remaining)
        if reason:
            place, word = place_of(payload, "/status"), STATUS_WORDS[status]
            yield fault("status-against-balance", place, value=word, reason=reason)
    elif original and not remaining and "status" in body:
        place, reason = place_of(payload, "/status"), "nothing is left to be paid"
        yield fault("status-against-balance", place, value=STATUS_WORDS[0], reason=reason)


def _value(body: Json, name: str) -> float | None:
    value: float | None = body.get(name, _NO_PRICE).get("value")
    return value


def _of_balances(code: str, payload: Payload) -> Fault:
    place, body = place_of(payload, "/openBalance/value"), payload.body
    original, remaining = (
        in_money(Decimal(repr(body[name]["value"])), body)
        for name in ("originalBalance", "openBalance")
    )
    return fault(code, place, value=remaining, original=original)


def _against_status(status: int, original: float, remaining: float) -> str:
    """Say what speaks against a status of partially paid or completed; "" when nothing does."""
    if status == 2:
        return "something is left to be paid" if remaining > 0 else ""
    if not remaining:
        return "nothing is left to be paid"
    return "nothing has been paid" if remaining == original else ""


def surely_balanced(blocks: Blocks, _: Context) -> Array:
    """Ask `balances` of all invoices at once."""
    import numpy as np

    head = blocks.head
    original, remaining = (head.numbers(n, "value") for n in ("originalBalance", "openBalance"))
    status, stated = head.numbers("status"), head.filled("status")
    between: Array = np.where(original >= 0, remaining >= 0, remaining <= 0)
    between &= abs(remaining) <= abs(original)
    open_ = (status == 0) & ((original == 0) | (remaining != 0))
    partly = (status == 1) & (remaining != 0) & (remaining != original)
    completed = (status == 2) & (remaining <= 0)
    between &= ~stated | open_ | partly | completed
    return between | ~head.filled("originalBalance", "value") | ~head.filled("openBalance", "value")


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


def surely_dated(blocks: Blocks, context: Context) -> Array:
    """Ask `dates` of all invoices at once; which day an hour belongs to is asked one by one."""
    head = blocks.head
    issued, due = head.numbers("issuedAt"), head.numbers("dueDate")
    surely: Array = ~(due < issued)
    for name, value in (("issuedAt", issued), ("dueDate", due)):
        surely &= ~head.filled(name) | ((context.earliest < value) & (value < context.latest))
    return surely


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
    for at, line in enumerate(lines_of(payload.body)):
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


def surely_lines(blocks: Blocks, _: Context) -> Array:
    """Ask `lines` of all invoices at once."""
    import numpy as np

    original = blocks.head.numbers("originalBalance", "value")
    surely = np.ones(len(blocks), dtype=bool)
    for block in blocks.at(LINES):
        quantity, price = block.numbers("quantity"), block.numbers("unitPrice", "value")
        negative, cheap = np.signbit(quantity), np.signbit(price)
        credit = (original < 0)[block.owners] & (negative != cheap)
        good = block.filled("description") & (quantity != 0) & (~(negative | cheap) | credit)
        surely &= ~block.any_of(~good)
    return surely


def _sums(payload: Payload, _: Context) -> Iterator[Fault]:
    return sums(payload)


RULES: tuple[Rule, ...] = (balances, dates, lines, _sums)

AT_ONCE: Mapping[Rule, AtOnce] = {
    balances: surely_balanced,
    dates: surely_dated,
    lines: surely_lines,
    _sums: lambda blocks, _: surely_tie(blocks),
}
"""A rule that isn't here makes no invoice sure."""
