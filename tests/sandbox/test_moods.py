"""What real stores do besides, each to be switched on: folded numbers, late lists, other words."""

import json
import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest
import requests

from importer import sandbox
from importer.sandbox.wording import NUMBER, ORDER
from tests.waiting import until

from .bodies import refused


def numbers(store):
    return [kept["invoiceNumber"] for kept in store.invoices()]


@pytest.mark.parametrize("other", ["inv-é1", "ÍNV-E1", "INV-E\u03011", "ＩＮＶ-É1"])
def test_numbers_can_be_unique_under_folding(start, connect, invoice, other):
    store = start(fold=True)
    client = connect(store)
    made = client.create(invoice("INV-É1")).json()["data"]["id"]
    assert refused(client.create(invoice(other))) == (400, "The invoice number already exists. ")
    assert numbers(store) == ["INV-É1"]
    found = client.get("/ip/invoices", params={"searchBy": "invoiceNumber", "q": other}).json()
    assert [i["invoiceNumber"] for i in found["data"]] == ["INV-É1"]
    assert client.put(f"/ip/invoices/{made}", json={"invoiceNumber": other}).json()["code"] == 200
    client.create(invoice("B"))
    assert refused(client.put(f"/ip/invoices/{made}", json={"invoiceNumber": "b"}))[0] == 400


def test_without_folding_every_spelling_is_a_number_of_its_own(client, store, invoice):
    for number in ("INV-1", "inv-1", "ÍNV-1"):
        assert client.create(invoice(number)).json()["code"] == 200
    assert len(numbers(store)) == 3


def test_a_list_can_lag_behind_while_get_does_not(start, connect, invoice):
    client = connect(start(list_lag=3600))
    made = client.create(invoice("A")).json()["data"]["id"]
    for query in ("", "?searchBy=invoiceNumber&q=A", "?sortBy=createdAt"):
        answer = client.get(f"/ip/invoices{query}").json()
        assert (answer["data"], answer["meta"]["pagination"]["totalCount"]) == ([], 0)
    assert client.get(f"/ip/invoices/{made}").json()["data"]["invoiceNumber"] == "A"
    assert client.create(invoice("A")).json()["code"] == 400


def test_a_list_that_lags_catches_up(start, connect, invoice):
    client = connect(start(list_lag=1.0))
    client.create(invoice("A"))
    assert client.get("/ip/invoices").json()["data"] == []
    assert until(lambda: client.get("/ip/invoices").json()["data"])[0]["invoiceNumber"] == "A"


def test_a_repeated_number_is_refused_in_every_wording_in_turn(client, store, invoice):
    client.create(invoice("A"))
    store.set_fault("duplicate-words")
    answers = [client.create(invoice("A")) for _ in NUMBER]
    assert {answer.status_code for answer in answers} == {200, 400, 404, 409, 413, 422}
    assert len({answer.text for answer in answers}) == len(NUMBER)
    assert numbers(store) == ["A"]
    assert client.create(invoice("B")).json()["code"] == 200
    assert store.faults()[0]["shown"] == len(NUMBER)


def test_one_wording_can_be_chosen(client, store, invoice):
    client.create(invoice("A"))
    store.set_fault("duplicate-words", words="unique", count=1)
    answer = client.create(invoice("A"))
    assert (answer.status_code, refused(answer)) == (422, (422, " invoiceNumber: must be unique"))
    assert "already exists" in client.create(invoice("A")).text
    with pytest.raises(ValueError, match="words is one of documented"):
        store.set_fault("duplicate-words", words="rude")


def test_other_words_come_together_with_other_faults(client, store, invoice):
    store.set_fault("duplicate-words", words="409")
    store.set_fault("500", count=1, commit=True)
    assert client.create(invoice("A")).status_code == 500
    assert client.create(invoice("A")).status_code == 409
    assert numbers(store) == ["A"]


