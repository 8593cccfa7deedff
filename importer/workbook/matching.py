"""Pure: which of one sheet's columns are which of ours, as far as headers and cells can tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from importer.model import column_letter
from importer.workbook.fields import normal
from importer.workbook.headers import clean
from importer.workbook.layout import OWN_HEADERS
from importer.workbook.likeness import OUR_NAME, Field, known_there, likeness, sure_enough
from importer.workbook.mapping import find_header
from importer.workbook.rivals import beside, doubts
from importer.workbook.sections import FLAT, fields_of
from importer.workbook.systems import System, recognise

HEADER_ROWS = 20
WORTH_SHOWING = 65
"""From which confidence (percent) the best candidate of a column that isn't proposed is shown."""


@dataclass(frozen=True)
class Proposed:
    """One of the user's columns. `field` is what of ours it looks like (None: nothing).

    `wanted` is how a mapping names it: its header, or `=C`. `taken` says whether it is proposed;
    otherwise the field is only the best candidate. `confidence` is in percent. `rivals` are other
    headers that may be the field; `doubtful` says that they are why it isn't proposed. `elsewhere`
    says that the header is none of ours in the program that the sheet comes from.
    """

    letter: str
    header: str
    wanted: str
    values: tuple[Any, ...]
    field: Field | None = None
    confidence: int = 0
    taken: bool = False
    rivals: tuple[str, ...] = ()
    doubtful: bool = False
    elsewhere: bool = False


@dataclass(frozen=True)
class SheetProposal:
    """One sheet. `key` is our sheet's, `flat`, or "" for one that looks like none of ours.

    `missing` are the fields that it can't do without and that no column is proposed for. `likely`
    is our sheet's key when the columns are like its and the title isn't, "" otherwise; `program`
    is what the sheet was exported from, "" when that isn't known.
    """

    title: str
    key: str
    header_row: int = 1
    columns: tuple[Proposed, ...] = ()
    missing: tuple[Field, ...] = ()
    likely: str = ""
    program: str = ""

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


def propose_sheet(top: Top, key: str) -> SheetProposal:
    """Propose what each column of a sheet is, if the sheet is ours of this key."""
    fields = fields_of(key)
    row = _header_row(top, fields)
    columns = _columns(top, row)
    program = recognise(column.header for column in columns)
    if not fields:
        return SheetProposal(top.title, key, row, tuple(columns))
    scored = _scored(columns, fields, program)
    best: dict[str, Proposed] = {}
    filled: set[tuple[str, str]] = set()
    doubted: set[tuple[str, str]] = set()
    for confidence, each, one in scored:
        place = (one.section, one.column.key)
        if not sure_enough(confidence, one) or each.letter in best or place in filled | doubted:
            continue
        rivals = _rivals(confidence, each, one, scored, best, program)
        if rivals:
            best[each.letter] = _with(each, one, confidence, rivals, doubtful=True)
            doubted.add(place)
        else:
            best[each.letter] = _with(
                each, one, confidence, _beside(each, one, columns), taken=True
            )
            filled.add(place)
    for confidence, each, one in scored:
        place = (one.section, one.column.key)
        if confidence >= WORTH_SHOWING and each.letter not in best and place not in filled:
            others = [c.header for c in best.values() if c.field == one]
            others += [h for h in _beside(each, one, columns) if h not in others]
            best[each.letter] = _with(each, one, confidence, others, doubtful=place in doubted)
    missing = [one for one in fields if _needed(one, key, filled)]
    return SheetProposal(
        top.title,
        key,
        row,
        tuple(best.get(c.letter, _left_alone(c, program)) for c in columns),
        tuple(missing),
        program=program.name if program else "",
    )


Scored = tuple[int, Proposed, Field]


def _scored(
    columns: Sequence[Proposed], fields: Sequence[Field], program: System | None
) -> list[Scored]:
    """Give how much each column looks like each field, the likest first."""
    found = [
        (_likeness(each, one, program), -order, -at, each, one)
        for at, each in enumerate(columns)
        if each.header
        for order, one in enumerate(fields)
    ]
    found.sort(key=lambda item: item[:3], reverse=True)
    return [(confidence, each, one) for confidence, _, _, each, one in found]


def _likeness(each: Proposed, one: Field, program: System | None) -> int:
    """Go by what the header means in the program that the sheet comes from, else by its words."""
    meaning = program.meaning(each.header) if program else None
    if meaning is None:
        return likeness(each.header, each.values, one)
    return known_there(meaning, each.values, one)


def _rivals(
    confidence: int,
    each: Proposed,
    one: Field,
    scored: Sequence[Scored],
    best: Mapping[str, Proposed],
    program: System | None,
) -> list[str]:
    """Give the headers for which this column may be mistaken; none when its own name is ours."""
    if confidence == OUR_NAME or (program and program.meaning(each.header)):
        return []
    rivals = [
        other.header
        for also, other, field_ in scored
        if field_ is one and also == confidence and other is not each and other.letter not in best
    ]
    if one.section == "invoices":
        headers = [other.header for _, other, field_ in scored if field_ is one]
        rivals += [h for h in doubts(one.column.key, each.header, headers) if h not in rivals]
    return rivals


def _beside(each: Proposed, one: Field, columns: Sequence[Proposed]) -> list[str]:
    if one.section != "invoices":
        return []
    return beside(one.column.key, each.header, [column.header for column in columns])


def _left_alone(each: Proposed, program: System | None) -> Proposed:
    known = program.meaning(each.header) if program and each.header else None
    return replace(each, elsewhere=known is not None)


def _needed(one: Field, key: str, filled: set[tuple[str, str]]) -> bool:
    if (one.section, one.column.key) in filled or not one.column.required:
        return False
    return key != FLAT or one.section in ("invoices", "lines")


def _with(
    each: Proposed,
    one: Field,
    confidence: int,
    rivals: Sequence[str],
    *,
    taken: bool = False,
    doubtful: bool = False,
) -> Proposed:
    return replace(
        each,
        field=one,
        confidence=confidence,
        rivals=tuple(rivals),
        taken=taken,
        doubtful=doubtful,
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
