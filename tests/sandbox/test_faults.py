import pytest
import requests


def numbers(store):
    return [kept["invoiceNumber"] for kept in store.invoices()]


def was_reset(error):
    """Whether the peer sent RST, as opposed to an orderly end of the connection."""
    while error is not None and not isinstance(error, ConnectionResetError):
        error = error.__context__
    return error is not None


def test_a_reset_before_the_commit_leaves_nothing(client, store, invoice):
    store.set_fault("reset-before", count=1)
    with pytest.raises(requests.ConnectionError) as caught:
        client.create(invoice())
    assert was_reset(caught.value)
    assert numbers(store) == []
    assert client.create(invoice()).json()["code"] == 200


def test_a_reset_after_the_commit_leaves_an_invoice_and_its_email(client, store, invoice):
    store.set_fault("reset-after", count=1)
    with pytest.raises(requests.ConnectionError) as caught:
        client.create(invoice("A"))
    assert was_reset(caught.value)
    assert numbers(store) == ["A"]
    assert [mail["invoice_number"] for mail in store.outbox()] == ["A"]
    assert client.create(invoice("A")).json()["code"] == 400
    assert store.stats()["unanswered"] == 1


@pytest.mark.parametrize(("fault", "kept"), [("hang", []), ("hang-after", ["A"])])
def test_hanging_gives_no_answer(client, store, invoice, fault, kept):
    store.set_fault(fault, count=1, seconds=600)
    with pytest.raises(requests.ReadTimeout):
        client.post("/ip/invoices", json=invoice("A"), timeout=0.3)
    assert numbers(store) == kept


def test_hanging_ends_in_a_closed_connection(client, store, invoice):
    store.set_fault("hang", count=1, seconds=0.05)
    with pytest.raises(requests.ConnectionError):
        client.create(invoice("A"))
    assert numbers(store) == []


@pytest.mark.parametrize(
    ("fault", "status"), [("500", 500), ("503", 503), ("401", 401), ("403", 403)]
)
def test_refusals_come_in_the_envelope_and_do_nothing(client, store, invoice, fault, status):
    store.set_fault(fault)
    answer = client.create(invoice())
    assert (answer.status_code, answer.json()["code"]) == (status, status)
    assert numbers(store) == []


def test_a_server_error_can_come_after_the_commit(client, store, invoice):
    store.set_fault("500", count=1, commit=True)
    assert client.create(invoice("A")).status_code == 500
    assert numbers(store) == ["A"]


@pytest.mark.parametrize(("fault", "status"), [("502", 502), ("html", 200)])
def test_html_comes_in_place_of_json(client, store, invoice, fault, status):
    store.set_fault(fault)
    answer = client.create(invoice())
    assert answer.status_code == status
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "<html" in answer.text
    assert numbers(store) == []


def test_truncated_json_is_a_whole_answer_of_half_the_text(client, store, invoice):
    store.set_fault("truncated")
    answer = client.create(invoice("A"))
    assert answer.status_code == 200
    with pytest.raises(requests.JSONDecodeError):
        answer.json()
    assert numbers(store) == ["A"]


def test_an_answer_can_be_cut_off_in_the_middle(client, store, invoice):
    store.set_fault("cut-off", count=1)
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        client.create(invoice("A"))
    assert numbers(store) == ["A"]


def test_code_400_can_come_under_200(client, store, invoice):
    store.set_fault("body-400")
    answer = client.create(invoice())
    assert (answer.status_code, answer.json()["code"]) == (200, 400)
    assert numbers(store) == []


def test_a_success_can_come_without_an_id(client, store, invoice):
    store.set_fault("no-id")
    assert client.create(invoice("A")).json() == {
        "code": 200,
        "data": {},
        "meta": {"message": "Success"},
    }
    assert client.create(invoice("A")).json()["code"] == 400
    assert numbers(store) == ["A"]


def test_a_redirect_points_to_another_host(client, store, invoice):
    store.set_fault("redirect", location="http://elsewhere.invalid/api")
    answer = client.post("/ip/invoices", json=invoice(), allow_redirects=False)
    assert answer.status_code == 307
    assert answer.headers["Location"] == "http://elsewhere.invalid/api"
    assert numbers(store) == []


