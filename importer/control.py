"""Control totals: what became of a run's money by currency and company, exact to the last digit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from importer.money import written


@dataclass(frozen=True, slots=True)
class Figure:
    """So many invoices and the sum of their original balances."""

    invoices: int = 0
    amount: Decimal = Decimal(0)

    def __add__(self, other: Figure) -> Figure:
        return Figure(self.invoices + other.invoices, self.amount + other.amount)

    def __sub__(self, other: Figure) -> Figure:
        return Figure(self.invoices - other.invoices, self.amount - other.amount)

    def __bool__(self) -> bool:
        return bool(self.invoices or self.amount)

    def as_json(self, currency: str) -> dict[str, Any]:
        """Give the figure with its amount as text, so that no digit is lost."""
        return {"invoices": self.invoices, "amount": written(self.amount, currency)}


NOTHING = Figure()


@dataclass(frozen=True, slots=True)
class ControlLine:
    """The money of one currency and company ("" in a line of all companies).

    `posted` the store took from the run, `skipped` was posted before, `not_posted` is the rest of
    what is in the workbook. `read_back` is what the store itself says, None: not asked.
    """

    currency: str
    company: str
    workbook: Figure
    posted: Figure
    skipped: Figure
    not_posted: Figure
    read_back: Figure | None = None

    @property
    def accounted(self) -> Figure:
        """What the store said that it holds, if it was asked; else what was posted, then or now."""
        return self.posted + self.skipped if self.read_back is None else self.read_back

    @property
    def difference(self) -> Figure:
        """What is in the workbook and not accounted for."""
        return self.workbook - self.accounted

    @property
    def unexplained(self) -> Figure:
        """What of the difference isn't an invoice that we know was not posted."""
        return self.difference - self.not_posted

    def __add__(self, other: ControlLine) -> ControlLine:
        back = None
        if self.read_back is not None and other.read_back is not None:
            back = self.read_back + other.read_back
        return ControlLine(
            self.currency,
            "",
            self.workbook + other.workbook,
            self.posted + other.posted,
            self.skipped + other.skipped,
            self.not_posted + other.not_posted,
            back,
        )

    def as_json(self) -> dict[str, Any]:
        """Give the line as `--json` prints it."""
        figures = {
            "workbook": self.workbook,
            "posted": self.posted,
            "skipped": self.skipped,
            "not_posted": self.not_posted,
            "read_back": self.read_back,
            "difference": self.difference,
        }
        return {
            "currency": self.currency,
            "company": self.company,
            **{
                name: figure.as_json(self.currency) if figure is not None else None
                for name, figure in figures.items()
            },
        }


@dataclass(frozen=True)
class Control:
    """All lines of a run. `read_back_at` (UTC, ISO) is when the store was asked, None: never.

    `lacks` and `differs` count the invoices that the store was found not to hold, or to hold with
    another number, company, currency or amount.
    """

    lines: Sequence[ControlLine]
    read_back_at: str | None = None
    lacks: int = 0
    differs: int = 0

    @cached_property
    def by_currency(self) -> list[ControlLine]:
        """One line a currency, all companies together."""
        return add_up(self.lines)

    @property
    def ties(self) -> bool:
        """Whether what was posted, or read back if the store was asked, is all of the workbook."""
        return not (self.lacks or self.differs or any(line.difference for line in self.lines))

    @property
    def explained(self) -> bool:
        """Whether every difference is an invoice that we know was not posted."""
        return not (self.lacks or self.differs or any(line.unexplained for line in self.lines))

    @property
    def verdict(self) -> str:
        """Say in a sentence whether the figures tie, and what that says of the store."""
        if not self.read_back_at:
            return self._posted_verdict
        asked = f", read back on {_moment(self.read_back_at)}"
        if self.ties:
            return f"The totals match: the store holds everything that the workbook says{asked}."
        if self.explained:
            return (
                "The only difference is what was not posted; the store holds the rest as the "
                f"workbook says{asked}."
            )
        counts = ((self.lacks, "no longer in the store"), (self.differs, "changed there"))
        found = [f"{count:,} {words}" for count, words in counts if count]
        return f"The totals don't match{asked}: {' and '.join(found) or 'the sums differ'}."

    @property
    def _posted_verdict(self) -> str:
        """Say how things stand when the store itself hasn't been asked."""
        asked = "The store was not asked what it holds; importer verify does that."
        if self.ties:
            return (
                f"The totals match: everything in the workbook was posted, now or before. {asked}"
            )
        if self.explained:
            return f"The only difference is what was not posted. {asked}"
        return f"The totals don't match: the sums differ. {asked}"

    def as_json(self) -> dict[str, Any]:
        """Give the control totals as `--json` prints them."""
        return {
            "ties": self.ties,
            "read_back_at": self.read_back_at,
            "lacks": self.lacks,
            "differs": self.differs,
            "lines": [line.as_json() for line in self.lines],
        }


def _moment(iso: str) -> str:
    return f"{iso[:16].replace('T', ' ')} UTC"


def add_up(lines: Iterable[ControlLine]) -> list[ControlLine]:
    """Add the lines of each currency together, in the order of the currencies."""
    found: dict[str, ControlLine] = {}
    for line in lines:
        known = found.get(line.currency)
        alone = ControlLine(line.currency, "", NOTHING, NOTHING, NOTHING, NOTHING, None)
        if line.read_back is not None:
            alone = ControlLine(line.currency, "", NOTHING, NOTHING, NOTHING, NOTHING, NOTHING)
        found[line.currency] = (known or alone) + line
    return [found[currency] for currency in sorted(found)]
