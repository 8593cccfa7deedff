"""The control totals of a run, from the ledger and from what was read back from the store."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING

from importer.control import NOTHING, Control, ControlLine, Figure
from importer.model import State

if TYPE_CHECKING:
    from importer.ledger import Run
    from importer.ledger.sums import Sum

POSTED = (State.CREATED, State.UPDATED, State.MISSING)
"""The states of what the store took, whether it still holds it or not."""

THERE = (*POSTED, State.SKIPPED)
"""The states of what the store should hold."""


def control_of(sums: Iterable[Sum], run: Run) -> Control:
    """Give the control totals of a run; what was read back only if nothing has changed since."""
    found: dict[tuple[str, str], dict[str, Figure]] = {}
    there = 0
    for part in sums:
        column = _column(part.state)
        there += part.invoices if column != "not_posted" else 0
        line = found.setdefault((part.currency, part.company), {})
        for name in ("workbook", column):
            line[name] = line.get(name, NOTHING) + Figure(part.invoices, part.amount)
    verified = run.verified if run.verified and run.verified["invoices"] == there else None
    back: dict[tuple[str, str], Figure] = {}
    if verified:
        back = {
            (currency, company): Figure(invoices, _tidy(Decimal(amount)))
            for currency, company, invoices, amount in verified["lines"]
        }
    lines = []
    for currency, company in sorted(found.keys() | back.keys()):
        figures = found.get((currency, company), {})
        lines.append(
            ControlLine(
                currency,
                company,
                workbook=figures.get("workbook", NOTHING),
                posted=figures.get("posted", NOTHING),
                skipped=figures.get("skipped", NOTHING),
                not_posted=figures.get("not_posted", NOTHING),
                read_back=back.get((currency, company), NOTHING) if verified else None,
            )
        )
    if not verified:
        return Control(lines)
    return Control(lines, verified["at"], verified["lacks"], verified["differs"])


def _tidy(amount: Decimal) -> Decimal:
    """Take away the zeros that the store adds: `349.5000` → `349.5`."""
    return Decimal(format(amount.normalize(), "f"))


def _column(state: State) -> str:
    if state in POSTED:
        return "posted"
    return "skipped" if state is State.SKIPPED else "not_posted"
