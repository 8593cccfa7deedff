"""Whole runs against a store that fails on demand."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests
from ledger.helpers import body, open_run, verdict, verdicts

from importer.errors import LedgerError, SettingsError, StoreUnreachable, TokenRefused
from importer.ledger import Ledger, RunState
from importer.model import State, Store
from importer.posting import Progress, StopSignal, reconcile
from importer.secret import Secret

from .conftest import IMPATIENT, QUICK, Shop
from .raw import serving, silence


def states(ledger: Ledger, run_id: str) -> dict[str, State]:
    return {entry.number: entry.state for entry in ledger.entries(run_id)}


def outcomes(ledger: Ledger, run_id: str, number: str = "INV-0000") -> list[str | None]:
    return [attempt.outcome for attempt in ledger.attempts(run_id, number)]


def put(shop: Shop, more: dict[str, Any] | None = None, **values: Any) -> None:
    """Create an invoice in the store behind the importer's back."""
    headers = {"X-Auth-Token": shop.token.reveal(), "X-Store-Hash": shop.store.hash}
    url = f"{shop.store.base_url}/ip/invoices"
    sent = body(**values) | (more or {})
    requests.post(url, json=sent, headers=headers, timeout=10).raise_for_status()


def test_every_invoice_is_created_once_with_its_id(ledger: Ledger, shop: Shop) -> None:
    run_id = open_run(ledger, verdicts(25))
    shop.post(ledger, run_id)
    held = {invoice["invoiceNumber"]: str(invoice["id"]) for invoice in shop.sandbox.invoices()}
    assert len(held) == len(shop.numbers()) == 25
    for entry in ledger.entries(run_id):
        assert (entry.state, entry.store_invoice_id) == (State.CREATED, held[entry.number])
        assert entry.tries == 1
    assert ledger.run(run_id).state is RunState.FINISHED
    attempts = ledger.attempts(run_id, "INV-0000")
    assert [(a.status, a.code, a.outcome) for a in attempts] == [(200, "200", "done")]
    assert attempts[0].request_id
    assert attempts[0].ended_at >= attempts[0].started_at


@pytest.mark.parametrize("fault", ["reset-after", "hang-after", "cut-off", "truncated", "no-id"])
def test_answer_lost_after_the_store_did_it_is_created_without_a_second_post(
    ledger: Ledger, shop: Shop, fault: str
) -> None:
    shop.sandbox.set_fault(fault, count=1, method="POST")
    run_id = open_run(ledger, verdicts(3))
    shop.post(ledger, run_id, options=replace(QUICK, timeout=2.0))
    assert sorted(shop.numbers()) == ["INV-0000", "INV-0001", "INV-0002"]
    assert shop.sandbox.stats()["posts"] == 3
    assert set(states(ledger, run_id).values()) == {State.CREATED}
    assert outcomes(ledger, run_id) == ["unknown", "same"]
    assert ledger.faults(run_id) == []
    held = {i["invoiceNumber"]: str(i["id"]) for i in shop.sandbox.invoices()}
    assert next(ledger.entries(run_id)).store_invoice_id == held["INV-0000"]


@pytest.mark.parametrize("fault", ["reset-before", "html", "502"])
def test_answer_lost_before_the_store_did_it_is_posted_again(
    ledger: Ledger, shop: Shop, fault: str
) -> None:
    shop.sandbox.set_fault(fault, count=1, method="POST")
    run_id = open_run(ledger, verdicts(2))
    shop.post(ledger, run_id)
    assert sorted(shop.numbers()) == ["INV-0000", "INV-0001"]
    assert set(states(ledger, run_id).values()) == {State.CREATED}
    found = outcomes(ledger, run_id)
    assert found[0] == "unknown"
    assert found[-2:] == ["absent", "done"]


