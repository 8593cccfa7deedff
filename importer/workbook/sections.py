"""Pure: everything of ours that a column of somebody else's sheet can be, for proposals."""

from __future__ import annotations

from functools import cache

from importer.workbook.fields import Column, SheetLayout
from importer.workbook.layout import ADDRESSES, BY_SHEET, COSTS, INVOICES, LINES
from importer.workbook.likeness import Field
from importer.workbook.vocabulary import ADDRESS_PREFIXES, COLUMN_WORDS, COST_WORDS

FLAT = "flat"
"""The key of a sheet whose rows hold an invoice and a line each."""


@cache
def fields_of(key: str) -> tuple[Field, ...]:
    """Give everything that a column of one of our sheets, or of a flat sheet, can be."""
    if key != FLAT:
        layout = BY_SHEET.get(key)
        return tuple(_fields(key, layout)) if layout else ()
    found = _fields("invoices", INVOICES) + [
        each for each in _fields("lines", LINES) if each.column.key != "number"
    ]
    for kind, prefixes in ADDRESS_PREFIXES.items():
        for each in _fields(f"addresses.{kind}", ADDRESSES):
            if each.column.key in ("number", "kind", "code"):
                continue
            names = (each.column.header, *each.column.aliases, *each.words)
            before = tuple(f"{prefix} {name}" for prefix in prefixes for name in names)
            plain = names if kind == "billing" else ()
            found.append(Field(each.section, each.column, (), (*before, *plain), spelled=False))
    amount = COSTS.by_key["amount"]
    for label, words in COST_WORDS.items():
        found.append(Field(f"costs.{label}", amount, (), words, spelled=False))
    return tuple(found)


def _fields(section: str, layout: SheetLayout) -> list[Field]:
    words = {
        "number": COLUMN_WORDS["invoices"]["number"],
        **COLUMN_WORDS.get(layout.key, {}),
    }
    return [
        Field(section, column, (column.header, *column.aliases), words.get(column.key, ()))
        for column in layout.columns
    ]


def named(column: Column, section: str) -> str:
    """Give a column's name as the terminal shows it: `Invoice Number`, `City (billing)`."""
    part = section.rpartition(".")[2] if "." in section else ""
    return f"{column.header} ({part})" if part else column.header
