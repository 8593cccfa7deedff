"""The copies of workbooks that runs keep: where, for what, and how they go."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from importer.errors import LedgerError, UsageError
from importer.model import State, Store
from importer.posting import Progress, StopSignal
from importer.runs import Steps, forget, report, run, show
from importer.sandbox.server import Sandbox

from .conftest import Make


def copies(folder: Path) -> list[Path]:
    return sorted((folder / "workbooks").iterdir())


def test_all_data_of_a_ledger_is_beside_it(
    make: Make, shop: Sandbox, store: Store, tmp_path: Path, home: Path
) -> None:
    ledger = tmp_path / "books" / "ledger.db"
    run(make([("N-1", "1001", "USD", 1)]), store=store, token=shop.token, ledger=ledger)
    assert len(copies(ledger.parent)) == 1
    assert list(home.iterdir()) == []


def test_a_forgotten_copy_costs_the_report_and_nothing_else(
    make: Make, shop: Sandbox, store: Store, home: Path, tmp_path: Path
) -> None:
    book = make([("N-1", "1001", "USD", 1)])
    first = run(book, store=store, token=shop.token)
    assert forget(first.run).runs == (first.run,)
    assert copies(home) == []
    with pytest.raises(LedgerError, match="copy of the workbook"):
        report(first.run or "", tmp_path / "r.xlsx")
    assert show(first.run or "").invoices.by_state == {State.CREATED: 1}
    again = run(book, store=store, token=shop.token)
    assert again.invoices.by_state == {State.SKIPPED: 1}
    assert forget(again.run).copies == 1
    assert forget(again.run).copies == 0


def test_old_copies_go_unless_a_run_still_needs_them(
    make: Make, shop: Sandbox, store: Store, home: Path
) -> None:
    stop = StopSignal()

    def watch(progress: Progress) -> None:
        if progress.counts[State.CREATED]:
            stop.ask()

    rows = [(f"N-{n}", "1001", "USD", n + 1) for n in range(30)]
    left = run(
        make(rows, name="left.xlsx"),
        store=store,
        token=shop.token,
        steps=Steps(on_posting=watch, stop=stop),
    )
    over = run(make([("M-1", "1001", "USD", 1)]), store=store, token=shop.token)
    assert left.state == "open"
    for path in copies(home):
        os.utime(path, (1, 1))
    assert forget(older_than_days=1).copies == 0  # both runs are of today
    with pytest.raises(UsageError, match="isn't finished"):
        forget(left.run)
    assert forget(over.run).copies == 1
    assert len(copies(home)) == 1