def test_a_burst_of_429_costs_no_budget(start, connect, invoice):
    store = start(limit=2, window=3600)
    client = connect(store)
    store.set_fault("429", count=3)
    refusals = [client.create(invoice("A")) for _ in range(3)]
    assert [answer.status_code for answer in refusals] == [429] * 3
    assert refusals[0].headers["X-Requests-Remaining"] == "0 times"
    assert [client.create(invoice(n)).status_code for n in "AB"] == [200, 200]
    assert store.stats()["too_many_requests"] == 3


def test_an_overloaded_platform_tells_nothing_of_the_budget(client, store, invoice):
    store.set_fault("overloaded", count=1)
    answer = client.create(invoice())
    assert answer.status_code == 429
    assert "X-Requests-Remaining" not in answer.headers
    assert answer.headers["X-Request-Id"]


def test_latency_delays_an_answer_that_is_right(client, store, invoice):
    store.set_fault("latency", seconds=0.2)
    answer = client.create(invoice())
    assert answer.json()["code"] == 200
    assert answer.elapsed.total_seconds() >= 0.2


def test_latency_and_another_fault_show_together(client, store, invoice):
    store.set_fault("latency", seconds=0.1)
    store.set_fault("503")
    answer = client.create(invoice())
    assert answer.status_code == 503
    assert answer.elapsed.total_seconds() >= 0.1


def test_a_request_can_ask_for_its_own_fault(client, store, invoice):
    header = {"X-Sandbox-Fault": "503:commit=yes"}
    assert client.post("/ip/invoices", json=invoice("A"), headers=header).status_code == 503
    assert numbers(store) == ["A"]
    assert client.create(invoice("B")).status_code == 200
    unknown = client.get("/companies", headers={"X-Sandbox-Fault": "gremlins"})
    assert unknown.status_code == 400
    assert "gremlins" in unknown.text


def test_a_fault_can_be_set_at_the_start(start, connect, invoice):
    faults = ["503:count=1,method=POST", {"name": "500", "count": 1}]
    client = connect(start(faults=faults))
    codes = [client.create(invoice(str(n))).status_code for n in range(3)]
    assert codes == [503, 500, 200]


def test_a_fault_meets_only_the_requests_it_names(client, store, invoice):
    store.set_fault("503", method="post", path="/ip/invoices")
    assert client.get("/ip/invoices").status_code == 200
    assert client.post("/ip/orders/5001/invoices").status_code == 200
    assert client.create(invoice()).status_code == 503
    store.clear_faults()
    store.set_fault("500", path="/companies*")
    assert client.create(invoice()).status_code == 200
    assert client.get("/companies/1001").status_code == 500


def test_chance_is_drawn_from_a_seed(client, store):
    def pattern():
        store.clear_faults()
        store.set_fault("503", probability=0.5, seed=7)
        return [client.get("/companies").status_code for _ in range(20)]

    first = pattern()
    assert first == pattern()
    assert set(first) == {200, 503}


def test_faults_are_shown_cleared_and_refused_in_plain_words(client, store):
    store.set_fault("503", count=2)
    store.set_fault("latency:seconds=0")
    client.get("/companies")
    assert [(f["name"], f["shown"]) for f in store.faults()] == [("503", 1), ("latency", 1)]
    for bad in (
        "gremlins",
        "503:colour=red",
        "503:probability=2",
        "503:count=x",
        "hang:seconds=-1",
    ):
        with pytest.raises(ValueError, match=r"gremlins|colour|probability|invalid|negative"):
            store.set_fault(bad)
    store.clear_faults()
    assert store.faults() == []
    assert client.get("/companies").status_code == 200


def test_refused_requests_use_up_no_fault(start, connect):
    store = start(limit=1, window=3600)
    client = connect(store)
    client.get("/companies")
    store.set_fault("503", count=1)
    assert client.get("/companies").status_code == 429
    client.headers["X-Auth-Token"] = "wrong"
    assert client.get("/companies").status_code == 401
    assert store.faults()[0]["shown"] == 0
