"""Pure: which fields of an invoice a store's complaint is about.

A complaint names a field as the API spells it (`customerId`, `customer_id`, `lineItems[2].sku`), as
people do (`Company`, `PO number`, `line 3`), or by its value (`sku AB-200`). Words match whole, the
longest name first; a common word such as *order* or *type* counts only where no name is plainer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from importer.model import Json, Origins, walk

from .field_names import COSTS, LINES, LISTS, SHIPMENTS, SHIPPING, Name, Word, known_names, words_in

_MOST = 20  # cells that one complaint marks

_POSITION = re.compile(
    r"(?P<list>line[\s_-]*items?|cost[\s_-]*lines?|shipments?|shipping[\s_-]*address(?:es)?|lines?"
    r"|items?|products?)"
    r"(?:(?P<json>\s*\[\s*|[./]|\s+(?:at\s+)?(?:index|position)\s+)"
    r"|\s*(?:number|no\.?|nr\.?|#)?\s*#?\s*)(?P<number>\d+)(?![\w-]|\.\d)",
    re.I,
)
_IN_ORDER = re.compile(r"\bin order\b", re.I)
_EXTRA_POSITION = re.compile(r"extra[\s_-]?fields?\s*[\[./]\s*(\d+)", re.I)


@dataclass(frozen=True, slots=True)
class _Place:
    """A position in a list that a complaint names, and where in the complaint."""

    start: int
    parent: str
    index: int


def named_paths(body: Json, origins: Origins, complaint: str) -> list[str]:
    """Give the JSON paths of the fields that a complaint is about, in its order; none: unknown.

    An extra field is `/extraFields/` and its name, whether the invoice has it or not. With a list's
    position alone the path is that of the list's item.
    """
    places, rest = _places(body, _IN_ORDER.sub("        ", complaint))
    hits = _hits(words_in(rest), [*known_names(body, origins)])
    containers = {name.parent for _, name in hits if not name.field}
    containers |= {place.parent for place in places}
    fields = [
        (where, name)
        for where, name in hits
        if name.field and (name.parent in containers or not name.only_inside)
    ]
    plain = [hit for hit in fields if not hit[1].common or _stands_out(rest, hit[0])]
    found: list[str] = [*_extra_positions(body, complaint)]
    for where, name in _owned(plain or fields, containers):
        found += _concrete(body, name, _nearest(places, name.parent, where), complaint)
    found = found or [f"{place.parent}/{place.index}" for place in places]
    found = found or _by_value(body, complaint) or [*_only_ones(body, containers)]
    return list(dict.fromkeys(found))[:_MOST]


def _places(body: Json, complaint: str) -> tuple[list[_Place], str]:
    """Find `lineItems[2]` and `line 3`; give them, and the complaint without their numbers.

    A path counts from 0, a person from 1. What no list is long enough for is no position, and a
    number that is a value of the lines (a SKU) is none either.
    """
    found: list[_Place] = []
    rest = complaint
    for match in _POSITION.finditer(complaint):
        parent, number = _list_of(match["list"]), int(match["number"])
        index = number if match["json"] else max(0, number - 1)
        items = _at(body, parent)
        inside_a_word = match.start() and complaint[match.start() - 1].isalnum()
        if not isinstance(items, list) or index >= len(items) or inside_a_word:
            continue
        if not match["json"] and _is_value(items, match["number"]):
            continue
        found.append(_Place(match.start(), parent, index))
        start, end = match.span("number") if match["json"] else match.span()
        rest = rest[:start] + " " * (end - start) + rest[end:]
    return found, rest


def _nearest(places: list[_Place], parent: str, where: Word) -> int | None:
    """Give the position that a field's name belongs to: the last before it, else the next."""
    here = [place for place in places if place.parent == parent]
    before = [place for place in here if place.start < where.start]
    chosen = before[-1:] or here[:1]
    return chosen[0].index if chosen else None


def _list_of(word: str) -> str:
    flat = re.sub(r"[^a-z]", "", word.lower())
    if flat.startswith("cost"):
        return COSTS
    if flat.startswith("ship"):
        return SHIPMENTS if flat.startswith("shipment") else SHIPPING
    return LINES


def _is_value(items: list[Any], text: str) -> bool:
    return any(isinstance(item, dict) and str(item.get("sku")) == text for item in items)


