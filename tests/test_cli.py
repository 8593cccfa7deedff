"""The command line as a person and a script meet it: real processes, a real store, real files."""

from __future__ import annotations

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import requests
from openpyxl import Workbook, load_workbook

from importer import cli, runs, sandbox, settings
from importer.cli.boundary import guarded
from importer.errors import StoreUnreachable
from importer.model import State, Store
from importer.posting import PostOptions
from importer.runs import Steps
from tests.waiting import until

HEADERS = ["Invoice Number", "Company ID", "Currency", "Original Balance"]
KEYS = {"run", "workbook", "store", "dry_run", "invoices", "faults", "report"}
FAULT_KEYS = {
    *("invoice", "sheet", "row", "column", "cell", "code", "severity", "message", "remedy")
}


def importer(*arguments: str | Path, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run the command as a process of its own, with nobody at the keyboard."""
    return subprocess.run(
        [sys.executable, "-m", "importer", *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        **options,
    )


def write(path: Path, *rows: list[object], title: str = "Invoices", **more: list[object]) -> Path:
    """Write a workbook with these rows on its first sheet; `more` are sheets of one row."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    for row in rows:
        sheet.append(row)
    for name, row in more.items():
        book.create_sheet(name.replace("_", " ")).append(row)
    book.save(path)
    return path


def few(path: Path, count: int = 3, first: int = 1) -> Path:
    """Write a workbook of that many valid invoices."""
    rows: list[list[object]] = [[f"N-{first + n}", "1001", "EUR", 10 + n] for n in range(count)]
    return write(path, HEADERS, *rows)


def held() -> list[dict[str, Any]]:
    """Everything that the practice store holds."""
    with sandbox.running(settings.sandbox_data()) as store:
        return store.invoices()


# The whole circle


def mend(report: Path) -> None:
    """Correct every marked cell of the report of mistakes.xlsx, as a clerk would."""
    book = load_workbook(report)

    def cell(title: str, number: str, header: str, nth: int = 0) -> Any:
        rows = book[title]
        at = {str(c.value).split(" *")[0]: c.column for c in rows[1]}
        hits = [
            r
            for r in range(2, rows.max_row + 1)
            if rows.cell(r, at["Invoice Number"]).value == number
        ]
        return rows.cell(hits[nth], at[header])

    cell("Invoices", "INV-3002", "Company ID").value = "1004"
    cell("Invoices", "INV-3004", "Due Date").value = "2026-04-03"
    cell("Invoices", "INV-3005", "Original Balance").value = 412.35
    cell("Invoices", "INV-3007", "Status").value = "Completed"
    cell("Invoices", "INV-3009", "Currency").value = "JPY"
    cell("Invoices", "INV-3018", "External PDF URL").value = "https://files.example.com/3018.pdf"
    cell("Invoices", "INV-3022", "Original Balance").value = 1234
    cell("Invoices", "INV-3023", "Company ID").value = "1003"
    cell("Invoices", "INV-3019", "Invoice Number", nth=1).value = "INV-3020"
    cell("Line Items", "INV-3011", "Unit Price").value = 18.6
    cell("Line Items", "INV-3012", "Quantity").value = 3
    cell("Line Items", "INV-3014", "SKU").value = "BRG-6204-2RS"
    cell("Line Items", "INV-3016", "Quantity").value = 12
    book.save(report)


def test_a_check_says_how_to_post_what_it_left_in_the_workbook_and_what_it_put_into_the_report(
    tmp_path: Path, examples: Path
) -> None:
    (tmp_path / "mistakes.xlsx").write_bytes((examples / "mistakes.xlsx").read_bytes())
    flags = ["--time-zone", "Europe/Berlin", "--strict", "--date-format", "MMM D YYYY"]
    flags_told = "--time-zone Europe/Berlin --strict --date-format 'MMM DD YYYY'"
    practice = ("run", "--sandbox", "--dry-run")
    for command, store in ((("check",), "--store NAME"), (practice, "--sandbox")):
        said = importer(command[0], "mistakes.xlsx", *command[1:], *flags, cwd=tmp_path).stdout
        told = f"{store} {flags_told}"
        assert f"then: importer run mistakes-report.xlsx {told}\n" in said
        assert f"valid invoices; to post: importer run mistakes.xlsx {told}\n" in said
        summary = load_workbook(tmp_path / "mistakes-report.xlsx")["Summary"]
        steps = [str(cell.value) for cell in summary["B"]]
        wanted = f"Save this workbook and import it: importer run mistakes-report.xlsx {told}"
        assert any(wanted in step for step in steps)


def test_mistakes_are_reported_mended_and_uploaded_until_each_invoice_is_there_once(
    tmp_path: Path, examples: Path
) -> None:
    workbook = tmp_path / "mistakes.xlsx"
    workbook.write_bytes((examples / "mistakes.xlsx").read_bytes())

    checked = importer("check", workbook, "--no-report")
    assert checked.returncode == 1
    assert "read 24 = 11 valid + 13 invalid" in checked.stdout
    assert list(tmp_path.iterdir()) == [workbook]

    first = importer("run", "mistakes.xlsx", "--sandbox", "--yes", cwd=tmp_path)
    assert first.returncode == 1
    assert "read 24 = 10 created + 13 invalid + 1 rejected" in first.stdout
    assert "Report: mistakes-report.xlsx" in first.stdout
    assert "importer run mistakes-report.xlsx --sandbox" in first.stdout
    assert len(held()) == 10

    report = tmp_path / "mistakes-report.xlsx"
    mend(report)
    second = importer("run", report, "--sandbox", "--yes", "--json")
    result = json.loads(second.stdout)
    assert second.returncode == 0, second.stdout + second.stderr
    assert (result["invoices"]["read"], result["invoices"]["created"]) == (14, 14)
    assert result["parent"]

    again = importer("run", workbook, "--sandbox", "--yes", "--json", "--no-report")
    counts = json.loads(again.stdout)["invoices"]
    assert (counts["created"], counts["skipped"]) == (0, 10)

    numbers = Counter(invoice["invoiceNumber"] for invoice in held())
    assert numbers == Counter(f"INV-{n}" for n in range(3001, 3025))


def test_a_clean_workbook_is_posted_with_its_exact_sums(
    capsys: pytest.CaptureFixture[str], examples: Path
) -> None:
    assert cli.main(["run", str(examples / "clean.xlsx"), "--sandbox", "--yes", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["report"] is None
    sums: Counter[str] = Counter()
    for invoice in held():
        balance = invoice["originalBalance"]
        sums[balance["code"]] += Decimal(str(balance["value"]))  # type: ignore[assignment]
    assert {t["currency"]: Decimal(t["amount"]) for t in result["totals"]} == dict(sums)


# Bad input


def protected(path: Path) -> Path:
    """Write what a password makes of a workbook: a compound file with an encrypted stream."""
    sector = 512
    header = bytearray(b"\xff" * sector)
    header[:76] = (
        bytes.fromhex("d0cf11e0a1b11ae1")
        + bytes(16)
        + bytes.fromhex("3e000300feff09000600")
        + bytes(6)
        + (0).to_bytes(4, "little")
        + (1).to_bytes(4, "little")
        + (1).to_bytes(4, "little")
        + bytes(4)
        + (4096).to_bytes(4, "little")
        + b"\xfe\xff\xff\xff"
        + bytes(4)
        + b"\xfe\xff\xff\xff"
        + bytes(4)
    )
    header[76:80] = (0).to_bytes(4, "little")
    table = b"\xfd\xff\xff\xff\xfe\xff\xff\xff" + b"\xff" * (sector - 8)

    def entry(name: str, kind: int, child: int) -> bytes:
        letters = name.encode("utf-16-le") + b"\0\0"
        fixed = letters.ljust(64, b"\0") + len(letters).to_bytes(2, "little") + bytes([kind, 1])
        links = b"\xff" * 8 + child.to_bytes(4, "little", signed=True)
        return fixed + links + bytes(36) + b"\xfe\xff\xff\xff" + bytes(8)

    folder = entry("Root Entry", 5, 1) + entry("EncryptedPackage", 2, -1)
    path.write_bytes(bytes(header) + table + folder.ljust(sector, b"\0"))
    return path


def unusable(folder: Path) -> Iterator[tuple[str, Path, str]]:
    """Give what can't be used: what it is, where it is, and a word of what must be said."""
    yield "no file", folder / "none.xlsx", "no file"
    (folder / "sub").mkdir()
    yield "a folder", folder / "sub", "folder"
    (folder / "empty.xlsx").write_bytes(b"")
    yield "an empty file", folder / "empty.xlsx", "empty"
    (folder / "text.xlsx").write_text("Invoice Number,Company ID\n")
    yield "a text file", folder / "text.xlsx", "not a workbook"
    (folder / "~$open.xlsx").write_bytes(b"\x05owner")
    yield "a lock file", folder / "~$open.xlsx", "lock file"
    few(folder / "open.xlsx")
    yield "an open workbook", folder / "open.xlsx", "open in Excel"
    whole = few(folder / "whole.xlsx").read_bytes()
    (folder / "cut.xlsx").write_bytes(whole[: len(whole) // 2])
    yield "half a workbook", folder / "cut.xlsx", "damaged"
    yield "a protected one", protected(folder / "secret.xlsx"), "password"
    names = write(folder / "sheet.xlsx", ["Name", "City"], ["Ada", "Leeds"], title="Customers")
    yield "no such sheet", names, "no sheet"
    yield "no header", write(folder / "head.xlsx", ["a", "b"], ["c", "d"]), "no header"
    yield (
        "a header missing",
        write(folder / "miss.xlsx", HEADERS[:3], ["1", "2", "EUR"]),
        "Original",
    )
    yield "no rows", write(folder / "rows.xlsx", HEADERS), "no invoices"
    yield "a sheet twice", write(folder / "twice.xlsx", HEADERS, Invoice_Headers=[*HEADERS]), "both"
    yield (
        "300 columns",
        write(folder / "wide.xlsx", [*HEADERS, *map(str, range(300))], ["1"]),
        "at most",
    )
    yield "a column twice", write(folder / "dup.xlsx", [*HEADERS, "Currency"], ["1"]), "both name"


def test_what_cant_be_used_gets_one_sentence_and_leaves_nothing_behind(
    tmp_path: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for what, path, word in unusable(tmp_path):
        for command in (["check"], ["run", "--sandbox", "--yes"]):
            before = sorted(tmp_path.iterdir())
            code = cli.main([*command, str(path)])
            out, err = capsys.readouterr()
            assert code == 2, f"{what}: {out}{err}"
            first, *rest = err.splitlines()
            assert first.startswith("importer: "), what
            assert word in first, what
            assert len(rest) <= 1, what
            assert out == "", what
            assert "Traceback" not in err, what
            assert sorted(tmp_path.iterdir()) == before, what
    assert not (home / "logs").exists()


def test_a_workbook_that_we_may_not_read_is_said_so(
    tmp_path: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home.chmod(0o755)
    path = few(tmp_path / "mine.xlsx")
    assert cli.main(["check", str(path)]) == 0  # everything is imported now
    capsys.readouterr()
    path.chmod(0)
    with nobody(tmp_path):
        code = cli.main(["check", str(path)])
    assert code == 2
    assert "no permission to read" in capsys.readouterr().err


@contextmanager
def nobody(folder: Path) -> Iterator[None]:
    """Give up root's power over files for a while, if we have it."""
    if os.geteuid() != 0:
        yield
        return
    closed = {
        f: f.stat().st_mode for f in (folder, *folder.parents) if f.stat().st_mode & 0o11 < 0o11
    }
    for ancestor, mode in closed.items():
        ancestor.chmod(mode | 0o011)
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)
        for ancestor, mode in closed.items():
            ancestor.chmod(mode)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["run", "{}"], "--yes"),
        (["run", "{}", "--yes"], "No store was named"),
        (["run", "{}", "--yes", "--store", "acme"], "no store named 'acme'"),
        (["rerun", "nosuch", "--yes"], "no run"),
        (["show", "nosuch"], "no run"),
        (["report", "nosuch", "-o", "x.xlsx"], "no run"),
        (["check", "{}", "--report", "{}"], "replace the workbook"),
        (["check", "{}", "--report", "x.pdf"], ".xlsx"),
        (["template", "-o", "{}"], "exists already"),
        (["template", "-o", "x.pdf"], ".xlsx"),
        (["template", "-o", "nosuch/x.xlsx"], "nosuch"),
        (["store", "remove", "acme"], "no store named 'acme'"),
        (["store", "token", "acme"], "no store named 'acme'"),
        (["store", "add", "acme", "--hash", "a/b"], "not a store hash"),
        (["sandbox", "--port", "70000"], "port"),
        (["sandbox", "--limit", "0"], "above 0"),
        (["check", "{}", "--date-format", "whenever"], "DD/MM/YYYY"),
        (["check", "{}", "--locale", "xx_YY_zz"], "de_DE"),
        (["check", "{}", "--no-report", "--report", "x.xlsx"], "not allowed"),
        (["bake"], "bake"),
        ([], "COMMAND"),
    ],
)
def test_a_command_that_cant_be_carried_out_says_what_to_do(
    arguments: list[str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = few(tmp_path / "few.xlsx")
    assert cli.main([argument.replace("{}", str(path)) for argument in arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("importer: ")
    assert says in err
    assert "Traceback" not in err


def test_a_port_in_use_is_said_so(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert cli.main(["sandbox", "--port", str(taken.getsockname()[1])]) == 2
    assert "--port" in capsys.readouterr().err


# The store


def test_while_the_store_is_away_nothing_is_lost_and_the_command_goes_on_later(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    workbook = few(tmp_path / "few.xlsx")
    with socket.socket() as nobody_listens:
        nobody_listens.bind(("127.0.0.1", 0))
        port = nobody_listens.getsockname()[1]
    store = Store("local", "sandbox", f"http://127.0.0.1:{port}/api/v3/io")
    settings.add_store(store)
    monkeypatch.setenv("IMPORTER_TOKEN_LOCAL", sandbox.DEFAULT_TOKEN)
    impatient = Steps(posting=PostOptions(breaker=2, backoff=0.01, give_up_after=0.1))
    with pytest.raises(StoreUnreachable) as raised:
        runs.run(workbook, store=store, token=settings.token_for(store), steps=impatient)
    assert raised.value.exit_code == 3
    assert raised.value.result is not None
    assert raised.value.result.invoices[State.PENDING] == 3
    assert raised.value.result.stopped

    with sandbox.running(settings.sandbox_data(), port) as running:
        assert cli.main(["run", str(workbook), "--store", "local", "--yes", "--json"]) == 0
        assert len(running.invoices()) == 3
    assert json.loads(capsys.readouterr().out)["invoices"]["created"] == 3


def test_a_rerun_posts_what_the_store_was_away_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IMPORTER_TOKEN", "wrong-token")
    with sandbox.running(settings.sandbox_data()) as store:
        monkeypatch.setenv("IMPORTER_STORE_HASH", store.store_hash)
        monkeypatch.setenv("IMPORTER_BASE_URL", store.base_url)
        assert cli.main(["run", str(few(tmp_path / "few.xlsx")), "--yes", "--json"]) == 3
        refused = json.loads(capsys.readouterr().out)
        assert refused["invoices"]["pending"] == 3

        monkeypatch.setenv("IMPORTER_TOKEN", store.token)
        assert cli.main(["rerun", refused["run"], "--yes", "--json"]) == 0
        again = json.loads(capsys.readouterr().out)
        assert (again["parent"], again["invoices"]["created"]) == (refused["run"], 3)
        assert len(store.invoices()) == 3


def test_store_test_tells_a_good_token_from_a_bad_one(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with sandbox.running(settings.sandbox_data()) as store:
        url = store.base_url
        add = ["store", "add", "local", "--hash", store.store_hash, "--base-url", url]
        assert cli.main(add) == 0
        assert "IMPORTER_TOKEN_LOCAL" in capsys.readouterr().out
        monkeypatch.setenv("IMPORTER_TOKEN_LOCAL", store.token)
        assert cli.main(["store", "test", "local"]) == 0
        assert "accepts the token" in capsys.readouterr().out
        monkeypatch.setenv("IMPORTER_TOKEN_LOCAL", "wrong-token")
        assert cli.main(["store", "test", "local"]) == 3
        assert "wrong-token" not in capsys.readouterr().err
    assert cli.main(["store", "test", "local"]) == 3
    assert "can't be reached" in capsys.readouterr().err


def test_a_token_from_standard_input_is_never_shown(home: Path) -> None:
    added = subprocess.run(
        [
            sys.executable,
            "-m",
            "importer",
            "store",
            "add",
            "acme",
            "--hash",
            "abc123",
            "--token-stdin",
        ],
        input="t0ken-to-look-for\n",
        capture_output=True,
        text=True,
        check=False,
    )
    assert added.returncode == 0
    assert "IMPORTER_TOKEN_ACME" in added.stdout  # there is no keyring here
    kept = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
    assert "t0ken-to-look-for" not in f"{added.stdout}{added.stderr}{kept!r}"


# What is shown


def test_json_is_one_object_of_the_promised_shape(
    capsys: pytest.CaptureFixture[str], examples: Path, tmp_path: Path
) -> None:
    report = tmp_path / "report.xlsx"
    workbook = str(examples / "mistakes.xlsx")
    assert cli.main(["check", workbook, "--report", str(report), "--json"]) == 1
    result = json.loads(capsys.readouterr().out)
    assert result.keys() >= KEYS
    assert (result["dry_run"], result["run"], result["report"]) == (True, None, str(report))
    assert report.exists()
    counts = result["invoices"]
    assert counts["read"] == sum(n for name, n in counts.items() if name not in ("read", "valid"))
    assert all(fault.keys() == FAULT_KEYS for fault in result["faults"])

    assert cli.main(["check", "nosuch.xlsx", "--json"]) == 2
    out, err = capsys.readouterr()
    assert json.loads(out)["error"]["exit_code"] == 2
    assert "nosuch.xlsx" in err


def test_dry_run_is_check(capsys: pytest.CaptureFixture[str], examples: Path, home: Path) -> None:
    workbook = str(examples / "mistakes.xlsx")
    assert cli.main(["check", workbook, "--no-report", "--json"]) == 1
    check = json.loads(capsys.readouterr().out)
    assert cli.main(["run", workbook, "--sandbox", "--dry-run", "--no-report", "--json"]) == 1
    assert json.loads(capsys.readouterr().out) == check
    assert list(home.iterdir()) == []


def test_before_posting_it_says_what_and_a_no_leaves_everything_as_it_was(tmp_path: Path) -> None:
    few(tmp_path / "few.xlsx")
    main, seat = os.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "importer", "run", "few.xlsx", "--sandbox"],
        stdin=seat,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=tmp_path,
    ) as process:
        os.write(main, b"n\n")
        said, _ = process.communicate()
    os.close(main)
    os.close(seat)
    assert "About to post 3 invoices to the store 'sandbox'" in said
    assert "EUR  33.00" in said
    assert "e-mail" in said
    assert "Nothing was posted" in said
    assert held() == []
    assert importer("runs").stdout.startswith("There are no runs yet")


def test_runs_and_show_and_report_tell_of_an_earlier_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    workbook = write(tmp_path / "two.xlsx", HEADERS, ["A", "1001", "EUR", 1], ["B", "", "EUR", 2])
    assert cli.main(["run", str(workbook), "--sandbox", "--yes", "--no-report", "--json"]) == 1
    run = json.loads(capsys.readouterr().out)["run"]
    assert cli.main(["runs"]) == 0
    listed = capsys.readouterr().out
    assert run in listed
    assert "1 created, 1 invalid" in listed
    assert cli.main(["show", run[-4:]]) == 0
    shown = capsys.readouterr().out
    assert "read 2 = 1 created + 1 invalid" in shown
    assert "Invoices!B3" in shown
    assert cli.main(["report", run, "-o", str(tmp_path / "again.xlsx")]) == 0
    assert "Errors" in load_workbook(tmp_path / "again.xlsx").sheetnames


def test_a_workbook_cant_steer_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path / "x.xlsx", HEADERS, ["A", "1001", "[red]EU[/red]", 1])
    cli.main(["check", str(path), "--no-report"])
    assert "[red]EU[/red]" in capsys.readouterr().out


def test_no_colours_in_a_pipe(examples: Path) -> None:
    said = importer("check", examples / "mistakes.xlsx", "--no-report")
    assert "\x1b" not in said.stdout + said.stderr


def test_help_version_and_template(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("importer ")
    assert cli.main(["run", "--help"]) == 0
    assert "--dry-run" in capsys.readouterr().out
    assert cli.main(["template", "-o", str(tmp_path / "t.xlsx")]) == 0
    assert "Invoices" in load_workbook(tmp_path / "t.xlsx").sheetnames


def test_help_imports_nothing_heavy() -> None:
    asked = "import sys, importer.cli; importer.cli.main(['--help']); print('LOADED', *sys.modules)"
    loaded = (
        subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
        .stdout.partition("LOADED")[2]
        .split()
    )
    assert "importer.cli" in loaded
    assert not {"pandas", "openpyxl", "requests", "jsonschema", "rich", "sqlalchemy"} & {*loaded}


# When it is broken off


def test_ctrl_c_finishes_the_request_in_flight_and_the_same_command_goes_on(tmp_path: Path) -> None:
    path = few(tmp_path / "many.xlsx", count=60)
    slow = {"limit": 100_000, "faults": ["latency:seconds=0.05"]}
    with sandbox.running(settings.sandbox_data(), **slow) as store:
        env = {
            **os.environ,
            "IMPORTER_BASE_URL": store.base_url,
            "IMPORTER_STORE_HASH": store.store_hash,
            "IMPORTER_TOKEN": store.token,
        }
        command = [sys.executable, "-m", "importer", "run", str(path), "--yes"]
        with subprocess.Popen(
            command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process:
            until(lambda: len(store.invoices()) >= 5, process)
            process.send_signal(signal.SIGINT)
            out, err = process.communicate()
        posted = len(store.invoices())
        assert process.returncode == 130, out + err
        assert "request in flight" in err
        assert 5 <= posted < 60
        assert f"read 60 = {posted} created + {60 - posted} pending" in out
        assert "importer resume" in out
        store.clear_faults()
        done = importer("run", path, "--yes", env=env)
        assert done.returncode == 0, done.stdout + done.stderr
        assert Counter(i["invoiceNumber"] for i in store.invoices()) == Counter(
            f"N-{n + 1}" for n in range(60)
        )


def test_a_mistake_of_ours_leaves_a_log_without_the_token(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IMPORTER_TOKEN", "t0ken_to_look_for")
    broken = argparse.Namespace(handler="check:t0ken_to_look_for", json=True)
    assert guarded(broken) == 2
    out, err = capsys.readouterr()
    (log,) = (home / "logs").iterdir()
    assert "AttributeError" in log.read_text()
    assert str(log) in err
    assert json.loads(out)["error"]["exit_code"] == 2
    assert "Traceback" not in err
    assert "t0ken_to_look_for" not in out + err + log.read_text()


def test_a_ledger_that_cant_be_opened_is_no_mistake_of_ours(
    tmp_path: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "ledger.db").mkdir()
    assert cli.main(["run", str(few(tmp_path / "few.xlsx")), "--sandbox", "--yes"]) == 2
    assert capsys.readouterr().err.startswith("importer: ")
    assert not (home / "logs").exists()


# The practice store in the foreground


def test_the_practice_store_shows_a_page_and_forgets_everything_when_reset(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = ["run", str(few(tmp_path / "few.xlsx")), "--sandbox", "--yes", "--json"]
    assert cli.main(run) == 0
    command = [sys.executable, "-m", "importer", "sandbox", "--port", "0", "--reset"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        url = ""
        while not url:
            line = process.stdout.readline()
            assert line, "it ended without saying where it runs"
            url = line.strip().partition("is running at ")[2]
        page = requests.get(url, timeout=30)
        process.send_signal(signal.SIGINT)
        assert process.wait() == 0
    assert page.status_code == 200
    assert "N-1" not in page.text
    capsys.readouterr()
    assert cli.main(run) == 0
    assert json.loads(capsys.readouterr().out)["invoices"]["created"] == 3
