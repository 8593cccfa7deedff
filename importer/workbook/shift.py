"""The workbook in which the app Shift exports and imports invoices of B2B Edition, read as it is.

Its sheet Basic has one row for each invoice; the rows of the other sheets belong to an invoice by
its External ID, not by its number. The sheets, the columns of Basic, the join and the modes of
import are as Shift's documentation has them (its guide to invoices, and to import modes); where
that doesn't name a column, its own pattern of names is followed: `Unit Price Currency`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from importer.codes import fault
from importer.model import Fault
from importer.workbook.fields import Column, Kind, SheetLayout, normal
from importer.workbook.layout import ADDRESSES, COSTS, INVOICES, LINES, SHIPMENTS, match_sheet
from importer.workbook.mapping import SheetMapping

if TYPE_CHECKING:
    from importer.workbook.records import Records

EXTERNAL_ID = "external_id"
"""The key of the column of Basic by which the other sheets are joined to it."""

INFORMATIVE = SheetMapping(
    ignore=("ID", "Customer Name", "Company Name", "Channel Name", "Created At", "Updated At")
)
"""Columns of its exports that the store fills in by itself."""

_MODE, _CURRENCY_OF = "mode", "currency of "
_CREATES = frozenset({"Merge", "Create"})
_MODES = ("Merge", "Create", "Update", "Replace", "Delete", "Skip")

_ALSO: Mapping[str, tuple[str, ...]] = {
    "currency": ("Original Balance Currency",),
    "original": ("Original Balance Amount", "Original Balance Value"),
    "open": ("Open Balance Amount", "Open Balance Value"),
    "price": ("Unit Price Amount", "Unit Price Value"),
    "discount": ("Unit Discount Amount", "Unit Discount Value"),
    "amount": ("Amount Amount", "Amount Value", "Cost Line Amount"),
    "terms": ("Terms Conditions",),
    "street1": ("Street Line 1",),
    "street2": ("Street Line 2",),
}
"""What it calls columns of ours beside the names that we know."""


def _columns(layout: SheetLayout, *leave_out: str) -> tuple[Column, ...]:
    """Give a sheet's columns under the names that Shift has for them."""
    return tuple(
        replace(column, aliases=(*column.aliases, *_ALSO.get(column.key, ())))
        for column in layout.columns
        if column.key not in leave_out
    )


def _numbered(column: Column) -> Column:
    """Let a choice also be given by the store's own number for it: 0 for Open."""
    if not column.choices:
        return column
    return replace(
        column, choices={**column.choices, **{str(n): n for n in column.choices.values()}}
    )


def _currency_of(key: str, *headers: str) -> Column:
    return Column(_CURRENCY_OF + key, headers[0], Kind.CURRENCY, aliases=headers[1:])


def _joined(layout: SheetLayout, title: str, key: str, path: str, *more: Column) -> SheetLayout:
    """Make the layout of a sheet whose rows belong to an invoice by its External ID."""
    number = Column("number", "External ID", Kind.IDENTIFIER, required=True)
    columns = (number, *_columns(layout, "number", "kind", "code"), *more)
    return replace(
        layout,
        key=key,
        title=title,
        path=path,
        columns=columns,
        aliases=(),
        either=(),
        joined_by=EXTERNAL_ID,
    )


BASIC = replace(
    INVOICES,
    title="Basic",
    columns=(
        *map(_numbered, _columns(INVOICES, "billing_code", "shipping_code")),
        Column(_MODE, "Mode", Kind.CHOICE, choices={mode: mode for mode in _MODES}),
        _currency_of("open", "Open Balance Currency"),
    ),
)

