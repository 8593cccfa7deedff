"""Pure: what a clerk reads when the store didn't take an invoice, and at which cell."""

from __future__ import annotations

import re
from dataclasses import replace

from importer.model import Cell, Fault, Json, Origins

from .existing import order_is_invoiced
from .naming import named_paths
from .outcomes import Kind

_MOST = 20  # faults of one refusal
PUT_BACK = {
    Kind.BUSY: "The store's request budget was used up.",
    Kind.UNSENT: "There was no connection to the store.",
    Kind.REFUSED: "The store refused the token.",
    Kind.ASTRAY: "The store's address isn't the address of its API.",
    Kind.BLOCKED: "Something in front of the store let nothing through.",
}
"""What is said of an invoice that is pending again because of no fault of its own."""


def rejected(number: str, body: Json, origins: Origins, said: str) -> tuple[Fault, ...]:
    """Word a refusal of the content: a fault for each complaint, at each cell that it is about.

    The first is the main one. When no complaint names a cell, each is a fault of the invoice's row.
    """
    found: dict[Fault, bool] = {}
    for complaint in said.split("; "):
        paths = named_paths(body, origins, complaint)
        cells = [cell for path in paths if (cell := _exact(origins, path))]
        places: list[Cell | None] = [*cells] or [_row(origins.find("/invoiceNumber"))]
        for cell in places:
            remedy = _remedy(complaint, cell if cells else None)
            words = refusal(complaint)
            fault = Fault.at(cell, "store-rejected", words, remedy, invoice=number)
            found.setdefault(fault, bool(cells))
    placed = [fault for fault, has_cell in found.items() if has_cell]
    return tuple((placed or list(found))[:_MOST])


def refusal(said: str) -> str:
    """Say that the store refused an invoice, and everything that it said about it."""
    told = "; ".join(_quoted(complaint) for complaint in said.split("; ") if complaint.strip())
    return f"The store refused this invoice: {told or 'it gave no reason'}."


def failed(number: str, origins: Origins, said: str, tries: int) -> Fault:
    """Word trouble of the store's that used up every try."""
    return _fault(
        "store-trouble",
        f"The store couldn't take this invoice in {tries} tries: {_told(said)}",
        "Nothing is wrong with the row. Rerun what failed when the store is working again.",
        number,
        origins,
    )


def unanswered(number: str, origins: Origins, said: str) -> Fault:
    """Word that nobody knows whether the store has the invoice."""
    return _fault(
        "no-answer",
        f"The store's answer never came, so it may or may not hold this invoice: {_told(said)}",
        "Resume the run: it asks the store first, and posts only what isn't there.",
        number,
        origins,
    )


def _remedy(complaint: str, marked: Cell | None) -> str:
    if marked and order_is_invoiced(complaint):
        return (
            "A store allows one invoice per order. Clear the marked cell, or keep the order's "
            "number in External ID or an extra field, and upload the report again."
        )
    if marked:
        what = "cell" if marked.column else "row"
        return f"Correct the marked {what} and upload the report again."
    if complaint.startswith("HTTP 413"):
        return (
            "The invoice is too large. Split it into several invoices, or shorten its texts, and "
            "upload the report again."
        )
    return (
        "The store doesn't say which cell it means. Correct the row, or add the column that it "
        "asks for, and upload the report again."
    )


def _exact(origins: Origins, path: str) -> Cell | None:
    """Give the cell of a field, or the row of a list's item; None when the workbook has none."""
    cell = origins.find(path)
    parent, _, last = path.rpartition("/")
    if cell is None:
        return None
    whole = {path, parent} if last.isdigit() else {path}
    if any(part.path and part.path in whole for part in origins.parts):
        return _row(cell)
    columns = origins.columns.get(cell.sheet, {})
    keys = [key for key, (letter, _) in columns.items() if letter == cell.column]
    if any(path.endswith(f"/{key}") for key in keys):
        return cell
    if path.startswith("/openBalance"):  # an empty one is the original balance
        return _exact(origins, path.replace("open", "original", 1))
    return None


def _row(cell: Cell | None) -> Cell | None:
    """Give the whole row of a cell, which is a cell without a column."""
    return replace(cell, column="", header="") if cell else None


def _fault(
    code: str,
    message: str,
    remedy: str,
    number: str,
    origins: Origins,
    path: str = "/invoiceNumber",
) -> Fault:
    return Fault.at(origins.find(path), code, message, remedy, invoice=number)


def _quoted(complaint: str) -> str:
    """Quote exactly what the store itself said; the name of a field follows it."""
    text = complaint.strip().rstrip(".")
    if text.startswith("HTTP "):  # our own words
        return text
    field = re.match(r"([\w.\[\]-]*\w\]?): (?=.)", text)
    return f"“{text[field.end() :]}” ({field[1]})" if field else f"“{text}”"


def _told(said: str) -> str:
    text = said.strip().rstrip(".")
    return f"{text}." if text else "it gave no reason."