def test_absent_is_not_believed_while_the_request_may_still_be_at_work(
    ledger: Ledger, shop: Shop
) -> None:
    shop.sandbox.set_fault("reset-before", count=1, method="POST")
    run_id = open_run(ledger, verdicts(1))
    shop.post(ledger, run_id, options=replace(QUICK, settle=2.0))
    post, early, late, again = ledger.attempts(run_id)
    assert [a.outcome for a in (early, late, again)] == ["absent-yet", "absent", "done"]
    assert late.started_at >= post.started_at + 2.0


def test_same_invoice_in_the_store_before_is_skipped(ledger: Ledger, shop: Shop) -> None:
    put(shop, number="INV-0000")
    run_id = open_run(ledger, verdicts(2))
    shop.post(ledger, run_id)
    assert states(ledger, run_id) == {"INV-0000": State.SKIPPED, "INV-0001": State.CREATED}
    assert outcomes(ledger, run_id) == ["exists", "same"]
    assert len(shop.numbers()) == 2


def test_other_invoice_of_the_same_number_is_a_conflict_at_the_cell_that_differs(
    ledger: Ledger, shop: Shop
) -> None:
    put(shop, number="INV-0000", company="1002")
    run_id = open_run(ledger, verdicts(1))
    shop.post(ledger, run_id)
    assert states(ledger, run_id) == {"INV-0000": State.CONFLICT}
    (fault,) = ledger.faults(run_id)
    assert (fault.code, fault.cell, fault.invoice) == ("number-taken", "Invoices!B2", "INV-0000")
    assert "1001 here and 1002 there" in fault.message


def test_loose_matches_and_later_pages_do_not_mislead_the_look_up(
    ledger: Ledger, open_shop: Callable[..., Shop]
) -> None:
    shop = open_shop()
    for index in range(210):
        put(shop, number=f"A1-{index}")
    put(shop, number="A1")
    run_id = open_run(ledger, [verdict("A1")])
    shop.post(ledger, run_id)
    assert states(ledger, run_id) == {"A1": State.SKIPPED}


def test_content_that_the_store_refuses_is_a_fault_at_the_cell_that_it_names(
    ledger: Ledger, shop: Shop
) -> None:
    run_id = open_run(ledger, [verdict("A", row=7, company="9999999"), verdict("B", row=8)])
    shop.post(ledger, run_id)
    assert states(ledger, run_id) == {"A": State.REJECTED, "B": State.CREATED}
    (fault,) = ledger.faults(run_id)
    assert (fault.code, fault.sheet, fault.row, fault.letter) == (
        "store-rejected",
        "Invoices",
        7,
        "B",
    )
    assert fault.remedy


def test_trouble_is_tried_again(ledger: Ledger, shop: Shop) -> None:
    shop.sandbox.set_fault("503", count=3)
    run_id = open_run(ledger, verdicts(2))
    shop.post(ledger, run_id)
    assert set(states(ledger, run_id).values()) == {State.CREATED}
    assert len(shop.numbers()) == 2


def test_after_the_last_try_in_trouble_an_invoice_is_unknown_until_somebody_goes_on(
    ledger: Ledger, shop: Shop
) -> None:
    """Each of the tries may have succeeded, so that it never counts as failed."""
    shop.sandbox.set_fault("500", method="POST", count=5)
    run_id = open_run(ledger, verdicts(1))
    shop.post(ledger, run_id)
    assert states(ledger, run_id) == {"INV-0000": State.UNKNOWN}
    assert outcomes(ledger, run_id) == ["trouble"] * 5 + ["absent-yet", "absent"]
    assert [fault.code for fault in ledger.faults(run_id)] == ["no-answer"]
    assert ledger.run(run_id).state is RunState.OPEN
    shop.post(ledger, run_id)
    assert states(ledger, run_id) == {"INV-0000": State.CREATED}
    assert outcomes(ledger, run_id)[7:] == ["absent", "done"]
    assert ledger.faults(run_id) == []
    assert ledger.run(run_id).state is RunState.FINISHED


