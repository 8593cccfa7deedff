"""A store in trouble is waited for, a busy one isn't overrun, and nobody is kept in the dark."""

from __future__ import annotations

import random
import socket
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from ledger.helpers import open_run, verdicts

from importer.errors import StoreUnreachable
from importer.ledger import Ledger
from importer.model import State, Store
from importer.posting import Progress, StopSignal, reconcile
from importer.posting.breaker import Breaker, Limits
from importer.posting.flow import duration
from importer.posting.options import PostOptions
from importer.posting.patience import Patience
from importer.secret import Secret

from .conftest import IMPATIENT, QUICK, Shop

LIMITS = Limits(several=3, rounds=5, backoff=1.0)


def waits(shop: Shop, ledger: Ledger, run_id: str, **values: Any) -> list[str]:
    """Post a run; give what it said that it waited for."""
    seen: list[str] = []
    more = values.pop("watch", lambda _: None)

    def watch(progress: Progress) -> None:
        if progress.waiting:
            seen.append(progress.waiting)
        more(progress)

    shop.post(ledger, run_id, on_progress=watch, **values)
    return seen


# -- at once


@pytest.mark.parametrize("headers", [True, False])
def test_store_that_takes_two_at_a_time_is_sent_two_at_a_time(
    ledger: Ledger, open_shop: Callable[..., Shop], headers: bool
) -> None:
    style = {} if headers else {"header_style": "none"}
    shop = open_shop(concurrency=2, concurrency_headers=headers, **style)
    shop.sandbox.set_fault("latency", seconds=0.05, method="POST")
    run_id = open_run(ledger, verdicts(40))
    seen = waits(shop, ledger, run_id, options=replace(QUICK, backoff=1.0))
    assert ledger.counts(run_id)[State.CREATED] == 40
    refused = shop.sandbox.stats()["too_many_at_once"]
    assert 0 < refused <= 8 + 4  # the first eight, then four: after that never more than two
    # Who waits for less than a second isn't told.
    assert all(words.startswith("The store asks for a pause; waiting ") for words in seen)


def test_what_was_learnt_is_shared_by_the_next_process(
    ledger: Ledger, open_shop: Callable[..., Shop]
) -> None:
    shop = open_shop(concurrency=2)
    shop.sandbox.set_fault("latency", seconds=0.05, method="POST")
    shop.post(ledger, open_run(ledger, verdicts(20)), options=QUICK)
    before = shop.sandbox.stats()["too_many_at_once"]
    shop.post(ledger, open_run(ledger, verdicts(20, "B")), options=QUICK)
    assert shop.sandbox.stats()["too_many_at_once"] == before > 0


@pytest.mark.parametrize("fault", ["overloaded", "503"])
@pytest.mark.parametrize("style", ["seconds", "date"])
def test_store_that_says_when_to_come_back_is_obeyed(
    ledger: Ledger, shop: Shop, style: str, fault: str
) -> None:
    shop.sandbox.set_fault(fault, count=1, seconds=3, retry_after=style)
    run_id = open_run(ledger, verdicts(1))
    seen = waits(shop, ledger, run_id, options=replace(QUICK, backoff=0.001))
    assert ledger.counts(run_id)[State.CREATED] == 1
    assert seen[0] in [f"The store asks for a pause; waiting {n} s" for n in (2, 3, 4)]


# -- one invoice's trouble


def test_trouble_of_one_invoice_never_stops_the_others(ledger: Ledger, shop: Shop) -> None:
    """It rests for a minute at least; the others go on, and the terminal says what it waits for."""
    shop.sandbox.set_fault("500", method="POST", count=2)
    run_id = open_run(ledger, verdicts(30))
    stop, seen = StopSignal(), []

    def watch(progress: Progress) -> None:
        if progress.counts[State.CREATED] == 28 and progress.waiting:
            seen.append(progress.waiting)
            stop.ask()

    shop.post(
        ledger, run_id, options=replace(QUICK, trouble_wait=60.0), stop=stop, on_progress=watch
    )
    assert shop.sandbox.stats()["posts"] == 30
    assert seen[0].startswith("Waiting ")
    assert 50 <= int(seen[0].split()[1]) <= 75
    posts = [one for one in ledger.attempts(run_id) if one.outcome == "trouble"]
    assert len(posts) == 2
    for entry in ledger.entries(run_id, (State.PENDING,)):
        assert entry.tries == 1
    assert ledger.in_doubt(ledger.run(run_id)) == 2  # the store may have done it before its error


