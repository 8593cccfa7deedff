"""Writes flat-export.xlsx beside this file: an ERP's export in which each row is an invoice line.

    python examples/make_flat_example.py [FOLDER]

The headers are German and clumsy, two lines stand above them, what belongs to the invoice repeats
on each of its lines or is left empty there, the rows of some invoices are apart, dates and a few
amounts are text, and no column names the currency. flat-export-mapping.toml says how to read it:
it is what `importer map` proposes, edited. The same code writes the same bytes each time.
"""

from __future__ import annotations

import importlib.util
import sys
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.worksheet.worksheet import Worksheet

NAME = "flat-export.xlsx"
TITLE = "Fakturaexport"
HEADERS = (
    "Mdt", "Beleg-Nr.", "Pos", "Belegdatum", "Fällig am", "Kd.-Nr.", "Ihre Bestellung",
    "Zahlstatus", "Rechnungsbetrag", "Offener Betrag", "Artikel-Nr.", "Bezeichnung", "Menge", "ME",
    "E-Preis", "RE-Vorname", "RE-Name", "RE-Straße", "RE-PLZ", "RE-Ort", "RE-Land", "LI-Straße",
    "LI-PLZ", "LI-Ort", "LI-Land", "Netto", "Fracht", "MwSt-Betrag", "Kostenst.",
)  # fmt: skip
TEXT = ("Beleg-Nr.", "Kd.-Nr.", "Ihre Bestellung", "Artikel-Nr.", "RE-PLZ", "LI-PLZ", "Kostenst.")
PER_LINE = {"Mdt", "Beleg-Nr.", "Pos", "Artikel-Nr.", "Bezeichnung", "Menge", "ME", "E-Preis"}
CENT = Decimal("0.01")

CUSTOMERS: dict[str, dict[str, str]] = {
    "D-20017": {
        "RE-Vorname": "Jonas", "RE-Name": "Petersen", "RE-Straße": "Speicherstraße 14",
        "RE-PLZ": "20457", "RE-Ort": "Hamburg", "RE-Land": "DE",
        "LI-Straße": "Zollkanal 2", "LI-PLZ": "20457", "LI-Ort": "Hamburg", "LI-Land": "DE",
    },
    "F-30009": {
        "RE-Vorname": "Camille", "RE-Name": "Laurent", "RE-Straße": "9 rue des Lilas",
        "RE-PLZ": "75019", "RE-Ort": "Paris", "RE-Land": "FR",
    },
    "D-20344": {
        "RE-Vorname": "Heike", "RE-Name": "Brandt", "RE-Straße": "Am Markt 1",
        "RE-PLZ": "01067", "RE-Ort": "Dresden", "RE-Land": "DE",
        "LI-Straße": "Hafenweg 30", "LI-PLZ": "01139", "LI-Ort": "Dresden", "LI-Land": "DE",
    },
}  # fmt: skip
PRODUCTS = (
    ("0070412", "Sechskantschraube M8, 100 Stück", "18.60"),
    ("0070413", "Unterlegscheibe M8, 250 Stück", "22.00"),
    ("0081050", "LED-Panel 60 × 60, 36 W", "31.20"),
    ("0081066", "LED-Lampe E27, 9 W", "2.95"),
    ("0090007", "Bohrersatz HSS, 13-teilig", "46.90"),
)
STATUS = ("offen", "bezahlt", "teilbezahlt")


def invoices() -> list[list[dict[str, Any]]]:
    """Give 15 invoices, each a list of rows by header; 40 rows in all."""
    return [
        _invoice(n, 2 + (n % 3 > 0) + (n % 3 > 1) - (n in (2, 5, 8, 11, 14))) for n in range(15)
    ]


def _invoice(n: int, lines: int) -> list[dict[str, Any]]:
    customer = list(CUSTOMERS)[n % 3]
    rows = []
    net = Decimal(0)
    for position in range(lines):
        sku, text, price = PRODUCTS[(n + 2 * position) % len(PRODUCTS)]
        quantity = 1 + (3 * n + position) % 12
        net += quantity * Decimal(price)
        rows.append(
            {
                "Mdt": 1, "Pos": 10 * (position + 1), "Artikel-Nr.": sku, "Bezeichnung": text,
                "Menge": quantity, "ME": "ST", "E-Preis": Decimal(price),
            }
        )  # fmt: skip
    freight = Decimal("8.90") if n % 2 else None
    tax = ((net + (freight or 0)) * Decimal("0.19")).quantize(CENT, ROUND_HALF_UP)
    total = net + (freight or 0) + tax
    issued = date(2026, 2, 2) + timedelta(days=n)
    status = STATUS[n % 3]
    head = {
        "Beleg-Nr.": f"{26100 + n:07}",
        "Belegdatum": f"{issued:%d.%m.%Y}",
        "Fällig am": f"{issued + timedelta(days=30):%d.%m.%Y}",
        "Kd.-Nr.": customer,
        "Ihre Bestellung": f"B{4400 + 7 * n}" if n % 4 else None,
        "Zahlstatus": status,
        "Rechnungsbetrag": total,
        "Offener Betrag": {"offen": total, "bezahlt": Decimal(0)}.get(status, CENT * 1000),
        **CUSTOMERS[customer],
        "Netto": net,
        "Fracht": freight,
        "MwSt-Betrag": tax,
        "Kostenst.": f"0{410 + 10 * (n % 4)}",
    }
    if n == 6:  # a colleague typed it
        head["Rechnungsbetrag"] = f"{total:,.2f}".translate(str.maketrans(",.", ".,"))
    return [{**row, **_repeat(head, n, at)} for at, row in enumerate(rows)]


def _repeat(head: dict[str, Any], n: int, at: int) -> dict[str, Any]:
    """Give the values of the invoice for one of its rows: some exports leave the repeats empty."""
    if n % 2 == 0 or at == 0:
        return head
    return {key: value for key, value in head.items() if key in PER_LINE}


def rows() -> list[dict[str, Any]]:
    """Give all rows in the export's order: the last line of some invoices comes at the end."""
    first: list[dict[str, Any]] = []
    late: list[dict[str, Any]] = []
    for n, invoice in enumerate(invoices()):
        apart = n % 5 == 4 and len(invoice) > 1
        first += invoice[:-1] if apart else invoice
        late += invoice[-1:] if apart else []
    return first + late


def write(path: Path) -> None:
    """Write the workbook."""
    book = Workbook()
    book.remove(book.worksheets[0])
    sheet: Worksheet = book.create_sheet(TITLE)
    sheet["A1"] = "Fakturaexport Nordlicht Handel GmbH"
    sheet["A2"] = "Zeitraum 02.02.2026 bis 16.02.2026, alle Beträge in Hauswährung"
    for at, header in enumerate(HEADERS, start=1):
        sheet.cell(4, at, header).font = Font(bold=True)
    for number, row in enumerate(rows(), start=5):
        for at, header in enumerate(HEADERS, start=1):
            cell = sheet.cell(number, at, row.get(header))
            if header in TEXT:
                cell.number_format = "@"
            elif isinstance(cell.value, float | Decimal):
                cell.number_format = "#,##0.00"
    sheet.freeze_panes = "A5"
    _others()._save(book, path)


def _others() -> ModuleType:
    """Give the script beside this one, which knows how to save the same bytes each time."""
    name = "make_examples"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
        assert spec
        assert spec.loader
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


def main(folder: Path) -> None:
    """Write the workbook into a folder, which is made if it isn't there."""
    folder.mkdir(parents=True, exist_ok=True)
    write(folder / NAME)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
