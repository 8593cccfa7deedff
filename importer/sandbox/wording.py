"""In which words the store refuses what it holds already: an invoice number, or an order's invoice.

The first of the numbers' is the vendor's documented one. For a second invoice of an order nothing
is documented to the letter. The rest is how stores and what lies before them may put it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

from starlette.responses import Response

from .answers import as_json, refusal

What = Literal["invoice", "order"]
Wording = Callable[[str], Response]


def _documented(complaint: str) -> Wording:
    return lambda value: refusal(400, complaint.format(value), status=200)


def _under(code: int, complaint: str, errors: str = "") -> Wording:
    return lambda value: refusal(code, complaint.format(value), errors.format(value))


NUMBER: dict[str, Wording] = {
    "documented": _documented("The invoice number already exists."),
    "duplicate": _documented("Duplicate entry '{}' for key 'invoice_no'"),
    "unique": _under(422, "", "invoiceNumber: must be unique"),
    "taken": _documented("Invoice no. {} has been used."),
    "400": _under(400, "Invoice {} exists."),
    "409": _under(409, "Conflict with an existing resource."),
    "413": _under(413, "Too many objects with the same key."),
    "422": _under(422, "Validation failed.", "The given data was invalid."),
    "404": _under(404, "The resource can't be created twice."),
    "text": lambda value: as_json(
        {"code": 400, "data": f"{value} is not available.", "meta": {"message": "Bad Request"}},
        400,
    ),
    "bare": lambda value: as_json({"error": "duplicate key value violates unique constraint"}, 422),
}
"""How a repeated invoice number is refused, by the name of the wording."""

ORDER: dict[str, Wording] = {
    "exists": _documented("An invoice already exists for this order."),
    "one": _documented("The order {} can only have one invoice."),
    "invoiced": _documented("Order has already been invoiced"),
    "duplicate": _documented("Duplicate entry '{}' for key 'order_id'"),
    "unique": _under(422, "", "orderNumber: must be unique"),
    "409": _under(409, "Conflict with an existing resource."),
}
"""How a second invoice for one order is refused, by the name of the wording."""

WORDINGS: Mapping[What, dict[str, Wording]] = {"invoice": NUMBER, "order": ORDER}


def taken(what: What, value: str, name: str = "") -> Response:
    """Refuse what is there already: in the words of this name, else in the usual ones."""
    wordings = WORDINGS[what]
    return wordings[name or next(iter(wordings))](value)