def test_invoice_created_under_an_error_is_found_after_the_last_try(
    ledger: Ledger, shop: Shop
) -> None:
    shop.sandbox.set_fault("500", method="POST", commit=True, count=1)
    run_id = open_run(ledger, verdicts(1))
    shop.post(ledger, run_id, options=replace(QUICK, tries=1))
    assert states(ledger, run_id) == {"INV-0000": State.CREATED}
    shop.sandbox.set_fault("500", method="POST", commit=True, count=1)
    other = open_run(ledger, verdicts(1, "B"))
    shop.post(ledger, other)
    assert outcomes(ledger, other, "B-0000") == ["trouble", "exists", "same"]
    assert states(ledger, other) == {"B-0000": State.CREATED}
    assert len(shop.numbers()) == 2


def test_store_in_trouble_stops_the_run_with_everything_pending(ledger: Ledger, shop: Shop) -> None:
    shop.sandbox.set_fault("503")
    run_id = open_run(ledger, verdicts(30))
    with pytest.raises(StoreUnreachable):
        shop.post(ledger, run_id, options=IMPATIENT)
    assert ledger.counts(run_id)[State.PENDING] == 30
    assert shop.sandbox.stats()["requests"] < 20
    assert ledger.run(run_id).stopped
    assert ledger.run(run_id).state is RunState.OPEN

    shop.sandbox.clear_faults()
    shop.post(ledger, run_id)
    assert sorted(shop.numbers()) == sorted(states(ledger, run_id))
    assert ledger.run(run_id).stopped is None


def test_run_of_one_invoice_is_posted_once_the_store_is_well_again(
    ledger: Ledger, shop: Shop
) -> None:
    shop.sandbox.set_fault("503")
    run_id = open_run(ledger, verdicts(1))
    with pytest.raises(StoreUnreachable):
        shop.post(ledger, run_id, options=IMPATIENT)
    shop.sandbox.clear_faults()
    shop.post(ledger, run_id)
    assert states(ledger, run_id) == {"INV-0000": State.CREATED}
    assert shop.numbers() == ["INV-0000"]


def test_store_that_is_not_there_leaves_everything_pending(ledger: Ledger) -> None:
    with serving(silence) as server:
        url = server.url
    run_id = open_run(ledger, verdicts(2))
    shop = Shop(None, Store("Gone", "sandbox", url), Secret("t"))
    with pytest.raises(StoreUnreachable, match="refused"):
        shop.post(ledger, run_id, options=IMPATIENT)
    assert ledger.counts(run_id)[State.PENDING] == 2


@pytest.mark.parametrize("status", ["401", "403"])
def test_refused_token_stops_at_once_with_everything_pending(
    ledger: Ledger, shop: Shop, status: str
) -> None:
    run_id = open_run(ledger, verdicts(20))
    shop.sandbox.set_fault(status)
    with pytest.raises(TokenRefused) as caught:
        shop.post(ledger, run_id)
    assert ledger.counts(run_id)[State.PENDING] == 20
    assert shop.sandbox.stats()["requests"] == 1
    assert shop.token.reveal() not in str(caught.value)


def test_redirect_is_not_followed_and_stops_the_run(ledger: Ledger, shop: Shop) -> None:
    run_id = open_run(ledger, verdicts(3))
    with serving(silence) as elsewhere:
        shop.sandbox.set_fault("redirect", location=elsewhere.url)
        with pytest.raises(StoreUnreachable):
            shop.post(ledger, run_id, options=IMPATIENT)
        assert elsewhere.seen == []
    assert ledger.counts(run_id)[State.PENDING] == 3


@pytest.mark.parametrize("fault", ["429", "overloaded"])
def test_being_over_the_limit_costs_no_try(
    ledger: Ledger, open_shop: Callable[..., Shop], fault: str
) -> None:
    shop = open_shop(window=0.3)
    shop.sandbox.set_fault(fault, count=7)
    run_id = open_run(ledger, verdicts(1))
    shop.post(ledger, run_id, options=replace(QUICK, tries=1, backoff=0.001))
    assert states(ledger, run_id) == {"INV-0000": State.CREATED}
    assert outcomes(ledger, run_id) == ["busy"] * 7 + ["done"]


