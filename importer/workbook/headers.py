"""Pure: which row of a sheet is its header, and which of its columns are which of ours."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from importer.codes import Place, fault
from importer.errors import WorkbookError
from importer.model import Fault, column_letter
from importer.workbook.fields import Column, SheetLayout, normal
from importer.workbook.layout import OWN_HEADERS
from importer.workbook.mapping import AS_NAMED, FREE, FlatMapping, SheetMapping, find_header, listed
from importer.workbook.rivals import doubts


class NotRecognised(WorkbookError):
    """The sheets or headers aren't those that we know; a mapping could say which are which."""


@dataclass(frozen=True)
class Headers:
    """The header of a sheet.

    `row` is Excel's row number; `texts` is the user's own words by letter, for every column, in
    the user's order ("" where a column has no name); `columns` is the letter of each known column
    by its key; `free` the letter of each column that the user named (`Extra: Project`) by his name
    for it; `own` the letters of the columns that a report added; `below` the rows already read
    below it; `ignored` the letters that a mapping says to leave alone.
    """

    row: int
    texts: Mapping[str, str]
    columns: Mapping[str, str]
    free: Mapping[str, str]
    own: Mapping[str, str]
    below: list[list[Any]] = field(default_factory=list)
    ignored: frozenset[str] = frozenset()

    def faults(self, title: str) -> list[Fault]:
        """Give a warning for each column that isn't known."""
        known = {*self.columns.values(), *self.free.values(), *self.own.values(), *self.ignored}
        return [
            fault("column-unknown", Place(title, self.row, text, letter), value=text or letter)
            for letter, text in self.texts.items()
            if letter not in known
        ]


def find_headers(
    title: str,
    layout: SheetLayout,
    top: Sequence[Sequence[Any]],
    mapped: SheetMapping = AS_NAMED,
) -> Headers:
    """Find the header among the first rows of a sheet: the row that names most known columns.

    What `mapped` says goes before what the names say.
    Raises WorkbookError when no row names the required columns, or two columns have one name.
    """
    row = _header_row(title, top, mapped.header_row, lambda texts: _known(layout, texts, mapped))
    texts = _texts(top, row)
    if row and not _known(layout, texts, mapped):
        wanted = ", ".join(layout.needed)
        raise NotRecognised(
            f"The sheet “{title}” has no header among its first {max(len(top), 1)} rows.",
            f"Put the column names in the first row. Required are: {wanted}.",
        )
    return match_headers(title, layout, row, texts, top, mapped)


def missing_columns(layout: SheetLayout, top: Sequence[Sequence[Any]]) -> list[str]:
    """Give the needed columns that no row among the first ones names, as the best of them has it.

    Where one of several columns is enough, they are one: `Invoice Number or Address Code`.
    """
    rows = [_texts(top, at) for at in range(1, len(top) + 1)]
    texts = max(rows, key=lambda row: _known(layout, row, AS_NAMED), default={})
    return _missing(layout, {c.key for text in texts.values() if (c := layout.match(text))})


def match_headers(
    title: str,
    layout: SheetLayout,
    row: int,
    texts: Mapping[str, str],
    top: Sequence[Sequence[Any]],
    mapped: SheetMapping,
) -> Headers:
    """Say which columns of a header row are which of ours. Raises WorkbookError."""
    known = {
        key: _mapped_letter(title, layout, row, texts, key, wanted)
        for key, wanted in mapped.columns.items()
    }
    columns = {key: letter for key, letter in known.items() if not key.startswith(FREE)}
    free = {key.removeprefix(FREE): at for key, at in known.items() if key.startswith(FREE)}
    own = {normal(text): letter for letter, text in texts.items() if normal(text) in OWN_HEADERS}
    ignored = {at for wanted in mapped.ignore for at in find_header(texts, wanted)}
    if not mapped.only:
        open_ = {a: t for a, t in texts.items() if a not in known.values() and a not in ignored}
        fixed = {*columns, *mapped.constants}
        columns |= _columns(title, row, layout, open_, fixed)
        free |= {
            name: letter
            for letter, text in open_.items()
            if (name := layout.free_name(text)) and name not in free
        }
    missing = _missing(layout, {*columns, *mapped.constants})
    if missing:
        if mapped.columns or mapped.only:
            remedy = "Say in the mapping which column it is, or give a constant."
        else:
            remedy = "Add the column, or rename yours to this."
        raise NotRecognised(
            f"The sheet “{title}” has no column {' and no column '.join(missing)} "
            f"(its header is row {row}).",
            remedy,
        )
    below = [list(cells) for cells in top[row:]]
    return Headers(row, texts, columns, free, own, below, frozenset(ignored))


def _missing(layout: SheetLayout, given: set[str]) -> list[str]:
    missing = [c.header for c in layout.columns if c.required and c.key not in given]
    if layout.either and not given.intersection(layout.either):
        missing.append(" or ".join(layout.by_key[key].header for key in layout.either))
    return missing


