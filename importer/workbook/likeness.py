"""Pure: how much one of the user's columns looks like one of ours, by its header and its cells."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from importer.workbook.fields import Column, Kind, normal
from importer.workbook.rivals import unlike
from importer.workbook.systems import Place
from importer.workbook.vocabulary import OTHER_MEANINGS, SHORT_WORDS

OUR_NAME, OUR_ALIAS, KNOWN_THERE, KNOWN_WORD = 100, 98, 97, 92
SPELLED_ALIKE = 0.9
"""What a header that is only spelled alike counts at most."""

LONG_WORD = 7
"""From how many letters on a word may be misspelled by two slips."""

ONLY_SHOWN = 68
"""What a header counts at most that has another word in it: `Payment Date` for `Due Date`."""

ENOUGH, ENOUGH_FOR_IDENTIFIERS = 75, KNOWN_WORD
AGAINST, FOR = 45, 5

_WORD = re.compile(r"[^\W\d_]+|\d+")
_CAMEL = re.compile(r"(?<=[a-zß-ÿ])(?=[A-Z])")
_NUMBER = re.compile(r"[-+(]?\s*[^\w\s]?\s*\d[\d.,'\s]*\)?\s*[^\w\s]?-?")
_DATE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}.*|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}")


@dataclass(frozen=True, eq=False)
class Field:
    """Something of ours that a column can be: a column of a section of the mapping.

    `names` are its own, `words` what others call it. Not `spelled`: those words or nothing.
    """

    section: str
    column: Column
    names: tuple[str, ...]
    words: tuple[str, ...] = ()
    spelled: bool = True


def likeness(header: str, values: Sequence[Any], field: Field) -> int:
    """Give the confidence, in percent, that a column with these cells is the field."""
    score = _by_name(header, field)
    if _means_something_else(header, field, score):
        score = min(score, ONLY_SHOWN)
    return _with_cells(score, values, field)


def known_there(meaning: Mapping[Place, int], values: Sequence[Any], field: Field) -> int:
    """Give the confidence, in percent, for a header whose meaning in its program is known."""
    rank = meaning.get((field.section, field.column.key))
    return 0 if rank is None else _with_cells(KNOWN_THERE - rank, values, field)


def _with_cells(score: int, values: Sequence[Any], field: Field) -> int:
    """Let the cells speak for or against what a name promises."""
    if score < 30 or not values:
        return score
    fit = sum(_fits(value, field.column) for value in values) / len(values)
    if fit < 0.5:
        return max(score - AGAINST, 0)
    telling = field.column.kind in (Kind.DATE, Kind.DAY, Kind.CURRENCY, Kind.URL)
    return min(score + FOR, KNOWN_WORD) if telling and fit == 1 and score < KNOWN_WORD else score


def sure_enough(confidence: int, field: Field) -> bool:
    """Whether a column is proposed rather than only shown. Identifiers are never guessed."""
    strict = field.column.kind is Kind.IDENTIFIER
    return confidence >= (ENOUGH_FOR_IDENTIFIERS if strict else ENOUGH)


@lru_cache(maxsize=100_000)
def _by_name(header: str, field: Field) -> int:
    plain = normal(header)
    if not plain:
        return 0
    if field.names and plain == normal(field.names[0]):
        return OUR_NAME
    if plain in map(normal, field.names):
        return OUR_ALIAS
    if plain in map(normal, field.words):
        return KNOWN_WORD
    if not field.spelled:
        return 0
    wanted = _spelled_out(header)
    names = [_spelled_out(name) for name in (*field.names, *field.words)]
    return max(_alike(wanted, name) for name in names)


def _alike(one: str, other: str) -> int:
    """Say how near two spellings are; one with a word that the other lacks is only shown."""
    from rapidfuzz import fuzz

    near = int(fuzz.token_sort_ratio(one, other) * SPELLED_ALIKE)
    return near if _same_words(one.split(), other.split()) else min(near, ONLY_SHOWN)


def _same_words(some: Sequence[str], others: Sequence[str]) -> bool:
    """Whether each word has its like among the others, but for misspellings and blanks."""
    if len(some) != len(others):
        return _misspelled("".join(some), "".join(others))
    left = list(others)
    for word in some:
        like = next((other for other in left if _misspelled(word, other)), None)
        if like is None:
            return False
        left.remove(like)
    return True


def _misspelled(one: str, other: str) -> bool:
    """Whether two words differ by a slip or two: a letter more, less, another, or two swapped."""
    from rapidfuzz.distance import OSA

    slips = 1 if min(len(one), len(other)) < LONG_WORD else 2
    return OSA.distance(one, other, score_cutoff=slips) <= slips


def _means_something_else(header: str, field: Field, score: int) -> bool:
    if field.section == "invoices" and score < OUR_NAME and unlike(field.column.key, header):
        return True
    return score < KNOWN_WORD and normal(header) in OTHER_MEANINGS


@lru_cache(maxsize=10_000)
def _spelled_out(name: str) -> str:
    """Give a name's words in small letters, short forms spelled out: `custNo`, customer number."""
    words = _WORD.findall(_CAMEL.sub(" ", name).casefold())
    return " ".join(SHORT_WORDS.get(word, word) for word in words)


def _fits(value: Any, column: Column) -> bool:
    text = value.strip() if isinstance(value, str) else ""
    match column.kind:
        case Kind.DATE | Kind.DAY:
            return isinstance(value, dt.date) or bool(_DATE.fullmatch(text))
        case Kind.AMOUNT | Kind.QUANTITY | Kind.INTEGER:
            if isinstance(value, bool | dt.date):
                return False
            return isinstance(value, int | float) or bool(_NUMBER.fullmatch(text))
        case Kind.CURRENCY:
            return bool(re.fullmatch(r"[A-Za-z]{3}", text))
        case Kind.URL:
            return text.lower().startswith(("http://", "https://"))
        case Kind.CHOICE:
            return bool(text) and len(text) < 40
        case Kind.IDENTIFIER:
            return not isinstance(value, bool | dt.date | dt.time)
        case Kind.TEXT:
            return True
