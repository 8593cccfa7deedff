"""Pure: which invoices a report shows. Each is shown with all of its rows, or not at all.

A report is uploaded again, so an invoice that stood in it without its lines would be posted
without them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from importer.model import Fault, Part, State

RowPlace = tuple[str, int]
"""The title of a sheet, and Excel's number of a row on it."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An invoice that a report may show: its state, the rows that it was made from.

    `said` is what its row says beside the faults, such as that its fate isn't known yet.
    """

    number: str
    state: State
    parts: tuple[Part, ...]
    said: str = ""

    @property
    def head(self) -> RowPlace:
        """Where its own row is."""
        return self.parts[0].sheet, self.parts[0].rows[0]

    def rows(self, *, shared: bool) -> Iterator[RowPlace]:
        """Give the rows that it shares with others by a code, or those of its own."""
        for part in self.parts:
            if part.shared is shared:
                yield from ((part.sheet, row) for row in part.rows)


def whole(
    failed: Iterable[Candidate], others: Callable[[], Iterable[Candidate]], faults: Iterable[Fault]
) -> list[Candidate]:
    """Give the failed invoices, and of the others those that can't be left out.

    These are the ones with an error of their own, and those that a shown row belongs to: a shared
    address may bear the number of another invoice. `others` is called only when one is missing.
    """
    shown = list(failed)
    numbers, rows = _spoken_of(faults)
    numbers -= {one.number for one in shown}
    rows = (rows | _all_rows(shown, shared=True)) - _all_rows(shown, shared=False)
    known = {one.head for one in shown}
    if numbers or rows:
        more = [
            one
            for one in others()
            if one.head not in known
            and (one.number in numbers or not rows.isdisjoint(one.rows(shared=False)))
        ]
        shown += more
        known.update(one.head for one in more)
        rows = _all_rows(more, shared=True) - _all_rows(shown, shared=False)
        if rows:
            shown += _joined_by(rows, known, list(others()))
    return shown


def _joined_by(
    rows: set[RowPlace], known: set[RowPlace], others: Sequence[Candidate]
) -> Iterator[Candidate]:
    """Give the invoices that have one of these rows for their own, and so on with their rows."""
    shared = _all_rows(others, shared=True)
    owners: dict[RowPlace, list[Candidate]] = {}
    for one in others:
        for place in one.rows(shared=False):
            if place in shared:
                owners.setdefault(place, []).append(one)
    waiting = list(rows)
    while waiting:
        for one in owners.pop(waiting.pop(), ()):
            if one.head not in known:
                known.add(one.head)
                waiting += one.rows(shared=True)
                yield one


def _spoken_of(faults: Iterable[Fault]) -> tuple[set[str], set[RowPlace]]:
    numbers: set[str] = set()
    rows: set[RowPlace] = set()
    for fault in faults:
        if fault.is_error and fault.invoice:
            numbers.add(fault.invoice)
        if fault.is_error and fault.sheet is not None and fault.row is not None:
            rows.add((fault.sheet, fault.row))
    return numbers, rows


def _all_rows(invoices: Iterable[Candidate], *, shared: bool) -> set[RowPlace]:
    return {place for one in invoices for place in one.rows(shared=shared)}