def _extra_positions(body: Json, complaint: str) -> Iterator[str]:
    fields = body.get("extraFields")
    for match in _EXTRA_POSITION.finditer(complaint):
        index = int(match[1])
        if isinstance(fields, list) and index < len(fields):
            yield f"/extraFields/{fields[index].get('fieldName')}"


def _hits(words: list[Word], names: list[Name]) -> list[tuple[Word, Name]]:
    """Find names in a complaint, the longest first, no word twice; give them in its order.

    Where several fields have one name (the description of a line, of a cost line), each is given.
    """
    by_words: dict[tuple[str, ...], list[Name]] = {}
    for name in names:
        by_words.setdefault(name.words, []).append(name)
        if len(name.words) > 1:
            by_words.setdefault(("".join(name.words),), []).append(name)
    taken: set[int] = set()
    found: list[tuple[Word, Name]] = []
    for length in range(max(map(len, by_words)), 0, -1):
        for start in range(len(words) - length + 1):
            span = range(start, start + length)
            key = tuple(words[place].text for place in span)
            if key in by_words and taken.isdisjoint(span):
                taken.update(span)
                where = Word(" ".join(key), words[start].start, words[start + length - 1].end)
                found += [(where, name) for name in by_words[key]]
    return sorted(found, key=lambda hit: hit[0].start)


def _stands_out(text: str, where: Word) -> bool:
    """Whether an everyday word is written as a field's name: in a path, quoted, before a colon."""
    before, after = text[: where.start][-1:], text[where.end :][:1]
    return after == ":" or before in tuple("./[") or (before in tuple("'\"`“") and after != " ")


def _owned(hits: list[tuple[Word, Name]], containers: Iterable[str]) -> Iterator[tuple[Word, Name]]:
    """Choose among the fields of one name: that of the object or list that the complaint names."""
    named = set(containers)
    for where in dict.fromkeys(word for word, _ in hits):
        rivals = [name for word, name in hits if word == where]
        yield where, next((name for name in rivals if name.parent in named), rivals[0])


def _concrete(body: Json, name: Name, index: int | None, complaint: str) -> Iterator[str]:
    """Give the paths of a field: of the list's item at that position, else with that value."""
    if name.parent not in LISTS:
        yield f"{name.parent}/{name.field}"
        return
    items = _at(body, name.parent)
    indices = [] if index is None else [index]
    if not indices and isinstance(items, list):
        indices = [
            place
            for place, item in enumerate(items)
            if _mentions(complaint, _at(item, f"/{name.field}"))
        ]
    for place in indices or [0]:
        yield f"{name.parent}/{place}/{name.field}"


def _only_ones(body: Json, containers: Iterable[str]) -> Iterator[str]:
    """Give what a complaint names as a whole, if there is only one of it."""
    for parent in containers:
        held = _at(body, parent)
        if isinstance(held, list) and len(held) == 1:
            yield f"{parent}/0"
        elif isinstance(held, dict):
            yield parent


def _by_value(body: Json, complaint: str) -> list[str]:
    """Give the fields whose value the complaint repeats, when it names none; the number last."""
    found = [
        path
        for path, value in walk(body)
        if not path.endswith(("/code", "/fieldName"))
        and len(str(value)) > 2
        and (re.search(r"\d", str(value)) or _is_quoted(complaint, str(value)))
        and _mentions(complaint, value)
    ]
    others = [path for path in found if path != "/invoiceNumber"]
    return [_extra_path(body, path) for path in others or found]


def _extra_path(body: Json, path: str) -> str:
    steps = path.split("/")
    if steps[1] != "extraFields":
        return path
    return f"/extraFields/{body['extraFields'][int(steps[2])].get('fieldName')}"


def _mentions(complaint: str, value: Any) -> bool:
    """Whether a complaint holds a value as a whole: AB-20 isn't in AB-200, nor in AB-20-X."""
    text = "" if value is None else str(value)
    if not text:
        return False
    pattern = rf"(?<!\w)(?<!\w[-./]){re.escape(text)}(?!\w|[-./]\w)"
    return re.search(pattern, complaint, re.I) is not None


def _is_quoted(complaint: str, value: str) -> bool:
    return re.search(rf"['\"`“]{re.escape(value)}['\"`”]", complaint, re.I) is not None


def _at(body: Any, path: str) -> Any:
    for step in path.strip("/").split("/"):
        if isinstance(body, list):
            body = body[int(step)] if step.isdigit() and int(step) < len(body) else None
        else:
            body = body.get(step) if isinstance(body, dict) else None
    return body