JOINED = (
    _joined(ADDRESSES, "Billing Address", "billing", f"{ADDRESSES.path}/billingAddress"),
    _joined(ADDRESSES, "Shipping Addresses", "shipping", f"{ADDRESSES.path}/shippingAddresses"),
    _joined(
        COSTS,
        COSTS.title,
        COSTS.key,
        COSTS.path,
        _currency_of("amount", "Amount Currency", "Currency"),
    ),
    _joined(SHIPMENTS, SHIPMENTS.title, SHIPMENTS.key, SHIPMENTS.path),
    _joined(
        LINES,
        LINES.title,
        LINES.key,
        LINES.path,
        _currency_of("price", "Unit Price Currency", "Currency"),
        _currency_of("discount", "Unit Discount Currency"),
    ),
    SheetLayout(
        key="extras",
        title="Extra Fields",
        path="extraFields",
        joined_by=EXTERNAL_ID,
        columns=(
            Column("number", "External ID", Kind.IDENTIFIER, required=True),
            Column(
                "name",
                "Field Name",
                Kind.TEXT,
                "fieldName",
                required=True,
                aliases=("Name", "Extra Field Name", "Extra Field", "Field"),
            ),
            Column(
                "value",
                "Field Value",
                Kind.TEXT,
                "fieldValue",
                default="",
                aliases=("Value", "Extra Field Value"),
            ),
        ),
    ),
)

SHEETS = (BASIC, *JOINED)

_BY_TITLE = {normal(layout.title): layout for layout in SHEETS}


def is_shift(titles: Sequence[str]) -> bool:
    """Whether these are the titles of such a workbook: Basic is among them, and no Invoices."""
    basic = any(match(title) is BASIC for title in titles)
    return basic and not any(match_sheet(title) is INVOICES for title in titles)


def match(title: str) -> SheetLayout | None:
    """Give the sheet of such a workbook that a title names."""
    return _BY_TITLE.get(normal(title))


def numbers_by_id(invoices: Records) -> dict[str, str | None]:
    """Give the invoice number for each External ID; the first, where several have one."""
    found: dict[str, str | None] = {}
    for joined, number in zip(invoices.get(EXTERNAL_ID), invoices.numbers, strict=True):
        if joined is not None:
            found.setdefault(joined, number)
    return found


def faults_of(records: Mapping[str, Records]) -> list[Fault]:
    """Give a fault for each row that can't be told an invoice, or isn't for a new one.

    That is an External ID on several invoices, a mode that doesn't create, and a currency that
    isn't its invoice's.
    """
    invoices = records["invoices"]
    currencies = dict(zip(invoices.numbers, invoices.get("currency"), strict=True))
    faults = [*_shared_ids(invoices), *_other_modes(invoices)]
    for table in records.values():
        for key in table.values:
            if key.startswith(_CURRENCY_OF):
                faults += _other_currencies(table, key, currencies)
    return faults


def _shared_ids(invoices: Records) -> list[Fault]:
    rows: dict[str, list[int]] = {}
    for at, joined in enumerate(invoices.get(EXTERNAL_ID)):
        if joined is not None:
            rows.setdefault(joined, []).append(at)
    return [
        fault(
            "external-id-shared",
            invoices.place(EXTERNAL_ID, at),
            value=joined,
            rows=", ".join(str(invoices.rows[one]) for one in shared[:10]),
        )
        for joined, shared in rows.items()
        for at in (shared if len(shared) > 1 else ())
    ]


def _other_modes(invoices: Records) -> list[Fault]:
    return [
        fault("mode-creates-nothing", invoices.place(_MODE, at), value=mode)
        for at, mode in enumerate(invoices.get(_MODE))
        if mode is not None and mode not in _CREATES
    ]


def _other_currencies(
    table: Records, key: str, currencies: Mapping[str | None, str | None]
) -> list[Fault]:
    faults = []
    for at, (code, number) in enumerate(zip(table.get(key), table.numbers, strict=True)):
        wanted = currencies.get(number)
        if code is not None and wanted is not None and code != wanted:
            place = table.place(key, at)
            faults.append(fault("currency-not-the-invoices", place, value=code, currency=wanted))
    return faults
