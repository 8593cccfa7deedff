"""What was done is told on what is left: streams closed, full or left by their reader; no disk."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from importer import runs
from importer.model import State
from tests.test_cli import HEADERS, few, held, importer, write

HOW = {"closed": ">&-", "left": "| true", "first line": "| head -1", "full": ">/dev/full"}
NO_ERRORS = ["2>&-", "2>/dev/full"]


def shell(line: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the command in a shell with this redirection; its exit code is the command's own."""
    typed = shlex.join([sys.executable, "-m", "importer", *map(str, arguments)])
    return subprocess.run(
        ["bash", "-c", f"{typed} {line}; exit ${{PIPESTATUS[0]}}"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def mixed(path: Path) -> Path:
    """Write a workbook of one valid and one invalid invoice."""
    return write(path, HEADERS, ["A", "1001", "EUR", 1], ["B", "", "EUR", 2])


@pytest.mark.parametrize("how", HOW)
def test_what_was_posted_and_deleted_is_told_on_standard_error(how: str, tmp_path: Path) -> None:
    book = mixed(tmp_path / "two.xlsx")
    done = shell(HOW[how], "run", book, "--sandbox", "--yes")
    assert done.returncode == 1, done.stderr
    [(run, counts)] = runs.history()
    assert counts[State.CREATED] == 1
    assert "read 2 = 1 created + 1 invalid" in done.stderr
    assert f"run {run.id}" in done.stderr
    assert "Traceback" not in done.stderr

    verified = shell(HOW[how], "verify", run.id)
    assert verified.returncode == 1
    assert "read back" in verified.stderr

    undone = shell(HOW[how], "undo", run.id, "--confirm", "1")
    assert undone.returncode == 0, undone.stderr
    assert "1 of 1 invoice deleted" in undone.stderr
    assert held() == []


@pytest.mark.parametrize("how", ["closed", "left", "full"])
def test_the_object_of_json_is_told_on_standard_error(how: str, tmp_path: Path) -> None:
    done = shell(HOW[how], "run", few(tmp_path / "few.xlsx"), "--sandbox", "--yes", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stderr[done.stderr.index("\n{") :])
    assert told["invoices"]["created"] == 3
    [(run, _)] = runs.history()
    assert told["run"] == run.id


@pytest.mark.parametrize("line", NO_ERRORS)
def test_without_standard_error_everything_goes_on(line: str, tmp_path: Path) -> None:
    done = shell(line, "run", few(tmp_path / "few.xlsx"), "--sandbox", "--yes")
    assert done.returncode == 0, done.stdout
    assert "read 3 = 3 created" in done.stdout
    [(run, _)] = runs.history()
    again = shell(line, "rerun", run.id, "--yes")
    assert again.returncode == 0, again.stdout
    missing = shell(line, "run", tmp_path / "none.xlsx", "--sandbox", "--yes")
    assert missing.returncode == 2
    assert "importer: " in missing.stdout


def test_with_nothing_left_to_tell_it_on_the_work_is_done_all_the_same(tmp_path: Path) -> None:
    book = few(tmp_path / "few.xlsx")
    for line in (">&- 2>&- <&-", ">/dev/full 2>/dev/full"):
        assert shell(line, "run", book, "--sandbox", "--yes").returncode == 0
    assert len(held()) == 3


def test_a_check_keeps_its_exit_code(tmp_path: Path) -> None:
    book = mixed(tmp_path / "two.xlsx")
    left = shell("| true", "check", book, "--no-report")
    assert (left.returncode, left.stderr) == (1, "")
    for line in (">&-", ">/dev/full"):
        full = shell(line, "check", book, "--no-report")
        assert full.returncode == 1
        assert "read 2 = 1 valid + 1 invalid" in full.stderr


def test_a_report_that_cant_be_written_hides_nothing(tmp_path: Path) -> None:
    book = mixed(tmp_path / "two.xlsx")
    done = importer("run", book, "--sandbox", "--yes", "--report", "/dev/full.d/x.xlsx")
    assert done.returncode == 2
    assert held() == []
    long = mixed(tmp_path / f"{'n' * 245}.xlsx")
    done = importer("run", long, "--sandbox", "--yes")
    assert done.returncode == 1, done.stderr
    assert "read 2 = 1 created + 1 invalid" in done.stdout
    assert len(list(tmp_path.glob("n*-report.xlsx"))) == 1
