"""How a whole workbook fares as it grows: checked, posted, run once more, shown, reported.

`python tests/benchmarks/posting.py --scale 5000 20000` prints a table of it. Every figure is of a
whole process, as a clerk starts it, against a practice store without a limit.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import make_workbook

HEAD = (
    "| invoices | check s (MB) | first post after s (less check) | posts/s (MB) "
    "| once more s (less check, MB) | show s | runs s | report s |"
)


@dataclass(frozen=True)
class Process:
    """A process that has ended: wall seconds, peak memory in MB, what it printed."""

    seconds: float
    megabytes: float


def table(counts: list[int], shop: Any) -> str:
    """Measure each count, one row each; `shop` opens a store in a folder."""
    rows = [HEAD, "|" + " --- |" * 8]
    return "\n".join([*rows, *(row(count, shop) for count in counts)])


def row(count: int, shop: Any) -> str:
    """Give the figures of a workbook of so many invoices."""
    with tempfile.TemporaryDirectory(dir=Path(__file__).parent) as name, shop(Path(name)) as to:
        folder = Path(name)
        book = folder / "book.xlsx"
        make_workbook.write(book, count)
        env = {
            **os.environ,
            "IMPORTER_HOME": str(folder / "home"),
            "IMPORTER_BASE_URL": to.base_url,
            "IMPORTER_STORE_HASH": "sandbox",
            "IMPORTER_TOKEN": "sandbox-token",
        }
        check = _run(env, "check", str(book), "--no-report")
        first: list[float] = []
        post = ["run", str(book), "--yes", "--no-report"]
        posted = _run(env, *post, watch=lambda began: _first_post(to, began, first))
        if to.stats()["posts"] != count:
            sys.exit(f"{to.stats()['posts']} of {count} were posted")
        again = _run(env, *post)
        if to.stats()["posts"] != count:
            sys.exit("something was posted twice")
        run_id = _latest(env)
        shown, listed = _run(env, "show", run_id), _run(env, "runs")
        report = _run(env, "report", run_id, "-o", str(folder / "report.xlsx"))
    rate = count / (posted.seconds - first[0])
    return (
        f"| {count:,} | {check.seconds:.2f} ({check.megabytes:.0f}) "
        f"| {first[0]:.2f} ({first[0] - check.seconds:+.2f}) | {rate:.0f} ({posted.megabytes:.0f}) "
        f"| {again.seconds:.2f} ({again.seconds - check.seconds:+.2f}, {again.megabytes:.0f}) "
        f"| {shown.seconds:.2f} | {listed.seconds:.2f} | {report.seconds:.2f} |"
    )


def _run(
    env: dict[str, str], *arguments: str, watch: Callable[[float], None] | None = None
) -> Process:
    """Run the importer to its end; `watch` is called with the moment at which it began."""
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "importer", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=env,
    )
    if watch:
        watch(began)
    errors = process.stderr.read() if process.stderr else b""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(arguments)} ended with {process.returncode}:\n{errors.decode()}")
    return Process(time.perf_counter() - began, usage.ru_maxrss / 1024)


def _first_post(to: Any, began: float, first: list[float]) -> None:
    while not to.stats()["posts"]:
        time.sleep(0.1)  # asking more often takes the time that it measures
    first.append(time.perf_counter() - began)


def _latest(env: dict[str, str]) -> str:
    from importer.ledger import Ledger

    with Ledger.open(Path(env["IMPORTER_HOME"]) / "ledger.db") as ledger:
        return ledger.runs(1)[0].id
