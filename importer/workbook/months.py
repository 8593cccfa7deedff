"""Pure: the names of months and weekdays in English and in the run's language, as CLDR has them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

_WORD = re.compile(r"[^\W\d_]+\.?")
_ENGLISH = "en"
_LIKELY = (
    *("de_DE", "fr_FR", "es_ES", "it_IT", "nl_NL", "pt_BR", "pl_PL", "sv_SE", "da_DK", "nb_NO"),
    *("fi_FI", "cs_CZ", "hu_HU", "ro_RO", "tr_TR", "el_GR", "ru_RU", "uk_UA"),
)
"""Of what languages a month that nobody declared may be; the first that knows it is named."""


@lru_cache(maxsize=64)
def months(locale: str | None) -> Mapping[str, int]:
    """Give the number of each month by its names, in small letters and without a point behind.

    A name that means different months in the two languages is left out.
    """
    found: dict[str, set[int]] = {"sept": {9}}
    for number, name in _names("month", locale):
        found.setdefault(name, set()).add(number)
    return {name: numbers.copy().pop() for name, numbers in found.items() if len(numbers) == 1}


@lru_cache(maxsize=64)
def weekdays(locale: str | None) -> frozenset[str]:
    """Give the names of the days of the week, in small letters and without a point behind."""
    return frozenset(name for _, name in _names("day", locale)) - months(locale).keys()


def as_numbers(text: str, locale: str | None) -> str:
    """Give a text with two digits in place of a month's name, and without a weekday's."""

    def replaced(word: re.Match[str]) -> str:
        name = bare(word[0])
        if name in months(locale):
            return f"{months(locale)[name]:02d}"
        return "" if name in weekdays(locale) else word[0]

    return _WORD.sub(replaced, text).strip(" ,")


def locale_of_month(text: str) -> str | None:
    """Give a locale in whose language a text of digits and words names a month; None for none."""
    words = [bare(word) for word in _WORD.findall(text)]
    if not words or not any(sign.isdecimal() for sign in text):
        return None
    return next((_foreign_months()[word] for word in words if word in _foreign_months()), None)


@lru_cache(maxsize=1)
def _foreign_months() -> Mapping[str, str]:
    found: dict[str, str] = {}
    for locale in _LIKELY:
        for name in months(locale).keys() - months(None).keys():
            found.setdefault(name, locale)
    return found


def bare(word: str) -> str:
    """Give a name as it is compared."""
    return word.casefold().removesuffix(".")


def _names(what: str, locale: str | None) -> list[tuple[int, str]]:
    from babel.core import Locale

    found = []
    for code in {_ENGLISH, locale or _ENGLISH}:
        language = Locale.parse(code)
        kinds = language.months if what == "month" else language.days
        for context in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                found += [(number, bare(name)) for number, name in kinds[context][width].items()]
    return [(number, name) for number, name in found if name and not name[0].isdigit()]
