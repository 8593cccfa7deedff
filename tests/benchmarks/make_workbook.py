"""Writes a large workbook quickly: N invoices, 5 N lines, 2 N addresses, as Excel would save it."""

from __future__ import annotations

import sys
import zipfile
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from xml.sax.saxutils import escape

HEADERS = {
    "Invoices": (
        "Invoice Number,Company ID,Currency,Original Balance,Open Balance,Issue Date,Due Date,"
        "Status,Type,Order Number,PO Number,External ID,Terms and Conditions"
    ),
    "Line Items": "Invoice Number,SKU,Quantity,Unit Price,Unit Discount,Description",
    "Addresses": (
        "Invoice Number,Address Type,First Name,Last Name,Street 1,City,State,Zip Code,Country"
    ),
}
_DATE, _MONEY, _TEXT = 1, 2, 3
_NAMESPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"


class Text(str):
    """A value that is stored as a shared string."""

    __slots__ = ()


def invoices(count: int, wrong: int = 0) -> Iterator[tuple[object, ...]]:
    """Give the rows of the Invoices sheet; each `wrong`th has a status that is none (0: none)."""
    for i in range(count):
        amount = 5 * (1 + i % 9) * (10 + i % 90)
        yield (
            Text(f"INV-{i:07}"),
            Text(str(1001 + i % 5)),
            Text("USD"),
            (amount, _MONEY),
            (amount, _MONEY),
            (46000 + i % 300, _DATE),
            (46030 + i % 300, _DATE),
            Text("Opne" if wrong and i % wrong == 0 else "Open"),
            Text("Invoice"),
            Text(f"5{i:07}"),
            Text(f"PO-{i % 5000}"),
            Text(f"ERP{i:08}"),
            Text("Net 30"),
        )


def worst_invoices(count: int) -> Iterator[tuple[object, ...]]:
    """Give rows that all have one number, with ten faults in each: nine cells and the number."""
    for _ in range(count):
        yield (
            Text("TBD"),
            (1001.5, 0),
            Text("US"),
            Text("much"),
            Text("more"),
            Text("03/04/2026"),
            Text("soon"),
            Text("Opne"),
            Text("Invoice"),
            (1e16, 0),
            (0.5, 0),
            (2.5, 0),
            Text("Net 30"),
        )


def lines(count: int, number: str = "") -> Iterator[tuple[object, ...]]:
    """Give the rows of the Line Items sheet: five for each invoice, or all of one `number`."""
    for i in range(count):
        for line in range(5):
            yield (
                Text(number or f"INV-{i:07}"),
                Text(f"SKU-{(i * 5 + line) % 20000}"),
                (1 + i % 9, 0),
                (10 + i % 90 + 0.25, _MONEY),
                (0.25, _MONEY),
                Text(f"Part {(i + line) % 3000}, zinc plated"),
            )


def addresses(count: int) -> Iterator[tuple[object, ...]]:
    """Give the rows of the Addresses sheet: billing and shipping for each invoice."""
    for i in range(count):
        for kind in ("Billing", "Shipping"):
            yield (
                Text(f"INV-{i:07}"),
                Text(kind),
                Text(f"First{i % 900}"),
                Text(f"Last{i % 1700}"),
                Text(f"{i % 999} Harbor Road"),
                Text(f"City {i % 400}"),
                Text("OR"),
                Text(f"{i % 99999:05}"),
                Text("United States"),
            )


def write(path: Path, count: int, wrong: int = 0, *, worst: bool = False) -> None:
    """Write the workbook of `count` invoices, each `wrong`th of them with a fault (0: none).

    With `worst` all of them have ten faults and one number, as their lines have; no addresses.
    """
    shared: dict[str, int] = {}
    sheets = {
        "Invoices": worst_invoices if worst else partial(invoices, wrong=wrong),
        "Line Items": partial(lines, number="TBD" if worst else ""),
        "Addresses": addresses,
    }
    if worst:
        del sheets["Addresses"]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as package:
        for at, (title, rows) in enumerate(sheets.items(), start=1):
            with package.open(f"xl/worksheets/sheet{at}.xml", "w") as part:
                part.write(f'<worksheet xmlns="{_NAMESPACE}"><sheetData>'.encode())
                head = tuple(Text(name) for name in HEADERS[title].split(","))
                for chunk in _rows([head], rows(count), shared):
                    part.write(chunk.encode())
                part.write(b"</sheetData></worksheet>")
        for name, text in _frame(list(sheets), shared):
            package.writestr(name, text)


def _rows(
    head: Iterable[tuple[object, ...]], rows: Iterable[tuple[object, ...]], shared: dict[str, int]
) -> Iterator[str]:
    pieces: list[str] = []
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    number = 0
    for source in (head, rows):
        for row in source:
            number += 1
            cells = []
            for letter, value in zip(letters, row, strict=False):
                if isinstance(value, Text):
                    at = shared.setdefault(value, len(shared))
                    cells.append(f'<c r="{letter}{number}" s="{_TEXT}" t="s"><v>{at}</v></c>')
                elif isinstance(value, tuple):
                    cells.append(f'<c r="{letter}{number}" s="{value[1]}"><v>{value[0]}</v></c>')
            pieces.append(f'<row r="{number}">{"".join(cells)}</row>')
            if len(pieces) == 5000:
                yield "".join(pieces)
                pieces.clear()
    yield "".join(pieces)


def _frame(titles: list[str], shared: dict[str, int]) -> Iterator[tuple[str, str]]:
    items = "".join(f"<si><t>{escape(text)}</t></si>" for text in shared)
    yield "xl/sharedStrings.xml", f'<sst xmlns="{_NAMESPACE}">{items}</sst>'
    formats = "".join(f'<xf numFmtId="{number}"/>' for number in (0, 14, 4, 49))
    yield (
        "xl/styles.xml",
        f'<styleSheet xmlns="{_NAMESPACE}"><fonts><font/></fonts>'
        '<fills><fill><patternFill patternType="none"/></fill></fills>'
        f"<borders><border/></borders><cellStyleXfs><xf/></cellStyleXfs>"
        f"<cellXfs>{formats}</cellXfs></styleSheet>",
    )
    sheets = "".join(
        f'<sheet name="{title}" sheetId="{at}" r:id="rId{at}"/>'
        for at, title in enumerate(titles, start=1)
    )
    yield (
        "xl/workbook.xml",
        f'<workbook xmlns="{_NAMESPACE}" xmlns:r="{_RELATIONS}"><sheets>{sheets}</sheets>'
        "</workbook>",
    )
    kinds = [(f"worksheets/sheet{at}.xml", "worksheet") for at in range(1, len(titles) + 1)]
    kinds += [("sharedStrings.xml", "sharedStrings"), ("styles.xml", "styles")]
    related = "".join(
        f'<Relationship Id="rId{at}" Type="{_RELATIONS}/{kind}" Target="{target}"/>'
        for at, (target, kind) in enumerate(kinds, start=1)
    )
    yield (
        "xl/_rels/workbook.xml.rels",
        f'<Relationships xmlns="{_PACKAGE}/relationships">{related}</Relationships>',
    )
    yield (
        "_rels/.rels",
        f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{_RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    )
    office = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    overrides = "".join(
        f'<Override PartName="/xl/{target}" ContentType="{office}.{kind}+xml"/>'
        for target, kind in kinds
    )
    yield (
        "[Content_Types].xml",
        f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{office}.sheet.main+xml"/>'
        f"{overrides}</Types>",
    )


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(sys.argv[2]))
