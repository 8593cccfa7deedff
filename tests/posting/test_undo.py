"""Undoing runs against a store that fails, and that others use too."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ledger.helpers import body, open_run, verdict, verdicts

from importer.clock import steady
from importer.errors import SettingsError, StoreUnreachable, TokenRefused
from importer.hours import hours
from importer.ledger import Ledger
from importer.ledger.database import Database
from importer.model import State, Store
from importer.posting import Progress, StopSignal
from importer.posting.undoing import Survey, delete_all, survey
from importer.secret import Secret
from tests.waiting import until

from .conftest import IMPATIENT, QUICK, Shop
from .test_poster import put, states
from .test_updates import begin, call, pay


def look(ledger: Ledger, shop: Shop, run_id: str) -> Survey:
    return survey(ledger, ledger.run(run_id), shop.store, shop.token, QUICK)


def undo(ledger: Ledger, shop: Shop, run_id: str, **more: Any) -> None:
    """Delete what a survey says can be deleted."""
    ids = [one.id for one in look(ledger, shop, run_id).to_delete]
    options = more.pop("options", QUICK)
    delete_all(ledger, ledger.run(run_id), shop.store, shop.token, ids, options, **more)


def deletes(ledger: Ledger, run_id: str, number: str) -> list[str | None]:
    return [a.outcome for a in ledger.attempts(run_id, number) if a.kind == "delete"]


@pytest.fixture
def done(ledger: Ledger, shop: Shop) -> str:
    """A run that has created INV-0000 to INV-0004."""
    run_id = open_run(ledger, verdicts(5))
    shop.post(ledger, run_id)
    return run_id


def test_what_the_run_created_is_deleted_and_nothing_else(
    ledger: Ledger, shop: Shop, done: str
) -> None:
    put(shop, number="OTHER")
    undo(ledger, shop, done)
    assert shop.numbers() == ["OTHER"]
    assert set(states(ledger, done).values()) == {State.DELETED}
    assert deletes(ledger, done, "INV-0000") == ["done"]


def test_a_deleted_number_can_be_posted_again(ledger: Ledger, shop: Shop, done: str) -> None:
    undo(ledger, shop, done)
    again = open_run(ledger, verdicts(5))
    shop.post(ledger, again)
    assert ledger.counts(again)[State.CREATED] == 5
    assert len(shop.numbers()) == 5


def test_what_was_paid_changed_or_found_there_before_is_left_alone(
    ledger: Ledger, shop: Shop
) -> None:
    put(shop, number="BEFORE")
    names = ["PAID", "TERMS", "LINES", "SAME", "BEFORE"]
    run_id = open_run(ledger, [verdict(name) for name in names])
    shop.post(ledger, run_id)
    pay(shop, "PAID", "5")
    call(shop, "PUT", "TERMS", json={"externalId": "E-9"})
    lines = body("LINES")["details"]["details"]["lineItems"]
    lines[0]["quantity"] = "7"
    call(shop, "PUT", "LINES", json={"details": {"details": {"lineItems": lines}}})
    found = look(ledger, shop, run_id)
    assert [one.number for one in found.to_delete] == ["SAME"]
    undo(ledger, shop, run_id)
    assert sorted(shop.numbers()) == ["BEFORE", "LINES", "PAID", "TERMS"]
    why = {one.number: one.why or "" for one in found.left_alone}
    assert "open balance is 5.0000 now" in why["PAID"]
    assert "the quantity of line 1 is 2 here and 7 there" in why["LINES"]
    assert "external ID" in why["TERMS"]
    assert "BEFORE" not in why
    assert states(ledger, run_id)["PAID"] is State.CREATED


def test_what_is_paid_between_the_survey_and_the_deletion_is_left_alone(
    ledger: Ledger, shop: Shop, done: str
) -> None:
    found = look(ledger, shop, done)
    assert len(found.to_delete) == 5
    pay(shop, "INV-0002", "0")
    ids = [one.id for one in found.to_delete]
    delete_all(ledger, ledger.run(done), shop.store, shop.token, ids, QUICK)
    assert shop.numbers() == ["INV-0002"]
    entry = list(ledger.entries(done))[2]
    assert entry.state is State.CREATED
    assert "open balance is 0.0000 now" in (entry.message or "")
    again = open_run(ledger, verdicts(5))
    assert states(ledger, again)["INV-0002"] is State.SKIPPED


def test_what_another_run_has_changed_since_is_left_alone(ledger: Ledger, shop: Shop) -> None:
    first = begin(ledger, [verdict("A"), verdict("B")])
    shop.post(ledger, first)
    second = begin(ledger, [verdict("A", amount=30.0)])
    shop.post(ledger, second)
    found = look(ledger, shop, first)
    assert [(one.number, one.why) for one in found.left_alone] == [
        ("A", f"run {second} has changed it since")
    ]
    ids = [one.id for one in found.candidates]
    delete_all(ledger, ledger.run(first), shop.store, shop.token, ids, QUICK)
    assert shop.numbers() == ["A"]


def test_an_unknown_is_never_deleted(ledger: Ledger, shop: Shop) -> None:
    run_id = open_run(ledger, verdicts(2))
    shop.sandbox.set_fault("reset-after", count=1, method="POST")
    shop.sandbox.set_fault("503", method="GET")
    with pytest.raises(StoreUnreachable):
        shop.post(ledger, run_id, options=IMPATIENT)
    shop.sandbox.clear_faults()
    unknown = [n for n, state in states(ledger, run_id).items() if state is State.UNKNOWN]
    undo(ledger, shop, run_id)
    assert set(unknown) <= set(shop.numbers())
    assert {states(ledger, run_id)[number] for number in unknown} == {State.UNKNOWN}


@pytest.mark.parametrize("fault", ["reset-after", "hang-after", "cut-off", "truncated", "no-id"])
def test_a_deletion_without_an_answer_is_read_back(
    ledger: Ledger, shop: Shop, done: str, fault: str
) -> None:
    shop.sandbox.set_fault(fault, count=2, method="DELETE", seconds=1)
    undo(ledger, shop, done, options=replace(QUICK, timeout=0.5))
    assert shop.numbers() == []
    assert set(states(ledger, done).values()) == {State.DELETED}
    assert ledger.faults(done) == []


@pytest.mark.parametrize("fault", ["reset-before", "500", "502", "html"])
def test_a_deletion_that_was_not_done_is_tried_again(
    ledger: Ledger, shop: Shop, done: str, fault: str
) -> None:
    shop.sandbox.set_fault(fault, count=2, method="DELETE")
    undo(ledger, shop, done)
    assert shop.numbers() == []
    assert set(states(ledger, done).values()) == {State.DELETED}


def test_a_404_of_somebody_else_deletes_nothing(ledger: Ledger, shop: Shop, done: str) -> None:
    ids = [one.id for one in look(ledger, shop, done).to_delete]
    wrong = Store("Test store", shop.store.hash, shop.store.base_url + "/nowhere")
    delete_all(ledger, ledger.run(done), wrong, shop.token, ids, QUICK)
    with pytest.raises(StoreUnreachable):
        survey(ledger, ledger.run(done), wrong, shop.token, QUICK)
    assert set(states(ledger, done).values()) == {State.CREATED}


def test_refused_token_leaves_everything_created(ledger: Ledger, shop: Shop, done: str) -> None:
    ids = [one.id for one in look(ledger, shop, done).to_delete]
    with pytest.raises(TokenRefused):
        delete_all(ledger, ledger.run(done), shop.store, Secret("wrong"), ids, QUICK)
    with pytest.raises(TokenRefused):
        survey(ledger, ledger.run(done), shop.store, Secret("wrong"), QUICK)
    assert set(states(ledger, done).values()) == {State.CREATED}


def test_another_store_is_refused(ledger: Ledger, shop: Shop, done: str) -> None:
    with pytest.raises(SettingsError):
        survey(ledger, ledger.run(done), Store("Other", "other"), shop.token, QUICK)


def test_stopped_and_undone_again_all_is_deleted(ledger: Ledger, shop: Shop, done: str) -> None:
    stop = StopSignal()
    shop.sandbox.set_fault("latency", seconds=0.05)
    undo(ledger, shop, done, stop=stop, on_progress=lambda now: stop.ask() if now.done else None)
    assert State.DELETED in states(ledger, done).values()
    shop.sandbox.clear_faults()
    undo(ledger, shop, done)
    assert shop.numbers() == []
    assert set(states(ledger, done).values()) == {State.DELETED}


def test_a_number_whose_deletion_is_unknown_is_settled_before_it_is_posted_again(
    ledger: Ledger, shop: Shop, done: str
) -> None:
    ids = [one.id for one in look(ledger, shop, done).to_delete][:1]
    shop.sandbox.set_fault("reset-after", count=1, method="DELETE")

    def go_down(_: Any) -> None:
        if deletes(ledger, done, "INV-0000") not in ([], [None]):
            shop.sandbox.set_fault("503", method="GET")

    delete_all(ledger, ledger.run(done), shop.store, shop.token, ids, QUICK, on_progress=go_down)
    assert states(ledger, done)["INV-0000"] is State.UNKNOWN
    shop.sandbox.clear_faults()
    again = open_run(ledger, verdicts(1))
    assert states(ledger, again) == {"INV-0000": State.PENDING}
    shop.post(ledger, again)
    assert states(ledger, done)["INV-0000"] is State.DELETED
    assert states(ledger, again) == {"INV-0000": State.CREATED}
    assert "INV-0000" in shop.numbers()


def test_the_survey_of_many_reads_pages_of_the_list(ledger: Ledger, shop: Shop) -> None:
    run_id = open_run(ledger, verdicts(230))
    shop.post(ledger, run_id)
    pay(shop, "INV-0007", "1")
    before = shop.sandbox.stats()["requests"]
    found = look(ledger, shop, run_id)
    assert len(found.to_delete) == 229
    assert [one.number for one in found.left_alone] == ["INV-0007"]
    assert shop.sandbox.stats()["requests"] - before <= 4


def test_undo_keeps_to_the_budget(ledger: Ledger, open_shop: Callable[..., Shop]) -> None:
    shop = open_shop(limit=20, window=0.5)
    run_id = open_run(ledger, verdicts(20))
    shop.post(ledger, run_id)
    shop.sandbox.set_fault("429", count=1, method="DELETE")
    undo(ledger, shop, run_id)
    assert shop.numbers() == []
    assert shop.sandbox.stats()["too_many_requests"] <= 1


WORKER = Path(__file__).with_name("undo_worker.py")


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[str, Shop], subprocess.Popen[str]]]:
    """Starts a process that undoes a run; those still running are ended after the test."""
    running: list[subprocess.Popen[str]] = []

    def start_one(run_id: str, shop: Shop) -> subprocess.Popen[str]:
        store = (shop.store.base_url, shop.store.hash, shop.token.reveal())
        command = [sys.executable, str(WORKER), str(tmp_path / "ledger.db"), run_id, *store]
        running.append(subprocess.Popen(command, text=True))
        return running[-1]

    yield start_one
    for process in running:
        process.kill()
        process.wait()


def wait_for_numbers(shop: Shop, left: int, process: subprocess.Popen[str]) -> None:
    until(lambda: len(shop.numbers()) <= left or process.poll() is not None)


def test_killed_again_and_again_nothing_is_deleted_that_should_not_be(
    ledger: Ledger, shop: Shop, start: Callable[[str, Shop], subprocess.Popen[str]]
) -> None:
    count = 40
    run_id = open_run(ledger, verdicts(count))
    shop.post(ledger, run_id)
    put(shop, number="OTHER")
    pay(shop, "INV-0039", "1")
    shop.sandbox.set_fault("latency", seconds=0.05)
    shop.sandbox.set_fault("reset-after", probability=0.2, seed=3, method="DELETE")
    left = count
    while left > 12:
        process = start(run_id, shop)
        left -= 9
        wait_for_numbers(shop, left + 2, process)
        process.send_signal(signal.SIGKILL)
        process.wait()
    unsure = set(states(ledger, run_id).values()) - {State.CREATED, State.DELETED}
    assert unsure <= {State.UNKNOWN}
    assert start(run_id, shop).wait() == 0
    assert sorted(shop.numbers()) == ["INV-0039", "OTHER"]
    found = states(ledger, run_id)
    assert found.pop("INV-0039") is State.CREATED
    assert set(found.values()) == {State.DELETED}


def test_what_was_read_before_closing_hours_is_read_again_before_it_is_deleted(
    tmp_path: Path, shop: Shop
) -> None:
    """The window closes between the look and the deletion; meanwhile the buyer pays."""
    evening, day = 1_800_000_000.0 + 73_800, 1_800_000_000.0 + 30_600
    started = steady()
    closed_at: list[float] = []

    def wall() -> float:
        closed = closed_at and steady() < closed_at[0] + 6
        return (day if closed else evening) + steady() - started

    def close_then_pay(now: Progress) -> None:
        if not closed_at and shop.sandbox.stats()["requests"] == 3:
            closed_at.append(steady())
        if closed_at and now.waiting and not paid:
            shop.sandbox.pay("INV-0000", "5")
            paid.append(now.waiting)

    paid: list[str] = []
    options = replace(QUICK, hours=hours("20:00-06:00", "UTC"))
    with Ledger(Database.open(tmp_path / "hours.db"), wall) as ledger:
        run_id = open_run(ledger, verdicts(1))
        shop.post(ledger, run_id)
        run, ids = ledger.run(run_id), [one.id for one in look(ledger, shop, run_id).to_delete]
        shop.sandbox.set_fault("latency", seconds=1.0, method="GET", count=1)
        delete_all(ledger, run, shop.store, shop.token, ids, options, close_then_pay)
        assert paid == ["Waiting until 20:00 (store time)"]
        assert states(ledger, run_id) == {"INV-0000": State.CREATED}
        assert "its open balance is 15.0000 now" in next(ledger.entries(run_id)).message
    assert shop.numbers() == ["INV-0000"]
