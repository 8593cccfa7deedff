"""Pure: which currency a number format names, by its sign, its code, or its language."""

from __future__ import annotations

import locale as windows
import re
from collections.abc import Mapping
from functools import lru_cache

from importer.workbook.amounts import decimals_of
from importer.workbook.formats import CURRENCY, TOKEN


@lru_cache(maxsize=2048)
def currencies_of(code: str) -> frozenset[str]:
    """Give the codes of the currencies that a number format may mean by its sign; empty: none."""
    found: frozenset[str] = frozenset()
    for token in TOKEN.finditer(code):
        bracket = token["bracket"]
        sign = token["quoted"] or token["escaped"] or token["other"] or ""
        language = ""
        if bracket is not None:
            named = CURRENCY.fullmatch(bracket)
            sign, language = (named[1], named[2] or "") if named else ("", "")
        found = _meant(sign.strip(), language) or found
    return found


def _meant(sign: str, language: str) -> frozenset[str]:
    """Give the currencies that a sign, or a code, stands for in a language (a Windows LCID)."""
    if re.fullmatch(r"[A-Z]{3}", sign) and decimals_of(sign) is not None:
        return frozenset({sign})
    possible = _SIGNS.get(sign, frozenset())
    local = _local_currency(language) if language and len(possible) > 1 else ""
    return frozenset({local}) if local in possible else possible


def _local_currency(language: str) -> str:
    from babel.numbers import get_territory_currencies

    territory = windows.windows_locale.get(int(language, 16), "").rpartition("_")[2]
    used = get_territory_currencies(territory) if territory else []
    return used[0] if used else ""


def _signs() -> Mapping[str, frozenset[str]]:
    dollars = (
        "USD AUD BBD BMD BND BSD BZD CAD FJD GYD HKD JMD KYD LRD NAD NZD SBD SGD SRD TTD TWD XCD"
    )
    pesos = "ARS CLP COP CUP DOP MXN UYU"
    table = {
        "$": f"{dollars} {pesos}",
        "US$": "USD",
        "A$": "AUD",
        "C$": "CAD NIO",
        "CA$": "CAD",
        "NZ$": "NZD",
        "HK$": "HKD",
        "S$": "SGD",
        "R$": "BRL",
        "€": "EUR",
        "£": "GBP EGP FKP GIP LBP SDG SHP SSP SYP",
        "¥": "JPY CNY",
        "￥": "JPY CNY",
        "円": "JPY",
        "元": "CNY",
        "₹": "INR",
        "₩": "KRW KPW",
        "₽": "RUB",
        "₺": "TRY",
        "₪": "ILS",
        "₫": "VND",
        "฿": "THB",
        "₱": "PHP",
        "₴": "UAH",
        "₦": "NGN",
        "zł": "PLN",
        "Kč": "CZK",
        "Ft": "HUF",
        "kr": "SEK NOK DKK ISK",
        "kr.": "DKK ISK",
        "SFr.": "CHF",
        "Fr.": "CHF",
    }
    return {sign: frozenset(codes.split()) for sign, codes in table.items()}


_SIGNS = _signs()
