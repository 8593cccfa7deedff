from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from importer import sandbox
from tests.waiting import until

Command = Callable[..., subprocess.Popen[str]]
# Processes are frozen, limited and looked into here in ways that only Linux has.
collect_ignore_glob = [] if sys.platform == "linux" else ["test_*.py"]

TOKEN = "tok-3f9a7c51e2d84b60a1"


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Any]:
    """A running store that the environment of `command` describes."""
    with sandbox.running(
        tmp_path / "store.db", limit=1_000_000, window=1.0, token=TOKEN
    ) as running:
        yield running


@pytest.fixture
def command(shop: Any, tmp_path: Path) -> Iterator[Command]:
    """Starts `importer ...`, or a script; what still runs is ended after the test."""
    running: list[subprocess.Popen[str]] = []
    told = {
        "IMPORTER_BASE_URL": shop.base_url,
        "IMPORTER_STORE_HASH": shop.store_hash,
        "IMPORTER_TOKEN": shop.token,
    }

    def start(*arguments: str | Path, **environment: str) -> subprocess.Popen[str]:
        script = arguments and str(arguments[0]).endswith(".py")
        process = subprocess.Popen(
            [sys.executable, *([] if script else ["-m", "importer"]), *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=tmp_path,
            env={**os.environ, **told, **environment},
        )
        running.append(process)
        return process

    yield start
    for process in running:
        process.kill()
        process.communicate()


@pytest.fixture
def workbook(tmp_path: Path) -> Callable[[int], Path]:
    """Writes a workbook of so many valid invoices, `N-0` and on."""

    def write(count: int) -> Path:
        book = openpyxl.Workbook()
        sheet = book.active
        assert sheet is not None
        sheet.title = "Invoices"
        sheet.append(["Invoice Number", "Company ID", "Currency", "Original Balance"])
        for index in range(count):
            sheet.append([f"N-{index}", "1001", "EUR", 10 + index])
        book.save(tmp_path / "book.xlsx")
        return tmp_path / "book.xlsx"

    return write


def wait_for_posts(shop: Any, count: int, process: subprocess.Popen[str]) -> None:
    """Wait until the store has seen so many requests to create an invoice."""
    until(lambda: shop.stats()["posts"] >= count or process.poll() is not None)
