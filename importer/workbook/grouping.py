"""Pure: typed records → payloads with origins, joined by invoice number, never by position.

Payloads are made one at a time as they are asked for: a hundred thousand invoices never stand in
memory as Python objects.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from importer.blocks import Blocks, Values
from importer.codes import Place, again, fault
from importer.folding import fold
from importer.model import Columns, Fault, Origins, Part, Payload
from importer.totals import names_a_total
from importer.workbook.children import Child, children_of, moved_parts, owners_of, shared_child
from importer.workbook.heads import Heads
from importer.workbook.records import Records, columns_of
from importer.workbook.sharing import BILLING_PATH, Shared, share_addresses
from importer.workbook.totalling import total_label, total_rows

if TYPE_CHECKING:
    from importer.workbook.children import Positions

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
        return self.at(range(len(self)))

    def at(self, positions: Iterable[int]) -> Iterator[Payload]:
        """Make the payloads of the invoices at some positions of the Invoices sheet."""
        invoices, heads = self.records["invoices"], self._heads
        currencies = invoices.get("currency")
        numbers = invoices.numbers
        for position in positions:
            body = heads.build(position)
            rows = (invoices.rows[position], *invoices.more.get(position, ()))
            parts = [Part("", invoices.title, rows, many=False)]
            if position in invoices.moved:
                parts += moved_parts(invoices, position, "")
            heads.add_extra_fields(position, body, parts)
            for child in self._children:
                chosen = child.of(position)
                if chosen:
                    child.add(body, parts, chosen, currencies[position])
            yield Payload(numbers[position] or "", body, Origins(tuple(parts), self.columns))

    def blocks(self, at_fault: Mapping[str, Collection[int]] | None = None) -> Blocks:
        """Give the same payloads by columns.

        `at_fault` are the rows of the Invoices sheet of which something is said already, by the
        letter of the cell; a flat sheet's, where an invoice may fill several, don't count.
        """
        heads, invoices = self._heads, self.records["invoices"]
        if at_fault is None or invoices.part or invoices.moved:
            at_fault = {}
        currencies = Values([code or None for code in invoices.get("currency")])
        below = (*heads.extra_blocks(), *(child.block for child in self._children))
        settled = currencies.filled | heads.excused("currency", at_fault)
        return Blocks(heads.block(at_fault), below, currencies, settled)

    @cached_property
    def _heads(self) -> Heads:
        return Heads(self.records["invoices"])


def group(records: Mapping[str, Records]) -> Groups:
    """Join the sheets by invoice number."""
    invoices = records["invoices"]
    first = _first_positions(invoices.numbers)
    totals = total_rows(invoices)
    faults = [*totals.values()]
    faults += _duplicates(invoices, "number", "invoice-duplicate", totals)
    faults += _alike(invoices, first)
    children = []
    for key, table in records.items():
        if key != "invoices":
            owners = owners_of(table, first)
            faults += _orphans(table, owners, invoices.title)
            children += children_of(table, owners, len(invoices.rows))
    faults += _duplicates(invoices, "order", "order-duplicate")
    faults += _more_than_one([c for c in children if c.path.endswith(BILLING_PATH)])
    shared, more = share_addresses(records)
    for found in shared:
        own = [child for child in children if child.path == found.path]
        faults += _own_and_shared(invoices, found, own)
        children.append(shared_child(records["addresses"], found))
    return Groups(records, columns_of(records), (*faults, *more), tuple(children))


def _first_positions(numbers: Sequence[str | None]) -> dict[str | None, int]:
    """Give the position at which each number stands first."""
    first = dict(zip(numbers, range(len(numbers)), strict=True))
    if len(first) < len(numbers):
        first.clear()
        for position, number in enumerate(numbers):
            first.setdefault(number, position)
    first.pop(None, None)
    return first


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


def _duplicates(
    table: Records, key: str, code: str, apart: Collection[int] = frozenset()
) -> list[Fault]:
    """Give a fault for each row whose value appears in several; those `apart` don't count."""
    import pandas as pd

    filled = [value for value in table.get(key) if value is not None]
    if len(set(filled)) == len(filled):
        return []
    values = pd.Series(table.get(key), dtype=object).drop([*apart])
    twice = values[values.notna() & values.duplicated(keep=False)]
    faults = []
    for value, group_ in twice.groupby(twice):
        rows = ", ".join(str(table.rows[at]) for at in group_.index[:10])
        first = fault(code, table.place(key, group_.index[0]), value=value, rows=rows)
        more = (table.place(key, at) for at in group_.index[1:])
        faults += [first, *(again(first, place.row or 0, place.invoice) for place in more)]
    return faults


def _alike(invoices: Records, first: Mapping[str | None, int]) -> list[Fault]:
    """Give a warning for each invoice number that a store may take for another one."""
    known = [*filter(None, first)]
    if _surely_differ(known):
        return []
    by_look: dict[str, list[str]] = {}
    for number in known:
        by_look.setdefault(fold(number), []).append(number)
    faults = []
    for numbers in by_look.values():
        for number in numbers if len(numbers) > 1 else ():
            others = [one for one in numbers[: _MOST_NAMED + 1] if one != number][:_MOST_NAMED]
            named = ", ".join(f"{one} in row {invoices.rows[first[one]]}" for one in others)
            place = invoices.place("number", first[number])
            faults.append(fault("invoice-numbers-alike", place, value=number, others=named))
    return faults


def _surely_differ(numbers: Sequence[str]) -> bool:
    """Whether no two numbers look alike, asked of all at once: they are ASCII without blanks."""
    joined = "\n".join(numbers)
    if not joined.isascii():
        return False
    folded = joined.lower().split("\n")
    return folded == joined.lower().split() and len(set(folded)) == len(folded)


def _orphan(place: Place, number: str, invoices: str) -> Fault:
    if names_a_total(number):
        return fault("row-looks-like-total", place, reason=f"its number is “{number}”")
    return fault("row-without-invoice", place, value=number, invoices=invoices)


def _ownerless(table: Records, at: int, *, coded: bool) -> Fault:
    place = table.place("number", at)
    if label := total_label(table, at):
        return fault("row-looks-like-total", place, reason=f"it says “{label}”")
    return fault("address-without-owner" if coded else "required-missing", place)


def _orphans(table: Records, owners: Positions, invoices: str) -> list[Fault]:
    """Give a fault for each row that belongs to no invoice, or has no kind of address."""
    import numpy as np

    faults = []
    number_letter = table.places.get("number", ("", ""))[0]
    codes = table.get("code")
    coded = table.places.get("code", ("", ""))[0]
    for at in np.flatnonzero(owners < 0).tolist():
        number = table.numbers[at]
        if number is not None:
            faults.append(_orphan(table.place("number", at), number, invoices))
        elif codes[at] is None:
            row = table.rows[at]
            if (row, number_letter) not in table.bad and (row, coded) not in table.bad:
                faults.append(_ownerless(table, at, coded=bool(coded)))
    if table.layout.key == "addresses" and None in table.get("kind"):
        letter = table.places.get("kind", ("", ""))[0]
        faults += [
            fault("required-missing", table.place("kind", at), column="Address Type")
            for at, kind in enumerate(table.get("kind"))
            if kind is None
            and table.numbers[at] is not None
            and (table.rows[at], letter) not in table.bad
        ]
    return faults