def test_look_ups_that_fail_leave_it_unknown_and_the_next_time_settles_it(
    ledger: Ledger, shop: Shop
) -> None:
    shop.sandbox.set_fault("reset-after", count=1, method="POST")
    shop.sandbox.set_fault("503", method="GET")
    run_id = open_run(ledger, verdicts(1))
    with pytest.raises(StoreUnreachable):
        shop.post(ledger, run_id, options=IMPATIENT)
    assert states(ledger, run_id) == {"INV-0000": State.UNKNOWN}
    assert [fault.code for fault in ledger.faults(run_id)] == ["no-answer"]

    shop.sandbox.clear_faults()
    reconcile(ledger, run_id, shop.store, shop.token, options=QUICK)
    assert states(ledger, run_id) == {"INV-0000": State.CREATED}
    assert ledger.faults(run_id) == []
    assert shop.sandbox.stats()["posts"] == 1


def test_reconcile_posts_nothing(ledger: Ledger, shop: Shop) -> None:
    shop.sandbox.set_fault("reset-before", method="POST", count=1)
    shop.sandbox.set_fault("503", method="GET")
    run_id = open_run(ledger, verdicts(1))
    with pytest.raises(StoreUnreachable):
        shop.post(ledger, run_id, options=IMPATIENT)
    shop.sandbox.clear_faults()
    reconcile(ledger, run_id, shop.store, shop.token, options=QUICK)
    assert states(ledger, run_id) == {"INV-0000": State.PENDING}
    assert shop.numbers() == []


def test_uploading_the_same_again_sends_nothing(ledger: Ledger, shop: Shop) -> None:
    shop.post(ledger, open_run(ledger, verdicts(3)))
    before = shop.sandbox.stats()["requests"]
    again = open_run(ledger, [*verdicts(2), verdict("INV-0002", amount=9.0)])
    shop.post(ledger, again)
    assert states(ledger, again) == {
        "INV-0000": State.SKIPPED,
        "INV-0001": State.SKIPPED,
        "INV-0002": State.CONFLICT,
    }
    assert [fault.cell for fault in ledger.faults(again)] == ["Invoices!A2"]
    assert shop.sandbox.stats()["requests"] == before


def test_run_opened_while_another_posted_the_same_numbers_sends_nothing_for_them(
    ledger: Ledger, shop: Shop
) -> None:
    first, second = open_run(ledger, verdicts(3)), open_run(ledger, verdicts(4))
    shop.post(ledger, first)
    shop.post(ledger, second)
    assert ledger.counts(second)[State.SKIPPED] == 3
    assert shop.sandbox.stats()["posts"] == 4


def test_number_that_another_run_left_unknown_is_settled_there_first(
    ledger: Ledger, shop: Shop
) -> None:
    shop.sandbox.set_fault("reset-after", count=1, method="POST")
    shop.sandbox.set_fault("503", method="GET")
    first = open_run(ledger, verdicts(1))
    with pytest.raises(StoreUnreachable):
        shop.post(ledger, first, options=IMPATIENT)
    shop.sandbox.clear_faults()
    second = open_run(ledger, verdicts(1))
    shop.post(ledger, second)
    assert states(ledger, first) == {"INV-0000": State.CREATED}
    assert states(ledger, second) == {"INV-0000": State.SKIPPED}
    assert shop.sandbox.stats()["posts"] == 1


def test_same_number_twice_in_one_run_is_posted_once(ledger: Ledger, shop: Shop) -> None:
    found = [verdict("A", 2), verdict("A", 3), verdict("A", 4, amount=7.0)]
    run_id = open_run(ledger, found)
    shop.post(ledger, run_id)
    assert [entry.state for entry in ledger.entries(run_id)] == [
        State.CREATED,
        State.SKIPPED,
        State.CONFLICT,
    ]
    assert shop.numbers() == ["A"]


