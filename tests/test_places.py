"""A report replaces nothing that a person may have changed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from importer import cli, runs, sandbox, settings
from importer.errors import UsageError, WorkbookError
from importer.model import Store
from importer.runs import Steps
from importer.runs.places import Place, place_for
from tests.test_streams import mixed

MINE = b"my own work"


@pytest.mark.parametrize("wanted", [None, "mine.xlsx"])
@pytest.mark.parametrize("there", [False, True])
def test_a_file_that_appears_or_changes_while_posting_stays(
    wanted: str | None, there: bool, tmp_path: Path
) -> None:
    book, name = mixed(tmp_path / "two.xlsx"), wanted or "two-report.xlsx"
    mine = tmp_path / name
    if there:
        mine.write_bytes(b"as it was")

    def save(_: Any) -> None:
        mine.write_bytes(MINE)

    with sandbox.running(settings.sandbox_data()) as shop:
        result = runs.run(
            book,
            store=Store("local", shop.store_hash, shop.base_url),
            token=shop.token,
            report=tmp_path / wanted if wanted else None,
            force=there,
            steps=Steps(on_posting=save),
        )
    assert mine.read_bytes() == MINE
    assert result.report == tmp_path / name.replace(".xlsx", "-2.xlsx")
    assert load_workbook(result.report).sheetnames[0] == "Summary"
    assert bool(result.report_trouble) is bool(wanted)
    assert not list(tmp_path.glob(".*"))


def test_a_name_taken_while_the_report_was_made_is_left_alone(tmp_path: Path) -> None:
    made: list[str] = []

    def make(name: str, path: Path) -> None:
        made.append(name)
        path.write_text(name)
        if len(made) == 1:
            (tmp_path / name).write_bytes(MINE)

    path = Place(tmp_path / "two.xlsx").put(make)
    assert made == ["two-report.xlsx", "two-report-2.xlsx"]
    assert path.read_text() == "two-report-2.xlsx"
    assert (tmp_path / "two-report.xlsx").read_bytes() == MINE


def test_force_replaces_what_was_there_and_nothing_else_does(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    book, mine = mixed(tmp_path / "two.xlsx"), tmp_path / "mine.xlsx"
    mine.write_bytes(MINE)
    for command in (["check"], ["run", "--sandbox", "--yes"]):
        assert cli.main([*command, str(book), "--report", str(mine)]) == 2
        assert "--force" in capsys.readouterr().err
    assert runs.history() == []
    assert mine.read_bytes() == MINE
    assert cli.main(["check", str(book), "--report", str(mine), "--force"]) == 1
    assert load_workbook(mine).sheetnames[0] == "Summary"
    assert cli.main(["run", str(book), "--sandbox", "--yes", "--no-report"]) == 1
    [(run, _)] = runs.history()
    mine.write_bytes(MINE)
    assert cli.main(["report", run.id, "-o", str(mine)]) == 2
    assert cli.main(["verify", run.id, "--report", str(mine)]) == 2
    assert mine.read_bytes() == MINE
    assert cli.main(["report", run.id, "-o", str(mine), "--force"]) == 0
    assert mine.read_bytes() != MINE


@pytest.mark.parametrize(("answer", "code"), [(b"n\n", 2), (b"y\n", 1)])
def test_on_a_terminal_it_asks(answer: bytes, code: int, tmp_path: Path) -> None:
    book, mine = mixed(tmp_path / "two.xlsx"), tmp_path / "mine.xlsx"
    mine.write_bytes(MINE)
    main, seat = os.openpty()
    command = [sys.executable, "-m", "importer", "check", str(book), "--report", str(mine)]
    os.write(main, answer)
    done = subprocess.run(command, stdin=seat, capture_output=True, text=True, check=False)
    os.close(main)
    os.close(seat)
    assert done.returncode == code, done.stderr
    assert "exists already. Replace it?" in done.stderr
    assert (mine.read_bytes() == MINE) is (code == 2)


def test_a_folder_that_went_away_is_said(tmp_path: Path) -> None:
    (tmp_path / "gone").mkdir()
    place = place_for(tmp_path / "two.xlsx", tmp_path / "gone" / "r.xlsx")
    (tmp_path / "gone").rmdir()
    with pytest.raises(WorkbookError, match="can't be written"):
        place.put(lambda _name, path: None)
    with pytest.raises(UsageError, match="no folder"):
        place_for(tmp_path / "two.xlsx", tmp_path / "gone" / "r.xlsx")
