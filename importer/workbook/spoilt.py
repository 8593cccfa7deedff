"""Pure: text that a program has spoilt on its way into the cell: put right, or bad.

`="00123"` can only mean 00123. Of `1.23E+12` nobody knows the digits that are gone.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from operator import itemgetter

from importer.workbook.bad import Bad

_QUOTED = re.compile(r'="([^"]*)"')
_APOSTROPHE = re.compile(r"'([^'\s][^']*)")
_FLOAT = re.compile(r"([0-9]+)\.0")
_EXPONENT = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)?[eE][+-][0-9]+|[+-]?[0-9]+[.,][0-9]+[eE][0-9]+")
_FORMULA = re.compile(
    r"=\s*[-+(]*(?:[A-Za-z_][\w.]*(?:\(|!|$)|\$?[A-Za-z]{1,3}\$?\d+\b(?!\s\w)|\d[\d.,]*\s*(?:[-+*/^&%)]|$)"
    r"|\"[^\"]*\"\s*&|'[^']+'!|[\[{@]).*|[+@-][A-Z][A-Z0-9.]*\(.*\)",
    re.DOTALL,
)
_ERROR = re.compile(r"#(?:[A-ZÀ-Ý_]+/?[A-Z0]*[!?]|N/A!?|NV|N/D|GETTING_DATA)|Err:[0-9]{3}")
_TOO_NARROW = re.compile(r"#{3,}")
_NOTHING = frozenset(
    {"null", "(null)", "[null]", "none", "nan", "nat", "<na>", "n/a", "n.a.", "undefined"}
)
_NOTHING_TO_PROGRAMS = frozenset(
    {"NULL", "null", "(null)", "[NULL]", "nan", "NaN", "NaT", "<NA>", "undefined"}
)
_NAMES = frozenset({"first", "last"})
_LONGEST_EXACT = 15

_FIRST = itemgetter(slice(1))
_MARKS = ("E+", "e+", ".0 ", "Err:", "\ufffd")
_RARE_EXPONENT = re.compile(r"[0-9][eE]-[0-9]|[0-9][.,][0-9]+[eE][0-9]")
_SPELLINGS = frozenset(
    how(word) for word in _NOTHING for how in (str.lower, str.upper, str.title, str.capitalize)
) | {"NaN", "NaT"}


def may_be_spoilt(texts: Collection[str], joined: str) -> bool:
    """Whether some of these texts need a look; `joined` is all of them, a blank behind each.

    A text that a program spoilt begins with a mark, is a word for nothing, or has a tell-tale part.
    """
    return (
        any(mark in joined for mark in _MARKS)
        or not all(map(str.isalnum, set(map(_FIRST, texts))))
        or not _SPELLINGS.isdisjoint(texts)
        or _RARE_EXPONENT.search(joined) is not None
    )


def identifier_of(text: str, key: str) -> str:
    """Give an identifier of the column `key` as it was before a program spoilt it; raises Bad."""
    if quoted := _QUOTED.fullmatch(text):
        text = quoted[1].strip()
    if behind := _APOSTROPHE.fullmatch(text):
        text = behind[1]
    _refuse_marks(text)
    if text.startswith("="):
        raise Bad("cell-formula-as-text", value=text[:60])
    if _EXPONENT.fullmatch(text):
        raise Bad("identifier-shortened", value=text)
    if text.casefold() in _NOTHING or (text and not any(map(str.isalnum, text))):
        raise Bad("identifier-placeholder", value=text)
    if (number := _FLOAT.fullmatch(text)) and (key != "sku" or len(number[1]) > 3):
        if len(number[1].lstrip("0")) > _LONGEST_EXACT:
            raise Bad("identifier-rounded", value=text[:40])
        return number[1]
    return text


def text_of(text: str, key: str) -> str:
    """Give a text of the column `key`; raises Bad for one that a program left behind."""
    if quoted := _QUOTED.fullmatch(text):
        text = quoted[1].strip()
    _refuse_marks(text)
    if text in _NOTHING_TO_PROGRAMS and key not in _NAMES:
        raise Bad("text-placeholder", value=text)
    return text


def _refuse_marks(text: str) -> None:
    if "\ufffd" in text:
        raise Bad("text-replacement-character", value=text[:60])
    if _ERROR.fullmatch(text):
        raise Bad("cell-error", value=text)
    if _TOO_NARROW.fullmatch(text):
        raise Bad("cell-too-narrow", value=text[:20])
    if _FORMULA.fullmatch(text):
        raise Bad("cell-formula-as-text", value=text[:60])