def test_the_second_invoice_of_an_order_is_refused_in_every_wording(client, store, invoice):
    client.create(invoice("A", orderNumber="77"))
    store.set_fault("order-words")
    answers = [client.create(invoice("B", orderNumber="77")) for _ in ORDER]
    assert len({answer.text for answer in answers}) == len(ORDER)
    assert any("77" in answer.text for answer in answers)
    assert numbers(store) == ["A"]


@pytest.mark.parametrize("told", [True, False])
def test_only_so_many_requests_at_a_time(start, connect, invoice, told):
    store = start(concurrency=2, concurrency_headers=told, faults=["latency:seconds=0.5"])

    def create(number):
        return connect(store).create(invoice(str(number)))

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(create, range(8)))
    refusals = [answer for answer in answers if answer.status_code == 429]
    assert refusals
    assert all(("X-Requests-Remaining" in answer.headers) is told for answer in refusals)
    assert len(numbers(store)) == 8 - len(refusals)
    counts = store.stats()
    assert (counts["peak_at_once"], counts["too_many_at_once"]) == (2, len(refusals))
    if told:
        assert all(int(a.headers["X-Requests-Remaining"].split()[0]) > 0 for a in refusals)


def test_each_endpoint_counts_for_itself(start, connect):
    store = start(concurrency=1, faults=["hang:seconds=600,path=/companies/*"])
    slow = threading.Thread(target=_ignore_reset, args=(connect(store), "/companies/1001"))
    slow.start()
    until(lambda: store.stats()["unanswered"])
    client = connect(store)
    assert client.get("/companies/1002").status_code == 429
    assert client.get("/companies").status_code == 200


def _ignore_reset(client, path):
    with pytest.raises(requests.ConnectionError):
        client.get(path)


def test_a_dripping_answer_outlasts_the_read_timeout(client, store, invoice):
    store.set_fault("drip", count=1, seconds=0.02)
    began = time.monotonic()
    assert client.post("/ip/invoices", json=invoice("A"), timeout=0.3).json()["code"] == 200
    assert time.monotonic() - began > 0.3


def test_two_creations_can_be_answered_with_one_id(client, store, invoice):
    store.set_fault("same-id", count=2)
    ids = [client.create(invoice(n)).json()["data"]["id"] for n in "ABC"]
    kept = [i["id"] for i in store.invoices()]
    assert ids == [kept[0], kept[0], kept[2]]


@pytest.mark.parametrize(("fault", "status"), [("201", 201), ("code-201", 200)])
def test_a_success_can_be_a_201(client, store, invoice, fault, status):
    store.set_fault(fault)
    answer = client.create(invoice("A"))
    assert (answer.status_code, answer.json()["code"]) == (status, 201)
    assert answer.json()["data"]["id"] == store.invoices()[0]["id"]
    assert client.create(invoice("A")).json()["code"] == 400


@pytest.mark.parametrize("status", [400, 403, 413])
def test_a_firewall_answers_in_html(client, store, invoice, status):
    store.set_fault(f"html-{status}")
    answer = client.create(invoice("A"))
    assert answer.status_code == status
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "blocked" in answer.text
    assert numbers(store) == []


@pytest.mark.parametrize("name", ["429", "503", "overloaded"])
def test_retry_after_can_be_seconds_or_a_date(client, store, name):
    store.set_fault(name, count=1, seconds=2.5, retry_after="seconds")
    store.set_fault(name, count=1, seconds=90, retry_after="date")
    store.set_fault(name, count=1)
    first, second, third = (client.get("/companies") for _ in range(3))
    assert first.headers["Retry-After"] == "3"
    ahead = parsedate_to_datetime(second.headers["Retry-After"]) - datetime.now(UTC)
    assert timedelta(seconds=30) < ahead <= timedelta(seconds=90)
    assert "Retry-After" not in third.headers


