"""The README tells the truth: its commands run, its made parts are current, its files exist."""

from __future__ import annotations

import contextlib
import io
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from importer import docs
from importer.cli.parser import build_parser
from tests.conftest import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
TEST_COMMAND = "pytest"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, flags=re.DOTALL | re.MULTILINE)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of what a newcomer has, with this interpreter as its environment."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    (tmp_path / ".venv").symlink_to(sys.prefix)
    return tmp_path


def test_every_command_does_what_the_readme_says(copy: Path) -> None:
    """Run all lines in order; `# exits N` says with which code one ends, else 0.

    Installing is left out, as it has happened, and so is the line that runs these very tests;
    both are run by the continuous integration, word for word.
    """
    lines = [line for block in blocks("sh") for line in block.splitlines() if line.strip()]
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    assert len(lines) >= 8
    for line in lines:
        if TEST_COMMAND in line:
            continue
        command, _, expected = line.partition("  # exits ")
        command = command.rpartition("pip install . && ")[2]
        done = subprocess.run(
            ["sh", "-c", command],
            cwd=copy,
            env={**os.environ, "PATH": path},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == int(expected or 0), f"{line}\n{done.stdout}{done.stderr}"
        assert "Traceback" not in done.stderr, line


def test_the_python_example_runs(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(copy)
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        for block in blocks("python"):
            exec(compile(block, "README.md", "exec"), {})
    assert "24 read, 11 valid" in said.getvalue()
    assert "20 created in run " in said.getvalue()


def test_made_parts_are_current() -> None:
    assert docs.renewed(README) == README, "out of date: python -m importer.docs README.md"


def test_every_part_that_can_be_made_is_there() -> None:
    assert set(re.findall(r"<!-- made: (\w+) -->", README)) == docs.PARTS.keys()


def test_every_command_is_in_the_readme() -> None:
    actions = build_parser()._subparsers._group_actions  # type: ignore[union-attr]
    commands = set(actions[0].choices or ())
    assert commands
    missing = {name for name in commands if f"importer {name}" not in README}
    assert not missing


def test_every_flag_that_the_readme_names_exists() -> None:
    named = set(re.findall(r"`[^`\n]*?(--[a-z-]+)", README)) - {"--help"}
    sources = (ROOT / "importer" / "cli" / "parser.py").read_text(encoding="utf-8")
    assert {flag for flag in named if f'"{flag}"' not in sources} == set()


def test_linked_files_exist() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", README) + re.findall(r"`(examples/[\w.-]+)`", README)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []
