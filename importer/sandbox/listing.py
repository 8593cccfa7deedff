"""From the query string of a list of invoices to what is selected, and how much of it."""

from __future__ import annotations

from datetime import UTC, datetime

from starlette.datastructures import QueryParams

from .contents import folded
from .seed import COMPANIES
from .store import Selection

DEFAULT_LIMIT = 10
INVOICES_BELOW = 250
LARGEST_LIMIT = 250

_EXTERNAL_CUSTOMER = "coalesce(json_extract(body, '$.externalCustomerId'), '')"
_SEARCHED = {
    "invoiceNumber": "folded",
    "type": "folded(json_extract(body, '$.type'))",
    "orderNumber": "folded(order_number)",
    "purchaseOrderNumber": "folded(json_extract(body, '$.purchaseOrderNumber'))",
    "customerId": "folded(customer_id)",
    "externalCustomerId": f"folded({_EXTERNAL_CUSTOMER})",
}
_SORTED = {
    "invoiceNumber": "number",
    "createdAt": "created_at",
    "updatedAt": "updated_at",
    "customerId": "customer_id",
    "externalCustomerId": _EXTERNAL_CUSTOMER,
    "dueDate": "json_extract(body, '$.dueDate')",
    "isPendingPayment": "pending",
    "openBalance": "CAST(json_extract(body, '$.openBalance.value') AS REAL)",
    "originalBalance": "CAST(json_extract(body, '$.originalBalance.value') AS REAL)",
    "status": "status",
}
_Condition = tuple[str, list[object]]


class BadQuery(Exception):
    """A query parameter that can't be used; the text says which and why."""


def page(query: QueryParams, largest: int = LARGEST_LIMIT) -> tuple[int, int]:
    """Read limit and offset. Raises BadQuery."""
    limit = whole(query, "limit", DEFAULT_LIMIT)
    offset = whole(query, "offset", 0)
    if not 1 <= limit <= largest:
        raise BadQuery(f"limit: must be between 1 and {largest}")
    if offset < 0:
        raise BadQuery("offset: must not be negative")
    return limit, offset


def invoices(query: QueryParams) -> Selection:
    """Read which invoices are asked for: those that every filter lets through.

    The search is loose: any part of the text, whatever its case and its accents. Without `sortBy`
    the newest comes first, which isn't documented. Raises BadQuery.
    """
    limit, offset = page(query, INVOICES_BELOW - 1)
    conditions = [
        *_search(query),
        *_equals(query, "customerId", "customer_id"),
        *_company_named(query),
        *_status(query),
        *_created(query),
        *_external_ids(query),
        *_channels(query),
    ]
    where = " AND ".join(["1", *(condition for condition, _ in conditions)])
    values = [value for _, given in conditions for value in given]
    return Selection(where, values, _order(query), limit, offset)


def way(query: QueryParams) -> str:
    """Read the direction of sorting. Raises BadQuery."""
    asked = (query.get("orderBy") or "DESC").upper()
    if asked not in ("ASC", "DESC"):
        raise BadQuery("orderBy: must be ASC or DESC")
    return asked


def whole(query: QueryParams, name: str, default: int) -> int:
    """Read an integer. Raises BadQuery."""
    try:
        number = int(query.get(name, default))
    except ValueError:
        raise BadQuery(f"{name}: must be an integer") from None
    if abs(number) > 2**62:
        raise BadQuery(f"{name}: is out of range")
    return number


def _search(query: QueryParams) -> list[_Condition]:
    by, words = query.get("searchBy"), query.get("q")
    if by and by not in _SEARCHED:
        raise BadQuery(f"searchBy: must be one of {', '.join(_SEARCHED)}")
    if not words:
        return []
    columns = [_SEARCHED[by]] if by else list(_SEARCHED.values())
    either = " OR ".join(f"instr({column}, ?) > 0" for column in columns)
    return [(f"({either})", [folded(words)] * len(columns))]


def _equals(query: QueryParams, name: str, column: str) -> list[_Condition]:
    return [(f"{column} = ?", [query[name]])] if query.get(name) else []


def _company_named(query: QueryParams) -> list[_Condition]:
    words = folded(query.get("customerName", ""))
    if not words:
        return []
    return [_one_of("customer_id", [c.id for c in COMPANIES if words in folded(c.name)])]


def _status(query: QueryParams) -> list[_Condition]:
    if not query.get("status"):
        return []
    status = whole(query, "status", 0)
    if status not in (0, 1, 2):
        raise BadQuery("status: must be 0, 1 or 2")
    return [("status = ?", [status])]


def _created(query: QueryParams) -> list[_Condition]:
    """Read the span of `createdAt`, both ends in it."""
    ends = (("beginDateAt", ">=", 0), ("endDateAt", "<=", 86_399))
    return [
        (f"created_at {sign} ?", [_moment(query[name], name, rest)])
        for name, sign, rest in ends
        if query.get(name)
    ]


def _external_ids(query: QueryParams) -> list[_Condition]:
    asked = [text for text in query.getlist("externalId[]") if text]
    return [_one_of("json_extract(body, '$.externalId')", asked)] if asked else []


def _channels(query: QueryParams) -> list[_Condition]:
    """Read `channelIds`, in any of the ways in which lists are put into a query string."""
    given = [*query.getlist("channelIds"), *query.getlist("channelIds[]")]
    asked = [part.strip() for text in given for part in text.split(",") if part.strip()]
    if not asked:
        return []
    if not all(part.isascii() and part.isdecimal() for part in asked):
        raise BadQuery("channelIds: must be integers")
    return [_one_of("CAST(json_extract(body, '$.channelId') AS TEXT)", asked)]


def _order(query: QueryParams) -> str:
    by, direction = query.get("sortBy"), way(query)
    if by and by not in _SORTED:
        raise BadQuery(f"sortBy: must be one of {', '.join(_SORTED)}")
    return f"{_SORTED[by]} {direction}, id {direction}" if by else f"id {direction}"


def _one_of(column: str, values: list[str]) -> _Condition:
    return f"{column} IN ({', '.join('?' for _ in values)})", list(values)


def _moment(text: str, name: str, rest_of_day: int) -> float:
    """Read Unix seconds, or a day, from its first second or up to its last."""
    try:
        if text.isascii() and text.isdecimal():
            return float(text)
        day = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise BadQuery(f"{name}: must be Unix seconds or YYYY-MM-DD") from None
    return day.timestamp() + rest_of_day
