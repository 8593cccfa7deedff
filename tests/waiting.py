"""Waiting for what another process or thread brings about."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


def until(happened: Callable[[], T], process: subprocess.Popen[Any] | None = None) -> T:
    """Ask again and again until the answer is true, and give it.

    The pauses leave the processor to those who are waited for. With a process that ends before,
    the test has failed.
    """
    while not (found := happened()):
        assert process is None or process.poll() is None, process.communicate()
        time.sleep(0.01)
    return found
