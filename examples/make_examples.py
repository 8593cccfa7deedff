"""Writes the example workbooks beside this file; the same code writes the same bytes each time.

    python examples/make_examples.py [FOLDER]

clean.xlsx        the template, filled in without a mistake: 20 invoices over all five sheets
mistakes.xlsx     a clerk's own workbook: 24 invoices, a dozen of them each wrong in its own way
erp-export.xlsx   as an ERP writes it: its own sheet names, headers, order and extra columns
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from openpyxl import Workbook, load_workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet
from openpyxl.writer.excel import ExcelWriter

from importer.workbook import template
from importer.workbook.layout import SHEETS

MADE = datetime(2026, 1, 5)
DECIMALS = {"USD": 2, "EUR": 2, "JPY": 0}
Row = dict[str, Any]
Tables = dict[str, list[Row]]


@dataclass(frozen=True)
class Company:
    """A buyer that the practice store knows, with an address and what it buys."""

    id: str
    currency: str
    erp: str
    address: Row
    products: Sequence[tuple[str, str, str]]  # SKU, description, unit price
    tax: str


def _address(*values: str) -> Row:
    return dict(
        zip(
            ("first", "last", "street1", "street2", "city", "state", "zip", "country"),
            values,
            strict=True,
        )
    )


COMPANIES = (
    Company(
        "1001",
        "EUR",
        "D-20017",
        _address("Jonas", "Petersen", "Speicherstraße 14", "", "Hamburg", "", "20457", "Germany"),
        (
            ("HEX-M8-100", "Hex bolt M8, box of 100", "18.60"),
            ("WSH-M8-250", "Washer M8, bag of 250", "22.00"),
            ("DRL-HSS-13", "Drill bit set HSS, 13 pieces", "46.90"),
        ),
        "0.19",
    ),
    Company(
        "1002",
        "USD",
        "C-10442",
        _address(
            "Maria",
            "Delgado",
            "88 Embarcadero",
            "Suite 300",
            "San Francisco",
            "CA",
            "94105",
            "United States",
        ),
        (
            ("TWL-BATH-WH", "Bath towel, white", "15.00"),
            ("LIN-QN-300", "Queen sheet set, 300 thread count", "64.50"),
            ("SOAP-30-C", "Guest soap 30 g, carton of 200", "38.25"),
        ),
        "0.08625",
    ),
    Company(
        "1003",
        "USD",
        "C-10518",
        _address(
            "Adaeze", "Okafor", "21 Bedford Row", "", "London", "", "WC1R 4HE", "United Kingdom"
        ),
        (
            ("GLV-NIT-M", "Nitrile gloves M, box of 100", "9.80"),
            ("MSK-FFP2-50", "FFP2 masks, box of 50", "24.00"),
            ("BND-GZ-10", "Gauze bandage 10 cm, pack of 20", "13.45"),
        ),
        "0",
    ),
    Company(
        "1004",
        "EUR",
        "F-30009",
        _address("Camille", "Laurent", "9 rue des Lilas", "Bât. B", "Paris", "", "75019", "France"),
        (
            ("LED-PNL-60", "LED panel 60 × 60, 36 W", "31.20"),
            ("LMP-E27-9W", "LED lamp E27, 9 W", "2.95"),
            ("TRK-3PH-2M", "Track rail, three-phase, 2 m", "27.40"),
        ),
        "0.20",
    ),
    Company(
        "1005",
        "JPY",
        "J-40001",
        _address(
            "Haruto", "Takeda", "2-7-1 Nishi-Shinjuku", "", "Tokyo", "Tokyo", "163-0701", "Japan"
        ),
        (
            ("BRG-6204-2RS", "Ball bearing 6204-2RS", "620"),
            ("SHF-12-500", "Precision shaft 12 mm, 500 mm", "3480"),
            ("CPL-JAW-19", "Jaw coupling, size 19", "2150"),
        ),
        "0.10",
    ),
)


def main(folder: Path) -> None:
    """Write the three workbooks into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    write_clean(folder / "clean.xlsx")
    write_mistakes(folder / "mistakes.xlsx")
    write_erp_export(folder / "erp-export.xlsx")


