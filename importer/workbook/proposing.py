"""Pure: what the sheets and headers of somebody else's workbook look like → a proposed mapping.

A proposal is for a person to edit. A header that bears one of our names, or a known word of the
trade, is proposed; one that is only spelled alike is proposed when it isn't an identifier, since a
wrong company or invoice number would bill the wrong customer. Where two columns may be meant, both
are only shown, and so is everything else.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from importer.workbook.fields import SheetLayout, normal
from importer.workbook.layout import (
    COSTS,
    INVOICES,
    OWN_SHEETS,
    SHEETS,
    match_sheet,
)
from importer.workbook.matching import Proposed, SheetProposal, Top, propose_sheet
from importer.workbook.rivals import words_of
from importer.workbook.sections import FLAT
from importer.workbook.vocabulary import (
    OTHER_SHEETS,
    SHEET_WORDS,
)

_HEADS = {"original", "issued", "due", "currency", "company", "external_customer", "open"}
_LINE = {"sku", "quantity", "price", "description"}
_TELLING = {
    "invoices": {"original", "issued", "due", "currency", "company", "external_customer", "open"},
    "lines": {"sku", "quantity", "price"},
    "addresses": {"street1", "city", "zip"},
    "shipments": {"tracking", "ship_via", "ship_date"},
}
"""Columns of which a sheet has two when its headers alone say what it is. Cost Lines have none:
a number, a text and an amount are on a list of payments and in a journal too."""


def propose(tops: Iterable[Top]) -> list[SheetProposal]:
    """Propose what each sheet and each of its columns is; sheets stay in their order."""
    tops = [top for top in tops if normal(top.title) not in OWN_SHEETS]
    flat = _find_flat(tops)
    chosen: dict[str, str] = {flat.title: FLAT} if flat else {}
    taken = {"invoices", "lines"} if flat else set()
    scores = [
        (_score(top, layout), -at, top.title, layout.key)
        for top in tops
        for at, layout in enumerate(SHEETS)
    ]
    for score, _, title, key in sorted(scores, reverse=True):
        if score > 0 and title not in chosen and key not in taken:
            chosen[title] = key
            taken.add(key)
    if tops and "invoices" not in taken:
        title, is_flat = _best_guess([top for top in tops if top.title not in chosen] or tops)
        others = {key for other, key in chosen.items() if other != title}
        chosen[title] = FLAT if is_flat and "lines" not in others else INVOICES.key
    found = [propose_sheet(top, chosen.get(top.title, "")) for top in tops]
    return [
        each if each.key else replace(each, likely=_likely(top))
        for top, each in zip(tops, found, strict=True)
    ]


def _likely(top: Top) -> str:
    """Give the sheet of ours whose every needed column is on a sheet of another title."""
    for layout in SHEETS:
        found = propose_sheet(top, layout.key)
        if not found.missing and sum(column.taken for column in found.columns) >= 3:
            return layout.key
    return ""


def _best_guess(tops: Sequence[Top]) -> tuple[str, bool]:
    """Give the sheet that comes nearest to holding invoices, and whether it has lines too."""

    def found(top: Top) -> list[Proposed]:
        return [column for column in propose_sheet(top, FLAT).columns if column.field]

    best = max(tops, key=lambda top: sum(column.confidence for column in found(top)))
    return best.title, any(c.field and c.field.section == "lines" for c in found(best))


def _find_flat(tops: Sequence[Top]) -> Top | None:
    """Give the sheet whose rows hold an invoice and a line each; None if one is of invoices."""
    for top in tops:
        layout = match_sheet(top.title)
        if layout is INVOICES and len(tops) > 1:
            return None
    for top in tops:
        found = propose_sheet(top, FLAT)
        keys = {(c.field.section, c.field.column.key) for c in found.columns if c.taken and c.field}
        heads = sum(("invoices", key) in keys for key in _HEADS)
        lines = sum(("lines", key) in keys for key in _LINE)
        if ("invoices", "number") in keys and heads >= 2 and lines >= 2:
            return top
    return None


def _score(top: Top, layout: SheetLayout) -> float:
    """Say how much a sheet looks like one of ours: by its title, and by its columns."""
    if match_sheet(top.title) is layout and normal(top.title) == normal(layout.title):
        return 2000
    title = normal(top.title)
    named = match_sheet(top.title) is layout
    known = any(normal(word) == title for word in SHEET_WORDS.get(layout.key, ()))
    found = propose_sheet(top, layout.key)
    taken = {c.field.column.key for c in found.columns if c.taken and c.field}
    if not taken & {"number", "code"} or not _tells(top.title, layout, found, named or known):
        return 0
    sure = sum(c.confidence for c in found.columns if c.taken)
    return 1000 * named + 500 * known + sure - 60 * len(found.missing)


def _tells(title: str, layout: SheetLayout, found: SheetProposal, titled: bool) -> bool:
    """Whether title and columns together say that a sheet is one of ours."""
    if titled:
        return layout is not COSTS or not found.missing
    if words_of(title) & OTHER_SHEETS:
        return False
    seen = {c.field.column.key for c in found.columns if c.taken and c.field}
    return len(seen & _TELLING.get(layout.key, set())) >= 2
