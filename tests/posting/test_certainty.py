"""No answer is final while an attempt may have succeeded, and what was inferred isn't confirmed."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ledger.helpers import body, open_run, verdict, verdicts

from importer.ledger import Ledger, RunState
from importer.model import State, Verdict
from importer.posting.client import Client, find_invoices
from importer.posting.undoing import delete_all, survey
from importer.sandbox.wording import NUMBER, ORDER
from tests.waiting import until

from .conftest import QUICK, Shop
from .test_poster import outcomes, put, states

Open = Callable[..., Shop]


def entry(ledger: Ledger, run_id: str, number: str) -> Any:
    return next(one for one in ledger.entries(run_id) if one.number == number)


def with_order(number: str, order: str) -> Verdict:
    found = verdict(number)
    found.payload.body["orderNumber"] = order
    return found


@pytest.mark.parametrize("lag", [0.0, 0.3])
@pytest.mark.parametrize("words", NUMBER)
def test_a_refusal_after_an_error_may_be_the_echo_of_our_own_success(
    ledger: Ledger, open_shop: Open, words: str, lag: float
) -> None:
    shop = open_shop(list_lag=lag)
    shop.sandbox.set_fault("500", method="POST", commit=True, count=1)
    shop.sandbox.set_fault("duplicate-words", words=words)
    run_id = open_run(ledger, verdicts(2))
    shop.post(ledger, run_id, options=replace(QUICK, settle=1.0))
    assert set(states(ledger, run_id).values()) == {State.CREATED}
    assert sorted(shop.numbers()) == ["INV-0000", "INV-0001"]
    assert ledger.inferred(ledger.run(run_id)) == 1
    assert ledger.faults(run_id) == []


@pytest.mark.parametrize("words", ORDER)
def test_an_order_that_is_invoiced_after_an_error_may_be_invoiced_by_us(
    ledger: Ledger, shop: Shop, words: str
) -> None:
    shop.sandbox.set_fault("500", method="POST", commit=True, count=3)
    shop.sandbox.set_fault("order-words", words=words)
    run_id = open_run(ledger, [with_order(f"ORD-{at}", f"{5001 + at}") for at in range(3)])
    shop.post(ledger, run_id, options=replace(QUICK, give_up_after=60))
    assert set(states(ledger, run_id).values()) == {State.CREATED}
    assert len(shop.numbers()) == len(set(shop.numbers())) == 3


def test_a_refusal_that_is_no_echo_is_rejected_once_the_store_was_asked(
    ledger: Ledger, shop: Shop
) -> None:
    shop.sandbox.set_fault("502", method="POST", count=1)
    run_id = open_run(ledger, [verdict("A", company="9999")])
    shop.post(ledger, run_id, options=replace(QUICK, settle=1.0))
    assert states(ledger, run_id) == {"A": State.REJECTED}
    assert outcomes(ledger, run_id, "A")[-2:] == ["absent-yet", "rejected"]
    assert ledger.faults(run_id)[0].cell == "Invoices!B2"


def test_a_number_that_exists_and_is_not_listed_is_unknown_and_never_not_posted(
    ledger: Ledger, open_shop: Open
) -> None:
    shop = open_shop(list_lag=1000.0)
    put(shop, number="A")
    run_id = open_run(ledger, [verdict("A"), verdict("B")])
    shop.post(ledger, run_id)
    assert states(ledger, run_id) == {"A": State.UNKNOWN, "B": State.CREATED}
    [fault] = ledger.faults(run_id)
    assert (fault.code, fault.cell) == ("number-not-listed", "Invoices!A2")
    assert "doesn't list it: The invoice number already exists." in fault.message
    assert ledger.run(run_id).state is RunState.OPEN
    posts = shop.sandbox.stats()["posts"]
    shop.post(ledger, run_id)
    assert states(ledger, run_id)["A"] is State.UNKNOWN
    assert shop.sandbox.stats()["posts"] == posts
    again = ledger.derive_run(run_id, (State.UNKNOWN,))
    ledger.open_run(again)
    shop.post(ledger, again)
    assert states(ledger, again) == {"A": State.UNKNOWN}


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [("inv-1", "INV-1"), ("RE-1", "RÉ-1"), ("RÉ-1", "RE-1"), ("RÉ-1", "RE\u0301-1")],
)
def test_a_number_that_the_store_spells_otherwise_is_a_conflict_that_names_it(
    ledger: Ledger, open_shop: Open, theirs: str, ours: str
) -> None:
    shop = open_shop(fold=True)
    put(shop, number=theirs)
    run_id = open_run(ledger, [verdict(ours)])
    shop.post(ledger, run_id)
    assert states(ledger, run_id) == {ours: State.CONFLICT}
    [fault] = ledger.faults(run_id)
    assert f"“{theirs}”" in fault.message
    assert "another number" not in fault.remedy


def test_the_last_try_commits_under_an_error_while_the_list_lags(
    ledger: Ledger, open_shop: Open
) -> None:
    """Unknown until it is listed, then created: never failed."""
    shop = open_shop(list_lag=3.0)
    shop.sandbox.set_fault("500", method="POST", count=4)
    shop.sandbox.set_fault("500", method="POST", count=1, commit=True)
    run_id = open_run(ledger, verdicts(1))
    shop.post(ledger, run_id, options=replace(QUICK, settle=0.1))
    assert states(ledger, run_id) == {"INV-0000": State.UNKNOWN}
    assert "may have it" in ledger.faults(run_id)[0].message
    while states(ledger, run_id) != {"INV-0000": State.CREATED}:
        shop.post(ledger, run_id, options=replace(QUICK, tries=1, settle=0.1))
    assert shop.numbers() == ["INV-0000"]
    assert entry(ledger, run_id, "INV-0000").inferred


def test_that_it_may_be_sent_is_not_forgotten_by_a_rerun(ledger: Ledger, open_shop: Open) -> None:
    """A commit under an error and a slow list: found later it is ours, and can be taken back."""
    shop = open_shop(list_lag=3.0)
    shop.sandbox.set_fault("500", method="POST", count=1, commit=True)
    run_id = open_run(ledger, verdicts(1))
    shop.post(ledger, run_id, options=replace(QUICK, tries=1, settle=0.1))
    assert states(ledger, run_id) == {"INV-0000": State.UNKNOWN}
    again = ledger.derive_run(run_id, (State.UNKNOWN,))
    ledger.open_run(again)
    while states(ledger, again) != {"INV-0000": State.CREATED}:
        shop.post(ledger, again, options=replace(QUICK, tries=2, settle=0.1))
    assert shop.numbers() == ["INV-0000"]
    assert len(shop.sandbox.outbox()) == 1
    assert undo(ledger, shop, again, inferred=True) == ["INV-0000"]
    assert shop.numbers() == []


def test_a_fixed_row_is_looked_up_before_it_is_posted_when_the_first_may_be_there(
    ledger: Ledger, open_shop: Open
) -> None:
    """What was refused in doubt and turns up late is never billed a second time."""
    shop = open_shop(list_lag=2.0)
    shop.sandbox.set_fault("500", method="POST", count=1, commit=True)
    shop.sandbox.set_fault("duplicate-words", words="422")
    first = open_run(ledger, verdicts(1))
    shop.post(ledger, first, options=replace(QUICK, settle=0.05))
    assert states(ledger, first) == {"INV-0000": State.REJECTED}
    fixed = open_run(ledger, verdicts(1, amount=21.0))
    until(lambda: listed(shop, "INV-0000"))
    shop.post(ledger, fixed)
    assert states(ledger, fixed) == {"INV-0000": State.CONFLICT}
    [fault] = ledger.faults(fixed)
    assert "It may be this very invoice" in fault.message
    assert "Keep its number" in ledger.faults(first)[0].remedy
    assert len(shop.numbers()) == len(shop.sandbox.outbox()) == 1


def test_an_invoice_that_was_paid_while_its_answer_was_lost_is_ours(
    ledger: Ledger, shop: Shop
) -> None:
    shop.sandbox.set_fault("reset-after", method="POST", count=1)
    run_id = open_run(ledger, verdicts(1))

    def pay(_: Any) -> None:
        if shop.numbers() and not paid:
            shop.sandbox.pay("INV-0000", "15")
            paid.append(True)

    paid: list[bool] = []
    shop.post(ledger, run_id, options=replace(QUICK, first_look=0.5), on_progress=pay)
    assert paid
    assert states(ledger, run_id) == {"INV-0000": State.CREATED}
    found = entry(ledger, run_id, "INV-0000")
    assert found.inferred
    assert "paid since: the open balance is 20.0 here and 5.0000 there" in found.message
    assert ledger.faults(run_id) == []


def test_one_id_for_two_invoices_is_unknown_and_both_are_looked_up(
    ledger: Ledger, shop: Shop
) -> None:
    shop.sandbox.set_fault("same-id", method="POST", count=3)
    run_id = open_run(ledger, verdicts(6))
    shop.post(ledger, run_id, options=replace(QUICK, in_flight=1))
    assert set(states(ledger, run_id).values()) == {State.CREATED}
    held = {one["invoiceNumber"]: str(one["id"]) for one in shop.sandbox.invoices()}
    assert {one.number: one.store_invoice_id for one in ledger.entries(run_id)} == held
    assert "same-id" in {attempt.outcome for attempt in ledger.attempts(run_id)}
    assert len(shop.sandbox.outbox()) == 6


def listed(shop: Shop, number: str) -> bool:
    """Whether the store's list shows an invoice by now."""
    with closing(Client(shop.store, shop.token, (5, 5))) as client:
        answer = client.send(find_invoices(number, 0, 10))
    return bool(answer.body and answer.body["data"])


