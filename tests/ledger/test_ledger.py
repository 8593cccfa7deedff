from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from importer.errors import LedgerError
from importer.ledger import Ledger, RunState
from importer.ledger.database import NEWEST
from importer.model import Severity, State, Total

from .helpers import COLUMNS, body, fault, new_run, open_run, verdict, verdicts


@pytest.fixture
def ledger(tmp_path: Path):
    with Ledger.open(tmp_path / "folder" / "ledger.db") as opened:
        yield opened


def test_run_comes_back_as_it_was_given(ledger: Ledger) -> None:
    loose = fault("A line without an invoice.")
    run_id = ledger.draft_run(new_run(faults=[loose], options={"yes": True}), verdicts(3))
    ledger.open_run(run_id)

    run = ledger.run(run_id)
    assert (run.workbook, run.source, run.store_hash) == (
        "march.xlsx",
        Path("copy.xlsx"),
        "sandbox",
    )
    assert (run.columns, run.options, run.state) == (COLUMNS, {"yes": True}, RunState.OPEN)
    assert run.created_at.tzinfo is not None
    entries = list(ledger.entries(run_id))
    assert [entry.number for entry in entries] == ["INV-0000", "INV-0001", "INV-0002"]
    assert entries[1].body == body("INV-0001")
    assert entries[1].origins.find("/details/details/lineItems/0/unitPrice/value").address == (
        "Line Items!D3"
    )
    assert ledger.faults(run_id) == [loose]


def test_draft_is_neither_listed_nor_found_by_a_part(ledger: Ledger) -> None:
    run_id = ledger.draft_run(new_run(), verdicts(1))
    assert ledger.runs() == []
    with pytest.raises(LedgerError):
        ledger.run(run_id[-4:])
    ledger.discard_run(run_id)
    with pytest.raises(LedgerError):
        ledger.run(run_id)


def test_open_run_cannot_be_discarded(ledger: Ledger) -> None:
    run_id = open_run(ledger, verdicts(1))
    ledger.discard_run(run_id)
    assert ledger.run(run_id).state is RunState.OPEN


def test_run_is_found_by_its_beginning_or_end(ledger: Ledger) -> None:
    run_id = open_run(ledger, verdicts(1))
    other = open_run(ledger, verdicts(1))
    assert ledger.run(run_id[-6:]).id == run_id
    with pytest.raises(LedgerError, match="Several runs"):
        ledger.run(run_id[:8])
    with pytest.raises(LedgerError, match="no run"):
        ledger.run("%")
    assert [run.id for run in ledger.runs()] == [other, run_id]


def test_counts_add_up_and_totals_are_exact(ledger: Ledger) -> None:
    found = [verdict(f"A{i}", amount=0.1) for i in range(10)] + [verdict("B", faults=[fault()])]
    run_id = open_run(ledger, found)
    counts = ledger.counts(run_id)
    assert (counts.read, counts.valid, counts[State.INVALID]) == (11, 10, 1)
    assert ledger.totals(run_id, [State.PENDING]) == [Total("USD", 10, Decimal("1.0"))]


def test_faults_come_by_sheet_and_row(ledger: Ledger) -> None:
    def at(sheet: str | None, row: int) -> object:
        return fault().__class__("x", "m", "r", Severity.WARNING, sheet, row)

    found = [verdict("A", faults=[at("Line Items", 9), at("Invoices", 7)])]
    found += [verdict("B", faults=[at("Line Items", 3), at(None, 1), at("Invoices", 2)])]
    run_id = open_run(ledger, found)
    assert [(f.sheet, f.row) for f in ledger.faults(run_id)] == [
        ("Invoices", 2),
        ("Invoices", 7),
        ("Line Items", 3),
        ("Line Items", 9),
        (None, 1),
    ]


