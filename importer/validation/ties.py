"""Pure: of which invoices `sums` surely has nothing to say, asked of all at once, in floats."""

from __future__ import annotations

import decimal
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from importer.blocks import Block, Blocks, Path
from importer.validation.sums import (
    LARGE,
    NEAR,
    SUBTOTAL_LABELS,
    TOTAL_LABELS,
    Cost,
    decimals_of,
    is_part,
)

if TYPE_CHECKING:
    from importer.blocks import Array

LINES: Path = ("details", "details", "lineItems")
COSTS: Path = ("details", "header", "costLines")
_MOST_DECIMALS = 4
"""No currency has more, so that amounts which are near to each other are the same."""
_ROUNDING = 2.0**-50


def surely_tie(blocks: Blocks) -> Array:
    """Ask `sums` of all invoices at once: tell of which it surely has nothing to say."""
    import numpy as np

    original = blocks.head.numbers("originalBalance", "value")
    lines = _added_at_once(blocks, LINES, _line_terms)
    alone: Array = (lines.number == 0) | lines.surely_is(original)
    costs = _added_at_once(blocks, COSTS, partial(_cost_terms, kind=lambda _: True))
    if not costs.number.any():
        return alone
    tie = _surely_tie_with_costs(blocks, lines, original) & _surely_short(blocks)
    return np.where(costs.number > 0, tie, alone)


class _Added(NamedTuple):
    """What entries of each invoice come to, in floats: sum, sum without signs, how many."""

    amount: Array
    size: Array
    number: Array

    def with_(self, other: _Added) -> _Added:
        return _Added(*(mine + its for mine, its in zip(self, other, strict=True)))

    def surely_is(self, stated: Array) -> Array:
        """Tell where the exact sum is surely within half of what is near; NaN is never sure."""
        size = self.size * (self.number + 4)  # by which rounding grows
        off = (size + abs(stated)) * _ROUNDING
        near: Array = (abs(self.amount - stated) + off < NEAR / 2) & (size < LARGE)
        return near


def _surely_tie_with_costs(blocks: Blocks, lines: _Added, original: Array) -> Array:
    import numpy as np

    subtotal, added, parts = (
        _added_at_once(blocks, COSTS, partial(_cost_terms, kind=kind))
        for kind in (
            lambda cost: cost.label in SUBTOTAL_LABELS,
            lambda cost: cost.label not in TOTAL_LABELS,
            is_part,
        )
    )
    without_lines = lines.number == 0
    with_subtotal: Array = without_lines | lines.surely_is(subtotal.amount)
    with_subtotal &= added.surely_is(original)
    without_subtotal = without_lines | lines.with_(parts).surely_is(original)
    tie: Array = np.where(subtotal.number == 1, with_subtotal, without_subtotal)
    return tie


def _surely_short(blocks: Blocks) -> Array:
    """Tell which invoices have no amount with more decimals than any currency."""
    short: Array = ~blocks.head.any_of(
        ~blocks.head.mapped(_is_short, True, "originalBalance", "value")
    )
    for path, name in ((LINES, "unitPrice"), (COSTS, "amount")):
        for block in blocks.at(path):
            short &= ~block.any_of(~block.mapped(_is_short, True, name, "value"))
    return short


def _is_short(value: Any) -> bool:
    try:
        return decimals_of(Decimal(str(value))) <= _MOST_DECIMALS
    except decimal.InvalidOperation:
        return False


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
