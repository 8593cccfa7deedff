"""Going on with a run: after any death, without the workbook, and never two at once."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from importer import settings
from importer.errors import TokenRefused, UsageError
from importer.ledger import Ledger
from importer.model import Result, State, Store
from importer.posting import PostOptions, StopSignal
from importer.posting import Progress as Posting
from importer.runs import Plan, Steps, cancel, history, pause, reconcile, rerun, resume, run, show
from importer.sandbox.server import Sandbox
from importer.workbook.options import ReadOptions

from .conftest import Make

QUICK = PostOptions(
    settle=0.3, first_look=0.02, backoff=0.01, trouble_wait=0.01, poll=0.05, in_flight=1
)


def many(make: Make, count: int = 6) -> Path:
    return make([(f"N-{at}", "1001", "EUR", 10 + at) for at in range(count)])


def numbers(shop: Sandbox) -> Counter[str]:
    return Counter(invoice["invoiceNumber"] for invoice in shop.invoices())


def stop_after(count: int) -> Steps:
    """Steps that ask to stop when so many invoices are settled."""
    stop = StopSignal()

    def watch(now: Posting) -> None:
        if now.done >= count:
            stop.ask()

    return Steps(on_posting=watch, stop=stop, posting=QUICK)


def broken_off(make: Make, store: Store, shop: Sandbox, count: int = 6) -> tuple[Path, Result]:
    """A run of which a few invoices were posted before it was stopped."""
    workbook = many(make, count)
    result = run(workbook, store=store, token=shop.token, steps=stop_after(2))
    assert result.invoices[State.PENDING]
    assert result.state == "open"
    return workbook, result


def test_a_run_goes_on_without_its_workbook(make: Make, shop: Sandbox, store: Store) -> None:
    workbook, first = broken_off(make, store, shop)
    workbook.unlink()
    plans: list[Plan] = []
    done = resume(
        (first.run or "")[-4:],
        store=store,
        token=shop.token,
        steps=Steps(confirm=lambda plan: bool(plans.append(plan)) or True),
    )
    assert (done.run, done.state) == (first.run, "finished")
    assert done.invoices.by_state == {State.CREATED: 6}
    assert numbers(shop) == Counter({f"N-{at}": 1 for at in range(6)})
    [plan] = plans
    assert plan.goes_on
    assert (plan.to_post, plan.counts.valid) == (first.invoices[State.PENDING], 6)
    assert plan.totals[0].invoices == plan.to_post


def test_running_the_same_workbook_goes_on_with_the_run(
    make: Make, shop: Sandbox, store: Store
) -> None:
    workbook, first = broken_off(make, store, shop)
    copy = workbook.with_name("copy.xlsx")
    copy.write_bytes(workbook.read_bytes())
    done = run(copy, store=store, token=shop.token)
    assert done.run == first.run
    assert done.invoices.by_state == {State.CREATED: 6}
    assert len(history()) == 1
    again = run(copy, store=store, token=shop.token)
    assert again.run != first.run
    assert again.invoices.by_state == {State.SKIPPED: 6}


def test_another_way_of_reading_or_another_workbook_makes_another_run(
    make: Make, shop: Sandbox, store: Store
) -> None:
    workbook, first = broken_off(make, store, shop)
    strict = run(workbook, store=store, token=shop.token, options=ReadOptions(strict=True))
    assert strict.run != first.run
    assert (strict.invoices[State.CREATED], strict.invoices[State.SKIPPED]) == (
        first.invoices[State.PENDING],
        first.invoices[State.CREATED],
    )
    assert max(numbers(shop).values()) == 1


def test_a_no_leaves_the_run_as_it_was(make: Make, shop: Sandbox, store: Store) -> None:
    workbook, first = broken_off(make, store, shop)
    declined = run(workbook, store=store, token=shop.token, steps=Steps(confirm=lambda _: False))
    assert (declined.run, declined.invoices) == (first.run, first.invoices)
    assert declined.state == "open"


def test_unknown_invoices_are_asked_about_before_anything_is_posted(
    make: Make, shop: Sandbox, store: Store
) -> None:
    shop.set_fault("reset-after", count=2, method="POST")
    shop.set_fault("503", method="GET")
    impatient = Steps(posting=replace(QUICK, breaker=2, tries=2, give_up_after=0.1))
    with pytest.raises(Exception, match="properly"):
        run(many(make), store=store, token=shop.token, steps=impatient)
    [(first, counts)] = history()
    assert counts[State.UNKNOWN] >= 1
    shop.clear_faults()
    result, settled = reconcile(first.id, store=store, token=shop.token, steps=Steps(posting=QUICK))
    assert [one.state for one in settled] == [State.CREATED] * counts[State.UNKNOWN]
    assert all(one.store_invoice_id for one in settled)
    assert result.invoices[State.UNKNOWN] == 0
    done = resume(first.id, store=store, token=shop.token, steps=Steps(posting=QUICK))
    assert done.invoices.by_state == {State.CREATED: 6}
    assert set(numbers(shop).values()) == {1}


def test_a_paused_run_stops_within_a_request_and_resume_opens_it(
    make: Make, shop: Sandbox, store: Store
) -> None:
    def pause_it(now: Posting) -> None:
        if now.done == 2 and not paused:
            [(found, _)] = history()
            paused.append(pause(found.id))

    paused: list[Result] = []
    result = run(
        many(make), store=store, token=shop.token, steps=Steps(on_posting=pause_it, posting=QUICK)
    )
    assert paused[0].state == result.state == "paused"
    assert result.invoices[State.CREATED] in (2, 3)
    assert pause(result.run or "").state == "paused"
    done = resume(result.run or "", store=store, token=shop.token)
    assert done.invoices.by_state == {State.CREATED: 6}
    with pytest.raises(UsageError, match="finished"):
        pause(result.run or "")


def test_what_is_cancelled_is_counted_and_rerun_takes_it_up(
    make: Make, shop: Sandbox, store: Store
) -> None:
    _, first = broken_off(make, store, shop)
    left = first.invoices[State.PENDING]
    cancelled = cancel(first.run or "")
    assert cancelled.state == "cancelled"
    assert cancelled.invoices[State.CANCELLED] == left
    assert cancelled.invoices.read == 6
    with pytest.raises(UsageError, match="cancelled") as refused:
        resume(first.run or "", store=store, token=shop.token)
    assert "importer rerun" in refused.value.remedy
    again = rerun(first.run or "", store=store, token=shop.token, write_report=False)
    assert again.invoices.by_state == {State.CREATED: left}
    assert set(numbers(shop).values()) == {1}


def test_who_comes_second_is_told_who_posts(make: Make, shop: Sandbox, store: Store) -> None:
    _, first = broken_off(make, store, shop)
    assert first.run
    code = (
        "import sys; from importer.ledger import Ledger; ledger = Ledger.open(sys.argv[1]);"
        "ledger.enroll(60, ledger.run(sys.argv[2])); print('in', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(settings.ledger_target()), first.run],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "in\n"
        with pytest.raises(UsageError, match=f"process {other.pid} on ") as refused:
            resume(first.run, store=store, token=shop.token)
        assert f"importer pause {first.run}" in refused.value.remedy
        other.kill()
        other.wait()
    done = resume(first.run, store=store, token=shop.token)  # a killed one isn't waited for
    assert done.invoices.by_state == {State.CREATED: 6}


def test_share_and_hours_are_kept_with_the_run_until_told_otherwise(
    make: Make, shop: Sandbox, store: Store
) -> None:
    workbook = many(make)
    wishes = replace(stop_after(1), share=0.8, between="00:00-24:00")
    first = run(workbook, store=store, token=shop.token, steps=wishes)
    assert first.run
    plans: list[Plan] = []

    def no(plan: Plan) -> bool:
        plans.append(plan)
        return False

    resume(first.run, store=store, token=shop.token, steps=Steps(confirm=no))
    resume(first.run, store=store, token=shop.token, steps=Steps(confirm=no, share=0.5))
    resume(first.run, store=store, token=shop.token, steps=Steps(confirm=no))
    rates = [plan.pace.a_minute for plan in plans]
    assert rates == pytest.approx([80_000, 50_000, 50_000])
    assert {str(plan.pace.between) for plan in plans} == {"00:00-24:00"}


def test_what_the_store_s_settings_say_goes_after_what_the_run_was_told(
    make: Make, shop: Sandbox, store: Store
) -> None:
    careful = replace(store, share=0.25)
    plans: list[Plan] = []

    def no(plan: Plan) -> bool:
        plans.append(plan)
        return False

    run(many(make), store=careful, token=shop.token, steps=Steps(confirm=no))
    run(many(make), store=careful, token=shop.token, steps=Steps(confirm=no, share=0.5))
    slow, fast = (plan.pace.a_minute for plan in plans)
    assert fast == pytest.approx(2 * slow)


def test_outside_the_hours_nothing_is_sent_and_a_stop_is_heeded_at_once(
    make: Make, shop: Sandbox, store: Store
) -> None:
    stop, seen = StopSignal(), []

    def watch(now: Posting) -> None:
        seen.append(now.waiting)
        if now.waiting:
            stop.ask()

    result = run(
        many(make),
        store=store,
        token=shop.token,
        steps=Steps(on_posting=watch, stop=stop, between=closed_hours(), posting=QUICK),
    )
    assert result.invoices.by_state == {State.PENDING: 6}
    assert shop.stats()["requests"] == 0
    assert f"Waiting until {closed_hours()[:5]} (store time)" in seen
    done = resume(
        result.run or "",
        store=store,
        token=shop.token,
        steps=Steps(between="00:00-24:00", posting=QUICK),
    )
    assert done.invoices.by_state == {State.CREATED: 6}


def test_outside_the_hours_a_run_with_nothing_left_ends(
    make: Make, shop: Sandbox, store: Store
) -> None:
    workbook = many(make)
    run(workbook, store=store, token=shop.token)
    again = run(workbook, store=store, token=shop.token, steps=Steps(between=closed_hours()))
    assert again.invoices.by_state == {State.SKIPPED: 6}
    assert again.state == "finished"


def closed_hours() -> str:
    """Hours that begin twelve hours from now, in UTC."""
    from datetime import UTC, datetime

    hour = (datetime.now(UTC).hour + 12) % 24
    return f"{hour:02}:00-{(hour + 2) % 24:02}:00"


def test_resume_reads_no_workbook(make: Make, shop: Sandbox, store: Store) -> None:
    """What makes a restart slow is never imported: a run of 100,000 goes on within two seconds."""
    _, first = broken_off(make, store, shop)
    settings.add_store(replace(store, name="local"))
    with Ledger.open(settings.ledger_target()) as ledger:
        assert ledger.run(first.run or "").store_name == "sandbox"
    code = (
        "import sys; from importer import runs; from importer.model import Store;"
        "store = Store('sandbox', *sys.argv[2:4]);"
        "runs.resume(sys.argv[1], store=store, token=sys.argv[4], write_report=False);"
        "print(*sys.modules)"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", code, first.run or "", store.hash, store.base_url, shop.token],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert not {"pandas", "numpy", "openpyxl", "jsonschema", "python_calamine"} & {*loaded}
    assert show(first.run or "").invoices.by_state == {State.CREATED: 6}


def test_a_refused_token_leaves_a_run_that_resume_goes_on_with(
    make: Make, shop: Sandbox, store: Store
) -> None:
    with pytest.raises(TokenRefused) as refused:
        run(many(make), store=store, token="wrong")
    assert refused.value.result is not None
    done = resume(refused.value.result.run or "", store=store, token=shop.token)
    assert done.invoices.by_state == {State.CREATED: 6}
    assert done.stopped is None
