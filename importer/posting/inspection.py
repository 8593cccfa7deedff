"""Reads what a run put into the store back from there, and compares each with what was meant."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from importer.ledger import Entry, Ledger, Run
from importer.ledger.records import Line
from importer.model import Json

from .asking import Asker
from .content import Comparison, compare
from .holdings import holdings, read_one


@dataclass(frozen=True, slots=True)
class Finding:
    """An invoice of the ledger, and the store's compared with it; None: the store has none."""

    entry: Entry
    held: Json | None
    comparison: Comparison | None

    @property
    def gone(self) -> bool:
        """Whether the store said just now that it has no such invoice."""
        return self.comparison is None

    @property
    def kept(self) -> bool:
        """Whether the store holds it as it was meant, or only paid since."""
        return self.comparison is not None and (self.comparison.same or self.comparison.paid_since)


def inspect(
    asker: Asker,
    ledger: Ledger,
    run: Run,
    lines: Iterable[Line],
    on_progress: Callable[[int, int], None] | None = None,
) -> Iterator[Finding]:
    """Give a finding for each of these invoices that has an ID of the store.

    Raises what `Asker.ask` raises. `on_progress` is called with how many are known, of how many.
    """
    positions: dict[str, list[int]] = {}
    for line in lines:
        if line.store_invoice_id:
            positions.setdefault(line.store_invoice_id, []).append(line.position)
    for page in holdings(asker, positions, on_progress):
        wanted = [at for ident, _, _ in page for at in positions[ident]]
        entries = {entry.position: entry for entry in ledger.entries_at(run, wanted)}
        for ident, held, alone in page:
            for at in positions[ident]:
                yield _finding(asker, entries[at], held, alone=alone)


def _finding(asker: Asker, entry: Entry, held: Json | None, *, alone: bool) -> Finding:
    """Compare; what a list shows as different is read once more by itself: it may show less."""
    comparison = None if held is None else compare(entry.body, held)
    if comparison is not None and not alone and not _is_enough(comparison):
        held = read_one(asker, entry.store_invoice_id or "")
        comparison = None if held is None else compare(entry.body, held)
    return Finding(entry, held, comparison)


def _is_enough(found: Comparison) -> bool:
    hidden = {"/details", "/extraFields"} & set(found.unseen)
    return not hidden and (found.same or found.paid_since)