# The invoices


def tables(first: int, count: int, prefix: str = "INV-") -> Tables:
    """Make that many invoices, numbered from `first`, whose sums all tie; rows by column key."""
    made: Tables = {sheet.key: [] for sheet in SHEETS}
    for n in range(count):
        _add_invoice(made, n, f"{prefix}{first + n}")
    return made


def _add_invoice(made: Tables, n: int, number: str) -> None:
    company = COMPANIES[n * 3 % len(COMPANIES)]
    lines = _lines(company, n, number)
    costs = _costs(company, n, number, lines)
    original = sum((cost["amount"] for cost in costs), Decimal(0))
    issued = date(2026, 1, 5) + timedelta(days=n * 2)
    status, still_open = _status(n, original, company.currency)
    made["invoices"].append(
        {
            "number": number,
            "company": company.id,
            "currency": company.currency,
            "original": original,
            "open": still_open,
            "issued": issued,
            "due": issued + timedelta(days=30 if n % 3 else 14),
            "status": status,
            "order": f"{7000 + n}" if n % 4 == 1 else None,
            "po": f"PO-{1180 + 7 * n}" if n % 2 else None,
            "source": "External",
            "external_id": f"90{int(number[-4:]):05d}",
            "external_customer": company.erp,
            "terms": "Net 30" if n % 3 else "Net 14",
        }
    )
    made["lines"] += lines
    made["costs"] += costs
    made["addresses"].append({"number": number, "kind": "Billing", **company.address})
    if n % 2 == 0:
        made["addresses"].append({"number": number, "kind": "Shipping", **company.address})
        made["shipments"].append(
            {
                "number": number,
                "address_index": "0",
                "ship_date": issued - timedelta(days=1),
                "ship_via": "UPS Ground" if company.currency == "USD" else "DHL Express",
                "tracking": f"1Z999AA1{12345678 + 7919 * n}",
                "comments": "Leave at the loading dock" if n % 6 == 0 else None,
            }
        )


def _lines(company: Company, n: int, number: str) -> list[Row]:
    lines = []
    for position in range(1 + n % 3):
        sku, description, price = company.products[(n + position) % 3]
        lines.append(
            {
                "number": number,
                "sku": sku,
                "quantity": 4 + (n * 5 + position * 7) % 36,
                "price": Decimal(price),
                "description": description,
                "type": "product",
            }
        )
    return lines


def _costs(company: Company, n: int, number: str, lines: list[Row]) -> list[Row]:
    subtotal = sum((line["quantity"] * line["price"] for line in lines), Decimal(0))
    shipping = Decimal("0" if n % 2 else "1200" if company.currency == "JPY" else "24.90")
    tax = _rounded(subtotal * Decimal(company.tax), company.currency)
    sums = [("Subtotal", subtotal), ("Shipping", shipping), ("Tax", tax)]
    return [
        {"number": number, "description": what, "amount": amount}
        for what, amount in sums
        if amount or what == "Subtotal"
    ]


def _status(n: int, original: Decimal, currency: str) -> tuple[str, Decimal | None]:
    if n % 7 == 3:
        return "Partially paid", original - _rounded(original / 4, currency)
    if n % 9 == 5:
        return "Completed", Decimal(0)
    return "Open", None


def _rounded(amount: Decimal, currency: str) -> Decimal:
    return amount.quantize(Decimal(1).scaleb(-DECIMALS[currency]), ROUND_HALF_UP)


# clean.xlsx


