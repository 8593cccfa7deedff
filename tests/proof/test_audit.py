"""The proof's own eyes: an audit sees what it is there to see."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from ledger.helpers import new_run

from importer import sandbox
from importer.ledger import Ledger

from .audit import audit
from .bodies import bodies, verdicts
from .worker import Orders, work

Wanted = dict[str, dict[str, object]]


@pytest.fixture(scope="module")
def posted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Wanted]:
    """The files of a store and a ledger after a calm run."""
    folder = tmp_path_factory.mktemp("posted")
    wanted = bodies(random.Random(7), 12)
    with Ledger.open(folder / "ledger.db") as ledger:
        run_id = ledger.draft_run(new_run(), verdicts(wanted))
        ledger.open_run(run_id)
    with sandbox.running(folder / "store.db", limit=100_000) as shop:
        path = str(folder / "ledger.db")
        work(Orders(path, run_id, shop.base_url, shop.store_hash, shop.token))
    return folder, wanted


@pytest.fixture
def spoil(posted: tuple[Path, Wanted], tmp_path: Path) -> Callable[..., dict[str, list[str]]]:
    """Gives what an audit complains of after a statement was run on a copy of one of the files."""
    folder, wanted = posted

    def audit_after(name: str, *statements: str) -> dict[str, list[str]]:
        for each in ("store.db", "ledger.db"):
            with (
                closing(sqlite3.connect(folder / each)) as one,
                closing(sqlite3.connect(tmp_path / each)) as other,
            ):
                one.backup(other)
        with closing(sqlite3.connect(tmp_path / name)) as db:
            for statement in statements:
                db.execute(statement)
            db.commit()
        return audit(wanted, tmp_path / "store.db", tmp_path / "ledger.db").complaints

    return audit_after


def test_calm_run_is_without_complaint(spoil: Callable[..., dict[str, list[str]]]) -> None:
    assert spoil("store.db") == {}


@pytest.mark.parametrize(
    ("name", "statement", "complaint"),
    [
        ("store.db", "DELETE FROM invoices WHERE number = 'INV-00003'", "lost"),
        ("store.db", "INSERT INTO emails SELECT 99, 4, number, '', '', 0 FROM invoices", "doubled"),
        ("store.db", "UPDATE invoices SET body = replace(body, 'Omaha', 'Omahb')", "wrong"),
        ("store.db", "UPDATE invoices SET body = replace(body, '\"sku\"', '\"SKU\"')", "wrong"),
        ("store.db", "UPDATE invoices SET body = replace(body, '000\",', '001\",')", "wrong"),
        ("store.db", "UPDATE invoices SET number = 'X' WHERE number = 'INV-00003'", "strange"),
        ("ledger.db", "UPDATE invoices SET state = 'pending' WHERE position = 3", "disagreeing"),
        ("ledger.db", "UPDATE invoices SET store_invoice_id = '77'", "disagreeing"),
        ("ledger.db", "UPDATE attempts SET ended_at = NULL", "unfinished"),
        ("ledger.db", "UPDATE attempts SET outcome = 'exists'", "repeated"),
        ("ledger.db", "DELETE FROM claims WHERE number = 'INV-00003'", "sums"),
    ],
)
def test_what_is_wrong_is_seen(
    spoil: Callable[..., dict[str, list[str]]], name: str, statement: str, complaint: str
) -> None:
    if "emails" in statement:
        statement += " WHERE number = 'INV-00003'"
    assert complaint in spoil(name, statement)
