"""One posting process, as it is killed and frozen here."""

from __future__ import annotations

import os
import random
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from importer.clock import steady
from importer.errors import ImporterError
from importer.ledger import Ledger
from importer.ledger.database import Database
from importer.model import Store
from importer.posting import PostOptions, post_run
from importer.secret import Secret

LEASE = 1.0  # seconds
STEP = 3.0  # seconds for which a clock that is set now and then shows the same error

OPTIONS = PostOptions(
    tries=1000,  # an unlucky invoice isn't given up
    timeout=1.0,
    connect_timeout=5.0,
    settle=1.5,
    first_look=0.02,
    backoff=0.01,
    trouble_wait=0.01,
    poll=0.05,
    lease=LEASE,
)


@dataclass(frozen=True)
class Orders:
    """Which run of which ledger is to be posted where."""

    ledger: str
    run_id: str
    base_url: str
    store_hash: str
    token: str
    options: PostOptions = OPTIONS
    clock_seed: int | None = None


def stepping(seed: int) -> Callable[[], float]:
    """Give a clock that somebody sets now and then, alike in all processes of this machine."""

    def wall() -> float:
        chance = random.Random(f"{seed} {steady() // STEP:.0f}")
        return time.time() + chance.choice((0, 0, 0, 0, -3600, 86_400))

    return wall


def work(orders: Orders) -> None:
    """Post the run; ends the process with the exit code that the command would give."""
    try:
        clock = time.time if orders.clock_seed is None else stepping(orders.clock_seed)
        with Ledger(Database.open(orders.ledger), clock) as ledger:
            store = Store("Test store", orders.store_hash, orders.base_url)
            post_run(ledger, orders.run_id, store, Secret(orders.token), options=orders.options)
    except ImporterError as error:
        print(f"{os.getpid()}: {error}", file=sys.stderr)
        sys.exit(int(error.exit_code))
