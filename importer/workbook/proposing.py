"""Pure: what the sheets and headers of somebody else's workbook look like → a proposed mapping.

A proposal is for a person to edit. A header that bears one of our names, or a known word of the
trade, is proposed; one that is only spelled alike is proposed when it isn't an identifier, since a
wrong company or invoice number would bill the wrong customer. Everything else is only shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from importer.model import column_letter
from importer.workbook.fields import Column, SheetLayout, normal
from importer.workbook.headers import clean
from importer.workbook.layout import (
    ADDRESSES,
    BY_SHEET,
    COSTS,
    INVOICES,
    LINES,
    OWN_HEADERS,
    OWN_SHEETS,
    SHEETS,
    match_sheet,
)
from importer.workbook.likeness import Field, likeness, sure_enough
from importer.workbook.mapping import find_header
from importer.workbook.vocabulary import ADDRESS_PREFIXES, COLUMN_WORDS, COST_WORDS, SHEET_WORDS

HEADER_ROWS = 20
WORTH_SHOWING = 50
"""From which confidence (percent) the best candidate of a column that isn't proposed is shown."""

FLAT = "flat"
_HEADS = {"original", "issued", "due", "currency", "company", "external_customer", "open"}
_LINE = {"sku", "quantity", "price", "description"}


@dataclass(frozen=True)
class Proposed:
    """One of the user's columns. `field` is what of ours it looks like (None: nothing).

    `wanted` is how a mapping names it: its header, or `=C`. `taken` says whether it is proposed;
    otherwise the field is only the best candidate. `confidence` is in percent.
    """

    letter: str
    header: str
    wanted: str
    values: tuple[Any, ...]
    field: Field | None = None
    confidence: int = 0
    taken: bool = False


@dataclass(frozen=True)
class SheetProposal:
    """One sheet. `key` is our sheet's, `flat`, or "" for one that looks like none of ours.

    `missing` are the fields that it can't do without and that no column is proposed for.
    """

    title: str
    key: str
    header_row: int = 1
    columns: tuple[Proposed, ...] = ()
    missing: tuple[Field, ...] = ()

    @property
    def sections(self) -> dict[str, list[Proposed]]:
        """The columns that have a field, proposed or not, by the part of the mapping they go to."""
        found: dict[str, list[Proposed]] = {each.section: [] for each in self.missing}
        for section in [each.section for each in fields_of(self.key)]:
            of_it = [c for c in self.columns if c.field and c.field.section == section]
            if of_it:
                found[section] = of_it
        order = [each.section for each in fields_of(self.key)]
        return dict(sorted(found.items(), key=lambda item: order.index(item[0])))


@dataclass(frozen=True)
class Top:
    """The first rows of a sheet, from Excel's row 1 on."""

    title: str
    rows: Sequence[Sequence[Any]] = field(default_factory=list)


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
        title, key = _best_guess([top for top in tops if top.title not in chosen] or tops)
        chosen[title] = key
    return [_propose_sheet(top, chosen.get(top.title, "")) for top in tops]


def _best_guess(tops: Sequence[Top]) -> tuple[str, str]:
    """Give the sheet that comes nearest to holding invoices, and what to take it for."""

    def found(top: Top) -> list[Proposed]:
        return [column for column in _propose_sheet(top, FLAT).columns if column.field]

    best = max(tops, key=lambda top: sum(column.confidence for column in found(top)))
    lines = any(c.field and c.field.section == "lines" for c in found(best))
    return best.title, FLAT if lines else INVOICES.key


@cache
def fields_of(key: str) -> tuple[Field, ...]:
    """Give everything that a column of one of our sheets, or of a flat sheet, can be."""
    if key != FLAT:
        layout = BY_SHEET.get(key)
        return tuple(_fields(key, layout)) if layout else ()
    found = _fields("invoices", INVOICES) + [
        each for each in _fields("lines", LINES) if each.column.key != "number"
    ]
    for kind, prefixes in ADDRESS_PREFIXES.items():
        for each in _fields(f"addresses.{kind}", ADDRESSES):
            if each.column.key in ("number", "kind", "code"):
                continue
            names = (each.column.header, *each.column.aliases, *each.words)
            before = tuple(f"{prefix} {name}" for prefix in prefixes for name in names)
            plain = names if kind == "billing" else ()
            found.append(Field(each.section, each.column, (), (*before, *plain), spelled=False))
    amount = COSTS.by_key["amount"]
    for label, words in COST_WORDS.items():
        found.append(Field(f"costs.{label}", amount, (), words, spelled=False))
    return tuple(found)


