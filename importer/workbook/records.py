"""Pure: sheets → typed records, one table for each sheet, and the faults of single cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from importer.codes import Place
from importer.model import Columns, Fault
from importer.workbook import shift
from importer.workbook.bad import Bad, shown
from importer.workbook.columns import convert, convert_coded, faults_of, odd, text
from importer.workbook.doubts import doubtful, short_zips
from importer.workbook.fields import Column, Kind, SheetLayout
from importer.workbook.mapping import FREE, WorkbookMapping, fold
from importer.workbook.options import ReadOptions
from importer.workbook.reading import Sheet, Workbook
from importer.workbook.showing import against_formats, as_shown


@dataclass(frozen=True)
class Records:
    """The typed rows of one sheet.

    `rows` are Excel's row numbers; `values` the typed columns by key, `free` those that the user
    named by that name; each in the order of `rows`. `numbers` is the column that joins the sheets.
    `places` is (letter, header) by column key; `bad` the cells (row, letter) that were not taken.

    In a flat sheet a record may fill several rows: `part` is which part of it this is, `more` the
    further rows of a record by its position, `moved` the rows of those of its values (by key) that
    stand in one of them.
    """

    title: str
    layout: SheetLayout
    rows: Sequence[int]
    values: Mapping[str, list[Any]]
    free: Mapping[str, list[Any]]
    places: Mapping[str, tuple[str, str]]
    bad: frozenset[tuple[int, str]]
    part: str = ""
    more: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    moved: Mapping[int, Mapping[str, int]] = field(default_factory=dict)

    @property
    def numbers(self) -> list[str | None]:
        """The invoice number of each row; None where it is empty or bad."""
        return self.values["number"]

    def place(self, key: str, position: int) -> Place:
        """Give the place of one value; a column that the sheet lacks gives its row."""
        letter, header = self.places.get(key, (None, None))
        row = self.moved.get(position, {}).get(key) or self.rows[position]
        return Place(self.title, row, header, letter, self.numbers[position])

    def get(self, key: str) -> list[Any]:
        """Give a typed column; all None when the sheet lacks it."""
        return self.values.get(key) or [None] * len(self.rows)


class Typing:
    """Types the sheets of a workbook, also while later ones are still being read.

    Amounts on the other sheets take the currency of the invoice that their row belongs to, so
    nothing is typed before the Invoices sheet.
    """

    def __init__(self, options: ReadOptions) -> None:
        self._options = options
        self._typed: dict[str, tuple[Records, list[Fault]]] = {}
        self._currency: dict[str | None, str | None] | None = None
        self._numbers: dict[str, str | None] = {}

    def take(self, sheet: Sheet, mapping: WorkbookMapping | None) -> None:
        """Type a sheet that was just read, if it can be typed already; flat ones wait."""
        if not sheet.part and (self._currency is not None or sheet.layout.key == "invoices"):
            self._type(sheet, mapping)

    def finish(self, workbook: Workbook) -> tuple[dict[str, Records], list[Fault]]:
        """Type what is left. Gives the records by layout key, and the cells' faults."""
        if workbook.sheets["invoices"].part:
            from importer.workbook.flat import type_flat

            mapping = workbook.mapping
            options = mapping.settled(self._options) if mapping else self._options
            return type_flat(workbook.sheets, options)
        order = ["invoices", *(key for key in workbook.sheets if key != "invoices")]
        for key in order:
            if key not in self._typed:
                self._type(workbook.sheets[key], workbook.mapping)
        records = {key: self._typed[key][0] for key in order}
        faults = [fault for key in order for fault in self._typed[key][1]]
        if workbook.sheets["invoices"].layout is shift.BASIC:
            faults += shift.faults_of(records)
        return records, faults

    def _type(self, sheet: Sheet, mapping: WorkbookMapping | None) -> None:
        options = mapping.settled(self._options) if mapping else self._options
        faults: list[Fault] = []
        joined = self._numbers if sheet.layout.joined_by else None
        records = type_sheet(sheet, options, self._currency, faults, joined)
        self._typed[sheet.layout.key] = records, faults
        if sheet.layout.key == "invoices":
            self._currency = currency_by_number(records)
            if sheet.layout is shift.BASIC:
                self._numbers = shift.numbers_by_id(records)


