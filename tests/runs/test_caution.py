"""A few first, what exists already, and taking back: whole runs from a workbook."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import requests

from importer import cli
from importer.errors import UsageError
from importer.ledger.records import Line
from importer.model import State, Store
from importer.posting import Progress, StopSignal
from importer.posting.canary import spread
from importer.runs import Canary, Steps, Trial, Undone, UndoSteps, resume, run, undo
from importer.sandbox.server import Sandbox

from .conftest import Make

ROWS = [
    (f"INV-{n}", "1001" if n < 8 else "1002", "USD" if n < 9 else "EUR", n) for n in range(1, 11)
]


def numbers(shop: Sandbox) -> set[str]:
    return {invoice["invoiceNumber"] for invoice in shop.invoices()}


def change(shop: Sandbox, number: str, **fields: Any) -> None:
    """Change an invoice behind the importer's back."""
    (ident,) = [i["id"] for i in shop.invoices() if i["invoiceNumber"] == number]
    headers = {"X-Auth-Token": shop.token, "X-Store-Hash": shop.store_hash}
    url = f"{shop.base_url}/ip/invoices/{ident}"
    requests.put(url, json=fields, headers=headers, timeout=10).raise_for_status()


class Decision:
    """Answers a canary's question, and remembers what was shown."""

    def __init__(self, answer: bool) -> None:
        self.answer = answer
        self.trials: list[Trial] = []

    def __call__(self, trial: Trial) -> bool:
        self.trials.append(trial)
        return self.answer


def test_a_canary_is_posted_read_back_and_shown_before_the_rest(
    make: Make, shop: Sandbox, store: Store
) -> None:
    yes = Decision(True)
    steps = Steps(canary=Canary(3, yes))
    result = run(make(ROWS), store=store, token=shop.token, steps=steps)
    (trial,) = yes.trials
    assert [one.number for one in trial.tried] == ["INV-1", "INV-8", "INV-9"]
    assert trial.same
    assert trial.left == 7
    assert result.invoices.by_state == {State.CREATED: 10}
    assert shop.stats()["posts"] == 10


def test_declining_leaves_the_rest_pending_and_resume_goes_on(
    make: Make, shop: Sandbox, store: Store
) -> None:
    steps = Steps(canary=Canary(2, Decision(False)))
    result = run(make(ROWS), store=store, token=shop.token, steps=steps)
    assert result.invoices.by_state == {State.CREATED: 2, State.PENDING: 8}
    assert "canary" in (result.stopped or "")
    assert result.run is not None
    again = resume(result.run, store=store, token=shop.token)
    assert again.invoices.by_state == {State.CREATED: 10}
    assert again.stopped is None
    assert shop.stats()["posts"] == 10


def test_a_canary_shows_what_the_store_holds_otherwise(
    make: Make, shop: Sandbox, store: Store
) -> None:
    no = Decision(False)

    def meddle(_: Any) -> None:
        for number in numbers(shop):
            change(shop, number, openBalance={"code": "USD", "value": "0.5"})

    steps = Steps(canary=Canary(1, no), on_posting=meddle)
    run(make(ROWS[:3]), store=store, token=shop.token, steps=steps)
    (trial,) = no.trials
    assert not trial.same
    assert trial.tried[0].differs == "the open balance is 1.0 here and 0.5000 there"


def test_a_refused_canary_is_shown_as_such(make: Make, shop: Sandbox, store: Store) -> None:
    no = Decision(False)
    rows = [("INV-1", "9999", "USD", 1), *ROWS[1:]]
    run(make(rows), store=store, token=shop.token, steps=Steps(canary=Canary(1, no)))
    (tried,) = no.trials[0].tried
    assert (tried.state, tried.same, tried.differs) == (State.REJECTED, False, None)


def test_the_choice_spreads_over_currencies_then_companies() -> None:
    kinds = [("USD", "1"), ("USD", "1"), ("USD", "2"), ("EUR", "1"), ("EUR", "2"), ("JPY", "2")]
    lines = [
        Line(at, f"N{at}", State.PENDING, currency, company, "1", None, None)
        for at, (currency, company) in enumerate(kinds)
    ]

    def chosen(count: int) -> list[int]:
        return [line.position for line in spread(lines, count)]

    assert chosen(3) == [0, 3, 5]
    assert chosen(4) == [0, 2, 3, 5]
    assert chosen(6) == [0, 1, 2, 3, 4, 5]
    assert chosen(99) == [0, 1, 2, 3, 4, 5]


