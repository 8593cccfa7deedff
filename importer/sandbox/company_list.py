"""From the query string of a list of companies to the companies that fit, in order."""

from __future__ import annotations

from collections.abc import Callable

from starlette.datastructures import QueryParams

from .contents import folded
from .listing import BadQuery, way, whole
from .seed import COMPANIES, ORDERS, Company

_Test = Callable[[Company], bool]
_SORTED: dict[str, Callable[[Company], object]] = {
    "companyName": lambda company: (company.name, int(company.id)),
    "updatedAt": lambda company: (company.updated_at, int(company.id)),
}


def companies(query: QueryParams) -> list[Company]:
    """Return the companies that pass every filter, over all pages. Raises BadQuery."""
    tests = [
        *_name(query),
        *_status(query),
        *_between(query, "minModified", "maxModified", lambda company: company.updated_at),
        *_between(query, "minCreated", "maxCreated", lambda company: company.created_at),
        *_extra_fields(query),
        *_ids(query),
    ]
    by = query.get("sortBy") or "updatedAt"
    if by not in _SORTED:
        raise BadQuery(f"sortBy: must be one of {', '.join(_SORTED)}")
    found = [company for company in COMPANIES if all(test(company) for test in tests)]
    return sorted(found, key=_SORTED[by], reverse=way(query) == "DESC")  # type: ignore[arg-type]


def _name(query: QueryParams) -> list[_Test]:
    words = folded(query.get("q", ""))
    return [lambda company: words in folded(company.name)] if words else []


def _status(query: QueryParams) -> list[_Test]:
    if not query.get("companyStatus"):
        return []
    wanted = whole(query, "companyStatus", 1)
    if wanted not in (0, 1, 2, 3):
        raise BadQuery("companyStatus: must be 0, 1, 2 or 3")
    return [lambda company: company.status == wanted]


def _between(
    query: QueryParams, least: str, most: str, of: Callable[[Company], int]
) -> list[_Test]:
    tests: list[_Test] = []
    if query.get(least):
        earliest = whole(query, least, 0)
        tests.append(lambda company: of(company) >= earliest)
    if query.get(most):
        latest = whole(query, most, 0)
        tests.append(lambda company: of(company) <= latest)
    return tests


def _extra_fields(query: QueryParams) -> list[_Test]:
    """Read `extraFields=name:value`, which may come several times; all of them have to fit."""
    how = query.get("extraFieldFilterType") or "search"
    if how not in ("search", "exact-match"):
        raise BadQuery("extraFieldFilterType: must be search or exact-match")
    tests = []
    for pair in query.getlist("extraFields"):
        name, colon, value = pair.partition(":")
        if not colon:
            raise BadQuery("extraFields: must be name:value")
        tests.append(_has(name, value, exactly=how == "exact-match"))
    return tests


def _has(name: str, value: str, exactly: bool) -> _Test:
    def test(company: Company) -> bool:
        there = company.extra_fields.get(name)
        if there is None:
            return False
        return there == value if exactly else folded(value) in folded(there)

    return test


def _ids(query: QueryParams) -> list[_Test]:
    """Read the filters by an ID of BigCommerce's own: group, customer, order."""
    tests: list[_Test] = []
    if query.get("bcGroupId"):
        group = query["bcGroupId"]
        tests.append(lambda company: str(company.group_id) == group)
    if query.get("customerId"):
        customer = whole(query, "customerId", 0)
        tests.append(lambda company: customer in company.customers)
    for name in ("bcOrderId", "orderId"):
        if query.get(name):
            owners = {order.company_id for order in ORDERS if order.number == query[name]}
            tests.append(lambda company, owners=owners: company.id in owners)  # type: ignore[misc]
    return tests
