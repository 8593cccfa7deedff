"""File names as the world has them: bytes that are no text, `?`, `#`, `%`, blanks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from importer import cli
from importer.ledger import Ledger
from importer.runs import history
from tests.test_cli import few

ODD = b"caf\xe9"


def typed(*arguments: bytes | str | Path, **env: str) -> subprocess.CompletedProcess[str]:
    """Run the command with arguments of any bytes."""
    return subprocess.run(
        [sys.executable, "-m", "importer", *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **env},
    )


def test_a_name_that_is_no_text_is_refused_in_one_sentence(tmp_path: Path, home: Path) -> None:
    book = few(tmp_path / "few.xlsx")
    odd = os.fsencode(tmp_path) + b"/" + ODD
    os.link(book, odd + b".xlsx")
    before = sorted(tmp_path.iterdir())
    commands: list[list[bytes | str | Path]] = [
        ["check", odd + b".xlsx"],
        ["run", odd + b".xlsx", "--sandbox", "--yes"],
        ["check", book, "--report", odd + b".xlsx", "--force"],
        ["check", book, "--mapping", odd + b".toml"],
        ["map", book, "-o", odd + b".toml"],
        ["template", "-o", odd + b".xlsx", "--force"],
    ]
    for command in commands:
        done = typed(*command)
        assert (done.returncode, done.stdout) == (2, ""), done.stderr
        assert "can't read as text" in done.stderr
        assert len(done.stderr.splitlines()) == 2
    told = json.loads(typed("check", odd + b".xlsx", "--json").stdout)
    assert told["error"]["exit_code"] == 2
    assert sorted(tmp_path.iterdir()) == before
    assert not list(home.iterdir())


def test_a_terminal_without_our_letters_gets_others(tmp_path: Path) -> None:
    book = few(tmp_path / "März €.xlsx")
    plain = {"LC_ALL": "C", "PYTHONIOENCODING": "ascii"}
    done = typed("run", book, "--sandbox", "--yes", **plain)
    assert done.returncode == 0, done.stderr
    assert "M?rz ?.xlsx" in done.stdout
    assert typed("runs", **plain).returncode == 0


@pytest.mark.parametrize("name", ["a?mode=ro", "b#c", "d%20e", "f g", "Büro", "?"])
def test_a_ledger_stays_inside_its_path(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "own" / name
    for target in (folder / "ledger.db", str(folder / name)):
        with Ledger.open(target) as ledger:
            assert list(ledger.runs()) == []
        assert Path(target).stat().st_size > 0
    assert [path.name for path in (tmp_path / "own").iterdir()] == [name]
    monkeypatch.setenv("IMPORTER_HOME", str(folder))
    assert cli.main(["run", str(few(tmp_path / "few.xlsx")), "--sandbox", "--yes"]) == 0
    assert len(history()) == 1
