"""Pure: typed records → payloads with origins, joined by invoice number, never by position.

Payloads are made one at a time as they are asked for: a hundred thousand invoices never stand in
memory as Python objects.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from importer.codes import fault
from importer.model import Columns, Fault, Json, Origins, Part, Payload
from importer.workbook.layout import BILLING, INVOICES, SHIPPING, Kind
from importer.workbook.records import Records, columns_of

if TYPE_CHECKING:
    import numpy as np

Build = Callable[[int, str | None], Json]
"""Makes the JSON object of the record at a position; the second argument is the currency."""


@dataclass(frozen=True)
class Groups:
    """All payloads of a workbook, in the order of the Invoices sheet.

    `faults` are those of how the rows belong together; `columns` says where each JSON path stands.
    """

    records: Mapping[str, Records]
    columns: Columns
    faults: tuple[Fault, ...]
    _children: tuple[_Child, ...]

    def __len__(self) -> int:
        return len(self.records["invoices"].rows)

    def __iter__(self) -> Iterator[Payload]:
        invoices = self.records["invoices"]
        head = _head_builder(invoices)
        currencies = invoices.get("currency")
        numbers = invoices.numbers
        for position, row in enumerate(invoices.rows):
            body, parts = head(position), [Part("", invoices.title, (row,), many=False)]
            _add_extra_fields(invoices, position, body, parts)
            for child in self._children:
                chosen = child.of(position)
                if chosen:
                    child.add(body, parts, chosen, currencies[position])
            yield Payload(numbers[position] or "", body, Origins(tuple(parts), self.columns))


def group(records: Mapping[str, Records]) -> Groups:
    """Join the sheets by invoice number."""
    invoices = records["invoices"]
    first: dict[str | None, int] = {}
    for position, number in enumerate(invoices.numbers):
        first.setdefault(number, position)
    first.pop(None, None)
    faults = _duplicates(invoices, "number", "invoice-duplicate")
    children = []
    for key, table in records.items():
        if key != "invoices":
            faults += _orphans(table, first, invoices.title)
            children += _children_of(table, first, len(invoices.rows))
    faults += _duplicates(invoices, "order", "order-duplicate")
    for child in children:
        if child.path.endswith("billingAddress"):
            faults += child.more_than_one()
    return Groups(records, columns_of(records), tuple(faults), tuple(children))


@dataclass(frozen=True)
class _Child:
    """The rows of one sheet (of one kind of address) that go to one place in the payload."""

    table: Records
    path: str
    many: bool
    build: Build
    order: list[int]
    starts: list[int]

    def of(self, position: int) -> Sequence[int]:
        """Give the positions of the records of one invoice, in the order of their rows."""
        return self.order[self.starts[position] : self.starts[position + 1]]

    def add(
        self, body: Json, parts: list[Part], chosen: Sequence[int], currency: str | None
    ) -> None:
        """Put the objects of the chosen records into a body, and say where they came from."""
        objects = [self.build(at, currency) for at in chosen]
        *outer, last = self.path.split("/")
        for step in outer:
            body = body.setdefault(step, {})
        body[last] = objects if self.many else objects[0]
        rows = tuple([self.table.rows[at] for at in chosen])
        parts.append(Part(f"/{self.path}", self.table.title, rows, self.many))

    def more_than_one(self) -> list[Fault]:
        """Give a fault for each record beyond what the payload has room for."""
        faults = []
        for position in range(len(self.starts) - 1):
            chosen = self.of(position)
            if len(chosen) < 2:
                continue
            rows = ", ".join(str(self.table.rows[at]) for at in chosen)
            for at in chosen:
                place = self.table.place("kind", at)
                faults.append(fault("billing-address-twice", place, value=place.invoice, rows=rows))
        return faults


def _children_of(table: Records, first: Mapping[str | None, int], invoices: int) -> list[_Child]:
    import numpy as np

    owners = np.array([first.get(number, -1) for number in table.numbers], dtype=np.int64)
    if table.layout.key != "addresses":
        return [_child(table, table.layout.path, True, owners, invoices)]
    kinds = np.array(table.get("kind"), dtype=object)
    billing = np.where(kinds == BILLING, owners, -1)
    shipping = np.where(kinds == SHIPPING, owners, -1)
    path = table.layout.path
    return [
        _child(table, f"{path}/billingAddress", False, billing, invoices),
        _child(table, f"{path}/shippingAddresses", True, shipping, invoices),
    ]


def _child(
    table: Records, path: str, many: bool, owners: np.ndarray[Any, Any], invoices: int
) -> _Child:
    import numpy as np

    order = np.argsort(owners, kind="stable")
    starts = np.searchsorted(owners[order], np.arange(invoices + 1))
    return _Child(table, path, many, _builder(table), order.tolist(), starts.tolist())


def _builder(table: Records) -> Build:
    """Make the function that builds one record's JSON object, from the layout."""
    flat: list[tuple[str, list[Any]]] = []
    money: list[tuple[str, list[Any]]] = []
    constants: Json = {}
    for column in table.layout.columns:
        if not column.path:
            continue
        values = table.values.get(column.key)
        if values is None:
            if column.default is not None:
                constants[column.path] = column.default
        elif column.kind is Kind.AMOUNT:
            money.append((column.path.partition("/")[0], values))
        elif column.default is None:
            flat.append((column.path, values))
        else:
            default = column.default
            flat.append((column.path, [default if v is None else v for v in values]))
    free = list(table.free.items())

    def build(at: int, currency: str | None) -> Json:
        made = dict(constants)
        for name, values in flat:
            value = values[at]
            if value is not None:
                made[name] = value
        for name, values in money:
            value = values[at]
            if value is not None:
                made[name] = {"code": currency, "value": value} if currency else {"value": value}
        if free:
            custom = {name: values[at] for name, values in free if values[at] is not None}
            if custom:
                made["customFields"] = custom
        return made

    return build