def write_clean(path: Path) -> None:
    """Write the template, filled in as a clerk would."""
    with tempfile.TemporaryDirectory() as folder:
        blank = Path(folder) / "blank.xlsx"
        template.write(blank)
        book = load_workbook(blank)
    made = tables(2001, 20)
    formats = _money_formats(made)
    for layout in SHEETS:
        sheet = book[layout.title]
        for row, values in enumerate(made[layout.key], 2):
            for number, column in enumerate(layout.columns, 1):
                value = values.get(column.key)
                if value is None:
                    continue
                style = sheet.column_dimensions[get_column_letter(number)]
                cell = sheet.cell(row, number, value)
                cell.alignment = copy(style.alignment)
                cell.number_format = (
                    formats[values["number"]] if isinstance(value, Decimal) else style.number_format
                )
    book.active = book.sheetnames.index("Invoices")
    for sheet in book:
        sheet.sheet_view.tabSelected = sheet.title == "Invoices"
    _save(book, path)


def _money_formats(made: Tables) -> dict[Any, str]:
    """Give the number format of each invoice's amounts: yen have no decimals."""
    return {
        row["number"]: "#,##0" if row["currency"] == "JPY" else "#,##0.00"
        for row in made["invoices"]
    }


# mistakes.xlsx

OWN_HEADERS: dict[str, list[tuple[str, str]]] = {
    "invoices": [
        ("number", "Invoice Number"),
        ("company", "Company ID"),
        ("cost_centre", "Cost centre"),
        ("currency", "Currency"),
        ("original", "Original Balance"),
        ("open", "Open Balance"),
        ("issued", "Issue Date"),
        ("due", "Due Date"),
        ("status", "Status"),
        ("po", "PO Number"),
        ("external_id", "External ID"),
        ("pdf", "External PDF URL"),
    ],
    "lines": [
        ("number", "Invoice Number"),
        ("sku", "SKU"),
        ("description", "Description"),
        ("quantity", "Quantity"),
        ("price", "Unit Price"),
    ],
    "addresses": [
        ("number", "Invoice Number"),
        ("kind", "Address Type"),
        ("first", "First Name"),
        ("last", "Last Name"),
        ("street1", "Street 1"),
        ("street2", "Street 2"),
        ("city", "City"),
        ("state", "State"),
        ("zip", "Zip Code"),
        ("country", "Country"),
    ],
    "costs": [
        ("number", "Invoice Number"),
        ("description", "Description"),
        ("amount", "Amount"),
    ],
}


def write_mistakes(path: Path) -> None:
    """Write 24 invoices of which a dozen are wrong; `spoil` is the list of what is wrong."""
    made = tables(3001, 24)
    for n, row in enumerate(made["invoices"]):
        row["cost_centre"] = f"CC-{410 + n % 4 * 10}"
    formats = _money_formats(made)
    spoil(made)
    book = Workbook()
    book.remove(book.worksheets[0])
    titles = {layout.key: layout.title for layout in SHEETS}
    for key, headers in OWN_HEADERS.items():
        _write_table(book.create_sheet(titles[key]), headers, made[key], formats, "1F5C4D")
    _save(book, path)


def spoil(made: Tables) -> None:
    """Put the mistakes in: each invoice named here is wrong in one way of its own."""
    invoice = {row["number"]: row for row in made["invoices"]}

    def line(number: str) -> Row:
        return next(row for row in made["lines"] if row["number"] == number)

    invoice["INV-3002"]["company"] = None
    invoice["INV-3004"]["due"] = "03/04/2026"
    invoice["INV-3005"]["original"] = Decimal("412.345")
    invoice["INV-3007"]["status"] = "Paid"
    invoice["INV-3009"]["currency"] = "EURO"
    line("INV-3011")["price"] = "#REF!"
    line("INV-3012")["quantity"] = -3
    line("INV-3014")["sku"] = None
    line("INV-3016")["quantity"] = "a dozen"
    invoice["INV-3018"]["pdf"] = "invoices/INV-3018.pdf"
    invoice["INV-3020"]["number"] = "INV-3019"  # so 3019 stands there twice, 3020 not at all
    invoice["INV-3022"]["original"] = "1.234"
    invoice["INV-3023"]["company"] = "1099"  # only the store can know that there is no such company


# erp-export.xlsx