def find_flat_headers(
    flat: FlatMapping, title: str, top: Sequence[Sequence[Any]]
) -> tuple[Headers, dict[str, Headers]]:
    """Find the header of a flat sheet; give it as a whole, and by the key of each of its parts.

    Raises WorkbookError when a header that the mapping names isn't there.
    """
    wanted = {header for part in flat.parts for header in part.mapped.columns.values()}
    row = _header_row(
        title,
        top,
        flat.header_row,
        lambda texts: sum(bool(find_header(texts, header)) for header in wanted),
    )
    texts = _texts(top, row)
    number = {"number": flat.parts[0].mapped.columns["number"]}
    parts = {}
    for part in flat.parts:
        mapped = replace(part.mapped, columns={**number, **part.mapped.columns})
        parts[part.key] = match_headers(title, part.layout, row, texts, top, mapped)
    ignored = {at for header in flat.ignore for at in find_header(texts, header)}
    whole = replace(
        parts["invoices"],
        columns={
            f"{key}.{name}": letter
            for key, found in parts.items()
            for name, letter in {**found.columns, **found.free}.items()
        },
        free={},
        ignored=frozenset(ignored),
    )
    return whole, parts


def _header_row(
    title: str,
    top: Sequence[Sequence[Any]],
    given: int | None,
    score: Callable[[Mapping[str, str]], int],
) -> int:
    """Give Excel's number of the header row: the one given, else the first with the best score."""
    if given is not None and given > len(top):
        raise WorkbookError(
            f"The sheet “{title}” ends before row {given}, where the mapping has its header.",
            "Correct header_row in the mapping.",
        )
    if given is not None:
        return given
    scores = [score(_texts(top, at)) for at in range(1, len(top) + 1)]
    return scores.index(max(scores)) + 1 if scores else 1


def _texts(top: Sequence[Sequence[Any]], row: int) -> dict[str, str]:
    """Give the texts of a header row by letter; without a header row each is empty."""
    if not row:
        return dict.fromkeys(map(column_letter, range(1, len(top[0]) + 1)), "") if top else {}
    cells = top[row - 1] if row <= len(top) else []
    return {column_letter(at): clean(value) for at, value in enumerate(cells, start=1)}


def _known(layout: SheetLayout, texts: Mapping[str, str], mapped: SheetMapping) -> int:
    by_name = {c.key for text in texts.values() if (c := layout.match(text))}
    by_mapping = {key for key, wanted in mapped.columns.items() if find_header(texts, wanted)}
    return len(by_name | by_mapping)


def _mapped_letter(
    title: str, layout: SheetLayout, row: int, texts: Mapping[str, str], key: str, wanted: str
) -> str:
    hits = find_header(texts, wanted)
    if len(hits) == 1:
        return hits[0]
    ours = layout.by_key[key].header if key in layout.by_key else key.removeprefix(FREE)
    if hits:
        cells = " and ".join(f"{title}!{letter}{row}" for letter in hits)
        raise WorkbookError(
            f"{cells} both have the header “{wanted}”, from which the mapping takes {ours}.",
            f'Name the right one by its letter in the mapping: "={hits[0]}".',
        )
    raise WorkbookError(
        f"The mapping takes {ours} from the column “{wanted}”, but the sheet “{title}” has none "
        f"(its header is row {row}).",
        _nearest(wanted, texts) or "Correct the header in the mapping.",
    )


def _nearest(wanted: str, texts: Mapping[str, str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(wanted, [text for text in texts.values() if text], 1, 0.6)
    return f"Did you mean “{near[0]}”? Correct the mapping." if near else ""


def _columns(
    title: str, row: int, layout: SheetLayout, texts: Mapping[str, str], given: set[str]
) -> dict[str, str]:
    """Match headers to the columns not yet given; a column's own name goes before an alias."""
    candidates: dict[str, list[tuple[str, Column]]] = {}
    for letter, text in texts.items():
        column = layout.match(text)
        if column and column.key not in given:
            candidates.setdefault(column.key, []).append((letter, column))
    columns = {}
    for key, hits in candidates.items():
        exact = [(a, c) for a, c in hits if normal(texts[a]) == normal(c.header)]
        chosen = exact or hits
        if len(chosen) > 1:
            cells = " and ".join(f"{title}!{letter}{row} (“{texts[letter]}”)" for letter, _ in hits)
            raise WorkbookError(
                f"{cells} both name the column {chosen[0][1].header}.",
                "Rename or delete the wrong one.",
            )
        columns[key] = chosen[0][0]
        if layout.key == "invoices":
            open_ = [text for text in texts.values() if layout.match(text) in (None, chosen[0][1])]
            _refuse_doubts(title, row, chosen[0], texts[chosen[0][0]], open_)
    return columns


def _refuse_doubts(
    title: str, row: int, chosen: tuple[str, Column], text: str, others: Sequence[str]
) -> None:
    """Refuse a column that bears one of its other names where another column may be meant."""
    letter, column = chosen
    rivals = doubts(column.key, text, others)
    if rivals:
        raise NotRecognised(
            f"{title}!{letter}{row} (“{text}”) may be the column {column.header}, "
            f"but so may {listed(rivals)}.",
            f"Rename the right one to “{column.header}”.",
        )


def clean(value: Any) -> str:
    """Give a header cell's text on one line; "" for an empty one."""
    if value is None or value == "":
        return ""
    return " ".join(str(value).split())
