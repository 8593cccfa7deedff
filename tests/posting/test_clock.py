"""Somebody sets the clock while a run is posted, or had set it wrong before."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from ledger.helpers import open_run, verdicts
from sqlalchemy import update

from importer.hours import hours
from importer.ledger import Ledger, tables
from importer.ledger.database import Database
from importer.ledger.workers import LONGEST_LEASE
from importer.model import State
from importer.posting import PostOptions, Progress, StopSignal
from importer.posting.options import PostOptions as Options

from .conftest import QUICK, Shop

HOUR, DAY = 3600.0, 86_400.0
LONGEST = 5  # seconds that the terminal may announce here; no window and no wait is longer


@dataclass
class Clock:
    """The clock on the wall, which somebody sets `ahead` seconds."""

    ahead: float = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ledger(tmp_path: Path, clock: Clock) -> Any:
    with Ledger(Database.open(tmp_path / "ledger.db"), clock) as opened:
        yield opened


def watched(stop: StopSignal, more: Callable[[Progress], None]) -> Callable[[Progress], None]:
    """Give what watches a run: one that announces a wait out of all proportion is stopped."""

    def watch(progress: Progress) -> None:
        found = re.search(r"(\d+) (s|min|h)\b", progress.waiting or "")
        if found and (found[2] != "s" or int(found[1]) > LONGEST):
            stop.ask()
        more(progress)

    return watch


def post(shop: Shop, ledger: Ledger, run_id: str, **values: Any) -> None:
    stop = StopSignal()
    options: Options = values.pop("options", QUICK)
    more = values.pop("watch", lambda _: None)
    shop.post(ledger, run_id, options=options, stop=stop, on_progress=watched(stop, more))


def test_clock_set_back_and_forward_in_the_middle_costs_no_invoice_and_hardly_any_time(
    ledger: Ledger, clock: Clock, open_shop: Callable[..., Shop]
) -> None:
    shop = open_shop(limit=20, window=1.0)
    run_id = open_run(ledger, verdicts(100))
    steps = {15: -HOUR, 40: DAY, 65: 0.0}

    def set_it(progress: Progress) -> None:
        for done, ahead in list(steps.items()):
            if progress.done >= done:
                clock.ahead = ahead
                del steps[done]

    post(shop, ledger, run_id, watch=set_it)
    assert steps == {}
    assert ledger.counts(run_id)[State.CREATED] == len(set(shop.numbers())) == 100
    assert shop.sandbox.stats()["posts"] == 100
    assert shop.sandbox.stats()["too_many_requests"] <= 3 * 20


@pytest.mark.parametrize("ahead", [-HOUR, DAY])
def test_wait_after_trouble_ends_whatever_the_clock_says(
    ledger: Ledger, clock: Clock, shop: Shop, ahead: float
) -> None:
    shop.sandbox.set_fault("500", method="POST", count=1)
    run_id = open_run(ledger, verdicts(1))

    def set_it(progress: Progress) -> None:
        if shop.sandbox.stats()["by_status"].get("500"):
            clock.ahead = ahead

    options = replace(QUICK, trouble_wait=2.0, give_up_after=60.0)
    post(shop, ledger, run_id, options=options, watch=set_it)
    assert ledger.counts(run_id)[State.CREATED] == 1


@pytest.mark.parametrize("in_flight", [True, False])
@pytest.mark.parametrize("ahead", [-HOUR, DAY])
def test_absence_is_not_believed_sooner_nor_much_later_for_the_clock(
    ledger: Ledger, clock: Clock, shop: Shop, ahead: float, in_flight: bool
) -> None:
    """What was sent a moment ago may still be at work, even if the clock says: yesterday."""
    shop.sandbox.set_fault("hang", method="POST", seconds=0.3, count=1)
    run_id = open_run(ledger, verdicts(1))

    def set_it(progress: Progress) -> None:
        sent = shop.sandbox.stats()["posts"] > 0
        if sent and (in_flight or ledger.attempts(run_id)[0].ended_at):
            clock.ahead = ahead

    post(shop, ledger, run_id, options=replace(QUICK, settle=2.0), watch=set_it)
    outcomes = [attempt.outcome for attempt in ledger.attempts(run_id)]
    assert (outcomes[0], outcomes[-2:]) == ("unknown", ["absent", "done"])
    assert "absent-yet" in outcomes
    assert shop.numbers() == ["INV-0000"]


def test_ledger_of_a_clock_that_was_a_day_ahead_makes_nobody_wait(
    ledger: Ledger, clock: Clock, open_shop: Callable[..., Shop]
) -> None:
    shop = open_shop(limit=20, window=1.0)
    run_id = open_run(ledger, verdicts(60))
    shop.sandbox.set_fault("500", method="POST", count=1)
    shop.sandbox.set_fault("reset-before", method="POST", count=1)
    clock.ahead, stop = DAY, StopSignal()

    def stop_soon(progress: Progress) -> None:
        if progress.done >= 15:
            stop.ask()

    late = replace(QUICK, trouble_wait=2.0, settle=2.0, first_look=1.0)
    shop.post(ledger, run_id, options=late, stop=stop, on_progress=stop_soon)
    assert ledger.counts(run_id)[State.PENDING] > 30
    assert ledger.counts(run_id)[State.UNKNOWN]

    clock.ahead = 0.0
    post(shop, ledger, run_id, options=late)
    assert ledger.counts(run_id)[State.CREATED] == len(set(shop.numbers())) == 60


def test_lease_that_was_granted_a_day_ahead_ends_when_the_longest_lease_does(
    ledger: Ledger, clock: Clock
) -> None:
    """Of a process on another machine, of which nobody here can know that it has ended."""
    run = ledger.run(open_run(ledger, verdicts(1)))
    clock.ahead = DAY
    worker = ledger.enroll(60, run)
    with ledger.turn(run, worker) as turn:
        assert len(turn.begin_posts(1, 45)) == 1
    with ledger._db.writing() as connection:
        connection.execute(update(tables.workers).values(host="elsewhere"))
    clock.ahead = 0.0
    other = ledger.enroll(60, run)
    with ledger.turn(run, other) as turn:
        assert turn.take_over() == 0
    assert {process.host for process in ledger.at_work(run)} > {"elsewhere"}
    clock.ahead = LONGEST_LEASE + 1
    with ledger.turn(run, other) as turn:
        assert turn.take_over() == 1
    assert "elsewhere" not in {process.host for process in ledger.at_work(run)}


def test_no_lease_is_longer_than_others_believe(ledger: Ledger) -> None:
    with pytest.raises(ValueError, match="120 s at most"):
        ledger.enroll(LONGEST_LEASE + 1)


@pytest.mark.parametrize("from_", ["18:00", "05:00"])
def test_hours_are_those_of_the_clock_as_it_is_now(
    ledger: Ledger, clock: Clock, shop: Shop, from_: str
) -> None:
    """Set forward into the window, or back into it, the clock opens it at once."""
    clock.ahead = at("12:00") - time.time()
    window = hours("11:00-13:00")
    run_id = open_run(ledger, verdicts(30))
    seen: list[str] = []
    clock.ahead = at(from_) - time.time()

    def set_it(progress: Progress) -> None:
        if progress.waiting:
            seen.append(progress.waiting)
            clock.ahead = at("12:00") - time.time()

    options = replace(PostOptions(poll=0.05), hours=window)
    shop.post(ledger, run_id, options=options, on_progress=set_it)
    assert seen[0] == "Waiting until 11:00 (store time)"
    assert ledger.counts(run_id)[State.CREATED] == 30


def at(text: str) -> float:
    """Give a moment of a day by its time, in Unix seconds."""
    return datetime.fromisoformat(f"2026-05-04T{text}:00").replace(tzinfo=UTC).timestamp()
