"""Pure: a mapping's TOML table → `WorkbookMapping`. Every key that isn't known is told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from importer.model import Json
from importer.workbook.bad import Bad
from importer.workbook.columns import converter
from importer.workbook.fields import Column, Kind, SheetLayout, normal
from importer.workbook.layout import BILLING, BY_SHEET, SHIPPING
from importer.workbook.mapping import (
    FREE,
    FlatMapping,
    FlatPart,
    SheetMapping,
    WorkbookMapping,
    fold,
)
from importer.workbook.options import Limits, ReadOptions, known_locale, strptime_format

SHEET_KEYS = ("sheet", "header_row", "columns", "constants", "values", "ignore")
PART_KEYS = ("columns", "constants", "values")
FLAT_KEYS = (
    "sheet", "header_row", "fill_down", "ignore",
    "invoices", "lines", "addresses", "costs", "shipments",
)  # fmt: skip
TOP_KEYS = ("locale", "date_formats", "ignore_sheets", "flat", *BY_SHEET)
ADDRESS_LABELS = {BILLING: "Billing", SHIPPING: "Shipping"}
LAST_HEADER_ROW = Limits().header_rows


class Wrong(Exception):
    """A key that can't be taken: its path, what is wrong (after the path), and what to do."""

    def __init__(self, path: str, message: str, remedy: str = "") -> None:
        super().__init__(f"{path} {message}")
        self.path = path
        self.message = message
        self.remedy = remedy


def read_table(table: Json) -> WorkbookMapping:
    """Make a mapping of its table. Raises Wrong."""
    _only(table, TOP_KEYS, "")
    options = ReadOptions(
        locale=_locale(table.get("locale")), date_formats=_formats(table.get("date_formats", []))
    )
    flat = _flat(table["flat"], options) if "flat" in table else None
    sheets = {
        key: _sheet(_table(table[key], key), layout, options, key)
        for key, layout in BY_SHEET.items()
        if key in table
    }
    for key in ("invoices", "lines"):
        if flat and key in flat.keys and key in sheets:
            raise Wrong(
                f"[{key}]", f"can't be used together with [flat.{key}]", "Keep one of the two."
            )
    return WorkbookMapping(
        sheets=sheets,
        flat=flat,
        locale=options.locale,
        date_formats=options.date_formats,
        ignore_sheets=_texts(table.get("ignore_sheets", []), "ignore_sheets", _title),
        raw=_plain(table),
    )


def _flat(value: Any, options: ReadOptions) -> FlatMapping:
    table = _table(value, "flat")
    _only(table, FLAT_KEYS, "flat")
    if "sheet" not in table or "invoices" not in table:
        missing = "sheet" if "sheet" not in table else "invoices.columns"
        raise Wrong(f"flat.{missing}", "is missing", "A flat sheet needs its title and an invoice.")
    parts = [_part("invoices", "invoices", table["invoices"], options, "flat.invoices")]
    if "number" not in parts[0].mapped.columns:
        raise Wrong(
            "flat.invoices.columns",
            "doesn't say which column holds the Invoice Number",
            "A flat sheet's invoices are told apart by it.",
        )
    parts += [
        _part(key, key, table[key], options, f"flat.{key}")
        for key in ("lines", "shipments")
        if key in table
    ]
    for kind, part in _table(table.get("addresses", {}), "flat.addresses").items():
        path = f"flat.addresses.{kind}"
        if kind not in ADDRESS_LABELS:
            raise Wrong(path, "is not a kind of address", "Use addresses.billing or .shipping.")
        parts.append(_part(kind, "addresses", part, options, path, {"kind": ADDRESS_LABELS[kind]}))
    for at, (label, part) in enumerate(_table(table.get("costs", {}), "flat.costs").items(), 1):
        fixed = {"description": label}
        parts.append(_part(f"cost{at}", "costs", part, options, f"flat.costs.{label}", fixed))
    return FlatMapping(
        title=_title(table["sheet"], "flat.sheet"),
        parts=tuple(parts),
        header_row=_header_row(table.get("header_row"), "flat.header_row"),
        fill_down=_bool(table.get("fill_down", False), "flat.fill_down"),
        ignore=_texts(table.get("ignore", []), "flat.ignore"),
    )


def _part(
    key: str,
    sheet: str,
    value: Any,
    options: ReadOptions,
    path: str,
    fixed: Mapping[str, str] | None = None,
) -> FlatPart:
    """Make one part of a flat sheet; `fixed` are the columns that the part itself fills."""
    table, layout = _table(value, path), BY_SHEET[sheet]
    _only(table, PART_KEYS, path)
    found = _mapped(table, layout, options, path)
    for taken in fixed or {}:
        if taken in found.columns or taken in found.constants:
            header = layout.by_key[taken].header
            raise Wrong(path, f"gives {header}, which its own name already says", "Leave it out.")
    return FlatPart(
        key,
        layout,
        SheetMapping(
            columns=found.columns,
            constants={**found.constants, **(fixed or {})},
            values=found.values,
            only=True,
        ),
    )


def _sheet(table: Json, layout: SheetLayout, options: ReadOptions, path: str) -> SheetMapping:
    _only(table, SHEET_KEYS, path)
    found = _mapped(table, layout, options, path)
    return SheetMapping(
        title=_title(table["sheet"], f"{path}.sheet") if "sheet" in table else None,
        header_row=_header_row(table.get("header_row"), f"{path}.header_row"),
        columns=found.columns,
        constants=found.constants,
        values=found.values,
        ignore=_texts(table.get("ignore", []), f"{path}.ignore"),
    )


