"""Many unknown invoices are settled by listing pages; what a list doesn't prove is looked up."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import requests
from ledger.helpers import open_run, verdicts

from importer.ledger import Ledger
from importer.model import State
from importer.posting import reconcile
from tests.waiting import until

from .conftest import QUICK, Shop


def unknown_run(ledger: Ledger, shop: Shop, tmp_path: Path, count: int) -> str:
    """A run whose process died while so many requests were in flight, all of them done."""
    run_id = open_run(ledger, verdicts(count))
    shop.sandbox.set_fault("hang-after", seconds=60, method="POST")
    worker = str(Path(__file__).with_name("worker.py"))
    store = (shop.store.base_url, shop.store.hash, shop.token.reveal())
    with subprocess.Popen(
        [sys.executable, worker, str(tmp_path / "ledger.db"), run_id, *store, f"in_flight={count}"],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        until(lambda: len(shop.sandbox.invoices()) >= count, process)
        process.kill()
    shop.sandbox.clear_faults()
    return run_id


def settle(ledger: Ledger, shop: Shop, run_id: str) -> int:
    """Reconcile; gives how many requests that took."""
    before = shop.sandbox.stats()["requests"]
    reconcile(ledger, run_id, shop.store, shop.token, options=QUICK)
    return int(shop.sandbox.stats()["requests"] - before)


def test_many_are_settled_by_one_page(
    ledger: Ledger, open_shop: Callable[..., Shop], tmp_path: Path
) -> None:
    shop = open_shop()
    run_id = unknown_run(ledger, shop, tmp_path, 40)
    assert settle(ledger, shop, run_id) == 1
    assert ledger.counts(run_id).by_state == {State.CREATED: 40}
    held = {i["invoiceNumber"]: str(i["id"]) for i in shop.sandbox.invoices()}
    assert {e.number: e.store_invoice_id for e in ledger.entries(run_id)} == held
    assert [a.outcome for a in ledger.attempts(run_id, "INV-0007")] == ["abandoned", "same"]
    assert all(a.request_id for a in ledger.attempts(run_id) if a.outcome == "same")


def test_what_the_list_lacks_or_shows_otherwise_is_looked_up_by_itself(
    ledger: Ledger, open_shop: Callable[..., Shop], tmp_path: Path
) -> None:
    shop = open_shop()
    run_id = unknown_run(ledger, shop, tmp_path, 40)
    held = {i["invoiceNumber"]: i["id"] for i in shop.sandbox.invoices()}
    headers = {"X-Auth-Token": shop.token.reveal(), "X-Store-Hash": shop.store.hash}
    for number, method, body in (
        ("INV-0003", "DELETE", None),
        ("INV-0005", "PUT", {"originalBalance": {"code": "USD", "value": "99"}}),
    ):
        url = f"{shop.store.base_url}/ip/invoices/{held[number]}"
        assert requests.request(method, url, json=body, headers=headers, timeout=10).ok
    settle(ledger, shop, run_id)
    states = {entry.number: entry.state for entry in ledger.entries(run_id)}
    assert states.pop("INV-0003") is State.PENDING
    assert states.pop("INV-0005") is State.CONFLICT
    assert set(states.values()) == {State.CREATED}


def test_a_few_in_a_big_store_are_looked_up_one_by_one(
    ledger: Ledger, open_shop: Callable[..., Shop], tmp_path: Path
) -> None:
    shop = open_shop()
    run_id = unknown_run(ledger, shop, tmp_path, 4)
    assert settle(ledger, shop, run_id) == 8
    assert ledger.counts(run_id).by_state == {State.CREATED: 4}
