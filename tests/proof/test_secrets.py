"""The token is nowhere but in the requests to the store, whatever goes wrong."""

from __future__ import annotations

import subprocess
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from posting.raw import http, serving

from tests.waiting import until

from .conftest import TOKEN, Command, wait_for_posts

QUICK = Path(__file__).with_name("quick_run.py")
ONCE = (
    *("reset-before", "reset-after", "cut-off", "truncated", "html", "no-id", "overloaded"),
    *("429", "500", "502", "503", "hang", "hang-after"),
)


def contents(*folders: Path) -> Iterator[tuple[str, bytes]]:
    """Give every file below some folders with its bytes; of a workbook, each of its parts."""
    for path in (path for folder in folders for path in folder.rglob("*") if path.is_file()):
        yield str(path), path.read_bytes()
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as package:
                for name in package.namelist():
                    yield f"{path}:{name}", package.read(name)


def assert_nowhere(found: dict[str, bytes]) -> None:
    for spelling in (TOKEN, TOKEN[4:], TOKEN.encode("utf-16-le").decode("latin-1")):
        assert [name for name, data in found.items() if spelling.encode("latin-1") in data] == []


def test_token_is_nowhere_after_a_run_that_failed_in_every_way(
    home: Path, tmp_path: Path, shop: Any, command: Command, workbook: Callable[[int], Path]
) -> None:
    book = workbook(60)
    sheet = (opened := openpyxl.load_workbook(book))["Invoices"]
    sheet["C3"] = "EURO"  # invalid
    sheet["B4"] = "9999999"  # the store will say no
    opened.save(book)
    said: dict[str, bytes] = {}

    def finish(process: subprocess.Popen[str]) -> int:
        name = f"process {process.pid}"
        line = Path(f"/proc/{process.pid}/cmdline")
        said[f"{name} ps"] = line.read_bytes() if line.exists() else b""
        out, err = process.communicate()
        said[f"{name} out"], said[f"{name} err"] = out.encode(), err.encode()
        return process.returncode

    with serving(http(200)) as elsewhere:
        shop.set_fault("redirect", location=elsewhere.url)
        assert finish(command("run", book, "--yes")) == 3
        assert elsewhere.seen == []
    shop.clear_faults()
    shop.set_fault("401")
    assert finish(command("run", book, "--yes", "--json")) == 3
    shop.clear_faults()
    shop.set_fault("latency", seconds=0.05)
    before = shop.stats()["posts"]
    killed = command(QUICK, book)
    wait_for_posts(shop, before + 5, killed)
    killed.kill()
    finish(killed)
    wal = {f"killed {name}": data for name, data in contents(home)}
    assert any(name.endswith("ledger.db-wal") for name in wal)
    for fault in ONCE:
        shop.set_fault(fault, count=1, method="POST", seconds=1.5)
    while finish(command(QUICK, book)) == 3:
        pass
    assert [f["name"] for f in shop.faults() if not f["shown"]] == []
    (tmp_path / "store.db").unlink()
    found = {**said, **wal, **dict(contents(home, tmp_path))}
    assert any("book-report.xlsx:xl/" in name for name in found)
    for word in (b"refused the token", b"isn't the address", b"store-rejected", b'"invalid": 1'):
        assert any(word in data for data in said.values())
    assert_nowhere(found)


def test_token_that_a_store_repeats_in_its_answer_is_not_written_down(
    home: Path, tmp_path: Path, command: Command, workbook: Callable[[int], Path]
) -> None:
    """An error page that shows the request's headers is a thing that gateways do."""
    echo = {"code": 422, "data": {"errMsg": f"bad {TOKEN}"}, "meta": {"message": f"no {TOKEN}"}}
    for answer in (http(422, echo), http(500, f"<pre>X-Auth-Token: {TOKEN}</pre>")):
        with serving(answer) as store:
            process = command(QUICK, workbook(1), "3", IMPORTER_BASE_URL=store.url)
            wait_until_asked(store)
            out, err = process.communicate()
        assert process.returncode in (1, 3)
        assert "***" in out + err
        assert_nowhere({"out": out.encode(), "err": err.encode(), **dict(contents(home, tmp_path))})


def wait_until_asked(store: Any) -> None:
    until(lambda: store.seen)
    assert TOKEN.encode() in store.seen[0]


@pytest.mark.parametrize(
    "address",
    [
        "http://10.0.0.1",
        "http://localhost@10.0.0.1",
        "http://10.0.0.1#localhost",
        "http://localhost.example.com",
        "http://127.0.0.1.example.com",
    ],
)
def test_token_is_not_sent_unprotected_to_another_machine(
    command: Command, workbook: Callable[[int], Path], address: str
) -> None:
    process = command("run", workbook(1), "--yes", IMPORTER_BASE_URL=address)
    out, err = process.communicate()
    assert process.returncode == 2  # refused by us, before anything is sent
    assert "IMPORTER_BASE_URL" in err
    assert TOKEN not in out + err
