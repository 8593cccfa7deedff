from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from importer import sandbox
from importer.ledger import Ledger
from importer.model import Store
from importer.posting import PostOptions, post_run
from importer.secret import Secret

QUICK = PostOptions(
    timeout=5,
    connect_timeout=5,
    settle=0.3,
    first_look=0.02,
    backoff=0.01,
    trouble_wait=0.01,
    give_up_after=60.0,
    poll=0.05,
)
"""Short waits, but patience with a store in trouble, which a busy computer makes look slow."""
IMPATIENT = replace(QUICK, give_up_after=0.3)
"""For a store that stays in trouble: who expects that it is given up needn't wait for it."""


@dataclass
class Shop:
    """A store that really runs, and how to post to it."""

    sandbox: Any
    store: Store
    token: Secret

    def post(self, ledger: Ledger, run_id: str, **values: Any) -> None:
        options = values.pop("options", QUICK)
        post_run(ledger, run_id, self.store, self.token, options=options, **values)

    def numbers(self) -> list[str]:
        return [invoice["invoiceNumber"] for invoice in self.sandbox.invoices()]


@pytest.fixture(scope="session")
def empty_ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger's file as it is at first: making it takes many times as long as copying it."""
    path = tmp_path_factory.mktemp("ledger") / "ledger.db"
    Ledger.open(path).close()
    return path


@pytest.fixture
def ledger(empty_ledger: Path, tmp_path: Path) -> Iterator[Ledger]:
    shutil.copy(empty_ledger, tmp_path / "ledger.db")
    with Ledger.open(tmp_path / "ledger.db") as opened:
        yield opened


@pytest.fixture
def open_shop(tmp_path: Path) -> Iterator[Callable[..., Shop]]:
    """Starts sandboxes on a free port; `limit` is high unless a test gives one."""
    with ExitStack() as stack:

        def start(**options: Any) -> Shop:
            data = options.pop("data", tmp_path / "store.db")
            given = {"limit": 1_000_000, **options}
            served = stack.enter_context(sandbox.running(data, **given))
            store = Store("Test store", served.store_hash, served.base_url)
            return Shop(served, store, Secret(served.token))

        yield start


@pytest.fixture
def shop(open_shop: Callable[..., Shop]) -> Shop:
    return open_shop()
