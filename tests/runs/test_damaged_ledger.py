"""A ledger whose bytes something else has changed: nothing wrong is sent, no command breaks down.

Each test damages a ledger that holds a finished and a broken-off run, as this program left it.
"""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from importer import settings
from importer.cli import main
from importer.model import State, Store
from importer.posting import PostOptions, StopSignal
from importer.runs import Steps, history, run, show
from importer.sandbox.server import Sandbox
from tests.workbook.mapped import book

from .test_whole_rows import full

FINISHED = [f"A{at}" for at in range(8)]
BROKEN_OFF = [f"B{at}" for at in range(8)]
CHANGES_BY_ITSELF = ("id", "createdAt", "updatedAt", "dueDate", "hidden")
DOCUMENTED = {0, 1, 2, 3, 130}

Capture = pytest.CaptureFixture[str]


@dataclass(frozen=True)
class Case:
    """A home with such a ledger, and what the store holds before and should hold in the end."""

    ledger: Path
    whole: bytes
    workbook: Path
    run: str
    before: dict[str, str]
    meant: dict[str, Any]

    def restore(self, content: bytes | None = None) -> None:
        """Put the ledger back as it was, or with other bytes."""
        for tail in ("", "-wal", "-shm"):
            self.ledger.with_name(self.ledger.name + tail).unlink(missing_ok=True)
        self.ledger.write_bytes(self.whole if content is None else content)

    def damage(self, sql: str) -> None:
        """Change a row behind the program's back."""
        self.restore()
        with closing(sqlite3.connect(self.ledger)) as connection:
            done = connection.execute(sql.replace("OPEN", "(SELECT max(key) FROM runs)"))
            assert done.rowcount >= 1
            connection.commit()


def held(shop: Sandbox) -> dict[str, Any]:
    """Give what the store holds by number; each number may be there once."""
    found = shop.invoices()
    for one in found:
        one["details"]["header"].pop("orderDate", None)
    by_number = {one["invoiceNumber"]: one for one in found}
    assert len(by_number) == len(found)
    return {
        number: {key: value for key, value in one.items() if key not in CHANGES_BY_ITSELF}
        for number, one in by_number.items()
    }


def take_back(shop: Sandbox, before: dict[str, str]) -> None:
    """Let the store hold what it held before the ledger was damaged."""
    for one in shop.invoices():
        if one["invoiceNumber"] not in before:
            requests.delete(
                f"{shop.base_url}/ip/invoices/{one['id']}",
                headers={"X-Auth-Token": shop.token, "X-Store-Hash": shop.store_hash},
                timeout=10,
            ).raise_for_status()


@pytest.fixture(scope="module")
def made(server: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Case]:
    """The case, made once: what a sound ledger leads to is what is meant."""
    server.reset()
    server.clear_faults()
    folder = tmp_path_factory.mktemp("damaged")
    store = Store("shop", server.store_hash, server.base_url)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IMPORTER_HOME", str(folder / "home"))
        finished = book(folder / "a.xlsx", **full(FINISHED))
        broken_off = book(folder / "b.xlsx", **full(BROKEN_OFF, status={"B6": "Opne"}))
        run(finished, store=store, token=server.token, write_report=False)
        stop = StopSignal()
        first = run(
            broken_off,
            store=store,
            token=server.token,
            write_report=False,
            steps=Steps(
                on_posting=lambda now: stop.ask() if now.done >= 3 else None,
                stop=stop,
                posting=PostOptions(in_flight=1),
            ),
        )
        assert first.invoices[State.PENDING]
        ledger = settings.ledger_target()
        assert isinstance(ledger, Path)
        whole, before = ledger.read_bytes(), dict.fromkeys(held(server), "")
        run(broken_off, store=store, token=server.token, write_report=False)
        meant = held(server)
        assert len(meant) == len(FINISHED) + len(BROKEN_OFF) - 1
    yield Case(ledger, whole, broken_off, first.run or "", before, meant)
    server.reset()


