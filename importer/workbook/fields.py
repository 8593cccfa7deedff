"""What the layout is made of: kinds of columns, columns, sheets, and how names are compared."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property, lru_cache
from typing import Any


class Kind(StrEnum):
    """How a column's cells are read. Each kind has one conversion in `columns`."""

    IDENTIFIER = "identifier"  # text whose every character counts: numbers, codes, zip codes
    TEXT = "text"
    AMOUNT = "amount"  # exact decimal with the currency's decimals
    QUANTITY = "quantity"  # exact decimal, any number of decimals
    CURRENCY = "currency"  # ISO 4217 code
    DATE = "date"  # → Unix seconds at the start of that day in the store's time zone
    DAY = "day"  # → ISO text, 2026-03-31
    CHOICE = "choice"  # one of a few labels → the API's value
    INTEGER = "integer"
    URL = "url"


KIND_WORDS: Mapping[Kind, str] = {
    Kind.IDENTIFIER: "text, kept exactly as typed",
    Kind.TEXT: "text",
    Kind.AMOUNT: "amount",
    Kind.QUANTITY: "number",
    Kind.CURRENCY: "currency code",
    Kind.DATE: "date",
    Kind.DAY: "date",
    Kind.CHOICE: "choice",
    Kind.INTEGER: "whole number",
    Kind.URL: "web address",
}


@dataclass(frozen=True)
class Column:
    """One column that we know. `path` is the JSON path below the row's own object ("" = none).

    `choices` maps the label in the cell to the API's value; `default` is what the API must be
    given when the cell is empty (None: the key is left out). `timed`: of a date, the time of day
    counts too.
    """

    key: str
    header: str
    kind: Kind
    path: str = ""
    required: bool = False
    aliases: tuple[str, ...] = ()
    choices: Mapping[str, Any] = field(default_factory=dict)
    default: str | None = None
    help: str = ""
    example: str = ""
    width: int = 16
    timed: bool = False


@dataclass(frozen=True)
class SheetLayout:
    """One sheet that we know. `path` is where its rows go in the payload.

    `free` is the prefix of columns that the user names himself (`Extra: Project` → `extraFields`).
    `either` are keys of columns of which the sheet needs at least one. `joined_by` is the key of
    the column of the invoices to whose values its rows belong, "" for the invoice number.
    """

    key: str
    title: str
    columns: tuple[Column, ...]
    path: str = ""
    aliases: tuple[str, ...] = ()
    free: str = ""
    help: str = ""
    either: tuple[str, ...] = ()
    joined_by: str = ""

    @property
    def needed(self) -> list[str]:
        """The headers that the sheet can't do without; `A or B` where one of them is enough."""
        either = (
            [" or ".join(self.by_key[key].header for key in self.either)] if self.either else []
        )
        return [*either, *(column.header for column in self.columns if column.required)]

    @cached_property
    def by_key(self) -> dict[str, Column]:
        """The columns by their keys."""
        return {column.key: column for column in self.columns}

    @cached_property
    def by_name(self) -> dict[str, Column]:
        """The columns by every name that a header may bear, normalised."""
        return {
            normal(name): column
            for column in self.columns
            for name in (column.header, *column.aliases)
        }

    def match(self, header: str) -> Column | None:
        """Give the column that a header names, in any case and spacing; None if it names none."""
        return self.by_name.get(normal(header))

    def free_name(self, header: str) -> str | None:
        """Give the user's own name of a free column: `Extra: Project` → `Project`."""
        prefix, colon, name = header.partition(":")
        if self.free and colon and normal(prefix) == normal(self.free) and name.strip():
            return name.strip()
        return None


@lru_cache(maxsize=10_000)
def normal(name: str) -> str:
    """Give a name as it is compared: lower case, letters and digits only (`PO No. *` → `pono`).

    Unicode forms don't count; a percent sign does: a discount in percent is no amount.
    """
    if not name.isascii():
        name = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    return re.sub(r"[\W_]+", "", name.casefold().replace("%", "percent"))