def test_invoices_of_two_stores_do_not_get_in_each_others_way(
    ledger: Ledger, open_shop: Callable[..., Shop], tmp_path: Path
) -> None:
    one = open_shop(data=tmp_path / "1.db", store_hash="one")
    two = open_shop(data=tmp_path / "2.db", store_hash="two")
    for shop in (one, two):
        run_id = open_run(ledger, verdicts(2), shop.store)
        shop.post(ledger, run_id)
        assert len(shop.numbers()) == 2


def test_stop_finishes_what_is_in_flight_and_leaves_the_rest(ledger: Ledger, shop: Shop) -> None:
    stop = StopSignal()
    shop.sandbox.set_fault("latency", seconds=0.1)
    run_id = open_run(ledger, verdicts(200))

    def on_progress(progress: Progress) -> None:
        if progress.done:
            stop.ask()

    shop.post(ledger, run_id, on_progress=on_progress, stop=stop)
    counts = ledger.counts(run_id)
    assert 0 < counts[State.CREATED] < 50
    assert counts[State.CREATED] + counts[State.PENDING] == 200
    assert len(shop.numbers()) == counts[State.CREATED]
    assert ledger.run(run_id).state is RunState.OPEN


@pytest.mark.parametrize(
    ("order", "left", "state"),
    [("pause", State.PENDING, RunState.PAUSED), ("cancel", State.CANCELLED, RunState.CANCELLED)],
)
def test_pause_and_cancel_from_outside_end_the_run_soon(
    ledger: Ledger, shop: Shop, tmp_path: Path, order: str, left: State, state: RunState
) -> None:
    shop.sandbox.set_fault("latency", seconds=0.05)
    run_id = open_run(ledger, verdicts(300))
    begun = threading.Event()

    def give_order() -> None:
        begun.wait()
        with Ledger.open(tmp_path / "ledger.db") as other:
            assert getattr(other, order)(run_id)

    thread = threading.Thread(target=give_order)
    thread.start()
    shop.post(ledger, run_id, on_progress=lambda progress: progress.done and begun.set())
    thread.join()
    counts = ledger.counts(run_id)
    assert counts[left] > 100
    assert counts[left] + counts[State.CREATED] == 300
    assert len(shop.numbers()) == counts[State.CREATED]
    assert ledger.run(run_id).state is state

    shop.sandbox.clear_faults()
    assert ledger.resume(run_id)
    shop.post(ledger, run_id)
    assert len(shop.numbers()) == ledger.counts(run_id)[State.CREATED] == 300


def test_answer_that_is_no_list_does_not_prove_that_an_invoice_is_absent(
    ledger: Ledger, shop: Shop
) -> None:
    shop.sandbox.set_fault("reset-after", method="POST", count=1)
    shop.sandbox.set_fault("no-id", method="GET", path="/ip/invoices", count=1)
    run_id = open_run(ledger, verdicts(1))
    shop.post(ledger, run_id, options=replace(QUICK, settle=0))
    assert outcomes(ledger, run_id) == ["unknown", "astray", "same"]
    assert shop.sandbox.stats()["posts"] == 1


def test_answer_that_is_older_than_the_request_was_at_work_proves_nothing(
    ledger: Ledger, shop: Shop
) -> None:
    """The look-up is asked too early and answered late: what counts is when it was asked."""
    shop.sandbox.set_fault("reset-before", method="POST", count=1)
    shop.sandbox.set_fault("latency", method="GET", seconds=2.5, count=1)
    run_id = open_run(ledger, verdicts(1))
    shop.post(ledger, run_id, options=replace(QUICK, settle=2.0))
    assert outcomes(ledger, run_id) == ["unknown", "absent-yet", "absent", "done"]


