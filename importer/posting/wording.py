"""Pure: what a clerk reads when the store didn't take an invoice, and at which cell."""

from __future__ import annotations

import re

from importer.model import Fault, Json, Origins, walk

from .outcomes import Kind

PUT_BACK = {
    Kind.BUSY: "The store's request budget was used up.",
    Kind.UNSENT: "There was no connection to the store.",
    Kind.REFUSED: "The store refused the token.",
    Kind.ASTRAY: "The store's address isn't that of the API.",
    Kind.BLOCKED: "Something in front of the store let nothing through.",
}
"""What is said of an invoice that is pending again because of no fault of its own."""


def rejected(number: str, body: Json, origins: Origins, said: str) -> Fault:
    """Word a refusal of the content; the fault is at the cell of the field that it names."""
    return _fault(
        "store-rejected",
        f"The store refused this invoice: {_quote(said)}",
        "Correct the marked cell and upload the report again.",
        number,
        origins,
        named_field(body, said) or "/invoiceNumber",
    )


def failed(number: str, origins: Origins, said: str, tries: int) -> Fault:
    """Word trouble of the store's that used up every try."""
    return _fault(
        "store-trouble",
        f"The store couldn't take this invoice in {tries} tries: {_quote(said)}",
        "Nothing is wrong with the row. Re-run what failed when the store is well again.",
        number,
        origins,
    )


def unanswered(number: str, origins: Origins, said: str) -> Fault:
    """Word that nobody knows whether the store has the invoice."""
    return _fault(
        "no-answer",
        f"The store's answer never came, so it may or may not hold this invoice: {_quote(said)}",
        "Resume the run: it asks the store first, and posts only what isn't there.",
        number,
        origins,
    )


def conflict(number: str, origins: Origins, ident: str, found: list[tuple[str, str, str]]) -> Fault:
    """Word that the store holds another invoice of the same number."""
    shown = "; ".join(
        f"{_name(path)} is {ours or 'empty'} here and {theirs or 'empty'} there"
        for path, ours, theirs in found[:3]
    )
    more = f"; and {len(found) - 3} more" if len(found) > 3 else ""
    return _fault(
        "number-taken",
        f"The store has another invoice of this number (its ID is {ident}): {shown}{more}.",
        "Give this invoice another number, or take the row out if the store's is right.",
        number,
        origins,
        found[0][0] if found and origins.find(found[0][0]) else "/invoiceNumber",
    )


def named_field(body: Json, said: str) -> str | None:
    """Give the JSON path of the field that the store's words name, the longest name first.

    `customerId`, `customer id` and `customer_id` all name `/customerId`; so does a path such as
    `lineItems[2].sku` when the invoice has that line.
    """
    flat = _flat(said)
    best: tuple[int, str] | None = None
    for path, _ in walk(body):
        steps = path.strip("/").split("/")
        for count in range(1, len(steps) + 1):
            tail = steps[-count:]
            if tail[-1] in ("code", "value") and count == 1:
                continue
            name = _flat("".join(tail))
            if len(name) >= 3 and name in flat and (best is None or len(name) > best[0]):
                best = (len(name), path)
        for count, step in enumerate(steps):
            parent = _flat(step)
            if step.isdigit() or count == len(steps) - 1 or len(parent) < 6:
                continue
            if parent in flat and (best is None or len(parent) > best[0]):
                best = (len(parent), path)
    return best[1] if best else None


def _fault(
    code: str,
    message: str,
    remedy: str,
    number: str,
    origins: Origins,
    path: str = "/invoiceNumber",
) -> Fault:
    cell = origins.find(path)
    return Fault(
        code=code,
        message=message,
        remedy=remedy,
        sheet=cell.sheet if cell else None,
        row=cell.row if cell else None,
        column=cell.header if cell else None,
        letter=cell.column if cell else None,
        invoice=number,
    )


def _flat(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())


def _quote(said: str) -> str:
    text = said.strip().rstrip(".")
    return f"“{text}”." if text else "it gave no reason."


def _name(path: str) -> str:
    words = {
        "/customerId": "the company",
        "/externalId": "the external ID",
        "/originalBalance/code": "the currency",
        "/originalBalance/value": "the original balance",
        "/openBalance/code": "the open balance's currency",
        "/openBalance/value": "the open balance",
        "/details/details/lineItems": "the number of lines",
    }
    if path in words:
        return words[path]
    steps = path.split("/")
    field = {"sku": "the SKU", "quantity": "the quantity"}.get(steps[-1], "the unit price")
    return f"{field} of line {int(steps[4]) + 1}"
