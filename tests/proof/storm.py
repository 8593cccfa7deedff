"""The storm: a run is posted while its processes are killed and frozen and the store fails.

`python tests/proof/storm.py --seeds 200 --invoices 300` runs many and prints what they met; it
ends with 1 as soon as one of them left an invoice doubled, lost or wrong.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from ledger.helpers import new_run

from importer import sandbox
from importer.ledger import Ledger
from proof.audit import Audit, audit
from proof.bodies import bodies, verdicts
from proof.worker import LEASE, Orders, work

MOST_BLOWS = 15
STOPPED_BY_STORE = 3

forks = multiprocessing.get_context("forkserver")
"""A server that has everything imported forks the processes: real ones, quickly there."""
forks.set_forkserver_preload(["proof.worker", "importer.posting.start", "importer.ledger"])


@dataclass
class Storm:
    """What a storm did, and what it left behind. `over_budget` counts our requests beyond it."""

    seed: int
    invoices: int
    processes: int
    kills: int = 0
    freezes: int = 0
    stops: int = 0
    requests: int = 0
    posts: int = 0
    refused: int = 0
    over_budget: int = 0
    clocks: int = 0
    unexpected: list[int] = field(default_factory=list)
    faults: Counter[str] = field(default_factory=Counter)
    audit: Audit | None = None

    @property
    def complaints(self) -> dict[str, Any]:
        """Everything that is not as it should be."""
        found: dict[str, Any] = dict(self.audit.complaints) if self.audit else {"audit": "none"}
        if self.over_budget:
            found["over_budget"] = self.over_budget
        if self.unexpected:
            found["exit codes"] = self.unexpected
        return found


@dataclass
class _Hand:
    """One place at the work: its process, and when the next blow falls (monotonic seconds)."""

    process: Any = None
    blow_at: float = 0.0
    frozen: bool = False


def storm(folder: Path, seed: int, invoices: int, processes: int = 1) -> Storm:
    """Post so many invoices through a storm drawn by `seed`, by so many processes at once."""
    chance = random.Random(seed)
    wanted = bodies(chance, invoices)
    path = folder / "ledger.db"
    with Ledger.open(path) as ledger:
        run_id = ledger.draft_run(new_run(), verdicts(wanted))
        ledger.open_run(run_id)
    found = Storm(seed, invoices, processes)
    settings: dict[str, Any] = {
        "limit": chance.choice((80, 150, 400)),
        "window": 1.0,
        "header_style": chance.choice(("b2b", "b2b", "platform")),
        "faults": weather(chance),
        "fold": chance.random() < 0.5,
        "list_lag": chance.choice((0.0, 0.0, 0.2, 0.8)),
    }
    with sandbox.running(folder / "store.db", **settings) as shop:
        orders = Orders(str(path), run_id, shop.base_url, shop.store_hash, shop.token)
        if chance.random() < 0.4:
            orders = replace(orders, clock_seed=seed)
            found.clocks = 1
        _rage(orders, shop, chance, found)
        stats = shop.stats()
        found.requests, found.posts = stats["requests"], stats["posts"]
        found.refused = stats["too_many_requests"]
        found.over_budget = sum(
            max(0, window["requests"] + window["others"] - stats["limit"])
            for window in stats["windows"]
        )
        found.faults += Counter({f["name"]: f["shown"] for f in shop.faults()})
    found.audit = audit(wanted, folder / "store.db", path)
    return found


def weather(chance: random.Random) -> list[dict[str, Any]]:
    """Draw what goes wrong between the processes and the store, now and then or for a while."""
    kinds: list[dict[str, Any]] = [
        {"name": "reset-before"},
        {"name": "reset-after"},
        {"name": "cut-off"},
        {"name": "truncated"},
        {"name": "html"},
        {"name": "no-id", "method": "POST"},
        {"name": "500"},
        {"name": "500", "commit": True},
        {"name": "502"},
        {"name": "502", "commit": True},
        {"name": "503"},
        {"name": "503", "commit": True},
        {"name": "drip", "seconds": 0.3, "method": "POST", "count": 2},
    ]
    found = [
        {**kind, "probability": chance.uniform(0.005, 0.04), "seed": chance.randrange(2**31)}
        for kind in kinds
        if chance.random() < 0.7
    ]
    if chance.random() < 0.5:
        found.append({"name": "duplicate-words"})
    found.append({"name": "latency", "seconds": chance.choice((0.001, 0.01, 0.05))})
    hang = {"seconds": 1.3, "count": 1, "probability": 0.05, "seed": chance.randrange(2**31)}
    return [*found, {"name": "hang-after", **hang}, {"name": "hang", **hang}]


def _rage(orders: Orders, shop: Any, chance: random.Random, found: Storm) -> None:
    """Start, kill and freeze processes until one of each hand's has found nothing left to do."""
    hands = [_Hand() for _ in range(found.processes)]
    frozen: list[tuple[Any, float]] = []
    try:
        for hand in hands:
            _start(hand, orders, chance)
        while hands or frozen:
            now = time.monotonic()
            frozen = [one for one in frozen if not _thaw(*one, now, hands)]
            calm = found.kills + found.freezes >= MOST_BLOWS * found.processes
            soon = [hand.blow_at for hand in hands if not calm] + [until for _, until in frozen]
            sentinels = [hand.process.sentinel for hand in hands]
            wait(sentinels, timeout=max(0.0, min(soon, default=now + 1) - now))
            for hand in list(hands):
                if not hand.process.is_alive():
                    _ended(hand, hands, orders, chance, found)
                elif not calm and time.monotonic() >= hand.blow_at:
                    _strike(hand, frozen, chance, found)
                    _start(hand, orders, chance)
                    _squall(shop, chance)
    finally:
        for process in [hand.process for hand in hands] + [process for process, _ in frozen]:
            process.kill()
            process.join()


