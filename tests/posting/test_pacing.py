"""Pacing against a simulated store: a window, a latency, perhaps another client."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from importer.posting import pacing
from importer.posting.headers import Heard, read_headers, retry_after
from importer.posting.pacing import Budget, hear, refused, take
from importer.posting.width import Width


@dataclass
class FakeStore:
    """A fixed window of `limit` requests, in simulated time; `others` is another client's share."""

    limit: int = 150
    window: float = 60.0
    offset: float = 0.0
    others: float = 0.0
    used: dict[int, int] = field(default_factory=dict)
    taken: dict[int, int] = field(default_factory=dict)
    refusals: int = 0

    def serve(self, at: float) -> tuple[bool, dict[str, str]]:
        index, into = divmod(at + self.offset, self.window)
        theirs = min(
            int(self.others * self.limit * into / self.window),
            self.limit - self.used.get(int(index), 0),
        )
        self.taken[int(index)] = max(theirs, self.taken.get(int(index), 0))
        left = self.limit - self.used.get(int(index), 0) - self.taken[int(index)]
        if left > 0:
            self.used[int(index)] = self.used.get(int(index), 0) + 1
        else:
            self.refusals += 1
        return left > 0, {
            "x-requests-allocated": f"{self.limit} times/{self.window:g} s",
            "x-requests-remaining": f"{max(0, left - 1)} times",
            "x-request-window-resets-after": f"{self.window - into} s",
        }


def simulate(
    store: FakeStore, seconds: float, latency: float = 0.3, share: float = 1.0, flight: int = 8
) -> list[float]:
    """Send as fast as pacing allows; gives the moments at which requests left."""
    start, budget, sent = 1_000_000.0, Budget(), []
    now, coming = start, []
    while now < start + seconds:
        while coming and coming[0][0] <= now:
            _, granted, ok, headers = heapq.heappop(coming)
            learn = hear(budget, headers, granted, now)
            budget = learn if ok else refused(budget, headers, granted, now, 1.0)
        budget, wait = (budget, latency) if len(coming) >= flight else take(budget, now, share)
        if wait == 0:
            sent.append(now - start)
            ok, headers = store.serve(now + latency / 2)
            heapq.heappush(coming, (now + latency, now, ok, headers))
        else:
            now = min([now + wait, *(moment for moment, *_ in coming)])
    return sent


@pytest.mark.parametrize("latency", [0.002, 0.3, 0.6])
@pytest.mark.parametrize("offset", [0.0, 17.0, 59.0])
def test_alone_it_uses_the_whole_window_and_is_never_refused(latency: float, offset: float) -> None:
    store = FakeStore(offset=offset)
    simulate(store, 400, latency)
    whole = sorted(store.used)[1:-1]
    assert len(whole) >= 5
    assert store.refusals == 0
    assert sum(store.used[index] for index in whole) >= 0.98 * 150 * len(whole)


def test_slow_connection_costs_little_and_is_never_refused() -> None:
    """A window's end is known as late as its answers come, which is on the safe side."""
    store = FakeStore()
    simulate(store, 400, latency=2.0)
    whole = sorted(store.used)[1:-1]
    assert store.refusals == 0
    assert sum(store.used[index] for index in whole) >= 0.95 * 150 * len(whole)


def test_it_is_smooth_rather_than_in_bursts() -> None:
    sent = simulate(FakeStore(), 300)
    for second in range(60, 290):
        assert sum(second <= moment < second + 4 for moment in sent) <= 14


@pytest.mark.parametrize("others", [0.2, 1 / 3, 0.6])
def test_beside_another_client_it_uses_what_is_left_and_is_hardly_ever_refused(
    others: float,
) -> None:
    store = FakeStore(others=others)
    sent = simulate(store, 1300)
    whole = sorted(store.used)[1:-1]
    left = sum(150 - store.taken[index] for index in whole)
    assert sum(store.used[index] for index in whole) >= 0.95 * left
    assert store.refusals <= 0.005 * len(sent)


def test_share_leaves_the_rest_of_every_window_to_others() -> None:
    store = FakeStore()
    simulate(store, 400, share=0.8)
    whole = sorted(store.used)[1:-1]
    assert all(115 <= store.used[index] <= 120 for index in whole)