def _fields(section: str, layout: SheetLayout) -> list[Field]:
    words = COLUMN_WORDS.get(layout.key, {})
    return [
        Field(section, column, (column.header, *column.aliases), words.get(column.key, ()))
        for column in layout.columns
    ]


def _find_flat(tops: Sequence[Top]) -> Top | None:
    """Give the sheet whose rows hold an invoice and a line each; None if one is of invoices."""
    for top in tops:
        layout = match_sheet(top.title)
        if layout is INVOICES and len(tops) > 1:
            return None
    for top in tops:
        found = _propose_sheet(top, FLAT)
        keys = {(c.field.section, c.field.column.key) for c in found.columns if c.taken and c.field}
        heads = sum(("invoices", key) in keys for key in _HEADS)
        lines = sum(("lines", key) in keys for key in _LINE)
        if ("invoices", "number") in keys and heads >= 2 and lines >= 2:
            return top
    return None


def _score(top: Top, layout: SheetLayout) -> float:
    """Say how much a sheet looks like one of ours: by its title, and by its columns."""
    named = match_sheet(top.title) is layout
    title = normal(top.title)
    known = any(normal(word) == title for word in SHEET_WORDS.get(layout.key, ()))
    found = _propose_sheet(top, layout.key)
    taken = [c for c in found.columns if c.taken]
    joined = any(c.field and c.field.column.key in ("number", "code") for c in taken)
    if not named and not known and (len(taken) < 3 or not joined):
        return 0
    return 1000 * named + 500 * known + sum(c.confidence for c in taken) - 60 * len(found.missing)


def _propose_sheet(top: Top, key: str) -> SheetProposal:
    fields = fields_of(key)
    row = _header_row(top, fields)
    columns = _columns(top, row)
    if not fields:
        return SheetProposal(top.title, key, row, tuple(columns))
    scored = sorted(
        (
            (likeness(each.header, each.values, one), -order, -at, each, one)
            for at, each in enumerate(columns)
            if each.header
            for order, one in enumerate(fields)
        ),
        key=lambda item: item[:3],
        reverse=True,
    )
    best: dict[str, Proposed] = {}
    filled: set[tuple[str, str]] = set()
    for confidence, _, _, each, one in scored:
        place = (one.section, one.column.key)
        if sure_enough(confidence, one) and each.letter not in best and place not in filled:
            best[each.letter] = _with(each, one, confidence, taken=True)
            filled.add(place)
    for confidence, _, _, each, one in scored:
        place = (one.section, one.column.key)
        if confidence >= WORTH_SHOWING and each.letter not in best and place not in filled:
            best[each.letter] = _with(each, one, confidence, taken=False)
    missing = [one for one in fields if _needed(one, key, filled)]
    return SheetProposal(
        top.title, key, row, tuple(best.get(c.letter, c) for c in columns), tuple(missing)
    )


def _needed(one: Field, key: str, filled: set[tuple[str, str]]) -> bool:
    if (one.section, one.column.key) in filled or not one.column.required:
        return False
    return key != FLAT or one.section in ("invoices", "lines")


def _with(each: Proposed, one: Field, confidence: int, *, taken: bool) -> Proposed:
    return Proposed(
        each.letter, each.header, each.wanted, each.values, one, confidence, taken=taken
    )


def _header_row(top: Top, fields: Sequence[Field]) -> int:
    """Give Excel's number of the row that looks most like a header."""
    best, best_score = 1, (0, 0)
    for at, row in enumerate(top.rows[:HEADER_ROWS], start=1):
        texts = [clean(value) for value in row if isinstance(value, str) and value.strip()]
        hits = sum(max((likeness(t, (), one) for one in fields), default=0) >= 75 for t in texts)
        filled = len(set(texts)) if len(texts) > 1 else 0
        if (hits, min(filled, 3)) > best_score:
            best, best_score = at, (hits, min(filled, 3))
    return best


def _columns(top: Top, row: int) -> list[Proposed]:
    """Give the columns below a header row that have a name or hold anything."""
    cells = top.rows[row - 1] if top.rows else []
    texts = {column_letter(at): clean(value) for at, value in enumerate(cells, start=1)}
    found = []
    for at, (letter, text) in enumerate(texts.items()):
        if normal(text) in OWN_HEADERS:
            continue
        values = tuple(
            line[at] for line in top.rows[row:] if at < len(line) and line[at] not in (None, "")
        )
        if text or values:
            alone = text and find_header(texts, text) == [letter]
            found.append(Proposed(letter, text, text if alone else f"={letter}", values))
    return found


def named(column: Column, section: str) -> str:
    """Give a column's name as the terminal shows it: `Invoice Number`, `City (billing)`."""
    part = section.rpartition(".")[2] if "." in section else ""
    return f"{column.header} ({part})" if part else column.header