def test_with_yes_the_rest_follows_a_canary_only_if_all_is_the_same(
    make: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["run", str(make(ROWS)), "--sandbox", "--yes", "--canary", "2", "--no-report"]
    assert cli.main(command) == 0
    shown = capsys.readouterr().out
    assert "read 10 = 10 created" in shown
    assert shown.count("the same") >= 2
    bad = [("B-1", "9999", "USD", 1), ("B-2", "1001", "USD", 2)]
    command[1] = str(make(bad, name="bad.xlsx"))
    command[5] = "1"
    assert cli.main(command) == 1
    shown = capsys.readouterr().out
    assert "read 2 = 1 rejected + 1 pending" in shown
    assert "importer resume" in shown
    assert "importer undo" in shown


def test_update_changes_what_an_earlier_run_created(
    make: Make, shop: Sandbox, store: Store
) -> None:
    run(make(ROWS[:2]), store=store, token=shop.token)
    plans = []
    steps = Steps(on_existing="update", confirm=lambda plan: plans.append(plan) or True)
    changed = [("INV-1", "1001", "USD", 111), ROWS[1], ROWS[2]]
    result = run(make(changed), store=store, token=shop.token, steps=steps)
    assert [(plan.to_post, plan.to_update, plan.skipped) for plan in plans] == [(2, 1, 1)]
    states = {State.CREATED: 1, State.UPDATED: 1, State.SKIPPED: 1}
    assert result.invoices.by_state == states
    assert result.well
    balances = {i["invoiceNumber"]: i["originalBalance"]["value"] for i in shop.invoices()}
    assert balances["INV-1"] == "111.0000"


def test_fail_reports_what_exists_at_its_cell(make: Make, shop: Sandbox, store: Store) -> None:
    run(make(ROWS[:2]), store=store, token=shop.token)
    steps = Steps(on_existing="fail")
    result = run(make(ROWS[:3]), store=store, token=shop.token, steps=steps)
    assert result.invoices.by_state == {State.CREATED: 1, State.CONFLICT: 2}
    assert [fault.cell for fault in result.faults if fault.is_error] == [
        "Invoices!A2",
        "Invoices!A3",
    ]


def test_undo_deletes_what_the_run_created_and_the_number_is_free(
    make: Make, shop: Sandbox, store: Store, tmp_path: Path
) -> None:
    workbook = make(ROWS[:4])
    report = tmp_path / "r.xlsx"
    first = run(workbook, store=store, token=shop.token)
    assert first.run is not None
    change(shop, "INV-2", openBalance={"code": "USD", "value": "0"})
    plan = undo(first.run, store=store, token=shop.token, dry_run=True)
    assert (plan.to_delete, len(plan.left_alone), plan.well) == (3, 1, False)
    assert len(numbers(shop)) == 4
    asked: list[Undone] = []
    no = UndoSteps(confirm=lambda plan: bool(asked.append(plan)))
    assert undo(first.run, store=store, token=shop.token, steps=no).deleted == 0
    assert len(asked) == 1
    done = undo(first.run, store=store, token=shop.token)
    assert (done.deleted, done.unsure, [one.number for one in done.left_alone]) == (3, 0, ["INV-2"])
    assert numbers(shop) == {"INV-2"}
    again = run(workbook, store=store, token=shop.token, report=report)
    assert again.invoices.by_state == {State.CREATED: 3, State.SKIPPED: 1}
    assert len(numbers(shop)) == 4


def test_the_results_sheet_says_what_was_updated_and_deleted(
    make: Make, shop: Sandbox, store: Store, tmp_path: Path
) -> None:
    from importer.runs import report

    first = run(make(ROWS[:2]), store=store, token=shop.token)
    changed = [("INV-1", "1001", "USD", 111), ROWS[2]]
    steps = Steps(on_existing="update")
    second = run(make(changed), store=store, token=shop.token, steps=steps)
    assert first.run
    assert second.run
    done = undo(second.run, store=store, token=shop.token)
    assert (done.deleted, done.left_alone) == (1, [])
    place = report(second.run, tmp_path / "results.xlsx")
    rows = [
        [row[0].value, row[2].value, row[3].value, row[4].value]
        for row in openpyxl.load_workbook(place)["Results"].iter_rows(min_row=2)
    ]
    assert [row[:2] for row in rows] == [["INV-1", "Updated"], ["INV-3", "Deleted"]]
    assert all(row[2] for row in rows)
    left = undo(first.run, store=store, token=shop.token)
    assert left.deleted == 1
    assert [one.why for one in left.left_alone] == [f"run {second.run} has changed it since"]


def test_the_command_deletes_only_when_the_count_is_right(
    make: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["run", str(make(ROWS)), "--sandbox", "--yes", "--json"]) == 0
    name = json.loads(capsys.readouterr().out)["run"]
    assert cli.main(["undo", name]) == 2
    assert "--confirm" in capsys.readouterr().err
    assert cli.main(["undo", name, "--confirm", "9"]) == 2
    assert "10 would be deleted" in capsys.readouterr().err
    assert cli.main(["undo", name, "--dry-run"]) == 0
    assert "would delete 10 invoices" in capsys.readouterr().out
    assert cli.main(["undo", name, "--confirm", "10", "--json"]) == 0
    done = json.loads(capsys.readouterr().out)
    assert (done["deleted"], done["invoices"]["deleted"], done["left_alone"]) == (10, 10, [])
    assert cli.main(["show", name]) == 0
    assert "read 10 = 10 deleted" in capsys.readouterr().out


def test_a_run_of_another_store_is_not_undone(make: Make, shop: Sandbox, store: Store) -> None:
    first = run(make(ROWS[:1]), store=store, token=shop.token)
    assert first.run
    with pytest.raises(UsageError, match="another store"):
        undo(first.run, store=Store("other", "other"), token=shop.token)
    assert numbers(shop) == {"INV-1"}


def test_what_is_pending_and_may_be_in_the_store_is_said(
    make: Make, shop: Sandbox, store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    stop = StopSignal()
    shop.set_fault("500", method="POST", count=2, commit=True)

    def watch(progress: Progress) -> None:
        if progress.counts[State.CREATED] == 8 and progress.waiting:
            stop.ask()

    result = run(
        make(ROWS), store=store, token=shop.token, steps=Steps(on_posting=watch, stop=stop)
    )
    assert result.invoices.by_state == {State.CREATED: 8, State.PENDING: 2}
    assert result.as_json()["in_doubt"] == result.in_doubt == 2
    cli.main(["show", result.run or ""])
    assert "2 of the pending: sent without a proper answer" in " ".join(
        capsys.readouterr().out.split()
    )
    assert len(numbers(shop)) == 10
