"""Runs that are broken off, paused, cancelled and gone on with: real processes, real signals."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from importer import cli, runs, sandbox, settings
from importer.errors import Exit
from importer.ledger import Ledger
from importer.model import State, Store
from importer.sandbox.server import Sandbox
from tests.waiting import until

COUNT = 60


@dataclass
class Place:
    """A saved store that really runs, a workbook for it, and processes of the command."""

    shop: Sandbox
    workbook: Path
    started: list[subprocess.Popen[str]]

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "importer", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.started.append(process)
        return process

    def run(self, *more: str) -> subprocess.Popen[str]:
        """Post the workbook; gives the process when a few invoices are in the store."""
        process = self.start("run", str(self.workbook), "--store", "local", "--yes", *more)
        self.wait_for_posts(5, process)
        return process

    def wait_for_posts(self, count: int, process: subprocess.Popen[str]) -> None:
        until(lambda: self.shop.stats()["posts"] >= count, process)

    def kill_while_answers_are_awaited(self, process: subprocess.Popen[str]) -> None:
        """Kill it when the store has done all that was asked: what it lacks is only known later."""
        with Ledger.open(settings.ledger_target()) as ledger:
            [run] = ledger.runs()

            def all_done() -> bool:
                asked = {line.number for line in ledger.lines(run.id, (State.POSTING,))}
                return bool(asked) and asked <= set(self.numbers())

            until(all_done, process)
        process.kill()
        process.communicate()

    def numbers(self) -> Counter[str]:
        return Counter(invoice["invoiceNumber"] for invoice in self.shop.invoices())


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """A slow store, so that there is time to interfere."""
    book = Workbook()
    sheet: Any = book.active
    sheet.title = "Invoices"
    sheet.append(["Invoice Number", "Company ID", "Currency", "Original Balance"])
    for at in range(COUNT):
        sheet.append([f"N-{at}", "1001", "EUR", 10 + at])
    book.save(tmp_path / "many.xlsx")
    slow = ["latency:seconds=0.15,method=POST"]
    with sandbox.running(settings.sandbox_data(), limit=100_000, faults=slow) as shop:
        settings.add_store(Store("local", shop.store_hash, shop.base_url))
        monkeypatch.setenv("IMPORTER_TOKEN_LOCAL", shop.token)
        found = Place(shop, tmp_path / "many.xlsx", [])
        yield found
        for process in found.started:
            process.kill()
            process.communicate()


def all_there_once(place: Place) -> None:
    assert place.numbers() == Counter({f"N-{at}": 1 for at in range(COUNT)})
    assert place.shop.stats()["emails"] == COUNT


def the_run() -> str:
    [(run, _)] = runs.history()
    return run.id


def test_killed_at_any_moment_resume_goes_on(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    place.kill_while_answers_are_awaited(place.run())
    place.workbook.unlink()
    for _ in range(2):
        again = place.start("resume", the_run())
        place.wait_for_posts(place.shop.stats()["posts"] + 5, again)
        place.kill_while_answers_are_awaited(again)
    place.shop.clear_faults()
    assert cli.main(["resume", the_run()[-4:], "--verify"]) == 0
    said = capsys.readouterr().out
    assert f"Continuing run {the_run()}: " in said
    assert f"of {COUNT} left" in said
    assert f"read {COUNT} = {COUNT} created" in said
    assert (
        "The totals match: the store holds everything that the workbook says, read back on"
    ) in said
    all_there_once(place)


def test_first_ctrl_c_says_what_is_left_and_the_way_on(place: Place) -> None:
    process = place.run()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate()
    assert process.returncode == 130, out + err
    assert "request in flight" in err
    posted = len(place.shop.invoices())
    assert f"read {COUNT} = {posted} created + {COUNT - posted} pending" in out
    assert (
        f"To continue with the {COUNT - posted} left: importer resume {the_run()} --store local"
        in out
    )


def test_second_ctrl_c_leaves_at_once_and_nothing_is_posted_twice(place: Place) -> None:
    place.shop.clear_faults()
    place.shop.set_fault("hang-after", seconds=30, method="POST", count=8)
    process = place.start("run", str(place.workbook), "--store", "local", "--yes")
    place.wait_for_posts(1, process)
    process.send_signal(signal.SIGINT)
    assert process.stderr is not None
    assert "Stopping after the request in flight" in process.stderr.readline()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 130, out + err
    assert "Traceback" not in err
    assert f"importer resume {the_run()} --store local" in err
    place.shop.clear_faults()
    assert cli.main(["resume", the_run(), "--json"]) == 0
    all_there_once(place)


def test_pause_from_another_terminal_takes_effect_within_the_requests_in_flight(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    process = place.run()
    assert cli.main(["pause", the_run()]) == 0
    most = place.shop.stats()["posts"] + 8
    assert f"importer resume {the_run()}" in capsys.readouterr().out
    out, err = process.communicate()
    assert process.returncode == 1, out + err
    assert place.shop.stats()["posts"] <= most < COUNT
    assert "paused" in out
    assert cli.main(["runs"]) == 0
    assert "paused" in capsys.readouterr().out
    place.shop.clear_faults()
    assert cli.main(["resume", the_run()]) == 0
    all_there_once(place)


def test_cancel_from_another_terminal_and_rerun(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    process = place.run()
    assert cli.main(["cancel", the_run(), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["state"] == "cancelled"
    out, err = process.communicate()
    assert process.returncode == 1, out + err
    first = the_run()
    counts = runs.show(first).invoices
    assert counts[State.CREATED] + counts[State.CANCELLED] == COUNT == counts.read
    assert f"importer rerun {first} --store local" in out
    assert cli.main(["resume", first]) == 2
    assert "was cancelled" in capsys.readouterr().err
    place.shop.clear_faults()
    assert cli.main(["rerun", first, "--yes", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["parent"] == first
    all_there_once(place)


def test_a_second_process_is_told_who_posts(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    process = place.run()
    for command in (["resume", the_run()], ["run", str(place.workbook), "--store", "local", "-y"]):
        assert cli.main(command) == 2
        said = capsys.readouterr().err
        assert f"by process {process.pid} on " in said
        assert f"importer pause {the_run()}" in said
    assert process.poll() is None
    process.communicate()
    assert process.returncode == 0
    all_there_once(place)


def test_reconcile_says_what_became_of_each(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    place.shop.clear_faults()
    place.shop.set_fault("hang-after", seconds=30, method="POST", count=3)
    process = place.start("run", str(place.workbook), "--store", "local", "--yes")
    until(lambda: len(place.shop.invoices()) >= 3, process)
    place.kill_while_answers_are_awaited(process)
    place.shop.clear_faults()
    posts = place.shop.stats()["posts"]
    code = cli.main(["reconcile", the_run(), "--json"])
    result = json.loads(capsys.readouterr().out)
    assert code == 0
    found = {one["invoice"]: one["state"] for one in result["reconciled"]}
    held = place.numbers()
    assert found
    assert all((state == "created") == (number in held) for number, state in found.items())
    assert result["invoices"]["unknown"] == 0
    assert place.shop.stats()["posts"] == posts
    assert cli.main(["reconcile", the_run()]) == 0
    assert "Nothing was unknown" in capsys.readouterr().out


def test_verify_writes_the_sheet_and_a_lost_invoice_is_exit_code_1(
    place: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place.shop.clear_faults()
    assert cli.main(["run", str(place.workbook), "--store", "local", "--yes", "--json"]) == 0
    capsys.readouterr()
    signed = tmp_path / "signed.xlsx"
    assert cli.main(["verify", the_run(), "--report", str(signed), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["control"]
    assert found["ties"]
    assert found["lines"][0]["read_back"] == {"invoices": COUNT, "amount": "2370.00"}
    assert "Control Totals" in load_workbook(signed).sheetnames
    place.shop.reset()
    assert cli.main(["verify", the_run()]) == 1
    assert "The totals don't match, read back on" in (said := capsys.readouterr().out)
    assert f"{COUNT} no longer in the store" in said


def test_the_plan_says_how_long_it_takes_at_the_pace_that_the_store_allows(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    place.shop.clear_faults()
    command = ["run", str(place.workbook), "--store", "local", "--yes", "--no-report"]
    assert cli.main([*command, "--share", "80%", "--between", "00:00-24:00"]) == 0
    said = capsys.readouterr().out
    assert "At 120 requests a minute, the documented limit, this takes 30 s or longer" in said
    assert "between 00:00-24:00 by the store's clock" in said
    place.shop.reset()
    book = load_workbook(place.workbook)
    book["Invoices"]["A2"] = "M-0"
    book.save(place.workbook)
    assert cli.main(command) == 0
    assert "At 100,000 requests a minute this takes 0 s or longer" in capsys.readouterr().out


def test_store_that_is_down_is_given_up_as_soon_as_was_said_also_by_resume(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    place.shop.clear_faults()
    place.shop.set_fault("503")
    command = ["run", str(place.workbook), "--store", "local", "--yes", "--no-report"]
    assert cli.main([*command, "--give-up-after", "0"]) == Exit.STORE
    assert cli.main(["resume", the_run(), "--no-report"]) == Exit.STORE  # it is kept with the run
    assert "resume the run; nothing is lost" in capsys.readouterr().err
    assert runs.show(the_run()).invoices.by_state == {State.PENDING: COUNT}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["run", "x.xlsx", "--share", "0%"], "1% to 100%"),
        (["run", "x.xlsx", "--give-up-after", "soon"], "90s, 30m, 2h, or 0"),
        (["run", "x.xlsx", "--give-up-after", "1.5h"], "90s, 30m, 2h, or 0"),
        (["resume", "x", "--give-up-after", "90"], "90s, 30m, 2h, or 0"),
        (["resume", "x", "--share", "much"], "1% to 100%"),
        (["run", "x.xlsx", "--between", "night"], "20:00-06:00"),
        (["rerun", "x", "--between", "06:00-06:00"], "00:00-24:00"),
        (["resume", "nosuch"], "no run"),
        (["reconcile", "nosuch"], "no run"),
        (["verify", "nosuch"], "no run"),
        (["pause", "nosuch"], "no run"),
        (["cancel", "nosuch"], "no run"),
    ],
)
def test_what_cant_be_done_is_said_in_a_sentence(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert says in err
    assert len(err.splitlines()) <= 2


def test_sigterm_while_posting_lets_what_is_in_flight_end(place: Place) -> None:
    process = place.run()
    process.terminate()
    out, err = process.communicate()
    assert process.returncode == 130, out + err
    assert "request in flight" in err
    posted = len(place.shop.invoices())
    assert f"read {COUNT} = {posted} created + {COUNT - posted} pending" in out
