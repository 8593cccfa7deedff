"""Pure: rows of a table that look like totals of the rows above them. No such row is an invoice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from importer.codes import fault
from importer.model import Fault
from importer.totals import is_a_total, may_name_a_total, names_a_total
from importer.workbook.records import Records

_MONEY = frozenset({"number", "currency", "original", "open"})
_FEWEST = 2
"""How many rows it takes to make a total of."""


def total_rows(invoices: Records) -> dict[int, Fault]:
    """Give a fault for each row of the Invoices sheet that looks like a total, by its position.

    Its number is a word for a total. Or its amount is the sum of those above, and nothing tells it
    from a total: it has no number, or the last row has their count or sum for one.
    """
    reasons = {
        at: f"its number is “{number}”"
        for at, number in enumerate(invoices.numbers)
        if number and may_name_a_total(number) and names_a_total(number)
    }
    unknown = [at for at, number in enumerate(invoices.numbers) if number is None]
    for at in unknown:
        if label := total_label(invoices, at):
            reasons[at] = f"it says “{label}”"
    suspects = {*unknown, *_last_without_identity(invoices)} - reasons.keys()
    if suspects:
        reasons |= _sums(invoices, suspects, frozenset(reasons))
    return {
        at: fault("row-looks-like-total", invoices.place("number", at), reason=reason)
        for at, reason in sorted(reasons.items())
    }


def total_label(table: Records, at: int) -> str:
    """Give the text of a row that is a word for a total; "" when there is none."""
    for values in (*table.values.values(), *table.free.values()):
        text = values[at]
        if isinstance(text, str) and is_a_total(text):
            return text
    return ""


@dataclass
class _Running:
    """Sum and count of the rows so far; `numbers` adds up their numbers, if they are such."""

    amount: Decimal = Decimal(0)
    count: int = 0
    numbers: int = 0

    def add(self, amount: str, number: str | None) -> None:
        self.amount += Decimal(amount)
        self.count += 1
        self.numbers += int(number) if number and number.isdecimal() else 0

    def is_total(self, amount: str, number: str | None) -> bool:
        """Whether a row with this amount and number says what the rows so far come to."""
        if self.count < _FEWEST or not self.amount or Decimal(amount) != self.amount:
            return False
        counted = number == str(self.count)
        return number is None or counted or (number == str(self.numbers) and self.count > _FEWEST)


@dataclass
class _Above:
    """What is above a row: all of it, and what came after the last total."""

    whole: dict[str | None, _Running] = field(default_factory=dict)
    since: dict[str | None, _Running] = field(default_factory=dict)

    def add(self, amount: str, currency: str | None, number: str | None) -> None:
        for sums in (self.whole, self.since):
            for key in {None, currency}:
                sums.setdefault(key, _Running()).add(amount, number)

    def counted(self, amount: str, currency: str | None, number: str | None) -> int:
        """Give of how many rows above this row is the total; 0 when it is none."""
        for sums in (self.whole, self.since):
            for key in (None, currency):
                if (sum_ := sums.get(key)) and sum_.is_total(amount, number):
                    return sum_.count
        return 0


def _sums(
    invoices: Records, suspects: set[int], totals: frozenset[int]
) -> Iterator[tuple[int, str]]:
    """Give those of the suspects whose amount is the sum of those above, and say so."""
    above = _Above()
    currencies, originals = invoices.get("currency"), invoices.get("original")
    for at, (amount, currency, number) in enumerate(
        zip(originals, currencies, invoices.numbers, strict=True)
    ):
        count = 0
        if at in suspects and amount is not None:
            count = above.counted(amount, currency, number)
            if count:
                yield at, f"its amount is the sum of {count} rows above"
        if count or at in totals:
            above.since.clear()
        elif amount is not None:
            above.add(amount, currency, number)


def _last_without_identity(invoices: Records) -> list[int]:
    """Give the last row if its number may be a count or a sum, and only amounts stand beside it."""
    at = len(invoices.rows) - 1
    number = invoices.numbers[at] if at >= _FEWEST else None
    if not number or not number.isdecimal():
        return []
    own = [key for key in invoices.places if key in invoices.values and key not in _MONEY]
    return [] if any(invoices.values[key][at] is not None for key in own) else [at]