@pytest.fixture
def case(made: Case, server: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[Case]:
    """The case in its own home, where the command finds the store."""
    monkeypatch.setenv("IMPORTER_HOME", str(made.ledger.parent))
    settings.config_file().unlink(missing_ok=True)
    settings.add_store(Store("shop", server.store_hash, server.base_url))
    monkeypatch.setenv("IMPORTER_TOKEN_SHOP", server.token)
    take_back(server, made.before)
    made.restore()
    yield made
    take_back(server, made.before)


def said(capsys: Capture, *arguments: str) -> tuple[int, str]:
    """Run a command in this process; give its exit code and all that it said."""
    capsys.readouterr()
    code = main(arguments)
    heard = capsys.readouterr()
    return code, heard.out + heard.err


def assert_one_sentence(code: int, words: str) -> None:
    assert code in DOCUMENTED, words
    assert "bug in importer" not in words, words
    assert "Traceback" not in words, words


def commands(case: Case, folder: Path) -> list[list[str]]:
    return [
        ["runs"],
        ["show", case.run],
        ["report", case.run, "-o", str(folder / "report.xlsx")],
        ["ledger", "check"],
        ["resume", case.run, "--no-report"],
    ]


def test_a_sound_ledger_is_sound_and_its_run_goes_on(
    case: Case, server: Sandbox, capsys: Capture
) -> None:
    code, words = said(capsys, "ledger", "check")
    assert (code, "2 runs, 16 invoices" in words) == (0, True), words
    assert said(capsys, "resume", case.run, "--no-report")[0] == 1
    assert held(server) == case.meant
    code, words = said(capsys, "ledger", "check", "--json")
    assert (code, json.loads(words)["damages"]) == (0, [])


@pytest.mark.parametrize("first", range(0, 60, 12))
def test_flipped_bytes_send_nothing_wrong_and_end_no_command_in_a_traceback(
    case: Case, server: Sandbox, capsys: Capture, tmp_path: Path, first: int
) -> None:
    """Each seed flips a byte or a few: anywhere, in the header, in contents, in rows, in pages.

    Whatever the store holds in the end is what was meant; often nothing more than before.
    """
    for seed in range(first, first + 12):
        case.restore(flipped(case.whole, random.Random(seed)))
        for arguments in commands(case, tmp_path):
            code, words = said(capsys, *arguments)
            assert_one_sentence(code, f"seed {seed}, {arguments[0]}: {words}")
        now = held(server)
        assert now == {number: case.meant[number] for number in now}, seed
        take_back(server, case.before)


def flipped(whole: bytes, chance: random.Random) -> bytes:
    data = bytearray(whole)
    bodies = places(whole, b'{"customerId"')
    rows = places(whole, b"pending") + places(whole, b"created")
    kind = chance.choice(["anywhere", "header", "body", "row", "page"])
    for _ in range(chance.choice([1, 1, 2, 4])):
        match kind:
            case "anywhere":
                at = chance.randrange(len(data))
            case "header":
                at = chance.randrange(chance.choice([100, 4096]))
            case "body":
                at = chance.choice(bodies) + chance.randrange(600)
            case "row":
                at = chance.choice(rows) + chance.randrange(-60, 100)
            case _:
                at = chance.randrange(len(data) // 4096) * 4096 + chance.randrange(16)
        data[min(at, len(data) - 1)] ^= chance.randrange(1, 256)
    return bytes(data)


def places(whole: bytes, words: bytes) -> list[int]:
    return [at for at in range(len(whole)) if whole.startswith(words, at)]


def test_in_processes_of_their_own_they_end_as_documented_too(case: Case, server: Sandbox) -> None:
    at = places(case.whole, b'"invoiceNumber":"B5"')[0] + len('"invoiceNumber":"')
    one, junk = bytearray(case.whole), bytearray(case.whole)
    one[at] ^= 1
    junk[:100] = bytes(reversed(junk[:100]))
    expected = {
        bytes(one): {"runs": 0, "ledger": 1, "resume": 2},
        bytes(junk): {"runs": 2, "ledger": 2, "resume": 2},
    }
    for content, codes in expected.items():
        case.restore(content)
        for name, more in {"runs": [], "ledger": ["check"], "resume": [case.run]}.items():
            done = subprocess.run(
                [sys.executable, "-m", "importer", name, *more],
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == codes[name], done.stdout + done.stderr
            assert_one_sentence(done.returncode, done.stdout + done.stderr)
    assert held(server).keys() == case.before.keys()


OF_B5 = "number = 'B5' AND run = OPEN"
BODY_OF_B5 = "invoice IN (SELECT id FROM invoices WHERE number = 'B5' AND run = OPEN)"


@pytest.mark.parametrize(
    ("sql", "names"),
    [
        (f"UPDATE payloads SET body = replace(body, '30', '80') WHERE {BODY_OF_B5}", "invoice B5"),
        (f"UPDATE invoices SET fingerprint = 'x' WHERE {OF_B5}", "invoice B5"),
        (f"UPDATE invoices SET number = 'C5' WHERE {OF_B5}", "invoice C5"),
        (f"UPDATE invoices SET amount = '80.0' WHERE {OF_B5}", "invoice B5"),
        (f"UPDATE invoices SET currency = 'USD' WHERE {OF_B5}", "invoice B5"),
        (f"UPDATE invoices SET company = '1002' WHERE {OF_B5}", "invoice B5"),
        (f"UPDATE invoices SET state = 'pendjng' WHERE {OF_B5}", "pendjng"),
        (f"UPDATE invoices SET due = 'soon' WHERE {OF_B5}", "invoice B5 of"),
        (f"UPDATE invoices SET due = 9e300 WHERE {OF_B5}", "invoice B5 of"),
        (f"UPDATE invoices SET strikes = 'many' WHERE {OF_B5}", "invoice B5 of"),
        (f"DELETE FROM payloads WHERE {BODY_OF_B5}", "invoice B5 of"),
        ("UPDATE claims SET owned = 0 WHERE number = 'A1'", "the invoice number A1"),
        ("UPDATE claims SET number = 'A9' WHERE number = 'A1'", "the invoice number A9"),
        ("UPDATE claims SET store_invoice_id = '7777' WHERE number = 'A1'", "number A1"),
        ("UPDATE runs SET state = 'opem' WHERE key = OPEN", "can't be read"),
        ("UPDATE runs SET options = replace(options, 'Status', 'Total') WHERE key = OPEN", "run "),
        ("UPDATE runs SET columns = '[]' WHERE key = OPEN", "columns of a workbook"),
    ],
)
def test_what_is_damaged_is_named_and_nothing_of_it_is_sent(
    case: Case, server: Sandbox, capsys: Capture, sql: str, names: str
) -> None:
    case.damage(sql)
    code, words = said(capsys, "resume", case.run, "--no-report")
    assert (code, "The ledger is damaged" in words) == (2, True), words
    assert names in words
    assert "importer ledger check" in words
    now = held(server)
    assert now == {number: case.meant[number] for number in now}
    assert "B5" not in now
    code, words = said(capsys, "ledger", "check")
    assert code == 1, words
    assert "is damaged. It holds 2 runs, 16 invoices." in words


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE budgets SET state = replace(state, '0', '9')",
        "UPDATE budgets SET state = '{'",
        "UPDATE workers SET lease_until = 'later', gone = 0, run = OPEN",
        "UPDATE workers SET host = NULL || 1, pid = 'x', gone = 0, lease_until = 9e12",
    ],
)
def test_what_only_helps_to_post_may_be_lost(
    case: Case, server: Sandbox, capsys: Capture, sql: str
) -> None:
    case.damage(sql.replace("NULL || 1", "1"))
    code, words = said(capsys, "resume", case.run, "--no-report")
    assert code == 1, words
    assert held(server) == case.meant


def test_where_values_stand_may_be_lost_for_posting_but_not_for_a_report(
    case: Case, server: Sandbox, capsys: Capture, tmp_path: Path
) -> None:
    """With other rows in it, a report would be another set of invoices when it is uploaded."""
    case.damage(f"UPDATE payloads SET parts = replace(parts, '[7]', '[4]') WHERE {BODY_OF_B5}")
    code, words = said(capsys, "report", case.run, "-o", str(tmp_path / "report.xlsx"))
    assert (code, "which rows an invoice was made from" in words) == (2, True), words
    assert not (tmp_path / "report.xlsx").exists()
    code, words = said(capsys, "resume", case.run, "--no-report")
    assert code == 1, words
    assert held(server) == case.meant
    code, words = said(capsys, "ledger", "check")
    assert (code, "which rows invoice B5 was made from" in words) == (1, True), words


def test_what_the_check_advises_helps(case: Case, server: Sandbox, capsys: Capture) -> None:
    case.damage(f"UPDATE payloads SET body = replace(body, '30', '80') WHERE {BODY_OF_B5}")
    code, words = said(capsys, "ledger", "check", "--json")
    [damage] = json.loads(words)["damages"]
    assert (code, damage["run"], damage["invoices"]) == (1, case.run, ["B5"])
    assert f"importer cancel {case.run}" in damage["remedy"]
    assert said(capsys, "cancel", case.run)[0] == 0
    again = ["run", str(case.workbook), "--store", "shop", "--yes", "--no-report"]
    code, words = said(capsys, *again)
    assert code == 1, words
    assert held(server) == case.meant


def test_without_a_ledger_s_backup_a_new_one_finds_what_the_store_has(
    case: Case, server: Sandbox, capsys: Capture
) -> None:
    case.damage("UPDATE claims SET owned = 0 WHERE number = 'A1'")
    _, words = said(capsys, "ledger", "check")
    assert "move the file away and run the workbooks again" in words
    case.ledger.rename(case.ledger.with_suffix(".damaged"))
    again = ["run", str(case.workbook), "--store", "shop", "--yes", "--no-report"]
    code, words = said(capsys, *again)
    assert code == 1, words
    assert held(server) == case.meant


def test_no_run_is_drafted_into_a_damaged_file(case: Case, capsys: Capture) -> None:
    """Writing into it would only make it worse."""
    content = bytearray(case.whole)
    at = places(case.whole, b"pending")
    content[at[-1]] ^= 1
    case.restore(bytes(content))
    other = case.workbook.with_name("c.xlsx")
    book(other, **full(["C1", "C2"]))
    code, words = said(capsys, "run", str(other), "--store", "shop", "--yes", "--no-report")
    assert (code, "The ledger is damaged: SQLite says" in words) == (2, True), words
    case.restore()
    assert len(history()) == 2


def test_a_report_s_mapping_that_is_lost_is_not_done_without(
    case: Case, capsys: Capture, tmp_path: Path
) -> None:
    """Read without the mapping of its run, the same cells might mean something else."""
    place = tmp_path / "report.xlsx"
    assert said(capsys, "report", case.run, "-o", str(place))[0] == 0
    assert said(capsys, "check", str(place), "--no-report")[0] == 1
    case.damage("UPDATE runs SET options = '{}' || char(10) || '00000000' WHERE key = OPEN")
    code, words = said(capsys, "check", str(place), "--no-report")
    assert (code, "The ledger is damaged" in words) == (2, True), words


def test_there_may_be_no_ledger_yet_or_something_else_in_its_place(
    case: Case, capsys: Capture
) -> None:
    case.restore(b"not a database at all" * 100)
    code, words = said(capsys, "ledger", "check")
    assert (code, "not a ledger" in words) == (2, True), words
    case.ledger.unlink()
    assert said(capsys, "ledger", "check") == (0, "There is no ledger yet: nothing has been run.\n")
    assert not case.ledger.exists()
    shutil.copy(case.workbook, case.ledger)
    assert said(capsys, "runs")[0] == 2


def test_a_ledger_from_before_the_checksums_is_read(
    case: Case, server: Sandbox, capsys: Capture, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(case.ledger)) as connection:
        cut = "substr({0}, 1, instr({0}, char(10)) - 1)"
        for table, column in (("runs", "columns"), ("runs", "options"), ("payloads", "parts")):
            connection.execute(f"UPDATE {table} SET {column} = {cut.format(column)}")
        connection.commit()
    assert said(capsys, "ledger", "check")[0] == 0
    assert said(capsys, "report", case.run, "-o", str(tmp_path / "report.xlsx"))[0] == 0
    assert said(capsys, "resume", case.run, "--no-report")[0] == 1
    assert held(server) == case.meant
    assert show(case.run).invoices[State.CREATED] == 7