ERP_HEADERS: dict[str, list[tuple[str, str]]] = {
    "invoices": [
        ("mandant", "Mandant"),
        ("external_id", "Document ID"),
        ("number", "Invoice No"),
        ("issued", "Invoice Date"),
        ("due", "Payment Due"),
        ("external_customer", "Customer Number"),
        ("company", "B2B Company ID"),
        ("po", "PO #"),
        ("original", "TOTAL AMOUNT"),
        ("open", "Balance Due"),
        ("currency", "Currency Code"),
        ("user", "Created By"),
    ],
    "lines": [
        ("position", "Pos"),
        ("number", "Invoice No"),
        ("sku", "Item No"),
        ("description", "Item Description"),
        ("quantity", "Qty"),
        ("unit", "UoM"),
        ("price", "Net Price"),
    ],
    "addresses": [
        ("number", "Invoice No"),
        ("kind", "Address Kind"),
        ("first", "First Name"),
        ("last", "Surname"),
        ("street1", "Address Line 1"),
        ("street2", "Address Line 2"),
        ("zip", "Postal Code"),
        ("city", "Town"),
        ("state", "Region"),
        ("country", "Country"),
    ],
    "costs": [
        ("number", "Invoice No"),
        ("description", "Label"),
        ("amount", "Value"),
    ],
}
ERP_TITLES = {"invoices": "Headers", "lines": "Lines", "addresses": "Address", "costs": "Totals"}


def write_erp_export(path: Path) -> None:
    """Write 15 invoices as an ERP would: numbers as numbers, columns of its own, lines reversed."""
    made = tables(504001, 15, prefix="")
    for rows in made.values():
        for row in rows:
            row["number"] = int(row["number"])
    for row in made["invoices"]:
        row.update(mandant=100, user="BATCH01", company=int(row["company"]))
        row["external_id"] = int(row["external_id"])
        if row["open"] is None:
            row["open"] = row["original"]
    for position, row in enumerate(made["lines"], 1):
        row.update(position=position * 10, unit="EA")
    made["lines"].reverse()
    formats = _money_formats(made)
    book = Workbook()
    book.remove(book.worksheets[0])
    for key, headers in ERP_HEADERS.items():
        _write_table(book.create_sheet(ERP_TITLES[key]), headers, made[key], formats, "44546A")
    _save(book, path)


# Writing


def _write_table(
    sheet: Worksheet,
    headers: list[tuple[str, str]],
    rows: Iterable[Row],
    formats: dict[Any, str],
    fill: str,
) -> None:
    """Write a sheet: a dark header that stays in sight, columns wide enough, a filter."""
    widths = [len(header) + 6 for _, header in headers]
    for number, (_, header) in enumerate(headers, 1):
        cell = sheet.cell(1, number, header)
        cell.font = Font(name="Calibri", bold=True, color="FFFFFF")
        cell.fill = PatternFill("solid", fgColor=fill)
        cell.alignment = Alignment(vertical="center")
    for row, values in enumerate(rows, 2):
        for number, (key, _) in enumerate(headers, 1):
            value = values.get(key)
            if value is None:
                continue
            cell = sheet.cell(row, number, value)
            if isinstance(value, date):
                cell.number_format = "yyyy-mm-dd"
                cell.alignment = Alignment(horizontal="center")
            elif isinstance(value, Decimal):
                cell.number_format = formats.get(values["number"], "#,##0.00")
            elif isinstance(value, str) and cell.data_type == "s":
                cell.number_format = "@"
            widths[number - 1] = max(widths[number - 1], len(str(value)) + 3)
    for number, width in enumerate(widths, 1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    sheet.row_dimensions[1].height = 20
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = sheet.dimensions


def _save(book: Workbook, path: Path) -> None:
    """Save without the time of day, so that a new file differs only when its content does."""
    book.properties.creator = "importer examples"
    book.properties.created = book.properties.modified = MADE
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / "plain.xlsx"
        ExcelWriter(book, ZipFile(plain, "w", ZIP_DEFLATED)).save()
        with ZipFile(plain) as source, ZipFile(path, "w", ZIP_DEFLATED) as target:
            for name in source.namelist():
                with target.open(name, "w") as part:  # a name alone gets no time of day
                    part.write(source.read(name))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
