"""The words for states and severities in a report, as a clerk reads them."""

from __future__ import annotations

from importer.model import Result, Severity, State

SEVERITY = {Severity.ERROR: "Error", Severity.WARNING: "Warning"}

STATE = {
    State.CREATED: ("Created", "Posted; the store accepted it."),
    State.UPDATED: ("Updated", "Was in the store before; changed to match the workbook."),
    State.SKIPPED: ("Skipped", "Was created before with the same content; not sent again."),
    State.PENDING: ("Pending", "Valid, but not posted yet."),
    State.POSTING: ("Posting", "Being sent; it isn't known yet whether the store holds it."),
    State.INVALID: ("Invalid", "Has errors, so it was not posted."),
    State.REJECTED: ("Rejected", "The store refused its content."),
    State.FAILED: ("Failed", "The store had trouble every time it was tried."),
    State.UNKNOWN: (
        "Unknown",
        "It isn't known whether the store has it. It will be looked up there.",
    ),
    State.CONFLICT: ("Conflict", "The store already has this number; it was left alone there."),
    State.MISSING: (
        "Missing",
        "Was posted, but the store no longer has it. A rerun creates it again.",
    ),
    State.CANCELLED: ("Cancelled", "Left out because the run was cancelled."),
    State.DELETED: ("Deleted", "Was created, then taken back."),
}

_LABELS = {state.value: label for state, (label, _) in STATE.items()}

TROUBLE = (State.INVALID, State.REJECTED, State.FAILED, State.CONFLICT, State.MISSING)
"""States in which an invoice waits for somebody to do something."""

OPEN_FATE = (State.POSTING, State.UNKNOWN)
"""States in which nobody knows whether the store holds an invoice."""


def status_label(status: str) -> str:
    """Give a row's status as the report shows it: `invalid` → `Invalid`; other words stay."""
    return _LABELS.get(status, status)


def state_words(state: State, *, dry_run: bool) -> tuple[str, str]:
    """Give (label, meaning) of a state; in a dry run a pending invoice is simply ready."""
    if dry_run and state is State.PENDING:
        return "Ready", "Valid and ready to be posted."
    if dry_run and state is State.INVALID:
        return "Invalid", "Has errors that must be fixed first."
    return STATE[state]


def invoices(count: int) -> str:
    """Give a count of invoices in words: `1 invoice`, `1,204 invoices`."""
    return f"{count:,} invoice" if count == 1 else f"{count:,} invoices"


def verdict(result: Result) -> str:
    """Say in a sentence or two how things stand."""
    counts = result.invoices
    if not counts.read:
        return "No invoice was found in the workbook."
    trouble = sum(counts[state] for state in TROUBLE)
    if result.dry_run:
        if not trouble:
            return f"All good: {invoices(counts.read)} ready to be posted."
        return (
            f"{trouble:,} of {invoices(counts.read)} with errors. "
            f"The other {counts.read - trouble:,} are ready."
        )
    there = sum(counts[state] for state in State if state.well)
    if there == counts.read:
        return f"All good: {invoices(counts.read)} posted."
    doubtful = sum(counts[state] for state in OPEN_FATE)
    over = counts[State.DELETED] + counts[State.CANCELLED]
    waiting = counts.read - there - trouble - doubtful - over
    parts = [f"{there:,} of {invoices(counts.read)} posted"]
    if trouble:
        parts.append(f"{trouble:,} to look at")
    if doubtful:
        parts.append(f"{doubtful:,} that the store may have")
    if waiting:
        parts.append(f"{waiting:,} still to be posted")
    return ", ".join(parts) + "."


def sum_of_states(result: Result) -> str:
    """Say the counts as a sum: `340 invoices read = 320 created + 20 invalid`."""
    counts = result.invoices
    parts = [
        f"{counts[state]:,} {state_words(state, dry_run=result.dry_run)[0].lower()}"
        for state in STATE
        if counts[state]
    ]
    return f"{invoices(counts.read)} read = {' + '.join(parts) or '0'}"


def next_steps(result: Result, report_name: str, target: str = "") -> list[str]:
    """Say what to do next, in short sentences; `target` are the flags that name the store."""
    counts = result.invoices
    if result.well:
        return ["There is nothing left to do."]
    steps = []
    to = target or ("--store NAME" if result.dry_run else "")
    on = f"{result.run} {target}".strip()
    quoted = f'"{report_name}"' if " " in report_name else report_name
    if any(fault.is_error for fault in result.faults):
        steps.append(
            "Fix the red cells on the data sheets; the Errors sheet has a link to each. Yellow "
            "cells are warnings: they don't stop an invoice from being posted."
        )
        command = f"importer run {quoted} {to}".strip()
        steps.append(f"Save this workbook and import it: {command}")
        if result.dry_run:
            steps.append(
                "It holds only the invoices with errors. The others are in your own workbook: "
                "import that too. No invoice is posted twice."
            )
        else:
            steps.append("What was created before is never posted again.")
    left = [State.PENDING, State.POSTING, State.UNKNOWN]
    again = [State.FAILED, State.CANCELLED, State.MISSING, *left]
    if result.state in ("open", "paused") and any(counts[state] for state in left):
        steps.append(f"To continue with what is left to post: importer resume {on}")
    elif not result.dry_run and result.run and any(counts[state] for state in again):
        steps.append(
            "For invoices that failed through no fault of their own, or were not reached: "
            f"importer rerun {on}"
        )
    return steps