def test_derived_run_holds_only_the_asked_states_and_their_warnings(ledger: Ledger) -> None:
    warning = fault("Odd.", Severity.WARNING)
    found = [verdict("A", faults=[fault()]), verdict("B", faults=[warning]), verdict("C")]
    parent = open_run(ledger, found)
    child = ledger.derive_run(parent, [State.PENDING])
    assert [entry.number for entry in ledger.entries(child)] == ["B", "C"]
    assert [entry.position for entry in ledger.entries(child)] == [0, 1]
    assert ledger.faults(child) == [warning]
    assert ledger.run(child).parent == parent


def test_big_runs_keep_every_invoice_once_and_in_order(ledger: Ledger) -> None:
    run_id = open_run(ledger, verdicts(2345))
    assert [entry.position for entry in ledger.entries(run_id)] == list(range(2345))


def test_old_draft_is_swept_and_open_runs_are_not(tmp_path: Path) -> None:
    path = tmp_path / "l.db"
    with Ledger.open(path) as ledger:
        kept = open_run(ledger, verdicts(1))
        old = ledger.draft_run(new_run(), verdicts(2))
    with sqlite3.connect(path) as raw:
        raw.execute("UPDATE runs SET created_at = created_at - 90000")
    raw.close()
    with Ledger.open(path) as ledger:
        ledger.draft_run(new_run(), verdicts(1))
        assert ledger.run(kept).id == kept
        with pytest.raises(LedgerError):
            ledger.run(old)


def test_migrations_end_where_the_tables_are(tmp_path: Path) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.config import Config
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

    from importer.ledger import migrations
    from importer.ledger.tables import metadata

    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    assert ScriptDirectory.from_config(config).get_current_head() == NEWEST
    with Ledger.open(tmp_path / "l.db") as ledger, ledger._db.reading() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, metadata) == []


def test_opening_a_current_ledger_imports_no_migration_engine(tmp_path: Path) -> None:
    Ledger.open(tmp_path / "l.db").close()
    code = (
        "import sys; from importer.ledger import Ledger; Ledger.open(sys.argv[1]).close();"
        "print([m for m in ('alembic', 'pandas', 'requests', 'openpyxl') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "l.db")],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.stdout.strip() == "[]", done.stderr


def test_commits_are_synced_to_disk(ledger: Ledger) -> None:
    with ledger._db.reading() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2


@pytest.mark.parametrize("content", [b"not a database, for sure" * 50, None])
def test_file_that_is_no_ledger_is_refused_in_one_sentence(
    tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "other.db"
    if content is None:
        with sqlite3.connect(path) as raw:
            raw.execute("CREATE TABLE songs (name TEXT)")
        raw.close()
    else:
        path.write_bytes(content)
    with pytest.raises(LedgerError) as caught:
        Ledger.open(path)
    assert str(path) in str(caught.value)
    assert caught.value.remedy


def test_ledger_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "l.db"
    Ledger.open(path).close()
    with sqlite3.connect(path) as raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
    raw.close()
    with pytest.raises(LedgerError, match="newer version"):
        Ledger.open(path)


def test_folder_that_cannot_be_made_is_a_ledger_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(LedgerError):
        Ledger.open(tmp_path / "file" / "ledger.db")


def test_processes_opening_a_new_ledger_at_once_all_succeed(tmp_path: Path) -> None:
    code = "import sys; from importer.ledger import Ledger; Ledger.open(sys.argv[1]).runs()"
    path = str(tmp_path / "l.db")
    running = [subprocess.Popen([sys.executable, "-c", code, path]) for _ in range(3)]
    assert [process.wait() for process in running] == [0, 0, 0]


def test_password_of_a_database_is_not_shown() -> None:
    with pytest.raises(LedgerError) as caught:
        Ledger.open("nosuchdatabase://clerk:hush@localhost/ledger")
    assert "hush" not in str(caught.value)


def test_pid_is_part_of_the_workers_name(ledger: Ledger) -> None:
    assert ledger.enroll(60).id.startswith(f"{os.getpid()}-")
