"""Pure: payloads and the faults of their cells → verdicts, one at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import repeat

from importer.model import Fault, Payload, Verdict
from importer.validation.rules import Context, check_rules
from importer.validation.schema import check_schema
from importer.validation.severities import Severities

TOTAL = "row-looks-like-total"
"""What is no invoice at all isn't judged as one."""


@dataclass(frozen=True)
class FaultsByInvoice:
    """Faults found while reading and joining, by the invoice they belong to.

    `by_row` has those on the Invoices sheet by their row; `by_number` those on the other sheets;
    `rest` those of no invoice. `first_rows` is the row in which each number stands first: when a
    number stands twice, what is wrong with its lines is told once. `cells_at_fault` are the cells
    of the Invoices sheet with an error: their rows by their letter.
    """

    by_row: dict[int, list[Fault]]
    by_number: dict[str, list[Fault]]
    rest: list[Fault]
    first_rows: dict[str, int]
    cells_at_fault: dict[str, set[int]]

    @classmethod
    def sort(
        cls,
        faults: Iterable[Fault],
        title: str,
        numbers: Iterable[tuple[int, str | None]],
        severities: Severities | None = None,
    ) -> FaultsByInvoice:
        """Sort faults; `title` is the Invoices sheet's, `numbers` its (row, invoice number).

        `severities` sets how grave they are (None: as the table of codes says).
        """
        rows: set[int] = set()
        first: dict[str, int] = {}
        for row, number in numbers:
            rows.add(row)
            if number is not None:
                first.setdefault(number, row)
        found = cls({}, {}, [], first, {})
        for fault in faults if severities is None else severities.apply(faults):
            if fault.sheet == title and fault.row in rows and (fault.invoice or fault.is_error):
                found.by_row.setdefault(fault.row, []).append(fault)
                if fault.letter and fault.is_error:
                    found.cells_at_fault.setdefault(fault.letter, set()).add(fault.row)
            elif fault.invoice in first:  # in a flat sheet on a row of its own
                found.by_number.setdefault(fault.invoice, []).append(fault)
            else:
                found.rest.append(fault)
        return found

    def of(self, payload: Payload) -> Sequence[Fault]:
        """Give the faults of one invoice."""
        return self.at(payload.origins.parts[0].rows[0], payload.number)

    def at(self, row: int, number: str | None) -> Sequence[Fault]:
        """Give the faults of the invoice with a number in a row of the Invoices sheet."""
        here = self.by_row.get(row, ())
        more = self.by_number.get(number) if number else None
        return [*here, *more] if more and self.first_rows.get(number or "") == row else here


def judge(
    payloads: Iterable[Payload],
    found: FaultsByInvoice,
    context: Context,
    sure: Iterable[bool] = repeat(False),
) -> Iterator[Verdict]:
    """Judge payloads as they come. A cell that is already at fault is not complained of twice.

    `sure` says of which of them schema and rules surely have nothing more to say: they aren't
    asked.
    """
    for payload, passes in zip(payloads, sure, strict=False):
        before = found.of(payload)
        if passes:
            yield Verdict(payload, tuple(before))
            continue
        if before and any(one.code == TOTAL and one.is_error for one in before):
            yield Verdict(payload, tuple(before))
            continue
        after = [*check_schema(payload), *check_rules(payload, context)]
        if after:
            after = context.severities.apply(after)
        if before and after:
            cells = {(f.sheet, f.row, f.letter) for f in before if f.is_error}
            after = [f for f in after if (f.sheet, f.row, f.letter) not in cells]
        if not before and not after:
            yield Verdict(payload)
        else:
            yield Verdict(payload, (*before, *after))
