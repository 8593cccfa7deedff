"""Who a worker is: host, process ID and the moment that the process began.

A process ID alone is used again by the system; with the moment it began it is unique on its host.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Process:
    """One process on one host. `started` is the system's own text; "" where it can't be known."""

    host: str
    pid: int
    started: str

    @classmethod
    def current(cls) -> Process:
        """Give the process that this code runs in."""
        return cls(_host(), os.getpid(), _started(os.getpid()) or "")

    @property
    def surely_gone(self) -> bool:
        """Whether it is certain that the process has ended; False when that can't be known."""
        if not self.started or self.host != _host():
            return False
        now = _started(self.pid)
        return now is not None and now != self.started


@cache
def _host() -> str:
    """Give what tells process IDs apart: the machine since its start, and the container in it."""
    name = platform.node()
    if not sys.platform.startswith("linux"):
        return name
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{name}/{boot}/{Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return f"{name}/{os.getpid()}"


def _started(pid: int) -> str | None:
    """Give when a process began: "" for no such process, None when the system doesn't say."""
    if sys.platform.startswith("linux"):
        return _started_linux(pid)
    if os.name == "posix":
        return _started_posix(pid)
    return None


def _started_linux(pid: int) -> str | None:
    """Read field 22 (start time) of `/proc/PID/stat`; a zombie has ended. See proc(5)."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return "" if Path("/proc/self/stat").exists() else None
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()
    return "" if fields[0] in ("Z", "X") else fields[19]


def _started_posix(pid: int) -> str | None:
    try:
        done = subprocess.run(  # noqa: S603 - a fixed command and a number
            ["/bin/ps", "-o", "lstart=", "-p", str(pid)],
            capture_output=True,
            text=True,
            check=False,
            timeout=10,
            env={"TZ": "UTC", "LC_ALL": "C"},  # the same text wherever the laptop travels
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
