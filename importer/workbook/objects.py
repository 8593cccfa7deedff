"""Pure: the JSON objects that the records of one sheet become, one by one or as columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

from importer.blocks import Path, Values
from importer.model import Json
from importer.workbook.fields import Kind
from importer.workbook.records import Records

Build = Callable[[int, str | None], Json]
"""Makes the JSON object of the record at a position; the second argument is the currency."""


class Objects:
    """What the records of a sheet become, by the sheet's layout."""

    def __init__(self, table: Records) -> None:
        self._table = table
        self._flat: dict[str, list[Any]] = {}
        self._money: dict[str, list[Any]] = {}
        self._constants: Json = {}
        for column in table.layout.columns:
            if not column.path:
                continue
            values = table.values.get(column.key)
            if values is None:
                if column.default is not None:
                    self._constants[column.path] = column.default
            elif column.kind is Kind.AMOUNT:
                self._money[column.path.partition("/")[0]] = values
            else:
                self._flat[column.path] = _filled_up(values, column.default)

    @cached_property
    def columns(self) -> Mapping[Path, Values]:
        """The values by their path within the objects."""
        found: dict[Path, Values] = {(name,): Values(v) for name, v in self._flat.items()}
        found |= {(name, "value"): Values(values) for name, values in self._money.items()}
        custom = self._table.free.items()
        return found | {("customFields", name): Values(values) for name, values in custom}

    @property
    def constants(self) -> Mapping[Path, Any]:
        """The values that all of the objects have."""
        return {(name,): value for name, value in self._constants.items()}

    @property
    def coded(self) -> frozenset[str]:
        """The amounts, which have the invoice's currency."""
        return frozenset(self._money)

    @cached_property
    def build(self) -> Build:
        """The function that builds one record's object."""
        constants, money, free = (
            self._constants,
            [*self._money.items()],
            [*self._table.free.items()],
        )
        full = [(name, values) for name, values in self._flat.items() if None not in values]
        flat = [(name, values) for name, values in self._flat.items() if None in values]

        def build(at: int, currency: str | None) -> Json:
            made = constants.copy()
            for name, values in full:
                made[name] = values[at]
            for name, values in flat:
                value = values[at]
                if value is not None:
                    made[name] = value
            for name, values in money:
                value = values[at]
                if value is not None:
                    made[name] = (
                        {"code": currency, "value": value} if currency else {"value": value}
                    )
            if free:
                custom = {name: values[at] for name, values in free if values[at] is not None}
                if custom:
                    made["customFields"] = custom
            return made

        return build


def _filled_up(values: list[Any], default: str | None) -> list[Any]:
    if default is None or None not in values:
        return values
    return [default if value is None else value for value in values]
