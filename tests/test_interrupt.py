"""Ctrl-C at any moment of a command's life: one line, exit code 130; real processes and signals."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.test_cli import few

CHECKS = 8
RUNS = 8


def command(*arguments: str | Path, **options: Any) -> subprocess.Popen[str]:
    """Start the command, with nobody at the keyboard."""
    return subprocess.Popen(
        [sys.executable, "-m", "importer", *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


def took(*arguments: str | Path, **options: Any) -> float:
    """Give how long the command lives when nobody interrupts it, in seconds."""
    began = time.monotonic()
    command(*arguments, **options).communicate()
    return time.monotonic() - began


@pytest.mark.parametrize(
    ("arguments", "times"),
    [(["check", "{}", "--no-report"], CHECKS), (["run", "{}", "--sandbox", "--yes"], RUNS)],
)
def test_ctrl_c_at_any_moment_ends_it_with_one_line(
    arguments: list[str], times: int, tmp_path: Path
) -> None:
    chance, outcomes = random.Random(7), set()

    def home(name: str) -> dict[str, str]:
        return {**os.environ, "IMPORTER_HOME": str(tmp_path / name)}

    few(tmp_path / "few.xlsx", count=20)
    typed = [argument.replace("{}", str(tmp_path / "few.xlsx")) for argument in arguments]
    life = took(*typed, env=home("whole"))
    for nth in range(times):
        process = command(*typed, env=home(str(nth)))
        delay = life * (nth + chance.random()) / times
        try:
            process.wait(delay)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
        what = f"after {delay:.3f} of {life:.3f} s: {process.returncode}\n{out}{err}"
        if f"{ROOT}/importer/" not in err and process.returncode in (-signal.SIGINT, 1) and not out:
            # Python itself was still starting, before any line of ours.
            assert not (tmp_path / str(nth) / "ledger.db").exists(), what
            assert "read 20" not in err, what
        else:
            assert "Traceback" not in err, what
            assert "Exception ignored" not in err, what
            assert process.returncode in (0, 130), what
            if process.returncode == 130:
                assert "Interrupted" in err or "Stopping after" in err, what
        outcomes.add(process.returncode)
    assert 130 in outcomes


@pytest.mark.parametrize(
    "module",
    ["importer.cli", "importer.cli.interrupt", "importer.cli.parser", "importer.cli.boundary"],
)
def test_ctrl_c_while_the_command_is_still_loading_ends_it_with_one_line(module: str) -> None:
    code = f"""if True:
        import os, runpy, signal, sys
        class Interrupting:
            def find_spec(self, name, path=None, target=None):
                if name == {module!r}:
                    sys.meta_path.remove(self)
                    os.kill(os.getpid(), signal.SIGINT)
        sys.meta_path.insert(0, Interrupting())
        sys.argv = ["importer", "runs"]
        runpy.run_module("importer", run_name="__main__", alter_sys=True)
    """
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "importer: Interrupted.\n")


def test_ctrl_c_that_is_swallowed_where_nothing_can_be_raised_is_raised_again() -> None:
    code = """if True:
        import os, signal, sys
        from importer.cli import interrupt
        class Deaf:
            def __del__(self):
                os.kill(os.getpid(), signal.SIGINT)
        interrupt.install()
        try:
            Deaf()
            for _ in range(10_000_000):
                pass
        except KeyboardInterrupt:
            print("raised")
            interrupt.leave(130)
    """
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, "raised\n", "")


def test_second_ctrl_c_ends_what_does_not_let_go() -> None:
    code = """if True:
        import time
        from importer.cli import interrupt
        interrupt.install()
        try:
            print("ready", flush=True)
            time.sleep(60)
        except KeyboardInterrupt:
            try:
                print("held", flush=True)
                time.sleep(60)
            finally:
                time.sleep(60)
    """
    with subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        for said in ("ready\n", "held\n"):
            assert process.stdout.readline() == said
            process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (130, "importer: Interrupted.\n")
