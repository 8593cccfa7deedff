"""Pure: an amount as text, with its currency's decimals."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache


@lru_cache(maxsize=256)
def decimals(currency: str) -> int:
    """Give how many decimals a currency has (ISO 4217, as the CLDR has it): EUR 2, JPY 0.

    2 for a code that nobody knows.
    """
    from babel.numbers import get_currency_precision

    return get_currency_precision(currency)


def written(amount: Decimal, currency: str) -> str:
    """Give an amount as JSON holds it: `1250.50`, no digit lost; see `places`."""
    return format(amount, f".{places(amount, currency)}f")


def places(amount: Decimal, currency: str) -> int:
    """Give with how many decimals an amount is written: the currency's, or more if it has more."""
    exponent = amount.normalize().as_tuple().exponent
    return max(decimals(currency), -exponent if isinstance(exponent, int) else 0)
