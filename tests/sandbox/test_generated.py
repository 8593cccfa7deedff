"""The store against a few lines of Python that say what it is documented to do."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from importer import sandbox

from .bodies import put_at
from .conftest import Client
from .generated import COMPANIES, CREATE, TEXT, UPDATE, Body, comparable, created, updated

HARD = settings(
    phases=[Phase.generate],  # shrinking such bodies takes minutes
    max_examples=80,
    deadline=None,
    suppress_health_check=[*HealthCheck],
    derandomize=True,
)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A store with its client."""
    data = tmp_path_factory.mktemp("sandbox") / "sandbox.db"
    with sandbox.running(data, limit=10**6) as store, Client(store) as client:
        yield store, client


def make(client: Client, body: Body) -> str:
    """Create an invoice and give its path."""
    answer = client.create(body)
    assert answer.json()["code"] == 200, answer.text
    return f"/ip/invoices/{answer.json()['data']['id']}"


def shown(client: Client, path: str) -> Body:
    body: Body = client.get(path).json()["data"]
    return body


@HARD
@given(sent=CREATE)
def test_get_shows_what_post_was_sent(shop: Any, sent: Body) -> None:
    store, client = shop
    store.reset()
    kept = comparable(shown(client, make(client, sent)))
    expected = comparable(created(deepcopy(sent)))
    assert kept.pop("customerName") == COMPANIES[sent["customerId"]]
    for made_up in {"createdAt", "dueDate"} - expected.keys():
        del kept[made_up]
    assert kept == expected


@HARD
@given(first=CREATE, change=UPDATE)
def test_put_changes_what_it_says_and_nothing_else(shop: Any, first: Body, change: Body) -> None:
    store, client = shop
    store.reset()
    path = make(client, first)
    before = shown(client, path)
    answer = client.put(path, json=change)
    assert answer.json()["code"] == 200, answer.text
    expected = comparable(updated(before, deepcopy(change)))
    assert comparable(shown(client, path)) == expected


BROKEN = [
    ("invoiceNumber", ""),
    ("customerId", "9"),
    ("dueDate", -1),
    ("status", 3),
    ("source", "0"),
    ("openBalance", {"code": "USD"}),
    ("originalBalance", {"code": "USD", "value": []}),
    ("details", {"details": {"lineItems": [{"sku": ""}]}}),
    ("details", {"header": {"billingAddress": {"city": "Omaha"}}}),
    ("extraFields", [{"fieldName": "Colour", "fieldValue": "red"}]),
]


@HARD
@given(first=CREATE, change=UPDATE, second=CREATE, fault=st.sampled_from(BROKEN))
def test_what_is_refused_changes_nothing(
    shop: Any, first: Body, change: Body, second: Body, fault: tuple[str, Any]
) -> None:
    store, client = shop
    store.reset()
    path = make(client, first)
    before = client.get("/ip/invoices?isIncludeExtraFields=1").json()
    for answer in (
        client.put(path, json=put_at(change, *fault)),
        client.put(path, json=change | {"orderNumber": "7"}),
        client.create(put_at(second, *fault)),
        client.create(second | {"invoiceNumber": first["invoiceNumber"]}),
    ):
        assert answer.json()["code"] in (400, 422), answer.text
    assert client.get("/ip/invoices?isIncludeExtraFields=1").json() == before
    assert len(store.outbox()) == 1


SEARCHABLE = (
    "invoiceNumber",
    "type",
    "orderNumber",
    "purchaseOrderNumber",
    "customerId",
    "externalCustomerId",
)
SORTS: dict[str, Callable[[Body], Any]] = {
    **{name: lambda i, n=name: i[n] for name in ("invoiceNumber", "customerId", "dueDate")},
    **{name: lambda i, n=name: i[n] for name in ("status", "externalCustomerId")},
    **{name: lambda i, n=name: int(i[n]) for name in ("createdAt", "updatedAt")},
    **{name: lambda i, n=name: float(i[n]["value"]) for name in ("openBalance", "originalBalance")},
    "isPendingPayment": lambda i: i["isPendingPayment"],
}


