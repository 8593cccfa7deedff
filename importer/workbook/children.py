"""Pure: the rows of one sheet that belong to invoices → the objects within their payloads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import repeat
from typing import TYPE_CHECKING, Any

from importer.blocks import Block
from importer.model import Json, Part
from importer.workbook.layout import BILLING, SHIPPING
from importer.workbook.objects import Objects
from importer.workbook.records import Records, base_of
from importer.workbook.sharing import BILLING_PATH, SHIPPING_PATH, Shared

if TYPE_CHECKING:
    import numpy as np

    Positions = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Child:
    """The rows of one sheet (of one kind of address) that go to one place in the payload.

    `objects` are what the records become. The invoice at position i has the records
    `order[starts[i]:starts[i + 1]]`.
    """

    table: Records
    objects: Objects
    path: str
    many: bool
    order: Positions
    starts: Positions
    shared: bool = False

    @cached_property
    def _lists(self) -> tuple[list[int], list[int]]:
        """Order and starts as Python's own numbers, which JSON takes; made when first asked for."""
        return self.order.tolist(), self.starts.tolist()

    @cached_property
    def _target(self) -> tuple[list[str], str, str, str]:
        """The path's outer steps and its last one, the whole JSON path, and its base."""
        *outer, last = self.path.split("/")
        return outer, last, f"/{self.path}", base_of(self.table)

    def of(self, position: int) -> Sequence[int]:
        """Give the positions of the records of one invoice, in the order of their rows."""
        order, starts = self._lists
        return order[starts[position] : starts[position + 1]]

    def add(
        self, body: Json, parts: list[Part], chosen: Sequence[int], currency: str | None
    ) -> None:
        """Put the objects of the chosen records into a body, and say where they came from."""
        table, build = self.table, self.objects.build
        objects = [build(at, currency) for at in chosen]
        outer, last, path, base = self._target
        for step in outer:
            body = body.setdefault(step, {})
        before = len(body.get(last, ())) if self.many else 0
        if before:
            body[last] += objects
        else:
            body[last] = objects if self.many else objects[0]
        if before:
            parts += [
                Part(f"{path}/{before + n}", table.title, (row,), False, base, self.shared)
                for n, row in enumerate(table.rows[at] for at in chosen)
            ]
        else:
            rows = tuple([table.rows[at] for at in chosen])
            parts.append(Part(path, table.title, rows, self.many, base, self.shared))
        if table.moved:
            for n, at in enumerate(chosen):
                parts += moved_parts(table, at, f"{path}/{before + n}" if self.many else path)

    @property
    def block(self) -> Block:
        """All of its objects at once."""
        steps, made = tuple(self.path.split("/")), self.objects
        return Block(
            steps, self.many, made.columns, self.order, self.starts, made.constants, made.coded
        )


def moved_parts(table: Records, position: int, path: str) -> list[Part]:
    """Say where those values stand that a flat sheet has in a further row of the record."""
    base = base_of(table)
    found = []
    for key, row in table.moved.get(position, {}).items():
        column = table.layout.by_key.get(key)
        if column and column.path:
            inner = f"{base}/{column.path}" if base else column.path
            found.append(Part(f"{path}/{column.path}", table.title, (row,), False, inner))
    return found


def shared_child(table: Records, found: Shared) -> Child:
    """Make the child of addresses that invoices name: one record may serve many of them."""
    import numpy as np

    order, starts = (np.array(some, dtype=np.int64) for some in (found.order, found.starts))
    return Child(table, Objects(table), found.path, found.many, order, starts, shared=True)


def owners_of(table: Records, first: Mapping[str | None, int]) -> Positions:
    """Give the position of each record's invoice by each number's position; -1: it has none."""
    import numpy as np

    return np.fromiter(map(first.get, table.numbers, repeat(-1)), np.int64, len(table.rows))


def children_of(table: Records, owners: Positions, invoices: int) -> list[Child]:
    """Join a sheet's records to invoices; `owners` as `owners_of` gives them, of so many."""
    import numpy as np

    made = Objects(table)
    if table.layout.key != "addresses":
        path = table.layout.path
        order, starts = _joined(owners, owners >= 0, invoices)
        return [Child(table, made, path, path != BILLING_PATH, order, starts)]
    kinds = np.array(table.get("kind"), dtype=object)
    return [
        Child(table, made, path, many, *_joined(owners, (kinds == kind) & (owners >= 0), invoices))
        for kind, path, many in ((BILLING, BILLING_PATH, False), (SHIPPING, SHIPPING_PATH, True))
    ]


def _joined(owners: Positions, chosen: Positions, invoices: int) -> tuple[Positions, Positions]:
    """Give the order and the starts of the chosen records, by their owners."""
    import numpy as np

    order = np.flatnonzero(chosen)
    order = order[np.argsort(owners[order], kind="stable")]
    counts = np.bincount(owners[order], minlength=invoices)
    return order, np.concatenate(([0], np.cumsum(counts)))