@pytest.mark.parametrize("in_flight", [False, True])
def test_what_the_store_may_hold_is_not_called_cancelled(
    ledger: Ledger, shop: Shop, in_flight: bool
) -> None:
    """An error after the work was done: the buyer has the e-mail already."""
    shop.sandbox.set_fault("500", method="POST", commit=True, count=1)
    shop.sandbox.set_fault("latency", seconds=0.2)
    run_id = open_run(ledger, verdicts(1))
    stop = StopSignal()

    def cancel_meanwhile(progress: Progress) -> None:
        if in_flight and ledger.attempts(run_id):
            ledger.cancel(run_id)
        if shop.sandbox.stats()["by_status"]:
            stop.ask()

    slow = replace(QUICK, backoff=3)
    shop.post(ledger, run_id, options=slow, on_progress=cancel_meanwhile, stop=stop)
    ledger.cancel(run_id)
    assert states(ledger, run_id) == {"INV-0000": State.UNKNOWN}

    other = open_run(ledger, verdicts(1))
    shop.post(ledger, other)
    reconcile(ledger, run_id, shop.store, shop.token, options=QUICK)
    assert states(ledger, run_id) == {"INV-0000": State.CREATED}
    assert states(ledger, other) == {"INV-0000": State.SKIPPED}
    assert shop.sandbox.stats()["posts"] == 1


def test_ledger_that_cannot_be_written_stops_posting_at_once(
    ledger: Ledger, shop: Shop, tmp_path: Path
) -> None:
    run_id = open_run(ledger, verdicts(200))

    def fill_the_disk(progress: Progress) -> None:
        if progress.done:
            with ledger._db.engine.connect() as connection:
                pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
            ledger._db.engine.dispose()
            event_listener(pages)

    def event_listener(pages: int) -> None:
        from sqlalchemy import event

        def limit(connection: Any, _record: Any) -> None:
            connection.execute(f"PRAGMA max_page_count = {pages}")

        event.listen(ledger._db.engine, "connect", limit)

    with pytest.raises(LedgerError, match="full") as caught:
        shop.post(ledger, run_id, on_progress=fill_the_disk)
    assert caught.value.remedy
    posted = len(shop.numbers())
    assert posted < 200
    with Ledger.open(tmp_path / "ledger.db") as mended:
        shop.post(mended, run_id)
        assert mended.counts(run_id)[State.CREATED] == 200
    assert len(shop.numbers()) == 200
    assert shop.sandbox.stats()["emails"] == 200


def test_run_is_not_posted_to_another_store_or_as_a_draft(ledger: Ledger, shop: Shop) -> None:
    from ledger.helpers import new_run

    draft = ledger.draft_run(new_run(), verdicts(1))
    with pytest.raises(LedgerError, match="confirmed"):
        shop.post(ledger, draft)
    other = open_run(ledger, verdicts(1), Store("Other", "other"))
    with pytest.raises(SettingsError, match="Other"):
        shop.post(ledger, other)
    assert shop.sandbox.stats()["requests"] == 0


def test_progress_adds_up_and_knows_the_time_left(ledger: Ledger, shop: Shop) -> None:
    seen: list[Progress] = []
    run_id = open_run(ledger, verdicts(40))
    shop.post(ledger, run_id, on_progress=seen.append)
    assert all(progress.counts.read == progress.total == 40 for progress in seen)
    assert [progress.done for progress in seen] == sorted(progress.done for progress in seen)
    assert seen[-1].done == 40
    assert seen[-1].eta == 0
    assert any(progress.rate > 0 and progress.eta for progress in seen)


def test_only_valid_invoices_are_posted(ledger: Ledger, shop: Shop) -> None:
    from ledger.helpers import fault

    run_id = open_run(ledger, [verdict("A", faults=[fault()]), verdict("B")])
    shop.post(ledger, run_id)
    assert shop.numbers() == ["B"]
    assert ledger.counts(run_id)[State.INVALID] == 1


def test_no_secret_is_in_the_ledger(ledger: Ledger, shop: Shop, tmp_path: Path) -> None:
    shop.sandbox.set_fault("reset-after", count=2)
    shop.sandbox.set_fault("500", count=2)
    run_id = open_run(ledger, verdicts(5))
    shop.post(ledger, run_id)
    ledger.close()
    for path in tmp_path.glob("ledger.db*"):
        assert shop.token.reveal().encode() not in path.read_bytes()
