"""A ledger that can't be written stops posting at once; with room again it goes on."""

from __future__ import annotations

import resource
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from importer.ledger import Ledger

from .conftest import Command, wait_for_posts

COUNT = 150


@contextmanager
def little_disk(folder: Path) -> Iterator[bool]:
    """Mount a disk of a few megabytes at a folder; False where that isn't allowed."""
    folder.mkdir()
    options = ["-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)]
    try:
        done = subprocess.run(["mount", *options], capture_output=True, check=False)
        mounted = done.returncode == 0
    except OSError:
        mounted = False
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(disk: Path) -> Path:
    """Leave no byte on a disk; give the file that takes the room."""
    filler = disk / "filler"
    with pytest.raises(OSError, match="No space"), filler.open("wb", buffering=0) as file:
        while True:
            file.write(b"x" * 4096)
    return filler


def forbid_growth(process: subprocess.Popen[str], home: Path) -> None:
    """Let the ledger's files grow no further in this process, as on a full disk."""
    size = max(path.stat().st_size for path in home.glob("ledger.db*"))
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (size + 8192, size + 8192))


def assert_went_on(shop: Any, again: subprocess.Popen[str], home: Path) -> None:
    out, err = again.communicate()
    assert again.returncode == 0, out + err
    assert f"{COUNT} created" in out
    assert Counter(one["invoiceNumber"] for one in shop.invoices()) == Counter(
        {f"N-{index}": 1 for index in range(COUNT)}
    )
    stats = shop.stats()
    assert stats["emails"] == COUNT
    # A post that had only begun to leave when its process ended may come again; what the store
    # has taken never does: it would have refused the number.
    assert stats["posts"] >= COUNT
    with Ledger.open(home / "ledger.db") as ledger:
        (run,) = ledger.runs()
        codes = {attempt.code for attempt in ledger.attempts(run.id)}
    assert {"200"} <= codes <= {"200", None}


def test_full_disk_stops_posting_at_once_and_room_lets_it_go_on(
    tmp_path: Path, shop: Any, command: Command, workbook: Callable[[int], Path]
) -> None:
    book, home = workbook(COUNT), tmp_path / "disk"
    shop.set_fault("latency", seconds=0.05)
    with little_disk(home) as mounted:
        posting = command("run", book, "--yes", "--no-report", IMPORTER_HOME=str(home))
        wait_for_posts(shop, 20, posting)
        filler = fill(home) if mounted else None
        if filler is None:
            forbid_growth(posting, home)
        posts = shop.stats()["posts"]
        out, err = posting.communicate()
        assert posting.returncode == 1, out + err
        assert "ledger" in err
        assert "Traceback" not in err
        assert shop.stats()["posts"] < posts + COUNT // 2
        if filler is not None:
            assert "disk" in err
            filler.unlink()
        shop.clear_faults()
        again = command("run", book, "--yes", "--no-report", IMPORTER_HOME=str(home))
        assert_went_on(shop, again, home)


def test_ledger_that_may_not_grow_stops_posting_too(
    home: Path, shop: Any, command: Command, workbook: Callable[[int], Path]
) -> None:
    book = workbook(COUNT)
    shop.set_fault("latency", seconds=0.05)
    posting = command("run", book, "--yes", "--no-report")
    wait_for_posts(shop, 20, posting)
    forbid_growth(posting, home)
    out, err = posting.communicate()
    assert posting.returncode == 1, out + err
    assert "ledger" in err
    shop.clear_faults()
    assert_went_on(shop, command("run", book, "--yes", "--no-report"), home)
