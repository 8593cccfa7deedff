"""What a run did and is about to do: summary, causes, plan, and the next command to type."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from importer.model import Cause, Counts, Result, Severity, State, Total
from importer.terminal.control import show_control
from importer.terminal.screen import Screen
from importer.terminal.words import (
    STATE_WORDS,
    cells,
    command,
    duration,
    money,
    plural,
    printable,
    short,
)

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

    from importer.runs import Plan

CAUSES_SHOWN = 20
SANDBOX_PAGE = "http://127.0.0.1:8020"

STYLES = {
    State.CREATED: "green",
    State.UPDATED: "green",
    State.SKIPPED: "green",
    State.PENDING: "yellow",
    State.POSTING: "yellow",
    State.CANCELLED: "yellow",
    State.DELETED: "yellow",
}
"""The colours of good and waiting states; the others are red."""


FASTEST_SURE = 3000
"""Requests a minute up to which it is the store's budget that says how long posting takes."""

UNDER_WAY = ("open", "paused")
LEFT = (State.PENDING, State.POSTING, State.UNKNOWN)
AGAIN = (*LEFT, State.FAILED, State.CANCELLED, State.MISSING)
"""The states of runs and invoices that `resume` goes on with, and those that `rerun` takes up."""


_CONFLICTS = {
    "skip": "created before with different content, left out",
    "fail": "created before, left out",
    "update": "created before and can't be changed, left out",
}
"""What is said of conflicts, by what a run does with invoices that exist."""


def show_plan(screen: Screen, plan: Plan) -> None:
    """Say what is about to be posted, before asking."""
    store = f"the store '{plan.store.name}' ({plan.store.base_url})"
    what = f"About to post {plural(plan.to_post, 'invoice')}" if plan.to_post else "Nothing to post"
    if plan.goes_on:
        left = f"{plan.to_post:,} of {plan.counts.valid:,} left to post"
        what = f"Continuing run {plan.run}: {left}"
    screen.say()
    screen.say(f"{what} to {store}", style="bold")
    if plan.remembered:
        screen.say(f"  {printable(plan.remembered)}", style="yellow")
    _show_totals(screen, plan.totals, "invoice")
    left_out = [
        (plan.invalid, "invalid, left out"),
        (plan.skipped, plan.skipped_because),
        (plan.conflict, _CONFLICTS[plan.on_existing]),
    ]
    if plan.to_update:
        screen.say(f"  {plural(plan.to_update, 'invoice')} of them: created before, to be changed")
    for count, what in left_out:
        if count:
            screen.say(f"  {plural(count, 'invoice')}: {what}")
    if plan.to_post:
        screen.say(f"  {how_long(plan)}")
        screen.say("  Each buyer may get an e-mail for each invoice.", style="yellow")


def how_long(plan: Plan) -> str:
    """Say how long posting takes at the pace that the store allows, and when it may be done."""
    pace, takes = plan.pace, duration(plan.pace.seconds(plan.to_post))
    if pace.known:
        at_least = pace.a_minute > FASTEST_SURE
        takes = f"{takes} or longer" if at_least else f"about {takes}"
        said = f"At {pace.a_minute:,.0f} requests a minute this takes {takes}"
    else:
        said = (
            f"At {pace.a_minute:,.0f} requests a minute, the documented limit, this takes "
            f"{takes} or longer"
        )
    return f"{said}, between {pace.between} by the store's clock." if pace.between else f"{said}."


def show_result(screen: Screen, result: Result, target: str, reading: Sequence[str] = ()) -> None:
    """Print the summary of a result.

    `target` is `--sandbox`, `--store NAME` or ""; `reading` the flags that say how to read it.
    """
    screen.say()
    screen.say(_title(result), style="bold")
    screen.say(adds_up(result))
    _show_states(screen, result)
    if result.dry_run:
        _show_totals(screen, result.totals, "valid invoice")
    _show_causes(screen, result)
    if result.control:
        show_control(screen, result.control)
    if result.stopped:
        screen.say()
        screen.say(f"Stopped: {printable(result.stopped)}", style="yellow")
    _show_next(screen, result, target, reading)


def adds_up(result: Result) -> str:
    """Give the sum that every summary keeps: `read 24 = 20 created + 4 invalid`."""
    counts = [f"{count:,} {name}" for name, count in _figures(result)]
    return f"read {result.invoices.read:,} = {' + '.join(counts) if counts else '0'}"


def _figures(result: Result) -> list[tuple[str, int]]:
    counts = result.invoices
    if result.dry_run:
        figures = [("valid", counts.valid), ("invalid", counts.read - counts.valid)]
    else:
        figures = [(state.value, counts[state]) for state in STATE_WORDS]
    return [(name, count) for name, count in figures if count]


def _title(result: Result) -> str:
    parts = [printable(short(result.workbook))]
    if result.dry_run:
        parts.append("checked, nothing was sent")
    elif result.store:
        parts.append(f"store {result.store}")
    if result.run:
        parts.append(f"run {result.run}" + (f", {result.state}" if result.state else ""))
    return " · ".join(parts)