def _head_builder(table: Records) -> Callable[[int], Json]:
    """Make the function that builds an invoice's own fields; balances are JSON numbers."""
    special = {"currency", "original", "open"}
    flat = [
        (column.path, table.values[column.key])
        for column in INVOICES.columns
        if column.key not in special and column.key in table.values
    ]
    currencies, originals, opens = (table.get(key) for key in ("currency", "original", "open"))
    open_letter = table.places.get("open", ("", ""))[0]

    def build(at: int) -> Json:
        made: Json = {}
        for name, values in flat:
            value = values[at]
            if value is not None:
                made[name] = value
        code, original, remaining = currencies[at], originals[at], opens[at]
        if remaining is None and (table.rows[at], open_letter) not in table.bad:
            remaining = original
        for name, value in (("originalBalance", original), ("openBalance", remaining)):
            balance: Json = {"code": code} if code else {}
            if value is not None:
                balance["value"] = _json_number(value)
            made[name] = balance
        return made

    return build


def _add_extra_fields(table: Records, position: int, body: Json, parts: list[Part]) -> None:
    fields: list[Json] = []
    for name, values in table.free.items():
        if values[position] is not None:
            path = f"/extraFields/{len(fields)}"
            base = f"extraFields/{name}"
            rows = (table.rows[position],)
            parts.append(Part(path, table.title, rows, many=False, base=base))
            fields.append({"fieldName": name, "fieldValue": values[position]})
    if fields:
        body["extraFields"] = fields


def _json_number(amount: str) -> int | float:
    """Give an amount as JSON's number: at most 15 digits, so that a float holds it exactly."""
    return float(amount) if "." in amount else int(amount)


def _duplicates(table: Records, key: str, code: str) -> list[Fault]:
    import pandas as pd

    values = pd.Series(table.get(key), dtype=object)
    twice = values[values.notna() & values.duplicated(keep=False)]
    faults = []
    for value, group_ in twice.groupby(twice):
        rows = ", ".join(str(table.rows[at]) for at in group_.index[:10])
        for at in group_.index:
            faults.append(fault(code, table.place(key, at), value=value, rows=rows))
    return faults


def _orphans(table: Records, first: Mapping[str | None, int], invoices: str) -> list[Fault]:
    """Give a fault for each row that belongs to no invoice, or has no kind of address."""
    faults = []
    number_letter = table.places["number"][0]
    for at, number in enumerate(table.numbers):
        if number is not None and number not in first:
            faults.append(
                fault(
                    "row-without-invoice",
                    table.place("number", at),
                    value=number,
                    invoices=invoices,
                )
            )
        elif number is None and (table.rows[at], number_letter) not in table.bad:
            faults.append(fault("required-missing", table.place("number", at)))
    if table.layout.key == "addresses":
        letter = table.places["kind"][0]
        faults += [
            fault("required-missing", table.place("kind", at))
            for at, kind in enumerate(table.get("kind"))
            if kind is None and (table.rows[at], letter) not in table.bad
        ]
    return faults
