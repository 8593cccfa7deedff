"""How the store words its answers: the `{code, data, meta}` envelope and most objects' shapes."""

from __future__ import annotations

from typing import Any

from pydantic_core import to_json
from starlette.responses import Response

from .seed import Company, ExtraField

MESSAGES = {
    400: "Bad Requests Error",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found Error",
    405: "Method Not Allowed",
    409: "Conflict",
    413: "Payload Too Large",
    415: "Unsupported Media Type",
    422: "Unprocessable Entity",
    429: "Too Many Requests",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
}


def as_json(payload: object, status: int = 200) -> Response:
    """Answer with any value as JSON."""
    return Response(to_json(payload), status, media_type="application/json")


def success(
    data: object, pagination: dict[str, int] | None = None, message: str = "Success"
) -> Response:
    """Say that all is well, with one page's place in the whole when `data` is a page.

    `message` differs between endpoints in its case: the documents show `Success` and `SUCCESS`.
    """
    meta: dict[str, Any] = {"message": message}
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


def company(shown: Company, extra_fields: bool, detail: bool = False) -> dict[str, Any]:
    """Show a company as the API does; the group's ID is a number in the list, text in the detail.

    `id` is in no schema, but answers have it beside `companyId`.
    """
    number = int(shown.id)
    answer: dict[str, Any] = {
        "id": number,
        "companyId": number,
        "companyName": shown.name,
        "companyEmail": shown.buyer_email,
        "companyPhone": shown.phone,
        "companyStatus": str(shown.status),
        "catalogId": "",
        "catalogName": "",
        "bcGroupId": str(shown.group_id) if detail else shown.group_id,
        "bcGroupName": shown.group,
        "parentCompany": {},
        "priceListAssign": [],
        "uuid": f"00000000-0000-4000-9000-{number:012d}",
        "createdAt": str(shown.created_at),
        "updatedAt": str(shown.updated_at),
    }
    if extra_fields:
        answer["extraFields"] = [_company_field(*pair) for pair in shown.extra_fields.items()]
    return answer


def _company_field(name: str, value: str) -> dict[str, Any]:
    described = {"isRequired": "0", "dataType": "0", "fieldType": 0}
    return {"fieldName": name, "labelName": name, "fieldValue": value, **described}


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