def _mapped(table: Json, layout: SheetLayout, options: ReadOptions, path: str) -> SheetMapping:
    columns: dict[str, str] = {}
    for name, header in _table(table.get("columns", {}), f"{path}.columns").items():
        place = f"{path}.columns.{_quoted(name)}"
        key = _column(layout, name, place).key
        if key in columns:
            raise Wrong(place, "is given twice", "Keep one of the two.")
        columns[key] = _text(header, place)
    constants: dict[str, Any] = {}
    for name, value in _table(table.get("constants", {}), f"{path}.constants").items():
        place = f"{path}.constants.{_quoted(name)}"
        column = _column(layout, name, place)
        if column.key in columns or column.key in constants:
            raise Wrong(place, "is given twice", "Keep the column or the constant.")
        constants[column.key] = _fitting(value, column, options, place)
    values: dict[str, dict[str, Any]] = {}
    for name, entries in _table(table.get("values", {}), f"{path}.values").items():
        place = f"{path}.values.{_quoted(name)}"
        column = _column(layout, name, place)
        values[column.key] = _value_map(_table(entries, place), column, options, place)
    return SheetMapping(columns=columns, constants=constants, values=values)


def _value_map(entries: Json, column: Column, options: ReadOptions, path: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for text, value in entries.items():
        place = f"{path}.{_quoted(text)}"
        if fold(text) in found:
            raise Wrong(
                place,
                "appears twice (upper and lower case and spaces don't matter)",
                "Keep one of the two.",
            )
        found[fold(text)] = None if value == "" else _fitting(value, column, options, place)
    return found


def _column(layout: SheetLayout, name: str, path: str) -> Column:
    free = layout.free_name(name)
    if free:
        return Column(FREE + free, free, Kind.TEXT)
    column = layout.match(name)
    if column is None:
        names = [column.header for column in layout.columns]
        raise Wrong(
            path,
            f"is not a column of {layout.title}",
            _did_you_mean(name, names) or f"It has {', '.join(names)}.",
        )
    return column


def _fitting(value: Any, column: Column, options: ReadOptions, path: str) -> Any:
    """Give a value that a cell of the column could hold. Raises Wrong for another."""
    if not isinstance(value, str | int | float | dt.date | dt.time) or value == "":
        raise Wrong(path, "is not a value that a cell can hold", "Give a text, a number or a date.")
    try:
        converter(column, options)(value)
    except Bad as bad:
        from importer.codes import Place, fault

        told = fault(bad.code, Place(column=column.header), **bad.words)
        raise Wrong(path, f"can't be used: {told.message.rstrip('.')}", told.remedy) from None
    return value


def _only(table: Json, keys: Iterable[str], path: str) -> None:
    for key in table:
        if key not in keys:
            place = f"{path}.{_quoted(key)}" if path else _quoted(key)
            hint = _did_you_mean(key, list(keys)) or f"Known here: {', '.join(keys)}."
            raise Wrong(place, "is not known", hint)


def _did_you_mean(name: str, names: list[str]) -> str:
    by_normal = {normal(known): known for known in names}
    near = get_close_matches(normal(name), list(by_normal), 1, 0.6)
    return f"Did you mean “{by_normal[near[0]]}”?" if near else ""


def _table(value: Any, path: str) -> Json:
    if not isinstance(value, dict):
        raise Wrong(path, "must be a table", f"Write [{path}] on a line of its own.")
    return value


def _text(value: Any, path: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise Wrong(path, "must be text in quotes")
    return value.strip()


def _title(value: Any, path: str) -> str:
    """Give a sheet's title, which may be blank."""
    return value if isinstance(value, str) and value else _text(value, path)


def _texts(value: Any, path: str, one: Callable[[Any, str], str] = _text) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise Wrong(
            path, "must be a list of texts in quotes", f'Such as {path.rpartition(".")[2]} = ["A"]'
        )
    return tuple(one(item, f"{path}[{at}]") for at, item in enumerate(value))


def _bool(value: Any, path: str) -> bool:
    if not isinstance(value, bool):
        raise Wrong(path, "must be true or false")
    return value


def _header_row(value: Any, path: str) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= LAST_HEADER_ROW:
        raise Wrong(
            path,
            f"must be a row number up to {LAST_HEADER_ROW}",
            "Use 0 for a sheet that has no header, and name its columns by letter.",
        )
    return value


def _locale(value: Any) -> str | None:
    if value is None:
        return None
    try:
        return known_locale(_text(value, "locale"))
    except ValueError as error:
        raise Wrong("locale", f"can't be used: {error}") from None


def _formats(value: Any) -> tuple[str, ...]:
    formats = []
    for at, text in enumerate(_texts(value, "date_formats")):
        try:
            formats.append(strptime_format(text))
        except ValueError as error:
            raise Wrong(f"date_formats[{at}]", f"can't be used: {error}") from None
    return tuple(formats)


def _quoted(name: str) -> str:
    return name if name.replace("_", "").isalnum() and name.isascii() else f'"{name}"'


def _plain(value: Any) -> Any:
    """Give a table fit for JSON: dates become text, which is read in the same way."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, dt.date | dt.time) else value
