"""How the store words its answers: the `{code, data, meta}` envelope and its objects' shapes."""

from __future__ import annotations

from typing import Any

from pydantic_core import to_json
from starlette.responses import Response

from .seed import COMPANY_BY_ID, Company, ExtraField
from .store import Invoice, four_decimals

MESSAGES = {
    200: "Success",
    400: "Bad Requests Error",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found Error",
    405: "Method Not Allowed",
    413: "Payload Too Large",
    422: "Unprocessable Entity",
    429: "Too Many Requests",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
}


def as_json(payload: object, status: int = 200) -> Response:
    """Answer with any value as JSON."""
    return Response(to_json(payload), status, media_type="application/json")


def success(data: object, pagination: dict[str, int] | None = None) -> Response:
    """Say that all is well, with one page's place in the whole when `data` is a page."""
    meta: dict[str, Any] = {"message": MESSAGES[200]}
    if pagination is not None:
        meta["pagination"] = pagination
    return as_json({"code": 200, "data": data, "meta": meta})


def refusal(
    code: int, complaint: str = "", errors: str = "", status: int | None = None
) -> Response:
    """Refuse with `code` in the body, under the same HTTP status unless `status` is another."""
    meta = {"message": MESSAGES.get(code, "Error")}
    if errors:
        meta["errors"] = errors
    data = {"errMsg": complaint} if complaint else {}
    return as_json({"code": code, "data": data, "meta": meta}, status or code)


def invoice_detail(invoice: Invoice) -> dict[str, Any]:
    """Show an invoice as GET by ID does."""
    return {**_invoice(invoice), "details": _details(invoice, every_line=False)}


def invoice_in_list(invoice: Invoice, extra_fields: bool) -> dict[str, Any]:
    """Show an invoice as the list does; without its extra fields unless asked for them."""
    shown = {**_invoice(invoice), "details": _details(invoice, every_line=True)}
    if not extra_fields:
        del shown["extraFields"]
    return shown


def company(shown: Company, extra_fields: bool) -> dict[str, Any]:
    """Show a company as the API does."""
    number = int(shown.id)
    answer: dict[str, Any] = {
        "id": number,
        "companyId": number,
        "companyName": shown.name,
        "companyEmail": shown.buyer_email,
        "companyPhone": shown.phone,
        "companyStatus": shown.status,
        "bcGroupName": shown.group,
        "createdAt": "1704067200",
        "updatedAt": "1704067200",
    }
    if extra_fields:
        erp = {"fieldName": "ERP Number", "labelName": "ERP Number", "fieldType": 0}
        answer["extraFields"] = [{**erp, "fieldValue": shown.erp_number}]
    return answer


def extra_field(shown: ExtraField, required: bool) -> dict[str, Any]:
    """Show a configured extra field as the API does; limits are text, absent ones null."""
    return {
        "id": shown.id,
        "uuid": f"00000000-0000-4000-8000-{shown.id:012d}",
        "fieldName": shown.name,
        "fieldType": shown.kind,
        "isRequired": required,
        "isUnique": False,
        "visibleToEnduser": True,
        "configType": 2,
        "defaultValue": shown.default,
        "maximumLength": _limit(shown.maximum_length),
        "numberOfRows": _limit(shown.number_of_rows),
        "maximumValue": _limit(shown.maximum_value),
        "listOfValue": list(shown.choices) or None,
    }


def _limit(value: int | None) -> str | None:
    return None if value is None else str(value)


def _invoice(invoice: Invoice) -> dict[str, Any]:
    body = invoice.body
    buyer = COMPANY_BY_ID.get(body["customerId"])
    return {
        "id": invoice.id,
        "customerId": body["customerId"],
        "externalId": body.get("externalId", ""),
        "externalCustomerId": body.get("externalCustomerId", ""),
        "invoiceNumber": invoice.number,
        "type": body["type"],
        "dueDate": body["dueDate"],
        "issuedAt": body["issuedAt"],
        "status": invoice.status,
        "orderNumber": body.get("orderNumber", ""),
        "purchaseOrderNumber": body.get("purchaseOrderNumber", ""),
        "isPendingPayment": 0,
        "source": body["source"],
        "originalBalance": body["originalBalance"],
        "openBalance": body["openBalance"],
        "customerName": buyer.name if buyer else "",
        "createdAt": str(int(invoice.created_at)),
        "updatedAt": str(int(invoice.updated_at)),
        "channelId": str(body["channelId"]),
        "externalPdfUrl": body.get("externalPdfUrl", ""),
        "termsConditions": body.get("termsConditions", ""),
        "extraFields": body.get("extraFields", []),
    }


def _details(invoice: Invoice, every_line: bool) -> dict[str, Any]:
    """Show the details: cost lines with four decimals, some quantities as numbers.

    The vendor doesn't say when a quantity is a number; here whole ones are in the list, and in the
    detail on every second line.
    """
    details: dict[str, Any] = dict(invoice.body.get("details", {}))
    header = details.get("header", {})
    if "costLines" in header:
        details["header"] = {**header, "costLines": [_cost_line(c) for c in header["costLines"]]}
    goods = details.get("details", {})
    if "lineItems" in goods:
        lines = [
            _with_number(line) if every_line or index % 2 else line
            for index, line in enumerate(goods["lineItems"])
        ]
        details["details"] = {**goods, "lineItems": lines}
    return details


def _cost_line(line: dict[str, Any]) -> dict[str, Any]:
    amount = line["amount"]
    return {**line, "amount": {**amount, "value": four_decimals(amount["value"])}}


def _with_number(line: dict[str, Any]) -> dict[str, Any]:
    quantity = line["quantity"]
    return {**line, "quantity": int(quantity)} if quantity.isdecimal() else line