def test_first_request_goes_alone_until_the_budget_is_known() -> None:
    budget, wait = take(Budget(), 100.0)
    assert wait == 0
    assert take(budget, 100.1)[1] > 0
    heard = {"x-rate-limit-requests-quota": "10", "x-rate-limit-requests-left": "9"} | {
        "x-rate-limit-time-window-ms": "1000",
        "x-rate-limit-time-reset-ms": "900",
    }
    budget = hear(budget, heard, 100.0, 100.2)
    assert budget.allocated == 10
    assert take(budget, 100.3)[1] == 0


def test_store_that_never_tells_its_budget_is_not_paced() -> None:
    budget, _ = take(Budget(), 100.0)
    budget = hear(budget, {}, 100.0, 100.1)
    for _ in range(5):
        budget, wait = take(budget, 100.1)
        assert wait == 0


def test_first_answer_that_never_comes_does_not_block_for_long() -> None:
    budget, _ = take(Budget(), 100.0)
    assert take(budget, 102.0)[1] == 0


def test_few_requests_go_at_once_when_there_is_plenty() -> None:
    budget = _known(remaining=140)
    for left in range(8, 0, -1):
        budget, wait = take(budget, 1000.0, work=left)
        assert wait == 0
    assert take(_known(remaining=9), 1000.0, work=8)[1] > 0


def test_refusal_waits_for_the_window() -> None:
    headers = {
        "x-requests-allocated": "150 times/60 s",
        "x-requests-remaining": "0 times",
        "x-request-window-resets-after": "12.5 s",
    }
    budget = refused(_known(), headers, 1000.0, 1001.0, 1.0)
    assert take(budget, 1001.0)[1] == pytest.approx(12.5, abs=1)
    assert take(budget, 1014.0)[1] == 0


def test_refusal_without_a_reason_waits_longer_each_time_and_forgets_when_it_is_over() -> None:
    budget, waits = _known(), []
    for _ in range(4):
        budget = refused(budget, {}, 1000.0, 1000.0, 1.0)
        waits.append(budget.blocked_until - 1000.0)
    assert waits == [1, 2, 4, 8]
    budget = hear(budget, {}, 1000.0, 1010.0)
    assert refused(budget, {}, 1010.0, 1010.0, 1.0).blocked_until == 1011.0
    assert refused(budget, {"retry-after": "30"}, 1010.0, 1010.0, 1.0).blocked_until == 1040.0


def test_burst_of_refusals_is_one_refusal() -> None:
    budget = _known()
    for answered in range(8):
        budget = refused(budget, {}, 1000.0, 1001.0 + answered / 100, 1.0, 8 - answered)
    assert (budget.blocked_until, budget.refusals, budget.width.at_once) == (1002.0, 1, 4)
    again = refused(budget, {}, 1002.0, 1002.5, 1.0, 4)
    assert (again.blocked_until, again.refusals, again.width.at_once) == (1004.5, 2, 2)
    late = hear(again, {}, 1002.0, 1002.6)  # sent before the last refusal: it proves nothing
    assert late.refusals == 2
    assert hear(again, {}, 1005.0, 1005.1).refusals == 0


def test_one_more_at_once_is_tried_after_a_while_and_given_up_at_the_next_refusal() -> None:
    width = Width().narrower(8, 0.0).narrower(4, 1.0)
    assert (width.limit(8), width.wider(20.0)) == (2, width)
    tried = width.wider(40.0)
    assert tried.limit(8) == 3
    assert tried.narrower(3, 41.0).limit(8) == 2
    assert tried.narrower(3, 41.0).narrower(2, 42.0).limit(8) == 1
    assert Width().narrower(1, 0.0).limit(8) == 1
    assert width.wider(2000.0) == Width()
    for moment in range(40, 2000, 31):
        width = width.wider(moment)
    assert width.limit(8) == 8


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "30"}, 30.0),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:30 GMT"}, 30.0),
        (
            {
                "retry-after": "Wed, 21 Oct 2026 09:28:10 GMT",
                "date": "Wed, 21 Oct 2026 09:28:00 GMT",
            },
            10.0,
        ),
        ({"retry-after": "Wed, 21 Oct 2026 07:27:00 GMT"}, 0.0),
        ({"retry-after": "99999999"}, 600.0),
        ({"retry-after": "Wed, 21 Oct 2099 07:28:30 GMT"}, 600.0),
        ({"retry-after": "soon"}, 0.0),
        ({"retry-after": ""}, 0.0),
        ({}, 0.0),
    ],
)
def test_retry_after_is_seconds_or_a_date_by_the_stores_own_clock(
    headers: dict[str, str], seconds: float
) -> None:
    now = datetime(2026, 10, 21, 7, 28, tzinfo=UTC).timestamp()
    assert retry_after(headers, now) == seconds


