"""The PDF of an invoice: plain pages of text, with no fonts but those that every reader has."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from .invoice_page import moment, money
from .seed import COMPANY_BY_ID
from .store import Invoice

_LINES_A_PAGE = 46
_WIDTH = 88  # letters that fit in one line
_PAGE = "/MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >>"


def invoice_pdf(invoice: Invoice) -> bytes:
    """Draw an invoice as a PDF; letters outside of Windows-1252 become question marks."""
    lines = list(_text(invoice))
    pages = [lines[at : at + _LINES_A_PAGE] for at in range(0, len(lines), _LINES_A_PAGE)]
    places = range(4, 4 + 2 * len(pages), 2)
    kids = " ".join(f"{place} 0 R" for place in places)
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier /Encoding /WinAnsiEncoding >>",
    ]
    for place, page in zip(places, pages, strict=True):
        objects.append(
            f"<< /Type /Page /Parent 2 0 R {_PAGE} /Contents {place + 1} 0 R >>".encode()
        )
        objects.append(_stream(page))
    return _file(objects)


def _text(invoice: Invoice) -> Iterator[str]:
    """Write what the buyer reads, line by line."""
    body = invoice.body
    details = body.get("details", {})
    buyer = COMPANY_BY_ID.get(body["customerId"])
    yield f"INVOICE {invoice.number}"
    yield ""
    yield f"To:       {buyer.name if buyer else body['customerId']}"
    yield f"Date:     {moment(invoice.created_at, day=True)}"
    yield f"Due:      {moment(body['dueDate'], day=True)}"
    if body.get("purchaseOrderNumber"):
        yield f"PO:       {body['purchaseOrderNumber']}"
    yield ""
    for line in details.get("details", {}).get("lineItems", []):
        yield from _line(line)
    yield ""
    for cost in details.get("header", {}).get("costLines", []):
        yield f"{cost['description'][:50]:50} {money(cost['amount']):>30}"
    yield f"{'Total':50} {money(body['originalBalance']):>30}"
    yield f"{'Open':50} {money(body['openBalance']):>30}"
    yield ""
    for paragraph in body.get("termsConditions", "").splitlines():
        yield from (paragraph[at : at + _WIDTH] for at in range(0, len(paragraph), _WIDTH))


def _line(line: dict[str, Any]) -> Iterator[str]:
    discount = Decimal(line.get("unitDiscount", {"value": "0"})["value"])
    each = Decimal(line["unitPrice"]["value"]) - discount
    total = money({"code": line["unitPrice"]["code"], "value": each * Decimal(line["quantity"])})
    yield f"{line['sku'][:30]:30} {line['quantity'][:10]:>10} {total:>39}"
    if line.get("description"):
        yield f"  {line['description'][:80]}"


def _stream(lines: list[str]) -> bytes:
    drawn = b"\n".join(b"(" + _escaped(line) + b") Tj T*" for line in lines)
    content = b"BT /F1 10 Tf 15 TL 50 780 Td\n" + drawn + b"\nET"
    return b"<< /Length %d >>\nstream\n%b\nendstream" % (len(content), content)


def _escaped(line: str) -> bytes:
    text = line.encode("cp1252", "replace")
    for special in (b"\\", b"(", b")"):
        text = text.replace(special, b"\\" + special)
    return text.replace(b"\r", b" ").replace(b"\n", b" ")


def _file(objects: list[bytes]) -> bytes:
    """Put the objects into a file, with the table that says where each of them begins."""
    out = bytearray(b"%PDF-1.4\n")
    starts = []
    for number, content in enumerate(objects, start=1):
        starts.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % start for start in starts)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\n" % (len(objects) + 1)
    return bytes(out + b"startxref\n%d\n%%%%EOF\n" % table)