def currency_by_number(invoices: Records) -> dict[str | None, str | None]:
    """Give the currency of each invoice."""
    return dict(zip(invoices.numbers, invoices.get("currency"), strict=True))


def columns_of(records: Mapping[str, Records]) -> Columns:
    """Give where each JSON path is on each sheet, for `Origins`."""
    found: dict[str, dict[str, tuple[str, str]]] = {}
    for table in records.values():
        paths = found.setdefault(table.title, {})
        base = f"{base_of(table)}/" if base_of(table) else ""
        for key, place in table.places.items():
            column = table.layout.by_key.get(key)
            if column and column.path:
                paths[base + column.path] = place
        for name in table.free:
            if FREE + name in table.places:
                paths[base + _free_path(table.layout, name)] = table.places[FREE + name]
        if "number" in table.places:
            paths.setdefault(base.rstrip("/") or "invoiceNumber", table.places["number"])
    return found


def base_of(table: Records) -> str:
    """Give what tells the paths of a flat sheet's part from those of its other parts."""
    return "" if table.part == "invoices" else table.part


def _free_path(layout: SheetLayout, name: str) -> str:
    return f"{'extraFields' if layout.key == 'invoices' else 'customFields'}/{name}"


def type_sheet(
    sheet: Sheet,
    options: ReadOptions,
    currency_of: Mapping[str | None, str | None] | None,
    faults: list[Fault],
    joined: Mapping[str, str | None] | None = None,
) -> Records:
    """Type one sheet; `currency_of` maps invoice numbers to currencies (None: it is Invoices).

    `joined` maps what its rows have instead of an invoice number to the number.
    """
    rows = sheet.frame.index.to_list()
    values: dict[str, list[Any]] = {}
    places = {
        key: (letter, sheet.headers.texts[letter]) for key, letter in sheet.headers.columns.items()
    }
    wrong: list[tuple[str, dict[int, Bad]]] = []
    said: list[tuple[str, dict[int, Bad]]] = []
    constants = sheet.mapped.constants
    for column in _currency_first(sheet.layout.columns):
        letter = sheet.headers.columns.get(column.key)
        if letter is None and column.key not in constants and column.key != "number":
            continue
        currencies = _currencies(values, currency_of) if column.kind is Kind.AMOUNT else None
        if letter is None:
            raw = [constants.get(column.key)] * len(rows)
            values[column.key], bad = convert(raw, column, options, currencies)
        else:
            values[column.key], bad = _type_column(sheet, letter, column, rows, options, currencies)
            worth_a_word = _said(sheet, letter, column, rows, options, currencies)
            said.append((column.key, {i: w for i, w in worth_a_word.items() if i not in bad}))
        if joined is not None and column.key == "number":
            values[column.key], lost = _joined(values[column.key], joined)
            bad |= lost
        wrong.append((column.key, bad))
    if {"zip", "country"} <= values.keys():
        said.append(("zip", short_zips(values["zip"], values["country"], options.locale)))
    free, more = _type_free(sheet, rows, options)
    for name, letter in sheet.headers.free.items():
        places[FREE + name] = (letter, sheet.headers.texts[letter])
    wrong += more
    cells = frozenset((rows[i], places[key][0]) for key, bad in wrong if key in places for i in bad)
    table = Records(sheet.title, sheet.layout, rows, values, free, places, cells, sheet.part)
    for key, bad in wrong + said:
        faults += faults_of(bad, partial(table.place, key), rows, table.numbers)
    return table


def _joined(ids: list[Any], numbers: Mapping[str, str | None]) -> tuple[list[Any], dict[int, Bad]]:
    """Give the invoice number of each row, and what is wrong with an ID that no invoice has."""
    lost = {
        i: Bad("row-without-invoice", value=one, invoices=shift.BASIC.title)
        for i, one in enumerate(ids)
        if one is not None and one not in numbers
    }
    return [numbers.get(one) for one in ids], lost


