"""How well posting uses a store's budget and a fast store: `python tests/benchmarks/posting.py`.

The store is the practice store in a process of its own, its window scaled down; posting is the
command `importer resume`, in a process of its own. Ratios are of things measured in one run.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import scale
from invoices import open_run

from importer import sandbox

HERE = Path(__file__).parent
LATENCY = "latency:seconds=0.05"  # 0.3 s beside the true window of 60 s


@dataclass(frozen=True)
class Shop:
    """A store that runs; `url` is its page's."""

    url: str

    @property
    def base_url(self) -> str:
        """Where its API is."""
        return f"{self.url}/api/v3/io"

    def stats(self) -> dict[str, Any]:
        """Give what it has counted."""
        with urllib.request.urlopen(f"{self.url}/_sandbox/stats") as answer:
            found: dict[str, Any] = json.load(answer)
        return found


@contextmanager
def shop(folder: Path, limit: int = 10_000_000, window: float = 60, *faults: str) -> Iterator[Shop]:
    """Run a store whose data is in `folder`."""
    command = [HERE / "shop.py", folder / "store.db", limit, window, *faults]
    process = subprocess.Popen(
        [sys.executable, *map(str, command)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        yield Shop(process.stdout.readline().strip())
    finally:
        process.terminate()
        process.communicate()


def start(home: Path, run_id: str, to: Shop) -> subprocess.Popen[bytes]:
    """Start posting as a clerk does after a death: `importer resume RUN`."""
    told = {
        "IMPORTER_HOME": str(home),
        "IMPORTER_BASE_URL": to.base_url,
        "IMPORTER_STORE_HASH": sandbox.DEFAULT_STORE_HASH,
        "IMPORTER_TOKEN": sandbox.DEFAULT_TOKEN,
    }
    return subprocess.Popen(
        [sys.executable, "-m", "importer", "resume", run_id, "--no-report"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **told},
    )


def budget(limit: int, window: float, windows: int, others: float) -> str:
    """Post for so many windows, with another client that takes `others` of each; give the line."""
    faults = [LATENCY, *([f"share:share={others}"] if others else [])]
    with tempfile.TemporaryDirectory() as name, shop(Path(name), limit, window, *faults) as to:
        folder = Path(name)
        run_id = open_run(folder / "ledger.db", to.base_url, limit * (windows + 3))
        posting = start(folder, run_id, to)
        try:
            while len(whole(to.stats())) < windows:
                time.sleep(window / 4)
            stats = to.stats()
        finally:
            posting.kill()
            posting.wait()
    seen = whole(stats)[:windows]
    left = sum(limit - one["others"] for one in seen)
    used = sum(one["allowed"] for one in seen) / left
    worst = min(one["allowed"] / (limit - one["others"]) for one in seen)
    refused = stats["too_many_requests"]
    share = refused / stats["requests"]
    beside = f"beside {others:.0%}" if others else "alone"
    return (
        f"{limit} per {window:g} s, {beside:10}  {used:7.1%} of what is left over {windows} windows"
        f" (the worst {worst:.1%}), {refused} × 429 = {share:.2%} of {stats['requests']} requests"
    )


def whole(stats: dict[str, Any]) -> list[dict[str, Any]]:
    """Give the windows that were ours from their beginning to their end."""
    begun = [one for one in stats["windows"] if one["allowed"]]
    return begun[1:-1]


def rates(count: int, rounds: int) -> str:
    """Post without a limit, in turn with a bare loop against the same server; give the line."""
    ratios, ours, plain = [], [], []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory(dir=HERE) as name, shop(Path(name)) as to:
            folder = Path(name)
            command = [sys.executable, str(HERE / "plain_post.py"), to.base_url, str(count)]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            plain.append(count / float(done.stdout))
            run_id = open_run(folder / "ledger.db", to.base_url, count)
            ours.append(count / _seconds_of_posting(folder, run_id, to, count))
        ratios.append(ours[-1] / plain[-1])
    return (
        f"without a limit  {statistics.median(ours):.0f} invoices/s, a bare Session loop "
        f"{statistics.median(plain):.0f}/s: {statistics.median(ratios):.0%} "
        f"({', '.join(f'{ratio:.0%}' for ratio in ratios)})"
    )


def _seconds_of_posting(home: Path, run_id: str, to: Shop, count: int) -> float:
    """Give the seconds from the first request to the end, as the ledger's attempts tell them."""
    from importer.ledger import Ledger

    if start(home, run_id, to).wait() != 0:
        sys.exit("posting failed")
    with Ledger.open(home / "ledger.db") as ledger:
        attempts = ledger.attempts(run_id)
    assert len(attempts) == count
    return max(a.ended_at or 0 for a in attempts) - min(a.started_at for a in attempts)


def going_on(count: int, rounds: int) -> str:
    """Kill a run of so many invoices again and again, see how soon it posts again; the line."""
    found, bare = [], []
    with tempfile.TemporaryDirectory(dir=HERE) as name, shop(Path(name)) as to:
        folder = Path(name)
        run_id = open_run(folder / "ledger.db", to.base_url, count)
        for attempt in range(rounds + 1):
            before, started = to.stats()["posts"], time.perf_counter()
            posting = start(folder, run_id, to)
            while to.stats()["posts"] == before:
                time.sleep(0.005)
            if attempt:
                found.append(time.perf_counter() - started)
            while to.stats()["posts"] < before + 200:
                time.sleep(0.01)
            posting.kill()
            posting.wait()
            started = time.perf_counter()
            subprocess.run([sys.executable, "-c", "pass"], check=True)
            bare.append(time.perf_counter() - started)
    return (
        f"{count:,} in the ledger, killed: posts again after {statistics.median(found):.2f} s "
        f"(the worst {max(found):.2f} s; python -c pass takes {statistics.median(bare):.2f} s)"
    )


def main() -> None:
    """Measure each row and print one line for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--limit", type=int, default=150, help="requests in a window")
    parser.add_argument("--window", type=float, default=10.0, help="seconds")
    parser.add_argument("--windows", type=int, default=4)
    parser.add_argument("--invoices", type=int, default=2_000, help="posted without a limit")
    parser.add_argument("--in-ledger", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--scale", type=int, nargs="*", metavar="N", help="only whole workbooks of N invoices"
    )
    given = parser.parse_args()
    if given.scale is not None:
        print(scale.table(given.scale or [5_000, 20_000], shop), flush=True)
        return
    for others in (0, 1 / 3):
        print(budget(given.limit, given.window, given.windows, others), flush=True)
    print(rates(given.invoices, given.rounds), flush=True)
    print(going_on(given.in_ledger, given.rounds), flush=True)


if __name__ == "__main__":
    main()