def test_a_few_poisonous_invoices_use_up_their_tries_and_the_rest_is_posted(
    ledger: Ledger, shop: Shop
) -> None:
    """At the end nothing else is left that could show that the store is well; questions do."""
    shop.sandbox.set_fault("500", method="POST", count=3 * 5)
    found = verdicts(3)
    run_id = open_run(ledger, found)
    shop.post(ledger, run_id, options=QUICK)
    left = Counter(entry.state for entry in ledger.entries(run_id))
    assert set(left) == {State.UNKNOWN}  # each may have been created by its last try: looked up
    assert sum(one.outcome == "trouble" for one in ledger.attempts(run_id)) == 15


# -- an outage


@pytest.mark.parametrize("fault", ["503", "html", "reset-before"])
def test_outage_is_waited_for_and_the_run_goes_on_by_itself(
    ledger: Ledger, shop: Shop, fault: str
) -> None:
    run_id = open_run(ledger, verdicts(40))
    probes: list[int] = []

    def watch(progress: Progress) -> None:
        done, stats = progress.done, shop.sandbox.stats()
        if done >= 10 and not probes:
            shop.sandbox.set_fault(fault)
            probes.append(stats["requests"])
        elif len(probes) == 1 and stats["requests"] > probes[0] + 14:
            probes.append(stats["posts"])
            shop.sandbox.clear_faults()

    shop.post(ledger, run_id, options=QUICK, on_progress=watch)
    assert len(probes) == 2
    assert ledger.counts(run_id)[State.CREATED] == 40
    assert sorted(shop.numbers()) == sorted(entry.number for entry in ledger.entries(run_id))


def test_outage_says_how_long_it_lasts_and_how_to_stop(ledger: Ledger, shop: Shop) -> None:
    shop.sandbox.set_fault("503")
    run_id = open_run(ledger, verdicts(20))
    stop, seen = StopSignal(), []

    def watch(progress: Progress) -> None:
        if "properly" in (progress.waiting or ""):
            seen.append(progress)
            stop.ask()

    options = replace(QUICK, backoff=5.0)
    shop.post(ledger, run_id, options=options, stop=stop, on_progress=watch)
    words = seen[0].waiting
    assert words.startswith("Test store hasn't answered properly for 1 s; trying again in ")
    assert words.endswith("Ctrl-C stops; nothing is lost")
    assert seen[0].eta is None
    assert ledger.counts(run_id)[State.PENDING] == 20


def test_writing_that_fails_everywhere_leaves_everything_pending_however_few_tries(
    ledger: Ledger, shop: Shop
) -> None:
    """Reading works, so that the store looks well: still no invoice is to blame."""
    shop.sandbox.set_fault("500", method="POST")
    run_id = open_run(ledger, verdicts(40))
    with pytest.raises(StoreUnreachable):
        shop.post(ledger, run_id, options=replace(IMPATIENT, tries=2))
    counts = ledger.counts(run_id)
    assert counts[State.FAILED] == 0
    assert counts[State.PENDING] + counts[State.UNKNOWN] == 40
    shop.sandbox.clear_faults()
    shop.post(ledger, run_id, options=QUICK)
    assert ledger.counts(run_id)[State.CREATED] == 40


def test_no_patience_at_all_ends_the_run_with_the_first_sign_of_an_outage(
    ledger: Ledger, shop: Shop
) -> None:
    shop.sandbox.set_fault("503")
    run_id = open_run(ledger, verdicts(30))
    with pytest.raises(StoreUnreachable):
        shop.post(ledger, run_id, options=replace(QUICK, give_up_after=0.0))
    assert shop.sandbox.stats()["requests"] <= 12
    assert ledger.counts(run_id)[State.PENDING] == 30


def test_store_that_was_never_reached_is_given_up_long_before_an_hour(ledger: Ledger) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
    shop = Shop(None, Store("Gone", "sandbox", url), Secret("t"))
    run_id = open_run(ledger, verdicts(20))
    with pytest.raises(StoreUnreachable, match="can't be reached"):
        shop.post(ledger, run_id, options=replace(QUICK, give_up_after=3600.0))
    assert ledger.counts(run_id)[State.PENDING] == 20


