"""What `--json` prints has the keys that the README lists, whatever the command."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from importer import cli, sandbox
from importer.cli.keys import KEYS
from tests.test_cli import few


class Typed:
    """Types commands and keeps the keys that each of them printed."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.keys: dict[str, set[str]] = {}
        self._capsys = capsys

    def __call__(self, command: str, *arguments: str) -> Any:
        cli.main([*command.split(), *arguments, "--json"])
        found = json.loads(self._capsys.readouterr().out)
        assert "error" not in found, found
        self.keys[command] = set(found)
        return found


def test_every_command_prints_the_keys_that_are_documented(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    typed, book = Typed(capsys), str(few(tmp_path / "few.xlsx"))
    typed("template", "-o", str(tmp_path / "blank.xlsx"))
    typed("map", book, "-o", str(tmp_path / "m.toml"))
    typed("check", book)
    run = typed("run", book, "--sandbox", "--yes")["run"]
    assert typed("runs")["runs"][0]["run"] == run
    typed("show", run)
    typed("verify", run)
    typed("reconcile", run)
    typed("report", run, "-o", str(tmp_path / "r.xlsx"))
    typed("undo", run, "--dry-run")
    again = typed("rerun", run, "--yes")["run"]
    typed("ledger check")
    assert "--give-up-after" in typed("completion", "bash")["script"]
    assert typed("forget", again)["copies"] == 1
    with sandbox.running(tmp_path / "other.db") as shop:
        typed("store add", "acme", "--hash", shop.store_hash, "--base-url", shop.base_url)
        monkeypatch.setenv("IMPORTER_TOKEN_ACME", shop.token)
        assert typed("store list")["stores"][0]["store"] == "acme"
        assert typed("store test", "acme")["token_known"] is True
        typed("store remove", "acme")
    assert again
    assert typed.keys == {name: set(KEYS[name]) for name in typed.keys}
    # Those that need a run under way, a keyring or a foreground are tried elsewhere.
    assert KEYS.keys() - typed.keys.keys() == {
        "resume",
        "pause",
        "cancel",
        "store token",
        "sandbox",
    }


@pytest.mark.parametrize(
    ("typed", "said", "near"),
    [
        (["chek", "x.xlsx"], "There is no command 'chek'.", "Did you mean check?"),
        (["check", "x.xlsx", "--strikt"], "'--strikt' isn't understood here.", "--strict?"),
        (
            ["check", "x.xlsx", "--share", "50%"],
            "'--share' can't be used here",
            "See: importer --help",
        ),
        (["store", "lst"], "There is no command 'lst'.", "Did you mean list?"),
        (["check"], "The following arguments are required: WORKBOOK.", "importer check --help"),
        (["runs", "--limit", "none"], "", "importer runs --help"),
    ],
)
def test_what_is_typed_wrong_is_said_in_json_too(
    typed: list[str], said: str, near: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(typed) == 2
    plain = capsys.readouterr()
    assert plain.out == ""
    assert cli.main([*typed, "--json"]) == 2
    error = json.loads(capsys.readouterr().out)["error"]
    assert said in error["message"]
    assert near in error["remedy"]
    assert error["exit_code"] == 2
    assert error["message"] in plain.err


def test_the_practice_store_says_where_it_is(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "importer", "sandbox", "--port", "0", "--json"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        lines = []
        while not lines or lines[-1] != "}\n":
            lines.append(process.stdout.readline())
        assert json.loads("".join(lines)).keys() == set(KEYS["sandbox"])
    finally:
        process.terminate()
        process.communicate()


def test_a_shell_completes_commands_and_flags(tmp_path: Path) -> None:
    script = tmp_path / "importer.bash"
    made = subprocess.run(
        [sys.executable, "-m", "importer", "completion", "bash"],
        capture_output=True,
        text=True,
        check=True,
    )
    script.write_text(made.stdout)
    asked = f"""source {script}
    COMP_WORDS=(importer run --giv) COMP_CWORD=2
    _shtab_importer
    echo "${{COMPREPLY[@]}}" """
    done = subprocess.run(["bash", "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["--give-up-after"]