def loose(text: str) -> str:
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(c for c in plain if not unicodedata.combining(c))


@st.composite
def queries(draw: st.DrawFn, everything: list[Body]) -> dict[str, Any]:
    """Make up a query, mostly of what some invoice has."""
    one = draw(st.sampled_from(everything))
    searched = one[draw(st.sampled_from(SEARCHABLE))]
    part = draw(st.sampled_from([searched, searched[1:3], searched.upper()])) or draw(TEXT)
    choices: dict[str, Any] = {
        "q": part,
        "searchBy": draw(st.sampled_from(SEARCHABLE)),
        "status": draw(st.integers(0, 2)),
        "customerId": one["customerId"],
        "customerName": COMPANIES[one["customerId"]][2:9].upper(),
        "channelIds": draw(st.sampled_from(["1", "2,9", ["1", "9"]])),
        "beginDateAt": one["createdAt"],
        "endDateAt": draw(st.sampled_from(everything))["createdAt"],
        "externalId[]": [one["externalId"] or "7", "7"],
        "sortBy": draw(st.sampled_from(sorted(SORTS))),
        "orderBy": draw(st.sampled_from(["ASC", "DESC"])),
        "limit": draw(st.integers(1, 6)),
        "offset": draw(st.integers(0, 4)),
    }
    chosen = draw(st.sets(st.sampled_from(sorted(choices)), max_size=6))
    return {name: choices[name] for name in sorted(chosen)}


def selected(everything: list[Body], query: dict[str, Any]) -> list[Body]:
    """Give what a list has to show, over all pages."""
    searched = [query["searchBy"]] if "searchBy" in query else SEARCHABLE
    channels = query.get("channelIds", "")
    channels = channels if isinstance(channels, list) else channels.split(",")
    tests: dict[str, Callable[[Body], bool]] = {
        "q": lambda i: any(loose(query["q"]) in loose(i[name]) for name in searched),
        "status": lambda i: i["status"] == query["status"],
        "customerId": lambda i: i["customerId"] == query["customerId"],
        "customerName": lambda i: loose(query["customerName"]) in loose(i["customerName"]),
        "channelIds": lambda i: i["channelId"] in channels,
        "beginDateAt": lambda i: int(i["createdAt"]) >= int(query["beginDateAt"]),
        "endDateAt": lambda i: int(i["createdAt"]) <= int(query["endDateAt"]),
        "externalId[]": lambda i: i["externalId"] in query["externalId[]"],
    }
    found = [i for i in everything if all(tests[name](i) for name in query.keys() & tests.keys())]
    by = SORTS.get(query.get("sortBy", ""), lambda i: i["id"])
    down = query.get("orderBy", "DESC") == "DESC"
    return sorted(found, key=lambda i: (by(i), i["id"]), reverse=down)


LISTED = CREATE.map(lambda body: {k: v for k, v in body.items() if k != "details"})


@HARD
@given(data=st.data())
def test_lists_are_what_plain_python_makes_of_all_invoices(shop: Any, data: st.DataObject) -> None:
    store, client = shop
    store.reset()
    bodies = data.draw(
        st.lists(LISTED, min_size=1, max_size=6, unique_by=lambda body: body["invoiceNumber"])
    )
    for order, body in enumerate(bodies):
        make(client, body | {"orderNumber": f"{body.get('orderNumber', '')}{order}"})
    store.alter(bodies[0]["invoiceNumber"], isPendingPayment=1)
    ids = [kept["id"] for kept in store.invoices()]
    everything = [shown(client, f"/ip/invoices/{one}") for one in ids]
    for query in data.draw(st.lists(queries(everything), min_size=5, max_size=5)):
        answer = client.get("/ip/invoices", params=query).json()
        expected = selected(everything, query)
        start, limit = query.get("offset", 0), query.get("limit", 10)
        page = [invoice["id"] for invoice in expected[start : start + limit]]
        assert [invoice["id"] for invoice in answer["data"]] == page, json.dumps(query)
        assert answer["meta"]["pagination"]["totalCount"] == len(expected)
