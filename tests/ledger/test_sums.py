"""Sums are exact, whatever the database thinks of decimals."""

from __future__ import annotations

import random
from decimal import Decimal
from pathlib import Path

import pytest

from importer.ledger import Ledger
from importer.model import State

from .helpers import open_run, verdict


@pytest.fixture
def ledger(tmp_path: Path):
    with Ledger.open(tmp_path / "ledger.db") as opened:
        yield opened


def test_sums_of_all_sizes_are_exact_to_the_last_digit(ledger: Ledger) -> None:
    chance = random.Random(4)
    amounts = [0.1, 0.2, 0.7, 12, -12.345, 999999999999.99, 99999999999999.9, 1e15 - 1, 0.0001]
    amounts += [round(chance.uniform(-1e9, 1e9), chance.randint(0, 3)) for _ in range(400)]
    amounts += [1e15 - 1] * 40
    found = [
        verdict(f"N-{at}", amount=amount, company=str(1000 + at % 3))
        for at, amount in enumerate(amounts)
    ]
    run_id = open_run(ledger, found)
    want = {
        str(1000 + company): sum(Decimal(repr(amount)) for amount in amounts[company::3])
        for company in range(3)
    }
    sums = ledger.sums(run_id)
    assert {part.company: part.amount for part in sums} == want
    assert {(part.currency, part.state) for part in sums} == {("USD", State.PENDING)}
    [total] = ledger.totals(run_id)
    assert (total.invoices, total.amount) == (len(amounts), sum(want.values()))


def test_process_at_a_run_is_named_until_it_leaves(ledger: Ledger) -> None:
    mine, other = (ledger.run(open_run(ledger, [verdict(number)])) for number in "AB")
    worker = ledger.enroll(60, mine)
    assert len(ledger.at_work(mine)) == 1
    assert ledger.at_work(other) == []
    ledger.dismiss(worker)
    assert ledger.at_work(mine) == []


def test_process_whose_lease_ran_out_is_not_at_work(ledger: Ledger) -> None:
    run = ledger.run(open_run(ledger, [verdict("A")]))
    ledger.enroll(-1, run)
    assert ledger.at_work(run) == []
