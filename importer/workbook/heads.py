"""Pure: the Invoices sheet's records → the invoices' own fields, one by one or as columns."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from importer.blocks import Block, Path, Values
from importer.model import Json, Part
from importer.workbook.layout import INVOICES
from importer.workbook.mapping import FREE
from importer.workbook.records import Records

if TYPE_CHECKING:
    from importer.blocks import Array

_SPECIAL = frozenset({"currency", "original", "open"})
_BALANCES = ("originalBalance", "openBalance")


class Heads:
    """The invoices' own fields; balances are JSON numbers, an empty open one is the original."""

    def __init__(self, table: Records) -> None:
        self._table = table
        self._flat = [
            (column.path, table.values[column.key])
            for column in INVOICES.columns
            if column.path and column.key not in _SPECIAL and column.key in table.values
        ]

    @cached_property
    def _balances(self) -> tuple[list[Any], list[Any]]:
        """The original and the open balances as JSON holds them; None: not there."""
        table = self._table
        originals, opens = table.get("original"), table.get("open")
        if None in opens:
            letter, bad = table.places.get("open", ("", ""))[0], table.bad
            triples = zip(opens, originals, table.rows, strict=True)
            opens = [
                original if remaining is None and (row, letter) not in bad else remaining
                for remaining, original, row in triples
            ]
        numbers = {text: _json_number(text) for text in {*originals, *opens} if text is not None}
        return [*map(numbers.get, originals)], [*map(numbers.get, opens)]

    def build(self, at: int) -> Json:
        """Build the fields of one invoice."""
        made: Json = {}
        for name, values in self._flat:
            value = values[at]
            if value is not None:
                made[name] = value
        code = self._currencies[at]
        for name, values in zip(_BALANCES, self._balances, strict=True):
            balance: Json = {"code": code} if code else {}
            value = values[at]
            if value is not None:
                balance["value"] = value
            made[name] = balance
        return made

    @cached_property
    def _currencies(self) -> list[str | None]:
        return self._table.get("currency")

    def add_extra_fields(self, position: int, body: Json, parts: list[Part]) -> None:
        """Put the columns that the user named into a body, and say where they came from."""
        table = self._table
        fields: list[Json] = []
        for name, values in table.free.items():
            if values[position] is not None:
                path = f"/extraFields/{len(fields)}"
                base = f"extraFields/{name}"
                rows = (table.moved.get(position, {}).get(FREE + name) or table.rows[position],)
                parts.append(Part(path, table.title, rows, many=False, base=base))
                fields.append({"fieldName": name, "fieldValue": values[position]})
        if fields:
            body["extraFields"] = fields

    def block(self, at_fault: Mapping[str, Collection[int]]) -> Block:
        """Give the fields of all invoices at once; `at_fault` are rows of cells by letter."""
        import numpy as np

        count = len(self._table.rows)
        columns: dict[Path, Values] = {(name,): Values(values) for name, values in self._flat}
        for name, balances in zip(_BALANCES, self._balances, strict=True):
            columns[name, "value"] = Values(balances)
        coded = frozenset(_BALANCES)
        order, starts = np.arange(count), np.arange(count + 1)
        excused = self._excused(at_fault)
        return Block((), False, columns, order, starts, {}, coded, coded, excused)

    def excused(self, key: str, at_fault: Mapping[str, Collection[int]]) -> Array:
        """Mark the invoices of which the cell in one column is at fault already."""
        import numpy as np

        rows = at_fault.get(self._table.places.get(key, ("", ""))[0], ())
        return np.isin(np.array(self._table.rows), list(rows))

    def _excused(self, at_fault: Mapping[str, Collection[int]]) -> dict[Path, Array]:
        if not at_fault:
            return {}
        found: dict[Path, Array] = {
            (column.path,): self.excused(column.key, at_fault)
            for column in INVOICES.columns
            if column.path and column.key not in _SPECIAL
        }
        original = self.excused("original", at_fault)
        found["originalBalance", "value"] = original
        # An empty open balance is the original: nothing is said of it where that is missing.
        found["openBalance", "value"] = self.excused("open", at_fault) | original
        return found

    def extra_blocks(self) -> Iterator[Block]:
        """Give the columns that the user named, each at once."""
        import numpy as np

        for name, column in self._table.free.items():
            values = Values(column)
            starts = np.concatenate(([0], np.cumsum(values.filled)))
            columns: dict[Path, Values] = {("fieldValue",): values}
            order = np.flatnonzero(values.filled)
            yield Block(("extraFields",), True, columns, order, starts, {("fieldName",): name})


def _json_number(amount: str) -> int | float:
    """Give an amount as JSON's number: at most 15 digits, so that a float holds it exactly."""
    return float(amount) if "." in amount else int(amount)
