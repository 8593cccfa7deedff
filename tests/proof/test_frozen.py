"""A process that was frozen past its claim goes on as somebody else, and leaves the past alone."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from ledger.helpers import new_run

from importer import sandbox
from importer.ledger import Ledger
from importer.model import Store
from importer.posting import Progress, StopSignal, post_run
from importer.secret import Secret
from tests.waiting import until

from .audit import audit
from .bodies import bodies, verdicts
from .storm import forks
from .worker import LEASE, OPTIONS, Orders, work

COUNT = 60


def test_frozen_with_requests_in_flight_it_wakes_up_and_posts_only_what_is_left(
    tmp_path: Path,
) -> None:
    wanted = bodies(random.Random(3), COUNT)
    path = tmp_path / "ledger.db"
    with (
        Ledger.open(path) as ledger,
        sandbox.running(tmp_path / "store.db", limit=1_000_000) as shop,
    ):
        run_id = ledger.draft_run(new_run(), verdicts(wanted))
        ledger.open_run(run_id)
        shop.set_fault("latency", seconds=0.1)
        orders = Orders(str(path), run_id, shop.base_url, shop.store_hash, shop.token)
        frozen = forks.Process(target=work, args=(orders,), daemon=True)
        frozen.start()
        try:
            until(lambda: shop.stats()["posts"] >= 10)
            freeze(frozen.pid, path)
            first = workers(path)
            assert len(first) == 1
            post_some(ledger, orders, shop, done=COUNT // 2)
            before = attempts(path, first)
            left = COUNT - len(shop.invoices())
            assert left > 0
            os.kill(frozen.pid, signal.SIGCONT)
            frozen.join()
        finally:
            frozen.kill()
            frozen.join()
        assert frozen.exitcode == 0
        assert attempts(path, first) == before  # not a word more under its old name
        assert len(workers(path)) == 3
    assert audit(wanted, tmp_path / "store.db", path).complaints == {}


def freeze(pid: int, path: Path) -> None:
    """Freeze a process, but not amid a write: that would keep SQLite's lock until it wakes up."""
    while True:
        os.kill(pid, signal.SIGSTOP)
        with closing(sqlite3.connect(path, timeout=0.1, isolation_level=None)) as db:
            try:
                db.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                os.kill(pid, signal.SIGCONT)
            else:
                return


def post_some(ledger: Ledger, orders: Orders, shop: Any, done: int) -> None:
    """Take over what the frozen one was at, which takes until its lease is over; then stop."""
    stop, store = StopSignal(), Store("Test store", orders.store_hash, orders.base_url)
    taken_over = f"outcome = 'abandoned' AND ended_at >= started_at + {LEASE / 4}"

    def enough(progress: Progress) -> None:
        if progress.done >= done and count(orders.ledger, taken_over):
            stop.ask()

    shop.clear_faults()
    shop.set_fault("latency", seconds=0.4)
    token = Secret(orders.token)
    post_run(ledger, orders.run_id, store, token, options=OPTIONS, stop=stop, on_progress=enough)


def workers(path: Path) -> set[str]:
    """Give everybody who has made an attempt."""
    with closing(sqlite3.connect(path)) as db:
        return {name for (name,) in db.execute("SELECT DISTINCT worker FROM attempts")}


def attempts(path: Path, names: set[str]) -> list[tuple[Any, ...]]:
    """Give all that is known of the attempts of some workers."""
    with closing(sqlite3.connect(path)) as db:
        rows = db.execute("SELECT * FROM attempts ORDER BY id").fetchall()
    return [row for row in rows if names & set(map(str, row))]


def count(path: str, which: str) -> int:
    """Count the attempts that fit."""
    with closing(sqlite3.connect(path)) as db:
        found = db.execute(f"SELECT count(*) FROM attempts WHERE {which}").fetchone()
    return int(found[0])
