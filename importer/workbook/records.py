"""Pure: sheets → typed records, one table for each sheet, and the faults of single cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from importer.codes import Place
from importer.model import Columns, Fault
from importer.workbook.columns import Bad, convert, faults_of, odd
from importer.workbook.layout import Column, Kind, SheetLayout
from importer.workbook.options import ReadOptions
from importer.workbook.reading import Sheet, Workbook


@dataclass(frozen=True)
class Records:
    """The typed rows of one sheet.

    `rows` are Excel's row numbers; `values` the typed columns by key, `free` those that the user
    named by that name; each in the order of `rows`. `numbers` is the column that joins the sheets.
    `places` is (letter, header) by column key; `bad` the cells (row, letter) that were not taken.
    """

    title: str
    layout: SheetLayout
    rows: Sequence[int]
    values: Mapping[str, list[Any]]
    free: Mapping[str, list[Any]]
    places: Mapping[str, tuple[str, str]]
    bad: frozenset[tuple[int, str]]

    @property
    def numbers(self) -> list[str | None]:
        """The invoice number of each row; None where it is empty or bad."""
        return self.values["number"]

    def place(self, key: str, position: int) -> Place:
        """Give the place of one value; a column that the sheet lacks gives its row."""
        letter, header = self.places.get(key, (None, None))
        number = self.numbers[position]
        return Place(self.title, self.rows[position], header, letter, number)

    def get(self, key: str) -> list[Any]:
        """Give a typed column; all None when the sheet lacks it."""
        return self.values.get(key) or [None] * len(self.rows)


def type_records(
    workbook: Workbook, options: ReadOptions
) -> tuple[dict[str, Records], list[Fault]]:
    """Type every sheet of a workbook. Gives the records by layout key, and the cells' faults.

    Amounts on the other sheets take the currency of the invoice that their row belongs to.
    """
    faults: list[Fault] = []
    invoices = _type_sheet(workbook.sheets["invoices"], options, None, faults)
    records = {"invoices": invoices}
    currency = dict(zip(invoices.numbers, invoices.get("currency"), strict=True))
    for key, sheet in workbook.sheets.items():
        if key != "invoices":
            records[key] = _type_sheet(sheet, options, currency, faults)
    return records, faults


def columns_of(records: Mapping[str, Records]) -> Columns:
    """Give where each JSON path stands on each sheet, for `Origins`."""
    found: dict[str, dict[str, tuple[str, str]]] = {}
    for table in records.values():
        paths = found.setdefault(table.title, {})
        for key, place in table.places.items():
            column = table.layout.by_key.get(key)
            if column and column.path:
                paths[column.path] = place
        paths |= {
            _free_path(table.layout, name): table.places[f"free:{name}"] for name in table.free
        }
        if "number" in table.places:
            paths.setdefault("invoiceNumber", table.places["number"])
    return found


def _free_path(layout: SheetLayout, name: str) -> str:
    return f"{'extraFields' if layout.key == 'invoices' else 'customFields'}/{name}"


def _type_sheet(
    sheet: Sheet,
    options: ReadOptions,
    currency_of: Mapping[str | None, str | None] | None,
    faults: list[Fault],
) -> Records:
    """Type one sheet; `currency_of` maps invoice numbers to currencies (None: it is Invoices)."""
    rows = sheet.frame.index.to_list()
    by_letter = {letter: sheet.frame[letter].to_list() for letter in sheet.frame.columns}
    values: dict[str, list[Any]] = {}
    places = {
        key: (letter, sheet.headers.texts[letter]) for key, letter in sheet.headers.columns.items()
    }
    wrong: list[tuple[str, dict[int, Bad]]] = []
    for column in _currency_first(sheet.layout.columns):
        letter = sheet.headers.columns.get(column.key)
        if letter is None:
            continue
        currencies = _currencies(values, currency_of) if column.kind is Kind.AMOUNT else None
        typed, bad = convert(by_letter[letter], column, options, currencies)
        _mend_odd(sheet, letter, column, rows, by_letter[letter], typed, bad)
        values[column.key] = typed
        wrong.append((column.key, bad))
    free, more = _type_free(sheet, by_letter, rows, options)
    for name in free:
        letter = sheet.headers.free[name]
        places[f"free:{name}"] = (letter, sheet.headers.texts[letter])
    wrong += more
    cells = frozenset((rows[i], places[key][0]) for key, bad in wrong for i in bad)
    table = Records(sheet.title, sheet.layout, rows, values, free, places, cells)
    for key, bad in wrong:
        faults += faults_of(bad, lambda i, key=key: table.place(key, i))  # type: ignore[misc]
    return table


def _type_free(
    sheet: Sheet, by_letter: Mapping[str, list[Any]], rows: list[int], options: ReadOptions
) -> tuple[dict[str, list[Any]], list[tuple[str, dict[int, Bad]]]]:
    free: dict[str, list[Any]] = {}
    wrong = []
    for name, letter in sheet.headers.free.items():
        column = Column(f"free:{name}", name, Kind.TEXT)
        free[name], bad = convert(by_letter[letter], column, options)
        _mend_odd(sheet, letter, column, rows, by_letter[letter], free[name], bad)
        wrong.append((column.key, bad))
    return free, wrong


def _currency_first(columns: Sequence[Column]) -> list[Column]:
    return sorted(columns, key=lambda column: column.kind is Kind.AMOUNT)


def _currencies(
    values: Mapping[str, list[Any]], currency_of: Mapping[str | None, str | None] | None
) -> list[str | None]:
    if currency_of is None:
        return values["currency"]
    return [currency_of.get(number) for number in values["number"]]


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
