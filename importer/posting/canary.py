"""Chooses the first few invoices of a run, and reads back what became of them in the store."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from importer.ledger import Entry
from importer.ledger.records import Line

from .asking import Asker
from .client import get_invoice
from .content import Comparison, compare
from .read_back import data_of, is_gone


def spread(lines: Iterable[Line], count: int) -> list[Line]:
    """Choose so many invoices that differ: a new currency first, then a new company, then a pair.

    Gives them by position. The same lines give the same choice.
    """
    left = list(lines)
    chosen: list[Line] = []
    traits: tuple[Callable[[Line], object], ...] = (
        lambda line: line.currency,
        lambda line: line.company,
        lambda line: (line.currency, line.company),
        lambda line: line.position,
    )
    for trait in traits:
        seen = {trait(line) for line in chosen}
        for line in left:
            if len(chosen) == count:
                break
            if trait(line) not in seen:
                seen.add(trait(line))
                chosen.append(line)
        taken = {line.position for line in chosen}
        left = [line for line in left if line.position not in taken]
    return sorted(chosen)


def read_back(asker: Asker, entries: Sequence[Entry]) -> Iterator[tuple[Entry, Comparison | None]]:
    """Read invoices from the store; give each compared with ours, None when it isn't there."""
    for entry in entries:
        answer = asker.ask(get_invoice(entry.store_invoice_id or ""))
        held = None if is_gone(answer) else data_of(answer)
        yield entry, None if held is None else compare(entry.body, held)
