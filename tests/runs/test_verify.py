"""Control totals: what the ledger says adds up, and what the store says is put beside it."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
import requests

from importer.control import Control
from importer.model import Fault, Result, State, Store
from importer.runs import Steps, rerun, run, verify
from importer.sandbox.server import Sandbox

from .conftest import Make

BOOK = (
    ("A-1", "1001", "EUR", 0.1),
    ("A-2", "1001", "EUR", 0.2),
    ("B-1", "1002", "EUR", 1234.56),
    ("C-1", "1003", "USD", 99),
    ("C-2", "1003", "USD", 1, "Opne"),
)


def control(result: Result) -> Control:
    assert result.control is not None
    return result.control


def table(result: Result) -> dict[tuple[str, str], tuple[str, ...]]:
    """The amounts of each line as text, trailing zeros away."""
    return {
        (line.currency, line.company): tuple(
            format(figure.amount.normalize(), "f") if figure is not None else "-"
            for figure in (
                line.workbook,
                line.posted,
                line.not_posted,
                line.read_back,
                line.difference,
            )
        )
        for line in control(result).lines
    }


def errors(result: Result) -> list[Fault]:
    return [fault for fault in result.faults if fault.is_error]


def change(shop: Sandbox, number: str, method: str = "PUT", **body: object) -> None:
    """Change or delete an invoice in the store behind our back."""
    [found] = [one for one in shop.invoices() if one["invoiceNumber"] == number]
    done = requests.request(
        method,
        f"{shop.base_url}/ip/invoices/{found['id']}",
        json=body or None,
        headers={"X-Auth-Token": shop.token, "X-Store-Hash": shop.store_hash},
        timeout=10,
    )
    assert done.json()["code"] == 200


def test_the_totals_of_a_run_add_up_and_tie_when_all_is_there(
    make: Make, shop: Sandbox, store: Store
) -> None:
    result = run(make(BOOK), store=store, token=shop.token, steps=Steps(verify=True))
    assert table(result) == {
        ("EUR", "1001"): ("0.3", "0.3", "0", "0.3", "0"),
        ("EUR", "1002"): ("1234.56", "1234.56", "0", "1234.56", "0"),
        ("USD", "1003"): ("100", "99", "1", "99", "1"),
    }
    assert not control(result).ties
    assert control(result).explained
    assert "not posted" in control(result).verdict
    clean = run(make(BOOK[:4]), store=store, token=shop.token, steps=Steps(verify=True))
    assert clean.invoices.by_state == {State.SKIPPED: 4}
    assert control(clean).ties
    assert control(clean).read_back_at


def test_a_store_that_was_not_asked_has_no_figures(make: Make, shop: Sandbox, store: Store) -> None:
    result = run(make(BOOK[:4]), store=store, token=shop.token)
    assert {line[3] for line in table(result).values()} == {"-"}
    assert control(result).ties
    assert result.as_json()["control"]["lines"][0]["read_back"] is None


def test_what_was_changed_or_deleted_in_the_store_is_found_at_its_cell(
    make: Make, shop: Sandbox, store: Store
) -> None:
    result = run(make(BOOK[:4]), store=store, token=shop.token)
    change(shop, "A-2", originalBalance={"code": "EUR", "value": "0.21"})
    change(shop, "C-1", method="DELETE")
    checked = verify(result.run or "", store=store, token=shop.token)
    assert not checked.well
    assert [(fault.code, fault.cell) for fault in errors(checked)] == [
        ("store-differs", "Invoices!D3"),
        ("store-lacks", "Invoices!A5"),
    ]
    assert "0.2 here and 0.2100 there" in errors(checked)[0].message
    found = control(checked)
    assert (found.lacks, found.differs, found.explained) == (1, 1, False)
    assert table(checked)["EUR", "1001"] == ("0.3", "0.3", "0", "0.31", "-0.01")
    assert table(checked)["USD", "1003"] == ("99", "99", "0", "0", "99")

    change(shop, "A-2", originalBalance={"code": "EUR", "value": "0.2"})
    again = verify(result.run or "", store=store, token=shop.token)
    assert [fault.code for fault in errors(again)] == ["store-lacks"]


def test_what_the_store_has_lost_is_created_again_under_its_own_number(
    make: Make, shop: Sandbox, store: Store
) -> None:
    result = run(make(BOOK[:4]), store=store, token=shop.token)
    change(shop, "C-1", method="DELETE")
    checked = verify(result.run or "", store=store, token=shop.token)
    assert checked.invoices.by_state == {State.CREATED: 3, State.MISSING: 1}
    assert "importer rerun" in errors(checked)[0].remedy
    assert "another number" not in errors(checked)[0].remedy
    again = rerun(result.run or "", store=store, token=shop.token)
    assert again.invoices.by_state == {State.CREATED: 1}
    assert sorted(one["invoiceNumber"] for one in shop.invoices()) == ["A-1", "A-2", "B-1", "C-1"]


def test_a_payment_is_no_difference_but_anything_else_is(
    make: Make, shop: Sandbox, store: Store
) -> None:
    result = run(make(BOOK[:4]), store=store, token=shop.token)
    change(shop, "B-1", openBalance={"code": "EUR", "value": "34.56"}, status=1)
    change(shop, "C-1", purchaseOrderNumber="77")
    checked = verify(result.run or "", store=store, token=shop.token)
    assert [(fault.invoice, fault.code) for fault in errors(checked)] == [("C-1", "store-differs")]
    assert "the PO number is empty here and 77 there" in errors(checked)[0].message


def test_the_ledger_alone_vouches_for_nothing_and_recheck_asks_the_store(
    make: Make, shop: Sandbox, store: Store
) -> None:
    book = make(BOOK[:4])
    run(book, store=store, token=shop.token)
    change(shop, "A-1", method="DELETE")
    change(shop, "B-1", externalId="somebody's")
    change(shop, "C-1", openBalance={"code": "USD", "value": "1"}, status=1)
    before = shop.stats()["requests"]
    trusting = run(book, store=store, token=shop.token)
    assert trusting.invoices.by_state == {State.SKIPPED: 4}
    assert shop.stats()["requests"] == before
    assert "The store was not asked" in control(trusting).verdict
    steps = Steps(recheck=True)
    asked = run(book, store=store, token=shop.token, steps=steps)
    assert asked.invoices.by_state == {State.CREATED: 1, State.SKIPPED: 2, State.CONFLICT: 1}
    assert [(fault.invoice, fault.code) for fault in errors(asked)] == [("B-1", "number-taken")]
    assert sorted(one["invoiceNumber"] for one in shop.invoices()) == ["A-1", "A-2", "B-1", "C-1"]


@pytest.mark.parametrize(("others", "asked"), [(0, 2), (600, 5)])
def test_the_store_is_asked_in_as_few_requests_as_can_be(
    make: Make, shop: Sandbox, store: Store, others: int, asked: int
) -> None:
    """Two pages hold 260 invoices; five invoices among 600 are read one by one."""
    if others:
        run(
            make([(f"O-{at}", "1001", "EUR", 1) for at in range(others)]),
            store=store,
            token=shop.token,
        )
    count = 5 if others else 260
    mine = make([(f"N-{at}", "1001", "EUR", 1) for at in range(count)])
    result = run(mine, store=store, token=shop.token)
    before = shop.stats()["requests"]
    checked = verify(result.run or "", store=store, token=shop.token)
    assert control(checked).ties
    assert shop.stats()["requests"] - before <= asked


def test_the_sheet_to_sign_says_what_the_screen_says(
    make: Make, shop: Sandbox, store: Store, tmp_path: Path
) -> None:
    result = run(make(BOOK), store=store, token=shop.token, write_report=False)
    written = verify(
        result.run or "", store=store, token=shop.token, report=tmp_path / "signed.xlsx"
    ).report
    assert written is not None
    book = openpyxl.load_workbook(written)
    assert book.sheetnames[:2] == ["Summary", "Control Totals"]
    sheet = book["Control Totals"]
    rows = [[cell.value for cell in row][1:] for row in sheet.iter_rows()]
    [first] = [row for row in rows if row[0] == "EUR"]
    assert first[1:4] == ["1001", 2, 0.3]
    totals = [row for row in rows if row[1] == "All companies"]
    assert [Decimal(repr(row[3])) for row in totals] == [Decimal("1234.86"), Decimal(100)]
    assert [row[-2:] for row in totals] == [[0, 0], [1, 1]]
    texts = {str(value) for row in rows for value in row if value}
    assert {"Prepared by", "Checked by", "Name", "Date", "Signature"} <= texts
    assert any("The only difference is what was not posted" in text for text in texts)
    assert not any("not asked" in text for text in texts)
