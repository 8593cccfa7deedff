"""From the query string of a list request to what is selected, and how much of it."""

from __future__ import annotations

from datetime import UTC, datetime

from starlette.datastructures import QueryParams

from .seed import COMPANIES, Company
from .store import Selection

DEFAULT_LIMIT = 10
LIMIT_BELOW = 250

_SEARCHED = {
    "invoiceNumber": "number",
    "type": "json_extract(body, '$.type')",
    "orderNumber": "coalesce(order_number, '')",
    "purchaseOrderNumber": "coalesce(json_extract(body, '$.purchaseOrderNumber'), '')",
    "customerId": "customer_id",
    "externalCustomerId": "coalesce(json_extract(body, '$.externalCustomerId'), '')",
}
_SORTED = {
    "invoiceNumber": "number",
    "createdAt": "created_at",
    "updatedAt": "updated_at",
    "customerId": "customer_id",
    "externalCustomerId": "json_extract(body, '$.externalCustomerId')",
    "dueDate": "json_extract(body, '$.dueDate')",
    "isPendingPayment": "id",
    "openBalance": "CAST(json_extract(body, '$.openBalance.value') AS REAL)",
    "originalBalance": "CAST(json_extract(body, '$.originalBalance.value') AS REAL)",
    "status": "status",
}


class BadQuery(Exception):
    """A query parameter that can't be used; the text says which and why."""


def page(query: QueryParams) -> tuple[int, int]:
    """Read limit and offset. Raises BadQuery."""
    limit = _whole(query, "limit", DEFAULT_LIMIT)
    offset = _whole(query, "offset", 0)
    if not 1 <= limit < LIMIT_BELOW:
        raise BadQuery(f"limit: must be at least 1 and below {LIMIT_BELOW}")
    if offset < 0:
        raise BadQuery("offset: must not be negative")
    return limit, offset


def invoices(query: QueryParams) -> Selection:
    """Read which invoices are asked for. The search is loose: any part of the text, in any case.

    Raises BadQuery.
    """
    limit, offset = page(query)
    parts: list[tuple[str, list[object]]] = [("1", [])]
    if query.get("q"):
        parts.append((f"instr(lower({_searched(query)}), lower(?)) > 0", [query["q"]]))
    if query.get("customerId"):
        parts.append(("customer_id = ?", [query["customerId"]]))
    if query.get("customerName"):
        parts.append(_one_of("customer_id", [c.id for c in _named(query["customerName"])]))
    if query.get("status"):
        parts.append(("status = ?", [_whole(query, "status", 0)]))
    if query.get("beginDateAt"):
        parts.append(("created_at >= ?", [_moment(query, "beginDateAt", 0)]))
    if query.get("endDateAt"):
        parts.append(("created_at < ?", [_moment(query, "endDateAt", 86_400)]))
    if query.getlist("externalId[]"):
        parts.append(_one_of("json_extract(body, '$.externalId')", query.getlist("externalId[]")))
    where = " AND ".join(condition for condition, _ in parts)
    values = [value for _, given in parts for value in given]
    return Selection(where, values, _order(query), limit, offset)


def companies(query: QueryParams) -> list[Company]:
    """Return the companies that fit, over all pages. Raises BadQuery."""
    found = _named(query.get("q", ""))
    if query.get("companyStatus"):
        wanted = _whole(query, "companyStatus", 1)
        found = [company for company in found if company.status == wanted]
    return found


def _named(part: str) -> list[Company]:
    return [company for company in COMPANIES if part.lower() in company.name.lower()]


def _searched(query: QueryParams) -> str:
    by = query.get("searchBy", "invoiceNumber")
    if by not in _SEARCHED:
        raise BadQuery(f"searchBy: must be one of {', '.join(_SEARCHED)}")
    return _SEARCHED[by]


def _order(query: QueryParams) -> str:
    by, way = query.get("sortBy", "createdAt"), query.get("orderBy", "DESC").upper()
    if by not in _SORTED:
        raise BadQuery(f"sortBy: must be one of {', '.join(_SORTED)}")
    if way not in ("ASC", "DESC"):
        raise BadQuery("orderBy: must be ASC or DESC")
    return f"{_SORTED[by]} {way}, id {way}"


def _one_of(column: str, values: list[str]) -> tuple[str, list[object]]:
    return f"{column} IN ({', '.join('?' for _ in values)})", list(values)


def _whole(query: QueryParams, name: str, default: int) -> int:
    try:
        number = int(query.get(name, default))
    except ValueError:
        raise BadQuery(f"{name}: must be an integer") from None
    if abs(number) > 2**62:
        raise BadQuery(f"{name}: is out of range")
    return number


def _moment(query: QueryParams, name: str, day_end: int) -> float:
    """Read Unix seconds, or a day as such; the end date counts to the end of its day."""
    text = query[name]
    try:
        if text.isdecimal():
            return float(text)
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).timestamp() + day_end
    except ValueError:
        raise BadQuery(f"{name}: must be Unix seconds or YYYY-MM-DD") from None
