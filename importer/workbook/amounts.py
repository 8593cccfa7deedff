"""Pure: cells → exact decimals, with the decimals of their currency and the marks of a locale."""

from __future__ import annotations

import datetime as dt
import math
import re
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from importer.workbook.bad import KINDS, SPACES, Bad, plain, refuse_unseen, shown

_PLAIN = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)")
_GROUPED = re.compile(
    r"([+-]?[1-9][0-9]{0,2}(?:([.,'’])[0-9]{3})(?:\2[0-9]{3})*)(?:(?!\2)[.,]([0-9]+))?"
)
_MARKS = re.compile(r"[.,'’]")
_MARKED = re.compile(r"[+-]?[0-9][0-9.,'’]*[0-9]")
_MINUS_SIGNS = str.maketrans("\u2212\u2010\u2011\u2012\u2013\ufe63\uff0d", "-------")
_MOST_DIGITS = 15
_STILL_USED = 2015

_ISO_DECIMALS = {
    **dict.fromkeys(("AFN", "ALL", "IRR", "KPW", "LAK", "LBP"), 2),
    **dict.fromkeys(("MGA", "MMK", "RSD", "SOS", "SYP", "YER"), 2),
    "IQD": 3,
}
"""Where ISO 4217 (list one) has more decimals than Babel, which has those used in daily life."""


def number(value: Any, locale: str | None = None) -> Decimal:
    """Give an exact decimal; Excel's noise behind the 15th digit (0.1 + 0.2) is left out."""
    if isinstance(value, bool | dt.date | dt.time | dt.timedelta):
        raise Bad("amount-wrong-kind", value=shown(value), what=KINDS[type(value)])
    if isinstance(value, int | float):
        if not math.isfinite(value):
            raise Bad("amount-not-a-number", value=str(value))
        return Decimal(f"{value:.15g}")
    return _of_text(value, locale)


def amount(value: Any, code: str | None, locale: str | None = None) -> str:
    """Give an amount as text with exactly the decimals of its currency `code` (None: as it is)."""
    decimals = decimals_of(code) if code else None
    if type(value) is float and decimals is not None and math.isfinite(value):
        text = f"{value:.{decimals}f}"
        rounded = float(text)
        if (rounded == value or _is_noise(value, rounded)) and len(text) <= _MOST_DIGITS:
            return text if rounded else text.lstrip("-")
    exact = _short(number(value, locale))
    if decimals is None:
        return plain(exact)
    if type(value) is float and abs(value - float(exact)) >= 0.4 * 10**-decimals:
        raise Bad("amount-too-large", value=repr(value))
    if exact != round(exact, decimals):
        raise Bad("amount-too-precise", value=plain(exact), decimals=decimals, currency=code)
    return f"{exact if exact else abs(exact):.{decimals}f}"


def quantity(value: Any, locale: str | None = None) -> str:
    """Give a number as text, with as many decimals as it has."""
    return plain(_short(number(value, locale)))


def whole(value: Any) -> int | None:
    """Give a whole number."""
    if isinstance(value, str):
        value = value.strip()
        refuse_unseen(value)
        if not re.fullmatch(r"[+-]?[0-9]{1,15}", value):
            raise Bad("number-not-whole", value=value[:60])
        return int(value)
    exact = number(value)
    if abs(exact) >= Decimal(10) ** _MOST_DIGITS or exact != int(exact):
        raise Bad("number-not-whole", value=plain(exact)[:60])
    return int(exact)


@lru_cache(maxsize=512)
def decimals_of(code: str) -> int | None:
    """Give how many decimals a currency has (JPY 0, USD 2, KWD 3); None if none such is in use."""
    from babel.core import get_global
    from babel.numbers import get_currency_precision

    if code not in get_global("all_currencies") or not _is_in_use(code):
        return None
    return _ISO_DECIMALS.get(code, get_currency_precision(code))


def _is_in_use(code: str) -> bool:
    """Whether a currency is money somewhere, or was in 2015 (old invoices may be imported)."""
    from babel.core import get_global

    return any(
        end is None or end[0] >= _STILL_USED
        for territory in _territories(get_global("territory_currencies"))
        for name, _, end, _ in territory
        if name == code
    )


def _territories(currencies: Any) -> list[Any]:
    return [uses for territory, uses in currencies.items() if territory != "ZZ"]


def _is_noise(value: float, rounded: float) -> bool:
    """Whether a float is an amount but for what a subtraction left behind (1000.1 - 999.9)."""
    return rounded != 0 and abs(value - rounded) < 1e-9


def _short(exact: Decimal) -> Decimal:
    """Give a decimal that Excel and the store can hold exactly; raises Bad for a longer one."""
    digits = plain(exact).lstrip("-").replace(".", "").lstrip("0") if exact else "0"
    if len(digits) > _MOST_DIGITS or exact.adjusted() < -_MOST_DIGITS:
        raise Bad("amount-too-large", value=plain(exact)[:40])
    return exact


def _of_text(value: str, locale: str | None) -> Decimal:
    """Read a number as accountants write it: a minus in front or behind, or parentheses."""
    bare = SPACES.sub("", value).translate(_MINUS_SIGNS)
    refuse_unseen(bare)
    negative = bare.startswith("(") and bare.endswith(")")
    if negative:
        bare = bare[1:-1]
    elif bare.endswith("-"):
        negative, bare = True, bare[:-1]
    if negative and bare[:1] in ("+", "-"):
        raise Bad("amount-not-a-number", value=value.strip()[:60])
    exact = _localised(value, bare, locale) if locale else _unlocalised(value, bare)
    return -exact if negative else exact


def _unlocalised(value: str, bare: str) -> Decimal:
    if re.fullmatch(r"[+-]?[1-9][0-9]{0,2}[.,'’][0-9]{3}", bare):
        digits = re.split(r"[.,'’]", bare)
        first, second = ".".join(digits), "".join(digits)
        raise Bad("amount-ambiguous", value=value.strip()[:60], first=first, second=second)
    if _PLAIN.fullmatch(bare):
        return Decimal(bare)
    if grouped := _GROUPED.fullmatch(bare):  # two kinds of marks, or one of them several times
        return Decimal(f"{_MARKS.sub('', grouped[1])}.{grouped[3] or 0}")
    if _MARKED.fullmatch(bare):
        raise Bad("amount-marks", value=value.strip()[:60])
    raise Bad("amount-not-a-number", value=value.strip()[:60])


def _localised(value: str, bare: str, locale: str) -> Decimal:
    from babel.numbers import NumberFormatError, get_group_symbol, parse_decimal

    group = get_group_symbol(locale)
    if group in ("’", "'"):
        bare = bare.replace("'", group).replace("’", group)
    try:
        exact = parse_decimal(bare, locale=locale, strict=True)
    except (NumberFormatError, InvalidOperation, ValueError) as error:
        raise Bad("amount-not-a-number", value=value.strip()[:60]) from error
    if not exact.is_finite() or not re.fullmatch(r"[+-]?[0-9.,'’٫٬]+", bare):
        raise Bad("amount-not-a-number", value=value.strip()[:60])
    return exact
