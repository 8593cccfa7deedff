"""Pure: typed records → payloads with origins, joined by invoice number, never by position.

Payloads are made one at a time as they are asked for: a hundred thousand invoices never stand in
memory as Python objects.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from importer.codes import Place, again, fault
from importer.folding import fold
from importer.model import Columns, Fault, Json, Origins, Part, Payload
from importer.totals import names_a_total
from importer.workbook.children import Child, children_of, moved_parts, shared_child
from importer.workbook.layout import INVOICES
from importer.workbook.mapping import FREE
from importer.workbook.records import Records, columns_of
from importer.workbook.sharing import BILLING_PATH, Shared, share_addresses
from importer.workbook.totalling import total_label, total_rows

_MOST_NAMED = 5


@dataclass(frozen=True)
class Groups:
    """All payloads of a workbook, in the order of the Invoices sheet.

    `faults` are those of how the rows belong together; `columns` says where each JSON path stands.
    """

    records: Mapping[str, Records]
    columns: Columns
    faults: tuple[Fault, ...]
    _children: tuple[Child, ...]

    def __len__(self) -> int:
        return len(self.records["invoices"].rows)

    def __iter__(self) -> Iterator[Payload]:
        invoices = self.records["invoices"]
        head = _head_builder(invoices)
        currencies = invoices.get("currency")
        numbers = invoices.numbers
        for position, row in enumerate(invoices.rows):
            body = head(position)
            rows = (row, *invoices.more.get(position, ()))
            parts = [Part("", invoices.title, rows, many=False)]
            if position in invoices.moved:
                parts += moved_parts(invoices, position, "")
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
    totals = total_rows(invoices)
    faults = [*totals.values()]
    faults += _duplicates(invoices, "number", "invoice-duplicate", totals)
    faults += _alike(invoices, first)
    children = []
    for key, table in records.items():
        if key != "invoices":
            faults += _orphans(table, first, invoices.title)
            children += children_of(table, first, len(invoices.rows))
    faults += _duplicates(invoices, "order", "order-duplicate")
    faults += _more_than_one([c for c in children if c.path.endswith(BILLING_PATH)])
    shared, more = share_addresses(records)
    for found in shared:
        own = [child for child in children if child.path == found.path]
        faults += _own_and_shared(invoices, found, own)
        children.append(shared_child(records["addresses"], found))
    return Groups(records, columns_of(records), (*faults, *more), tuple(children))


def _more_than_one(children: Sequence[Child]) -> list[Fault]:
    """Give a fault for each billing address beyond the one that an invoice has room for."""
    import numpy as np

    if not children:
        return []
    counts = np.sum([np.diff(child.starts) for child in children], axis=0)
    faults = []
    for position in np.flatnonzero(counts > 1).tolist():
        chosen = [(child.table, at) for child in children for at in child.of(position)]
        rows = ", ".join(str(table.rows[at]) for table, at in chosen)
        for table, at in chosen:
            place = table.place("kind", at)
            faults.append(fault("billing-address-twice", place, value=place.invoice, rows=rows))
    return faults


def _own_and_shared(invoices: Records, found: Shared, own: Sequence[Child]) -> list[Fault]:
    """Give a fault for each invoice that names an address and has one of the same kind itself."""
    faults = []
    for position in found.positions:
        rows = [str(child.table.rows[at]) for child in own for at in child.of(position)]
        if rows:
            place = invoices.place(found.key, position)
            faults.append(
                fault(
                    "address-twice",
                    place,
                    value=place.invoice,
                    kind=found.kind,
                    shared=invoices.get(found.key)[position],
                    rows=", ".join(rows),
                )
            )
    return faults


def _head_builder(table: Records) -> Callable[[int], Json]:
    """Make the function that builds an invoice's own fields; balances are JSON numbers."""
    special = {"currency", "original", "open"}
    flat = [
        (column.path, table.values[column.key])
        for column in INVOICES.columns
        if column.path and column.key not in special and column.key in table.values
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
            rows = (table.moved.get(position, {}).get(FREE + name) or table.rows[position],)
            parts.append(Part(path, table.title, rows, many=False, base=base))
            fields.append({"fieldName": name, "fieldValue": values[position]})
    if fields:
        body["extraFields"] = fields


def _json_number(amount: str) -> int | float:
    """Give an amount as JSON's number: at most 15 digits, so that a float holds it exactly."""
    return float(amount) if "." in amount else int(amount)


def _duplicates(
    table: Records, key: str, code: str, apart: Collection[int] = frozenset()
) -> list[Fault]:
    """Give a fault for each row whose value appears in several; those `apart` don't count."""
    import pandas as pd

    values = pd.Series(table.get(key), dtype=object).drop([*apart])
    twice = values[values.notna() & values.duplicated(keep=False)]
    faults = []
    for value, group_ in twice.groupby(twice):
        rows = ", ".join(str(table.rows[at]) for at in group_.index[:10])
        first = fault(code, table.place(key, group_.index[0]), value=value, rows=rows)
        faults += [first, *(again(first, table.place(key, at)) for at in group_.index[1:])]
    return faults


def _alike(invoices: Records, first: Mapping[str | None, int]) -> list[Fault]:
    """Give a warning for each invoice number that a store may take for another one."""
    by_look: dict[str, list[str]] = {}
    for number in filter(None, first):
        by_look.setdefault(fold(number), []).append(number)
    faults = []
    for numbers in by_look.values():
        for number in numbers if len(numbers) > 1 else ():
            others = [one for one in numbers[: _MOST_NAMED + 1] if one != number][:_MOST_NAMED]
            named = ", ".join(f"{one} in row {invoices.rows[first[one]]}" for one in others)
            place = invoices.place("number", first[number])
            faults.append(fault("invoice-numbers-alike", place, value=number, others=named))
    return faults


def _orphan(place: Place, number: str, invoices: str) -> Fault:
    if names_a_total(number):
        return fault("row-looks-like-total", place, reason=f"its number is “{number}”")
    return fault("row-without-invoice", place, value=number, invoices=invoices)


def _ownerless(table: Records, at: int, *, coded: bool) -> Fault:
    place = table.place("number", at)
    if label := total_label(table, at):
        return fault("row-looks-like-total", place, reason=f"it says “{label}”")
    return fault("address-without-owner" if coded else "required-missing", place)


def _orphans(table: Records, first: Mapping[str | None, int], invoices: str) -> list[Fault]:
    """Give a fault for each row that belongs to no invoice, or has no kind of address."""
    faults = []
    number_letter = table.places.get("number", ("", ""))[0]
    codes = table.get("code")
    coded = table.places.get("code", ("", ""))[0]
    for at, number in enumerate(table.numbers):
        if number is not None and number not in first:
            faults.append(_orphan(table.place("number", at), number, invoices))
        elif number is None and codes[at] is None:
            row = table.rows[at]
            if (row, number_letter) not in table.bad and (row, coded) not in table.bad:
                faults.append(_ownerless(table, at, coded=bool(coded)))
    if table.layout.key == "addresses":
        letter = table.places.get("kind", ("", ""))[0]
        faults += [
            fault("required-missing", table.place("kind", at), column="Address Type")
            for at, kind in enumerate(table.get("kind"))
            if kind is None
            and table.numbers[at] is not None
            and (table.rows[at], letter) not in table.bad
        ]
    return faults
