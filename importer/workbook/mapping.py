"""A user's own file that says which of their sheets, headers and values are which of ours.

A mapping is TOML. Column names in it are ours, headers are the user's, `"=C"` names a column by
its letter:

    locale = "de_DE"
    date_formats = ["DD.MM.YYYY"]
    ignore_sheets = ["Pivot"]

    [invoices]                        # or lines, addresses, costs, shipments
    sheet = "Rechnungen"
    header_row = 3                    # 0: the sheet has no header
    ignore = ["Mandant"]
    columns = { "Invoice Number" = "Beleg", "Extra: Project" = "=F" }
    constants = { Currency = "EUR" }
    values.Status = { "Bezahlt" = "Completed" }

    [flat]                            # one sheet whose rows hold an invoice and a line each
    sheet = "Export"
    fill_down = false
    invoices.columns = { ... }        # and lines, shipments, addresses.billing, costs."Freight"
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping as Map
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from importer.errors import SettingsError
from importer.model import Json
from importer.workbook.fields import SheetLayout, normal
from importer.workbook.options import ReadOptions

LETTER = re.compile(r"=\s*([A-Za-z]{1,3})\s*")
"""How a mapping names a column by its letter: `=C`."""

FREE = "free:"
"""Before the name of a column that the user names himself: `free:Project`."""


@dataclass(frozen=True)
class SheetMapping:
    """What a mapping says of one of our sheets, or of one part of a flat sheet.

    `columns` gives the user's header, or `=C`, for our column's key (`free:Project` for the
    user's own); `constants` one value for all rows; `values` for some keys what a cell's text
    (folded) stands for. `ignore` are headers that are left alone. With `only`, no other column is
    taken by its name.
    """

    title: str | None = None
    header_row: int | None = None
    columns: Map[str, str] = field(default_factory=dict)
    constants: Map[str, Any] = field(default_factory=dict)
    values: Map[str, Map[str, Any]] = field(default_factory=dict)
    ignore: tuple[str, ...] = ()
    only: bool = False

    @property
    def by_letter(self) -> bool:
        """Whether some column is named by its letter."""
        return any(LETTER.fullmatch(wanted) for wanted in self.columns.values())


AS_NAMED = SheetMapping()
"""No mapping: sheets and columns go by their names."""


@dataclass(frozen=True)
class FlatPart:
    """What of a flat sheet's rows becomes a record of one of our sheets.

    `key` tells the parts apart: `invoices`, `lines`, `billing`, `shipping`, `shipments`, `cost1`.
    """

    key: str
    layout: SheetLayout
    mapped: SheetMapping


@dataclass(frozen=True)
class FlatMapping:
    """What a mapping says of a flat sheet. With `fill_down` an empty invoice number is that above.

    `parts` begins with that of the invoices.
    """

    title: str
    parts: tuple[FlatPart, ...]
    header_row: int | None = None
    fill_down: bool = False
    ignore: tuple[str, ...] = ()

    @cached_property
    def keys(self) -> frozenset[str]:
        """The keys of our sheets that the flat sheet stands for."""
        return frozenset(part.layout.key for part in self.parts)


@dataclass(frozen=True)
class WorkbookMapping:
    """A whole mapping. `raw` is the table it was made from, fit for JSON; `name` its file's."""

    sheets: Map[str, SheetMapping] = field(default_factory=dict)
    flat: FlatMapping | None = None
    locale: str | None = None
    date_formats: tuple[str, ...] = ()
    ignore_sheets: tuple[str, ...] = ()
    raw: Json = field(default_factory=dict)
    name: str = "mapping.toml"

    def of(self, layout: SheetLayout) -> SheetMapping:
        """Give what it says of one of our sheets."""
        return self.sheets.get(layout.key, AS_NAMED)

    def settled(self, options: ReadOptions) -> ReadOptions:
        """Give the options with what the mapping says where they say nothing themselves."""
        return replace(
            options,
            mapping=self,
            locale=options.locale or self.locale,
            date_formats=options.date_formats or self.date_formats,
        )


def load(path: Path) -> WorkbookMapping:
    """Read a mapping file. Raises SettingsError, naming the key, when it can't be used."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
        table = tomllib.loads(text)
    except FileNotFoundError:
        raise SettingsError(
            f"There is no mapping {path}.", f"Make one: importer map WORKBOOK -o {path}"
        ) from None
    except OSError as error:
        raise SettingsError(f"The mapping {path} can't be read: {error.strerror}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"The mapping {path.name} is not valid TOML: {error}.",
            "Text needs quotes on both sides, and each line needs one = sign.",
        ) from None
    return parse(table, path.name)


def parse(table: Json, name: str = "mapping.toml") -> WorkbookMapping:
    """Make a mapping of its table; `name` is what messages call it. Raises SettingsError."""
    from importer.workbook.mapping_table import Wrong, read_table

    try:
        return replace(read_table(table), name=name)
    except Wrong as wrong:
        raise SettingsError(
            f"The mapping {name} can't be used: {wrong.path} {wrong.message}.", wrong.remedy
        ) from None


def remembered(mapping: WorkbookMapping | None, options: ReadOptions) -> Json | None:
    """Give what a run keeps so that its report is read in the same way; None for nothing."""
    table = dict(mapping.raw) if mapping else {}
    if options.locale:
        table["locale"] = options.locale
    if options.date_formats:
        table["date_formats"] = list(options.date_formats)
    return table or None


def fold(text: str) -> str:
    """Give a cell's text as value maps compare it: in any case, spacing and Unicode form."""
    return _spaced(unicodedata.normalize("NFC", text.casefold()))


def same_title(one: str, other: str) -> bool:
    """Whether two titles name one sheet, in any case and spacing."""
    return fold(one) == fold(other)


def find_header(texts: Map[str, str], wanted: str) -> list[str]:
    """Give the letters of the columns that a mapping's header (or `=C`) names.

    `texts` are the headers by letter. The same words go before words alike in all but case,
    spacing and punctuation.
    """
    letter = LETTER.fullmatch(wanted)
    if letter:
        return [letter[1].upper()] if letter[1].upper() in texts else []
    for same in (_spaced, fold, normal):
        hits = [at for at, text in texts.items() if text and same(text) == same(wanted)]
        if hits and same(wanted):
            return hits
    return []


def _spaced(text: str) -> str:
    """Give a text in one Unicode form, with single blanks."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def listed(names: Sequence[str]) -> str:
    """Give names in quotes, one after another."""
    return ", ".join(f"“{name}”" for name in names)
