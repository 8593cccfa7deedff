"""Pure: of which invoices `sums` surely has nothing to say, asked of all at once, in floats."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from importer.blocks import Block, Blocks, Path
from importer.validation.sums import SUBTOTAL_LABELS, TOTAL_LABELS, Cost, is_less, is_part

if TYPE_CHECKING:
    from importer.blocks import Array

LINES: Path = ("details", "details", "lineItems")
COSTS: Path = ("details", "header", "costLines")
_ROUNDING = 2.0**-50
_TOO_MANY = 99


def surely_tie(blocks: Blocks) -> Array:
    """Ask `sums` of all invoices at once: tell of which it surely has nothing to say."""
    import numpy as np

    original, coin = blocks.head.numbers("originalBalance", "value"), _coins(blocks)
    lines = _added_at_once(blocks, LINES, _line_terms)
    alone: Array = (lines.number == 0) | lines.surely_is(original, coin)
    alone |= (original < 0) & lines.surely_is(-original, coin)
    alone |= ~blocks.head.filled("originalBalance", "value")  # nothing to compare with
    if not any(block.owned.any() for block in blocks.at(COSTS)):
        return alone
    costs = _added_at_once(blocks, COSTS, partial(_cost_terms, kind=lambda _: True))
    return np.where(costs.number > 0, _with_costs(blocks, lines, original, coin), alone)


class _Added(NamedTuple):
    """What entries of each invoice come to, in floats: sum, sum without signs, how many."""

    amount: Array
    size: Array
    number: Array

    def with_(self, other: _Added) -> _Added:
        return _Added(*(mine + its for mine, its in zip(self, other, strict=True)))

    def surely_is(self, stated: Array, coin: Array) -> Array:
        """Tell where the exact sum is surely rounded to what is stated; NaN is never sure."""
        off = (self.size * (self.number + 4) + abs(stated)) * _ROUNDING
        near: Array = abs(self.amount - stated) + off < coin / 2
        return near


def _with_costs(blocks: Blocks, lines: _Added, original: Array, coin: Array) -> Array:
    import numpy as np

    subtotal, added, parts, less = (
        _added_at_once(blocks, COSTS, partial(_cost_terms, kind=kind))
        for kind in (
            lambda cost: cost.label in SUBTOTAL_LABELS,
            lambda cost: cost.label not in TOTAL_LABELS,
            is_part,
            lambda cost: is_part(cost) and is_less(cost),
        )
    )
    without_lines = lines.number == 0
    with_subtotal: Array = without_lines | lines.surely_is(subtotal.amount, coin)
    with_subtotal &= added.surely_is(original, coin)
    whole = lines.with_(parts)
    lessened = whole.with_(_Added(-2 * less.size, 2 * less.size, less.number))
    without_subtotal = without_lines | whole.surely_is(original, coin)
    without_subtotal |= lessened.surely_is(original, coin)
    without_subtotal |= (original < 0) & whole.surely_is(-original, coin)
    tie: Array = np.where(subtotal.number == 1, with_subtotal, without_subtotal)
    return tie


def _coins(blocks: Blocks) -> Array:
    """Give the smallest unit that the amounts of each invoice are written in: 0.01."""
    import numpy as np

    most = blocks.head.mapped(_decimals, _TOO_MANY, "originalBalance", "value")
    for path, name in ((LINES, "unitPrice"), (COSTS, "amount")):
        for block in blocks.at(path):
            decimals = block.mapped(_decimals, _TOO_MANY, name, "value")
            most = np.maximum(most, block.most_of(decimals))
    return 10.0**-most


def _decimals(value: Any) -> int:
    text = str(value)
    return _TOO_MANY if "e" in text.lower() else len(text.partition(".")[2])


Terms = Callable[[Block], "tuple[Array, Array, Array]"]
"""Gives by entry the amount, the same as large as its parts are, and whether it counts."""


def _added_at_once(blocks: Blocks, path: Path, terms: Terms) -> _Added:
    import numpy as np

    added = _Added(*(np.zeros(len(blocks)) for _ in _Added._fields))
    for block in blocks.at(path):
        added = added.with_(_Added(*map(block.sum_of, terms(block))))
    return added


def _line_terms(block: Block) -> tuple[Array, Array, Array]:
    import numpy as np

    quantity, price = block.numbers("quantity"), block.numbers("unitPrice", "value")
    discount = block.numbers("unitDiscount", "value")
    discount = np.where(block.filled("unitDiscount", "value"), discount, 0.0)
    size = (abs(price) + abs(discount)) * abs(quantity)
    return (price - discount) * quantity, size, np.ones(len(quantity))


def _cost_terms(block: Block, kind: Callable[[Cost], bool]) -> tuple[Array, Array, Array]:
    """Give those of the cost lines that are of one kind; what isn't whole makes nothing sure."""
    amount, nothing = block.numbers("amount", "value"), float("nan")
    chosen = block.mapped(lambda text: kind(Cost(0, text, Decimal(0))), nothing, "description")
    return amount * chosen, abs(amount) * chosen, chosen == 1