@pytest.mark.parametrize("style", ["seconds", "date"])
def test_the_budgets_own_429_can_say_when_to_come_again(start, connect, style):
    client = connect(start(limit=1, window=3600, retry_after=style))
    assert "Retry-After" not in client.get("/companies").headers
    value = client.get("/companies").headers["Retry-After"]
    assert value.isdecimal() is (style == "seconds")
    assert 0 < int(value) <= 3600 if style == "seconds" else parsedate_to_datetime(value)


def test_a_buyer_pays(client, store, invoice):
    made = client.create(invoice("A")).json()["data"]["id"]

    def shown():
        kept = client.get(f"/ip/invoices/{made}").json()["data"]
        return kept["openBalance"]["value"], kept["status"], kept["isPendingPayment"]

    store.alter("A", isPendingPayment=1)
    assert shown() == ("349.5000", 0, 1)
    store.pay("A", "49.50")
    store.alter("A", isPendingPayment=0)
    assert shown() == ("300.0000", 1, 0)
    store.pay("A", "310")
    assert shown() == ("-10.0000", 2, 0)
    with pytest.raises(ValueError, match="holds no invoice B"):
        store.pay("B", "1")


def test_somebody_changes_and_deletes_by_hand(client, store, invoice):
    for number in ("A", "B&B"):
        client.create(invoice(number))
    store.alter("A", purchaseOrderNumber="PO-9", createdAt=1_700_000_000, invoiceNumber="A-2")
    kept = store.invoices()[0]
    assert (kept["invoiceNumber"], kept["purchaseOrderNumber"]) == ("A-2", "PO-9")
    assert kept["createdAt"] == "1700000000"
    with pytest.raises(ValueError, match="invoice number is taken"):
        store.alter("A-2", invoiceNumber="B&B")
    store.delete("B&B")
    assert numbers(store) == ["A-2"]
    with pytest.raises(ValueError, match="holds no invoice"):
        store.delete("B&B")
    assert store.stats()["requests"] == 2


def test_controls_that_miss_something_are_refused_in_plain_words(store):
    for method, path in (("PATCH", "invoices"), ("POST", "payments")):
        answer = requests.request(method, f"{store.url}/_sandbox/{path}", json={}, timeout=30)
        assert answer.status_code == 422
        assert "needs a number" in answer.json()["error"]


def test_a_file_of_an_earlier_version_is_brought_up_to_date(connect, invoice, tmp_path):
    data = tmp_path / "old.db"
    body = invoice("Old-1", type="Invoice", status=0, source=0, channelId=1, dueDate=1)
    body["originalBalance"]["value"] = body["openBalance"]["value"] = "349.5000"
    with sqlite3.connect(data) as db:
        db.execute(
            "CREATE TABLE invoices (id INTEGER PRIMARY KEY AUTOINCREMENT,"
            " number TEXT NOT NULL UNIQUE, order_number TEXT UNIQUE, customer_id TEXT NOT NULL,"
            " status INTEGER NOT NULL, created_at REAL NOT NULL, updated_at REAL NOT NULL,"
            " request_id TEXT NOT NULL, body TEXT NOT NULL)"
        )
        db.execute(
            "INSERT INTO invoices VALUES (7, 'Old-1', NULL, '1001', 0, 1700000000.5, 1700000000.5,"
            " 'r', ?)",
            (json.dumps(body),),
        )
    db.close()
    with sandbox.running(data, fold=True) as store:
        client = connect(store)
        assert client.get("/ip/invoices?q=old").json()["data"][0]["createdAt"] == "1700000000"
        assert client.create(invoice("OLD-1")).json()["code"] == 400
        assert client.create(invoice("New-1")).json()["data"]["id"] == 8


@pytest.mark.parametrize("options", [{"list_lag": -1}, {"concurrency": -1}, {"retry_after": "x"}])
def test_moods_that_make_no_sense_are_refused(start, options):
    with pytest.raises(ValueError, match=next(iter(options))):
        start(**options)
