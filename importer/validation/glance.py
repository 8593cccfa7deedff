"""Pure: which invoices surely have no fault, judged by whole columns at once.

"Surely" has one side only: whoever isn't sure to pass goes the way of all payloads, where the
schema and the rules say what is wrong, if anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from importer.blocks import Block, Blocks, Path
from importer.validation.rules import AT_ONCE, RULES, Context
from importer.validation.schema import invoice_schema
from importer.validation.shape import Leaf, Shape, shape_of

if TYPE_CHECKING:
    from importer.blocks import Array


def surely_valid(blocks: Blocks, context: Context) -> Array:
    """Tell for each invoice whether neither the schema nor any rule surely says a word of it.

    What they would say of a cell that is at fault already doesn't count.

    Where the schema says what isn't known here, or a rule can't be asked at once, none is sure.
    """
    import numpy as np

    shape = shape_of(invoice_schema())
    if shape is None or any(rule not in AT_ONCE for rule in RULES):
        return np.zeros(len(blocks), dtype=bool)
    with np.errstate(all="ignore"):  # a number that overflows is not sure, and no warning
        sure = _fit(blocks, shape)
        for rule in RULES:
            sure &= AT_ONCE[rule](blocks, context)
    return sure


def _fit(blocks: Blocks, shape: Shape) -> Array:
    """Tell which invoices are surely as the schema wants them."""
    fit = ~_refused(blocks, blocks.head, shape)
    for block in blocks.below:
        inner = _shape_at(shape, block)
        fit &= ~(block.owned if inner is None else _refused(blocks, block, inner))
    for path in {path for block in blocks.below for path in _around(block.path)}:
        fit &= _complete(blocks, shape, path)
    return fit


def _shape_at(shape: Shape, block: Block) -> Shape | None:
    found = shape.at(block.path)
    return found if isinstance(found, Shape) and found.many == block.many else None


def _around(path: Path) -> Iterator[Path]:
    """Give the paths of the objects that an object below the payload is within."""
    return (path[:end] for end in range(1, len(path)))


def _complete(blocks: Blocks, shape: Shape, path: Path) -> Array:
    """Tell which invoices have in the object at a path, if they have it, all that it needs."""
    import numpy as np

    found = shape.at(path)
    if not isinstance(found, Shape) or found.many:
        return ~_there(blocks, path)
    complete = np.ones(len(blocks), dtype=bool)
    for name in found.required:
        complete &= _there(blocks, (*path, name)) | ~_there(blocks, path)
    return complete


def _there(blocks: Blocks, path: Path) -> Array:
    """Tell which invoices have anything at a path or below it."""
    import numpy as np

    found = np.zeros(len(blocks), dtype=bool)
    for block in blocks.below:
        if block.path[: len(path)] == path:
            found |= block.owned
    return found


def _refused(blocks: Blocks, block: Block, shape: Shape) -> Array:
    """Tell which invoices may have an entry that isn't as the schema wants it."""
    entries = _missing(block, shape)
    for path, values in block.columns.items():
        leaf = shape.at(path)
        if isinstance(leaf, Leaf):
            if bad := leaf.refused(values.distinct):
                entries |= values.among(bad)[block.order]
        elif not _goes_anywhere(shape, path):
            entries |= block.filled(*path)
    refused = block.any_of(entries)
    if not _constants_fit(block, shape):
        refused |= block.owned
    for name in block.coded:
        refused |= _currency_refused(blocks, shape, name) & block.any_of(_has(block, name))
    return refused


def _goes_anywhere(shape: Shape, path: Path) -> bool:
    """Whether the object around a path is one that takes any property, and none in particular."""
    around = shape.at(path[:-1])
    return isinstance(around, Shape) and around.open and not around.inner and not around.many


def _constants_fit(block: Block, shape: Shape) -> bool:
    found = [(shape.at(path), value) for path, value in block.constants.items()]
    return all(isinstance(leaf, Leaf) and not leaf.refused([value]) for leaf, value in found)


def _missing(block: Block, shape: Shape) -> Array:
    """Tell which entries may lack something that the schema requires."""
    import numpy as np

    missing = np.zeros(len(block.order), dtype=bool)
    for name in shape.required:
        missing |= ~_has(block, name)
    for name in {path[0] for path in block.columns if len(path) > 1}:
        inner = shape.at((name,))
        if not isinstance(inner, Shape) or inner.many:
            missing |= _has(block, name)
            continue
        for needed in inner.required - ({"code"} if name in block.coded else set()):
            missing |= ~block.settled(name, needed) & _has(block, name)
    return missing


def _has(block: Block, name: str) -> Array:
    """Tell which entries have a property."""
    import numpy as np

    if (name,) in block.constants or name in block.always:
        return np.ones(len(block.order), dtype=bool)
    found = np.zeros(len(block.order), dtype=bool)
    for path in block.columns:
        if path[0] == name:
            found |= block.settled(*path)
    return found


def _currency_refused(blocks: Blocks, shape: Shape, name: str) -> Array:
    """Tell which invoices have no currency, or one that the schema doesn't take at an amount."""
    leaf, currencies = shape.at((name, "code")), blocks.currencies
    if not isinstance(leaf, Leaf):
        return ~currencies.among(())
    bad = leaf.refused(currencies.distinct)
    return ~blocks.settled | currencies.among(bad)