def _start(hand: _Hand, orders: Orders, chance: random.Random) -> None:
    hand.process = forks.Process(target=work, args=(orders,), daemon=True)
    hand.process.start()
    hand.blow_at = time.monotonic() + chance.choice((0.05, 0.2, 0.5)) * chance.uniform(0.2, 1.5)


def _ended(
    hand: _Hand, hands: list[_Hand], orders: Orders, chance: random.Random, found: Storm
) -> None:
    code = hand.process.exitcode
    if code == STOPPED_BY_STORE:
        found.stops += 1
        _start(hand, orders, chance)
        return
    if code != 0:
        found.unexpected.append(code)
    hands.remove(hand)


def _strike(
    hand: _Hand, frozen: list[tuple[Any, float]], chance: random.Random, found: Storm
) -> None:
    """Kill a process, or freeze it until after its claim."""
    if chance.random() < 0.8:
        found.kills += 1
        hand.process.kill()
        hand.process.join()
    else:
        found.freezes += 1
        os.kill(hand.process.pid, signal.SIGSTOP)
        frozen.append((hand.process, time.monotonic() + LEASE * 1.3))


def _thaw(process: Any, until: float, now: float, hands: list[_Hand]) -> bool:
    """Wake a frozen process up when it is time; it goes on beside the others, unharmed."""
    if now < until:
        return False
    os.kill(process.pid, signal.SIGCONT)
    hands.append(_Hand(process, blow_at=now + 3600))
    return True


def _squall(shop: Any, chance: random.Random) -> None:
    """Let the store refuse or break for a few requests in a row, once in a while."""
    last = shop.faults()[-1]
    over = last["count"] is None or last["shown"] >= last["count"]
    if over and chance.random() < 0.2:
        name = chance.choice(("429", "overloaded", "503"))
        shop.set_fault(name, count=chance.randint(2, 6))


def main() -> int:
    """Run many storms and say what they met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=200, help="how many storms")
    parser.add_argument("--first", type=int, default=1000, help="the first seed")
    parser.add_argument("--invoices", type=int, default=300)
    parser.add_argument("--seconds", type=float, default=float("inf"), help="no new storm after")
    arguments = parser.parse_args()
    total: Counter[str] = Counter()
    started = time.monotonic()
    for seed in range(arguments.first, arguments.first + arguments.seeds):
        if time.monotonic() - started > arguments.seconds:
            break
        with tempfile.TemporaryDirectory() as folder:
            found = storm(Path(folder), seed, arguments.invoices, processes=1 + seed % 2)
        total += Counter(
            storms=1,
            invoices=found.invoices,
            kills=found.kills,
            freezes=found.freezes,
            with_a_clock_that_is_set=found.clocks,
            stopped_by_store=found.stops,
            requests=found.requests,
            posts=found.posts,
            refused_429=found.refused,
        )
        total.update({f"fault {name}": shown for name, shown in found.faults.items()})
        if found.complaints:
            print(f"seed {seed}: {json.dumps(found.complaints)}")
            print_figures(total, time.monotonic() - started)
            return 1
    print_figures(total, time.monotonic() - started)
    print("doubled 0, lost 0, wrong 0, disagreeing 0, beyond the budget 0")
    return 0


def print_figures(total: Counter[str], seconds: float) -> None:
    """Print one figure a line."""
    print(f"{seconds:.0f} s")
    for name, number in total.items():
        print(f"{number:9,} {name}")


if __name__ == "__main__":
    sys.exit(main())