def test_budget_written_by_a_clock_ahead_of_ours_is_taken_as_written_now() -> None:
    budget = refused(_known(remaining=0, resets=50.0), {}, 1000.0, 1000.0, 8.0)
    kept = budget.as_json(1000.0)
    same = Budget.from_json(kept, 1000.0)
    behind = Budget.from_json(kept, 1000.0 - 86_400)
    for found, now in ((same, 1000.0), (behind, 1000.0 - 86_400)):
        assert found.blocked_until - now == pytest.approx(8.0)
        assert found.resets_at - now == pytest.approx(50.0)
    assert Budget.from_json(kept, 1000.0 - 1.5) == same  # as far apart as two hosts may be


def test_window_never_ends_later_than_a_window_from_now() -> None:
    budget = _known(remaining=0, resets=86_400.0)
    assert budget.resets_at <= 1000.0 + 61.0


def test_answers_of_a_window_that_is_over_change_nothing() -> None:
    budget, _ = take(_known(remaining=1, resets=5.0), 1004.9)
    budget, wait = take(budget, 1005.1)
    assert wait == 0
    late = {
        "x-requests-allocated": "150 times/60 s",
        "x-requests-remaining": "0 times",
        "x-request-window-resets-after": "0.05 s",
    }
    assert hear(budget, late, 1004.9, 1005.2).left == 150


def test_budget_survives_the_ledger() -> None:
    budget = _known()
    assert Budget.from_json(budget.as_json()) == budget
    assert Budget.from_json(None) == Budget()


@pytest.mark.parametrize(
    ("headers", "heard"),
    [
        (
            {
                "x-requests-allocated": "150 times/60 s",
                "x-requests-remaining": "149 times",
                "x-request-window-resets-after": "0.3973509933774834 s",
            },
            Heard(150, 149, 60.0, 0.3973509933774834),
        ),
        (
            {
                "x-requests-allocated": "150 times/60 s",
                "x-requests-remaining": "149 times",
                "x-request-window-resets-after": "7 s",
            },
            Heard(150, 149, 60.0, 8.0),
        ),
        (
            {
                "x-rate-limit-requests-quota": "150",
                "x-rate-limit-requests-left": "35",
                "x-rate-limit-time-window-ms": "29999",
                "x-rate-limit-time-reset-ms": "15000",
            },
            Heard(150, 35, 30.0, 15.001),
        ),
        ({"x-requests-allocated": "150 times/60 s"}, None),
        ({"x-requests-allocated": "0 times/0 s", "x-requests-remaining": "0"}, None),
        ({"x-rate-limit-requests-quota": "many"}, None),
        ({}, None),
    ],
)
def test_headers_are_read_in_either_spelling(headers: dict[str, str], heard: Heard | None) -> None:
    assert read_headers(headers) == heard


def test_even_rate_is_what_the_budget_sustains() -> None:
    assert pacing.even_rate(_known()) == 2.5
    assert pacing.even_rate(Budget()) is None


def _known(remaining: int = 149, resets: float = 60.0) -> Budget:
    budget, _ = take(Budget(), 1000.0)
    headers = {
        "x-requests-allocated": "150 times/60 s",
        "x-requests-remaining": f"{remaining} times",
        "x-request-window-resets-after": f"{resets:.6f} s",
    }
    return hear(budget, headers, 1000.0, 1000.0)
