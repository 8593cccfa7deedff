"""The circle: check, run, mend, run again; and what may never happen on the way round."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from importer.errors import TokenRefused, UsageError
from importer.model import State, Store
from importer.runs import Plan, Steps, check, history, report, rerun, run, show
from importer.sandbox.server import Sandbox

from .conftest import Make

GOOD = ("INV-1", "1001", "USD", 10, "Open", "red")
ALSO = ("INV-2", "1002", "EUR", 20.5, None, None)
BAD = ("INV-3", "1003", "USD", 30, "Opne", "blue")
LINES = (("INV-1", "A", 1, 10, "x"), ("INV-3", "B", 3, 10, "y"))


def posts(shop: Sandbox) -> int:
    """Give how many invoices the store was asked to create."""
    return int(shop.stats()["posts"])


def numbers(shop: Sandbox) -> list[str]:
    """Give the invoice numbers that the store holds."""
    return sorted(invoice["invoiceNumber"] for invoice in shop.invoices())


def test_a_check_sends_nothing_and_leaves_nothing_but_the_report(
    make: Make, shop: Sandbox, home: Path
) -> None:
    workbook = make([GOOD, BAD], LINES)
    result = check(workbook)
    assert (result.invoices.read, result.invoices.valid) == (2, 1)
    assert [fault.cell for fault in result.faults if fault.is_error] == ["Invoices!E3"]
    assert result.report == workbook.with_name("book-report.xlsx")
    assert result.report.exists()
    assert list(home.iterdir()) == []
    assert shop.stats()["requests"] == 0


def test_a_clean_check_writes_no_report(make: Make) -> None:
    workbook = make([GOOD, ALSO])
    result = check(workbook)
    assert result.well
    assert result.report is None
    assert list(workbook.parent.iterdir()) == [workbook]


def test_the_circle(make: Make, shop: Sandbox, store: Store) -> None:
    first = run(make([GOOD, ALSO, BAD], LINES), store=store, token=shop.token)
    assert first.invoices.by_state == {State.CREATED: 2, State.INVALID: 1}
    assert first.report is not None
    book = openpyxl.load_workbook(first.report)
    assert [row[0].value for row in book["Invoices"].iter_rows(min_row=2)] == ["INV-3"]
    assert [row[0].value for row in book["Line Items"].iter_rows(min_row=2)] == ["INV-3"]
    assert book["Invoices"]["F2"].value == "blue"
    book["Invoices"]["E2"] = "Open"
    book.save(first.report)
    second = run(first.report, store=store, token=shop.token)
    assert second.parent == first.run
    assert second.invoices.by_state == {State.CREATED: 1}
    assert numbers(shop) == ["INV-1", "INV-2", "INV-3"]
    assert posts(shop) == 3
    assert shop.stats()["emails"] == 3


def test_the_same_workbook_again_sends_no_request(make: Make, shop: Sandbox, store: Store) -> None:
    workbook = make([GOOD, ALSO])
    run(workbook, store=store, token=shop.token)
    before = shop.stats()["requests"]
    again = run(workbook, store=store, token=shop.token)
    assert again.invoices.by_state == {State.SKIPPED: 2}
    assert again.well
    assert shop.stats()["requests"] == before


def test_a_created_invoice_with_another_amount_is_a_conflict_at_its_cell(
    make: Make, shop: Sandbox, store: Store
) -> None:
    run(make([GOOD]), store=store, token=shop.token)
    changed = ("INV-1", "1001", "USD", 11, "Open", "red")
    result = run(make([changed]), store=store, token=shop.token)
    assert result.invoices.by_state == {State.CONFLICT: 1}
    assert [fault.cell for fault in result.faults if fault.is_error] == ["Invoices!A2"]
    assert posts(shop) == 1


def test_saying_no_posts_nothing_and_leaves_no_run(make: Make, shop: Sandbox, store: Store) -> None:
    plans: list[Plan] = []

    def no(plan: Plan) -> bool:
        plans.append(plan)
        return False

    result = run(make([GOOD, BAD]), store=store, token=shop.token, steps=Steps(confirm=no))
    assert result.dry_run
    assert [(plan.to_post, plan.invalid) for plan in plans] == [(1, 1)]
    assert [(total.currency, str(total.amount)) for total in plans[0].totals] == [("USD", "10.0")]
    assert history() == []
    assert posts(shop) == 0


def test_a_refused_token_leaves_everything_pending_and_the_same_command_goes_on(
    make: Make, shop: Sandbox, store: Store
) -> None:
    workbook = make([GOOD, ALSO])
    with pytest.raises(TokenRefused) as refused:
        run(workbook, store=store, token="wrong")
    assert refused.value.result is not None
    assert refused.value.result.invoices.by_state == {State.PENDING: 2}
    result = run(workbook, store=store, token=shop.token)
    assert result.invoices.by_state == {State.CREATED: 2}
    assert numbers(shop) == ["INV-1", "INV-2"]


def test_rerun_posts_from_the_ledger_what_was_left(make: Make, shop: Sandbox, store: Store) -> None:
    workbook = make([GOOD, ALSO])
    with pytest.raises(TokenRefused) as refused:
        run(workbook, store=store, token="wrong")
    workbook.unlink()
    assert refused.value.result is not None
    first = refused.value.result.run
    assert first is not None
    again = rerun(first, store=store, token=shop.token, write_report=False)
    assert again.parent == first
    assert again.invoices.by_state == {State.CREATED: 2}


def test_a_report_of_a_report_keeps_the_row_of_the_first_workbook(make: Make) -> None:
    first = check(make([GOOD, ALSO, BAD], LINES)).report
    assert first is not None
    second = check(first).report
    assert second is not None
    sheet = openpyxl.load_workbook(second)["Invoices"]
    headers = [cell.value for cell in sheet[1]]
    assert headers.count("Import Status") == headers.count("Original Row") == 1
    assert sheet.cell(2, headers.index("Original Row") + 1).value == 4
    assert sheet["E2"].comment is not None
    assert sheet["E2"].comment.text.count("not one of the choices") == 1


def test_a_report_is_made_from_what_was_uploaded_whatever_became_of_the_file(
    make: Make, shop: Sandbox, store: Store, tmp_path: Path
) -> None:
    workbook = make([GOOD, BAD], LINES)
    result = run(workbook, store=store, token=shop.token, write_report=False)
    shutil.copy(make([ALSO], name="other.xlsx"), workbook)
    assert result.run is not None
    written = report(result.run, tmp_path / "later.xlsx")
    sheet = openpyxl.load_workbook(written)["Invoices"]
    assert [sheet["A2"].value, sheet["E2"].value] == ["INV-3", "Opne"]


def test_a_report_that_cannot_be_written_hides_nothing(
    make: Make, shop: Sandbox, store: Store, tmp_path: Path
) -> None:
    folder = tmp_path / "reports"
    folder.mkdir()

    def lose_folder(_: Any) -> None:
        if folder.exists():
            folder.rmdir()

    result = run(
        make([GOOD, BAD]),
        store=store,
        token=shop.token,
        report=folder / "r.xlsx",
        steps=Steps(on_posting=lose_folder),
    )
    assert result.invoices.by_state == {State.CREATED: 1, State.INVALID: 1}
    assert result.report is None
    assert result.report_trouble is not None
    assert f"importer report {result.run}" in result.report_trouble
    assert result.run is not None
    assert show(result.run).invoices.read == 2


def test_the_report_never_replaces_the_workbook_or_what_a_person_has_saved(make: Make) -> None:
    workbook = make([BAD])
    first, old = workbook.with_name("book-report.xlsx"), workbook.with_name("book-report-old.xlsx")
    with pytest.raises(UsageError, match="replace the workbook itself"):
        check(workbook, report=workbook)
    assert check(workbook).report == first
    assert [check(workbook).report for _ in range(3)] == [first] * 3  # they don't pile up
    assert reports_beside(workbook) == {first.name, old.name}
    second = check(first).report  # the report itself, run as it is
    assert second == workbook.with_name("book-report-2.xlsx")
    saved = openpyxl.load_workbook(first)
    saved.save(first)
    mine = first.read_bytes()
    assert check(workbook).report == second
    assert first.read_bytes() == mine


def test_an_old_report_that_a_person_has_saved_is_kept_too(make: Make) -> None:
    workbook = make([BAD])
    first, old = workbook.with_name("book-report.xlsx"), workbook.with_name("book-report-old.xlsx")
    old.write_bytes(b"a clerk's own")
    assert [check(workbook).report for _ in range(2)] == [first, first]
    assert old.read_bytes() == b"a clerk's own"


def reports_beside(workbook: Path) -> set[str]:
    return {path.name for path in workbook.parent.glob("*-report*")}


def test_it_logs_under_its_own_name_and_leaves_the_root_logger_alone(
    make: Make, shop: Sandbox, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    root = logging.getLogger()
    before = (root.level, list(root.handlers))
    caplog.set_level(logging.DEBUG, "importer")
    result = run(make([GOOD]), store=store, token=shop.token)
    ours = [record for record in caplog.records if record.name.startswith("importer.")]
    said = [record.getMessage() for record in ours]
    assert said[0] == f"run {result.run}: posting to {store.name} begins"
    assert any(GOOD[0] in text and "created" in text for text in said)
    assert said[-1] == f"run {result.run}: posting has ended: {{'created': 1}}"
    assert not any(shop.token in text for text in said)
    assert (root.level, list(root.handlers)) == before
