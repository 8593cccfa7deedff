"""Runs commands in turn as whole processes and tells their wall time and peak memory."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One finished process: wall seconds and peak resident memory in MB."""

    seconds: float
    megabytes: float


def run(command: Sequence[str]) -> Figure:
    """Run one command to its end; a failure ends the benchmark with what it printed."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    errors = process.stderr.read() if process.stderr else b""
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1) or b"Traceback" in errors:
        sys.exit(f"{' '.join(command)} ended with {process.returncode}:\n{errors.decode()}")
    return Figure(seconds, usage.ru_maxrss / 1024)


def in_turn(commands: Mapping[str, Sequence[str]], rounds: int) -> dict[str, list[Figure]]:
    """Run every command once a round, so that a machine's drift meets all of them."""
    figures: dict[str, list[Figure]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            figures[name].append(run(command))
    return figures


def median_seconds(figures: Sequence[Figure]) -> float:
    """Give the median wall time."""
    return statistics.median(figure.seconds for figure in figures)


def median_ratio(above: Sequence[Figure], below: Sequence[Figure]) -> float:
    """Give the median of the ratios taken round by round."""
    return statistics.median(a.seconds / b.seconds for a, b in zip(above, below, strict=True))


def peak(figures: Sequence[Figure]) -> float:
    """Give the largest peak memory in MB."""
    return max(figure.megabytes for figure in figures)
