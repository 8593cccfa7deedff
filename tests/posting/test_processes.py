"""Posting in real processes: killed, frozen, two at once."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from ledger.helpers import open_run, verdicts
from proof.test_frozen import freeze

from importer.ledger import Ledger
from importer.model import State
from tests.waiting import until

from .conftest import QUICK, Shop

Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a process that posts a run; those still running are ended after the test."""
    running: list[subprocess.Popen[str]] = []

    def start_one(run_id: str, shop: Shop, **options: float) -> subprocess.Popen[str]:
        store = (shop.store.base_url, shop.store.hash, shop.token.reveal())
        given = [f"{name}={value}" for name, value in options.items()]
        process = subprocess.Popen(
            [
                sys.executable,
                str(Path(__file__).with_name("worker.py")),
                str(tmp_path / "ledger.db"),
                run_id,
                *store,
                *given,
            ],
            stdout=subprocess.PIPE,
            text=True,
        )
        running.append(process)
        return process

    yield start_one
    for process in running:
        process.kill()
        process.wait()
        process.stdout.close()


def wait_for_posts(shop: Shop, count: int, process: subprocess.Popen[str]) -> None:
    until(lambda: shop.sandbox.stats()["posts"] >= count or process.poll() is not None)


def assert_each_once(shop: Shop, ledger: Ledger, run_id: str, count: int) -> None:
    assert Counter(shop.numbers()) == Counter({f"INV-{i:04}": 1 for i in range(count)})
    assert shop.sandbox.stats()["emails"] == count
    assert ledger.counts(run_id)[State.CREATED] == count
    held = {i["invoiceNumber"]: str(i["id"]) for i in shop.sandbox.invoices()}
    assert {e.number: e.store_invoice_id for e in ledger.entries(run_id)} == held


@pytest.mark.parametrize("seed", [1, 2])
def test_killed_again_and_again_until_done_each_invoice_is_there_once(
    ledger: Ledger, shop: Shop, start: Start, seed: int
) -> None:
    count, chance = 60, random.Random(seed)
    run_id = open_run(ledger, verdicts(count))
    shop.sandbox.set_fault("latency", seconds=0.05)
    shop.sandbox.set_fault("reset-after", probability=0.1, seed=seed, method="POST")
    posts = 0
    while posts < count:
        process = start(run_id, shop)
        posts += chance.randint(8, 20)
        wait_for_posts(shop, posts, process)
        process.kill()
        process.wait()
    process = start(run_id, shop)
    assert process.wait() == 0
    assert_each_once(shop, ledger, run_id, count)


def test_two_processes_on_one_run_share_the_work_and_post_nothing_twice(
    ledger: Ledger, shop: Shop, start: Start
) -> None:
    shop.sandbox.set_fault("latency", seconds=0.02)
    run_id = open_run(ledger, verdicts(120))
    both = [start(run_id, shop, in_flight=3) for _ in range(2)]
    assert [process.wait() for process in both] == [0, 0]
    assert_each_once(shop, ledger, run_id, 120)
    assert shop.sandbox.stats()["posts"] == 120
    workers = Counter(a.worker for a in ledger.attempts(run_id))
    assert len(workers) == 2


def test_two_runs_of_the_same_numbers_at_once_post_each_number_once(
    ledger: Ledger, shop: Shop, start: Start
) -> None:
    shop.sandbox.set_fault("latency", seconds=0.02)
    runs = [open_run(ledger, verdicts(60)) for _ in range(2)]
    both = [start(run_id, shop, in_flight=3) for run_id in runs]
    assert [process.wait() for process in both] == [0, 0]
    assert sorted(shop.numbers()) == [f"INV-{i:04}" for i in range(60)]
    assert shop.sandbox.stats()["posts"] == 60
    for run_id in runs:
        counts = ledger.counts(run_id)
        assert counts[State.CREATED] + counts[State.SKIPPED] == 60


def test_two_processes_keep_to_one_budget(
    ledger: Ledger, open_shop: Callable[..., Shop], start: Start
) -> None:
    shop = open_shop(limit=30, window=1.0)
    run_id = open_run(ledger, verdicts(90))
    both = [start(run_id, shop) for _ in range(2)]
    assert [process.wait() for process in both] == [0, 0]
    assert_each_once(shop, ledger, run_id, 90)
    assert shop.sandbox.stats()["too_many_requests"] == 0


def test_process_frozen_past_its_claim_writes_nothing_when_it_wakes(
    ledger: Ledger, shop: Shop, start: Start, tmp_path: Path
) -> None:
    run_id = open_run(ledger, verdicts(3))
    shop.sandbox.set_fault("hang-after", count=1, seconds=0.5, method="POST")
    frozen = start(run_id, shop, lease=1.5, in_flight=1)
    wait_for_posts(shop, 1, frozen)
    freeze(frozen.pid, tmp_path / "ledger.db")
    shop.post(ledger, run_id)
    assert_each_once(shop, ledger, run_id, 3)
    before = ledger.attempts(run_id)
    entries = list(ledger.entries(run_id))

    frozen.send_signal(signal.SIGCONT)
    assert frozen.wait() == 0
    assert ledger.attempts(run_id) == before
    assert list(ledger.entries(run_id)) == entries
    assert_each_once(shop, ledger, run_id, 3)


def test_dead_process_is_known_as_dead_without_waiting_for_its_lease(
    ledger: Ledger, shop: Shop, start: Start
) -> None:
    run_id = open_run(ledger, verdicts(2))
    shop.sandbox.set_fault("hang-after", count=1, seconds=5, method="POST")
    process = start(run_id, shop, lease=120, in_flight=1)
    wait_for_posts(shop, 1, process)
    process.kill()
    process.wait()
    assert ledger.counts(run_id)[State.POSTING] == 1
    shop.post(ledger, run_id, options=QUICK)
    assert_each_once(shop, ledger, run_id, 2)
    assert [a.outcome for a in ledger.attempts(run_id, "INV-0000")] == ["abandoned", "same"]
