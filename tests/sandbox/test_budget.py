import pytest

from importer.sandbox.budget import Budget


def spend(budget, moments):
    """Ask for a request at each moment; which were granted."""
    return [budget.take(moment).allowed for moment in moments]


def test_the_window_is_fixed_and_starts_anew():
    budget = Budget(limit=2, window=10, start=100)
    assert spend(budget, [100, 109.9, 109.95, 110, 119, 119.5, 125]) == [
        True,
        True,
        False,
        True,
        True,
        False,
        True,
    ]
    assert [(w.allowed, w.rejected) for w in budget.history] == [(2, 1), (2, 1), (1, 0)]


def test_refused_requests_cost_nothing_more():
    budget = Budget(limit=1, window=10, start=0)
    spend(budget, [0] * 50)
    assert budget.look(10).remaining == 1


def test_a_grant_says_what_is_left_and_for_how_long():
    grant = Budget(limit=5, window=60, start=7).take(27)
    assert (grant.remaining, grant.resets_after) == (4, 40)


def test_another_client_takes_its_share_evenly():
    budget = Budget(limit=90, window=60, start=0)
    budget.share = 1 / 3
    assert budget.look(0).remaining == 90
    assert budget.look(30).remaining == 75
    assert budget.look(59.99).remaining == 61
    assert budget.look(60).remaining == 90


def test_another_client_gets_only_what_is_left():
    budget = Budget(limit=10, window=10, start=0)
    budget.share = 1.0
    assert all(spend(budget, [0] * 10))
    assert budget.take(9).allowed is False
    assert budget.history[-1].others == 0
    assert spend(budget, [19.99, 19.99]) == [True, False]


def test_the_budget_headers_are_as_documented(start, connect):
    client = connect(start(limit=2, window=3600))
    first, _, third = (client.get("/companies") for _ in range(3))
    assert first.headers["X-Requests-Allocated"] == "2 times/3600 s"
    assert first.headers["X-Requests-Remaining"] == "1 times"
    left, unit = first.headers["X-Request-Window-Resets-After"].split()
    assert 0 < float(left) <= 3600
    assert unit == "s"
    assert third.status_code == 429
    assert third.json()["code"] == 429
    assert third.headers["X-Requests-Remaining"] == "0 times"
    assert third.headers["X-Request-Id"] != first.headers["X-Request-Id"]


def test_the_platform_spells_the_headers_otherwise(start, connect):
    answer = connect(start(limit=150, window=60, header_style="platform")).get("/companies")
    assert answer.headers["X-Rate-Limit-Time-Window-Ms"] == "60000"
    assert 0 < int(answer.headers["X-Rate-Limit-Time-Reset-Ms"]) <= 60_000
    assert answer.headers["X-Rate-Limit-Requests-Quota"] == "150"
    assert answer.headers["X-Rate-Limit-Requests-Left"] == "149"
    assert "X-Requests-Allocated" not in answer.headers


def test_headers_can_be_left_out(start, connect):
    client = connect(start(limit=1, window=3600, header_style="none"))
    for answer in (client.get("/companies"), client.get("/companies")):
        assert not [name for name in answer.headers if "rate" in name.lower()]
        assert "X-Requests-Remaining" not in answer.headers
        assert answer.headers["X-Request-Id"]


def test_a_refused_post_creates_nothing_and_is_counted(start, connect, invoice):
    store = start(limit=2, window=3600)
    client = connect(store)
    codes = [client.create(invoice(str(number))).status_code for number in range(5)]
    assert codes == [200, 200, 429, 429, 429]
    counts = store.stats()
    assert (counts["requests"], counts["posts"], counts["too_many_requests"]) == (5, 2, 3)
    assert (counts["peak"], counts["invoices"], counts["emails"]) == (5, 2, 2)
    assert counts["windows"][0]["rejected"] == 3


def test_the_budget_comes_back_with_the_next_window(start, connect, invoice):
    client = connect(start(limit=1, window=0.2))
    for number in range(3):
        while (answer := client.create(invoice(str(number)))).status_code == 429:
            continue
        assert answer.json()["code"] == 200


def test_another_client_can_be_let_in(start, connect):
    store = start(limit=100, window=0.3)
    client = connect(store)
    store.set_fault("share", share=1.0)
    while client.get("/companies").status_code != 429:
        continue
    assert sum(window["others"] for window in store.stats()["windows"]) > 0


@pytest.mark.parametrize(
    "options", [{"limit": 0}, {"window": 0}, {"header_style": "loud"}, {"faults": ["gremlins"]}]
)
def test_options_that_make_no_sense_are_refused(start, options):
    with pytest.raises(ValueError, match=r"limit|window|header_style|gremlins"):
        start(**options)