def test_asking_is_as_patient_as_the_run_at_most(ledger: Ledger, shop: Shop) -> None:
    shop.sandbox.set_fault("reset-after", method="POST", count=25)
    shop.sandbox.set_fault("503", method="GET")
    run_id = open_run(ledger, verdicts(25))
    with pytest.raises(StoreUnreachable):
        shop.post(ledger, run_id, options=IMPATIENT)
    with pytest.raises(StoreUnreachable):
        reconcile(ledger, run_id, shop.store, shop.token, options=IMPATIENT)
    shop.sandbox.clear_faults()
    reconcile(ledger, run_id, shop.store, shop.token, options=QUICK)
    assert ledger.counts(run_id)[State.UNKNOWN] == 0


# -- pure


def test_breaker_opens_for_several_invoices_and_waits_longer_each_round() -> None:
    chance, breaker = random.Random(1), Breaker()
    for invoice in (1, 2):
        breaker = breaker.trouble(invoice, 10.0, 11.0, LIMITS, chance)
        assert not breaker.open
        assert breaker.is_its_own(invoice)
    breaker = breaker.trouble(3, 10.0, 11.2, LIMITS, chance)
    assert (breaker.open, breaker.rounds, breaker.since) == (True, 1, 10.0)
    assert not breaker.is_its_own(3)
    retries = []
    for moment in range(20, 400, 20):
        breaker = breaker.trouble(None, moment, moment + 1, LIMITS, chance)
        retries.append(breaker.retry_at - moment - 1)
    assert retries[:2] == sorted(retries[:2])
    assert all(45 <= wait <= 75 for wait in retries[-5:])
    assert breaker.answered().on_trial
    assert not breaker.answered().trouble(4, 500.0, 501.0, LIMITS, chance).on_trial
    assert breaker.well() == Breaker()


def test_breaker_waits_no_longer_for_the_same_few_invoices_while_the_store_answers() -> None:
    chance, breaker = random.Random(1), Breaker()
    for invoice in (1, 2, 3):
        breaker = breaker.trouble(invoice, 10.0, 11.0, LIMITS, chance)
    for moment in range(100, 1000, 100):
        breaker = breaker.answered().trouble(2, moment, moment + 1, LIMITS, chance)
        assert breaker.open
        assert 0.7 < breaker.retry_at - moment - 1 < 1.3  # as after the first round
    breaker = breaker.answered().trouble(4, 1000.0, 1001.0, LIMITS, chance)
    assert breaker.retry_at - 1001 > 1.3


def test_breaker_stays_closed_for_one_invoice_as_long_as_it_has_tries() -> None:
    chance, breaker = random.Random(1), Breaker()
    for moment in range(5):
        breaker = breaker.trouble(1, moment * 60.0, moment * 60.0 + 1, LIMITS, chance)
        assert not breaker.open
    assert breaker.trouble(1, 400.0, 401.0, LIMITS, chance).open


def test_connection_that_cannot_be_opened_is_nobodys_own_trouble() -> None:
    chance = random.Random(1)
    assert Breaker().trouble(1, 1.0, 1.1, LIMITS, chance, everybodys=True).open


@pytest.mark.parametrize(
    ("known", "heard", "not_reached", "began", "lasts"),
    [
        (True, True, False, 0.0, 3600.0),
        (True, True, True, 0.0, 3600.0),
        (True, False, True, 0.0, 5.0),
        (True, False, True, -61.0, 3600.0),  # it had waited for its hours: nobody watches
        (True, False, False, 0.0, 3600.0),
        (False, False, False, 0.0, 120.0),  # perhaps the hash of another store
        (False, True, False, 0.0, 3600.0),
    ],
)
def test_patience_lasts_as_long_as_waiting_can_help(
    known: bool, heard: bool, not_reached: bool, began: float, lasts: float
) -> None:
    def given_up(now: float) -> bool:
        patience = Patience(PostOptions(), began, known, random.Random(1))
        if heard:
            patience.well()
        for invoice in (1, 2, 3):
            patience.trouble(invoice, 0.5, 1.0, not_reached=not_reached)
        return patience.trouble(None, 1.5, now, not_reached=not_reached)

    assert not given_up(lasts - 0.1)
    assert given_up(lasts + 0.6)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "1 s"), (42.4, "42 s"), (119, "119 s"), (720, "12 min"), (7500, "2 h 5 min")],
)
def test_lengths_of_time_are_said_as_people_say_them(seconds: float, words: str) -> None:
    assert duration(seconds) == words