def _show_states(screen: Screen, result: Result) -> None:
    if result.dry_run or not result.invoices.read:
        return
    table = _table(figures=True)
    for state, meaning in STATE_WORDS.items():
        count = result.invoices[state]
        if count:
            style = STYLES.get(state, "red")
            table.add_row(_text(state.value, style), _text(f"{count:,}", style), _text(meaning))
    screen.indented(table)
    if result.inferred:
        screen.say(
            f"  {result.inferred:,} of the created: found in the store after a request without a "
            "proper answer, so probably ours. undo leaves them alone unless you add --inferred.",
            style="yellow",
        )
    if result.in_doubt:
        screen.say(
            f"  {result.in_doubt:,} of the pending: sent without a proper answer, so the store "
            "may have them. resume finds out, and posts nothing twice.",
            style="yellow",
        )


def _show_totals(screen: Screen, totals: Sequence[Total], what: str) -> None:
    if not totals:
        return
    table = _table(figures=True)
    for total in totals:
        table.add_row(
            _text(printable(total.currency)),
            _text(money(total.amount, total.currency)),
            _text(f"in {plural(total.invoices, what)}", "dim"),
        )
    screen.indented(table)


def _show_causes(screen: Screen, result: Result) -> None:
    if not result.faults:
        return
    errors = sum(fault.is_error for fault in result.faults)
    warnings = len(result.faults) - errors
    parts = [
        plural(count, word) for count, word in ((errors, "error"), (warnings, "warning")) if count
    ]
    screen.say()
    screen.say(
        f"{plural(len(result.faults), 'fault')}, {plural(len(result.causes), 'cause')} "
        f"({', '.join(parts)})",
        style="bold",
    )
    grid = _table()
    for cause in result.causes[:CAUSES_SHOWN]:
        for row in _cause_rows(cause):
            grid.add_row(*row)
    screen.indented(grid)
    more = len(result.causes) - CAUSES_SHOWN
    if more > 0:
        screen.say(f"  and {plural(more, 'more cause')}; the report lists them all", style="dim")


def _cause_rows(cause: Cause) -> list[tuple[Text, Text]]:
    """Give the lines of a cause: its cells and what is wrong, then what to do."""
    error = cause.severity is Severity.ERROR
    mark = _text("✗" if error else "!", "red" if error else "yellow")
    words = _text(f"{printable(cells(cause))}  " if cause.cells else "", "bold")
    words.append(printable(cause.message), style="not bold")
    rows = [(mark, words)]
    if cause.remedy:
        rows.append((_text(""), _text(f"→ {printable(cause.remedy)}", "dim")))
    return rows


def _show_next(screen: Screen, result: Result, target: str, reading: Sequence[str]) -> None:
    """Name the report and the command that goes on from here."""
    screen.say()
    if result.report:
        screen.say(f"Report: {short(str(result.report))}")
    if result.report_trouble:
        screen.say(printable(result.report_trouble), style="yellow")
    for step in next_steps(result, target, reading):
        screen.say(step)


def next_steps(result: Result, target: str, reading: Sequence[str] = ()) -> list[str]:
    """Give the sentences that say how to go on, each with its command.

    `reading` are the flags by which the workbook was read. A run remembers them, a check doesn't.
    """
    flags = target.split() or ["--store", "NAME"]
    if result.dry_run:
        flags += reading
    if result.dry_run and result.well:
        ready = command("importer", "run", short(result.workbook), *flags)
        return [f"Ready to post: {ready}" + ("" if target else "   (or --sandbox to practise)")]
    steps = []
    if result.report and any(fault.is_error for fault in result.faults):
        fixed = command("importer", "run", short(str(result.report)), *flags)
        steps.append(f"Fix the marked cells in it, save it, then: {fixed}")
        if result.dry_run and result.invoices.valid:
            valid = plural(result.invoices.valid, "valid invoice")
            own = command("importer", "run", short(result.workbook), *flags)
            steps.append(f"It doesn't hold the {valid}; to post: {own}")
    if result.run and result.state in UNDER_WAY and _sum(result.invoices, LEFT):
        on = command("importer", "resume", result.run, *target.split())
        steps.append(f"To continue with the {_sum(result.invoices, LEFT):,} left: {on}")
    elif result.run and _sum(result.invoices, AGAIN):
        again = command("importer", "rerun", result.run, *target.split())
        steps.append(f"To post what is left: {again}")
    if target == "--sandbox" and not result.dry_run:
        steps.append(f"`importer sandbox` shows what the practice store holds, at {SANDBOX_PAGE}")
    return steps


def _sum(counts: Counts, states: Sequence[State]) -> int:
    return sum(counts[state] for state in states)


def _table(*, figures: bool = False) -> Table:
    """Give a table without lines; with `figures` its second column is right-aligned."""
    from rich.table import Table

    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=figures, justify="right" if figures else "left")
    if figures:
        table.add_column()
    return table


def _text(words: str, style: str = "") -> Text:
    from rich.text import Text

    return Text(words, style=style)