def _type_column(
    sheet: Sheet,
    letter: str,
    column: Column,
    rows: list[int],
    options: ReadOptions,
    currencies: list[str | None] | None = None,
) -> tuple[list[Any], dict[int, Bad]]:
    """Convert one column, its cells first put into our words by the mapping's value map."""
    table, formats = sheet.mapped.values.get(column.key), sheet.formats.get(letter)
    coded = sheet.coded.get(letter)
    if coded and table is None and not formats and letter not in sheet.odd_letters:
        return convert_coded(coded, column, options, currencies)
    raw = sheet.frame[letter].to_list()
    unclear: dict[int, Bad] = {}
    if formats and column.kind in (Kind.IDENTIFIER, Kind.TEXT):
        raw, unclear = as_shown(raw, rows, formats, column.kind, options.locale)
    meant, unmapped = (raw, {}) if table is None else _translate(raw, table, column)
    typed, bad = convert(meant, column, options, currencies)
    bad |= unmapped | unclear
    _mend_odd(sheet, letter, column, rows, meant, typed, bad)
    return typed, bad


def _said(
    sheet: Sheet,
    letter: str,
    column: Column,
    rows: list[int],
    options: ReadOptions,
    currencies: list[str | None] | None,
) -> dict[int, Bad]:
    """Give what is worth a word about the cells of one column, although they were taken."""
    formats = sheet.formats.get(letter)
    if formats and column.kind is Kind.AMOUNT:
        return against_formats(sheet.frame[letter].to_list(), rows, formats, currencies)
    if coded := sheet.coded.get(letter):
        return coded.by_row(doubtful(column, coded.values, options))
    return doubtful(column, sheet.frame[letter].to_list(), options)


def _translate(
    raw: list[Any], table: Mapping[str, Any], column: Column
) -> tuple[list[Any], dict[int, Bad]]:
    """Give what cells stand for. An identifier that the map lacks is bad: it would be a guess."""
    meant = list(raw)
    unmapped: dict[int, Bad] = {}
    for i, value in enumerate(raw):
        if value is None:
            continue
        label = value if isinstance(value, str) else shown(value)
        folded = fold(label)
        if folded in table:
            meant[i] = table[folded]
        elif column.kind is Kind.IDENTIFIER and folded:
            meant[i] = None
            unmapped[i] = Bad("value-not-mapped", value=label.strip())
    return meant, unmapped


def _type_free(
    sheet: Sheet, rows: list[int], options: ReadOptions
) -> tuple[dict[str, list[Any]], list[tuple[str, dict[int, Bad]]]]:
    free: dict[str, list[Any]] = {}
    wrong = []
    for name, letter in sheet.headers.free.items():
        column = Column(FREE + name, name, Kind.TEXT)
        free[name], bad = _type_column(sheet, letter, column, rows, options)
        wrong.append((column.key, bad))
    for key, value in sheet.mapped.constants.items():
        if key.startswith(FREE):
            free[key.removeprefix(FREE)] = [text(value)] * len(rows)
    return free, wrong


def _currency_first(columns: Sequence[Column]) -> list[Column]:
    return sorted(columns, key=lambda column: column.kind is Kind.AMOUNT)


def _currencies(
    values: Mapping[str, list[Any]], currency_of: Mapping[str | None, str | None] | None
) -> list[str | None]:
    if currency_of is None:
        return values["currency"]
    return list(map(currency_of.get, values["number"]))


def _mend_odd(
    sheet: Sheet,
    letter: str,
    column: Column,
    rows: list[int],
    raw: list[Any],
    typed: list[Any],
    bad: dict[int, Bad],
) -> None:
    """Put right, in place, the cells of one column that the fast reader misreads."""
    odd_rows = {row: oddity for (row, at), oddity in sheet.oddities.items() if at == letter}
    if not odd_rows:
        return
    for i, row in enumerate(rows):
        if row not in odd_rows:
            continue
        try:
            typed[i] = odd(odd_rows[row], column, raw[i], typed[i])
        except Bad as why:
            typed[i] = None
            bad[i] = why