def undo(ledger: Ledger, shop: Shop, run_id: str, *, inferred: bool = False) -> list[str]:
    """Take a run back; give the numbers that were deleted."""
    run = ledger.run(run_id)
    found = survey(ledger, run, shop.store, shop.token, QUICK, inferred=inferred)
    ids = [one.id for one in found.to_delete]
    delete_all(ledger, run, shop.store, shop.token, ids, QUICK)
    return [one.number for one in found.to_delete]


def test_of_two_computers_that_may_have_created_an_invoice_neither_deletes_it(
    ledger: Ledger, shop: Shop, tmp_path: Path
) -> None:
    with Ledger.open(tmp_path / "other.db") as other:
        for one in (ledger, other):
            shop.sandbox.set_fault("reset-after", method="POST", count=1)
            shop.sandbox.set_fault("500", method="POST", count=1)
            run_id = open_run(one, [verdict("A")])
            shop.post(one, run_id)
            assert states(one, run_id) == {"A": State.CREATED}
            assert one.inferred(one.run(run_id)) == 1
            shop.sandbox.clear_faults()
            assert undo(one, shop, run_id) == []
        assert shop.numbers() == ["A"]
        assert undo(other, shop, run_id, inferred=True) == ["A"]


def test_the_whole_content_decides_whether_an_invoice_is_the_same(
    ledger: Ledger, shop: Shop
) -> None:
    more = {"dueDate": 1_800_000_000, "purchaseOrderNumber": "1", "termsConditions": "Net 90"}
    put(shop, more, number="A")
    put(shop, number="B")
    wanted = verdict("A")
    wanted.payload.body.update(more | {"dueDate": 1_790_000_000, "purchaseOrderNumber": "2"})
    shown = verdict("B")
    shown.payload.body["externalPdfUrl"] = "https://files.example/a.pdf"
    run_id = open_run(ledger, [wanted, shown])
    shop.post(ledger, run_id)
    assert states(ledger, run_id) == {"A": State.CONFLICT, "B": State.SKIPPED}
    [fault] = ledger.faults(run_id)
    assert "the due date is" in fault.message
    assert "the PO number is 2 here and 1 there" in fault.message
    said = entry(ledger, run_id, "B").message
    assert "Not compared: the external PDF URL" in said
    assert body("B")  # nothing of it was changed
