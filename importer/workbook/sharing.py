"""Pure: addresses that invoices name by a code, so that one row serves any number of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from importer.codes import fault
from importer.model import Fault
from importer.workbook.layout import ADDRESSES
from importer.workbook.records import Records

BILLING_PATH = f"{ADDRESSES.path}/billingAddress"
SHIPPING_PATH = f"{ADDRESSES.path}/shippingAddresses"


@dataclass(frozen=True)
class Shared:
    """The addresses of one kind that invoices name.

    `key` is the column of the code on Invoices; `positions` are the invoices that name a known
    code. The invoice at position i has the addresses `order[starts[i]:starts[i + 1]]`.
    """

    kind: str
    key: str
    path: str
    many: bool
    positions: Sequence[int]
    order: list[int]
    starts: list[int]


def share_addresses(records: Mapping[str, Records]) -> tuple[list[Shared], list[Fault]]:
    """Join addresses to the invoices that name their codes.

    Gives what is joined by kind of address, and a fault for each code that stands twice, is not
    known, or is that of an address which is at fault itself.
    """
    invoices, table = records["invoices"], records.get("addresses")
    by_code, faults = _codes(table)
    broken = _broken(table, by_code, faults)
    found = []
    for kind, key, path, many in (
        ("billing", "billing_code", BILLING_PATH, False),
        ("shipping", "shipping_code", SHIPPING_PATH, True),
    ):
        if key not in invoices.values:
            continue
        named = invoices.get(key)
        at = [-1 if code is None else by_code.get(code, -1) for code in named]
        title = table.title if table else ADDRESSES.title
        for position, (code, place) in enumerate(zip(named, at, strict=True)):
            if code is not None and place < 0:
                where = invoices.place(key, position)
                faults.append(fault("address-code-unknown", where, value=code, addresses=title))
            elif place in broken:
                where = invoices.place(key, position)
                faults.append(fault("address-code-unusable", where, value=code, cell=broken[place]))
        positions = [position for position, place in enumerate(at) if place >= 0]
        if positions:
            found.append(_joined(kind, key, path, many, positions, at))
    return found, faults


def _joined(
    kind: str, key: str, path: str, many: bool, positions: Sequence[int], at: Sequence[int]
) -> Shared:
    starts, count = [0], 0
    for place in at:
        count += place >= 0
        starts.append(count)
    return Shared(kind, key, path, many, positions, [at[p] for p in positions], starts)


def _codes(table: Records | None) -> tuple[dict[str, int], list[Fault]]:
    """Give the first row of each code, and a fault for each row whose code stands in several."""
    if table is None:
        return {}, []
    places: dict[str, list[int]] = {}
    for at, code in enumerate(table.get("code")):
        if code is not None:
            places.setdefault(code, []).append(at)
    faults = []
    for code, group in places.items():
        if len(group) > 1:
            rows = ", ".join(str(table.rows[at]) for at in group[:10])
            faults += [
                fault("address-code-duplicate", table.place("code", at), value=code, rows=rows)
                for at in group
            ]
    return {code: group[0] for code, group in places.items()}, faults


def _broken(
    table: Records | None, by_code: Mapping[str, int], faults: Sequence[Fault]
) -> dict[int, str]:
    """Give a bad cell of each address with a code that has one: whoever names it can't go out."""
    if table is None or not by_code:
        return {}
    rows = {row: f"{table.title}!{letter}{row}" for row, letter in table.bad}
    rows |= {fault.row: fault.cell or "" for fault in faults if fault.row}
    return {at: rows[table.rows[at]] for at in by_code.values() if table.rows[at] in rows}
