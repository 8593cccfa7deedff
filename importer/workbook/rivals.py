"""Pure: which of a sheet's columns could as well be meant as the one that bears a known name.

“Amount” is the invoice's total in one program and the sum before tax in another. Which it is can
only be told by what stands beside it, and where that leaves a doubt, a person has to say.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from enum import StrEnum
from functools import lru_cache

from importer.workbook.fields import normal
from importer.workbook.layout import INVOICES

ORIGINAL, OPEN, DUE, ORDER = "original", "open", "due", "order"
"""The keys of the columns that may be mistaken for one another."""


class Money(StrEnum):
    """What a header says of an amount of the invoice as a whole."""

    GROSS = "gross"
    NET = "net"
    TAX = "tax"
    PAID = "paid"
    LEFT = "left"
    TOTAL = "total"
    PLAIN = "plain"
    OTHER_CURRENCY = "other currency"


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_WORD = re.compile(r"[^\W\d_]+")
_CAMEL = re.compile(r"(?<=[a-zß-ÿ])(?=[A-Z])")

_WHICH_CURRENCY = _set("foreign local document base home company transaction in doc")
_NOT_A_SUM = _set(
    "date price weight unit rate percent code terms term number no nr name "
    "type status item line days id quantity qty account method discount "
    "datum preis menge satz gewicht nummer"
)
_SUM = _set("amount amt total totals value sum balance betrag summe wert saldo entered totale")
_BY_WORD: tuple[tuple[Money, frozenset[str]], ...] = (
    (Money.OTHER_CURRENCY, _set("lcy bcy base local home functional")),
    (
        Money.PAID,
        _set("paid payment payments received credited bezahlt gezahlt"),
    ),
    (Money.GROSS, _set("original rechnungsbetrag endbetrag rechnungssumme")),
    (
        Money.LEFT,
        _set("due open outstanding remaining balance unpaid owing offen offener restbetrag saldo"),
    ),
    (
        Money.NET,
        _set("excluding excl exclusive ex exkl exklusive untaxed taxable"),
    ),
    (
        Money.GROSS,
        _set("gross including incl inc inclusive inkl brutto bruttobetrag grand"),
    ),
    (
        Money.NET,
        _set("net netto nettobetrag nettowert sub subtotal zwischensumme before"),
    ),
    (
        Money.TAX,
        _set("tax taxes vat gst hst pst mwst ust steuer steuerbetrag"),
    ),
    (Money.TOTAL, _set("total gesamtbetrag gesamtsumme gesamt")),
    (Money.PLAIN, _SUM),
)
_SUMS_ALONE = _set(
    "gross net brutto bruttobetrag netto nettobetrag nettowert subtotal "
    "zwischensumme outstanding offen restbetrag rechnungsbetrag endbetrag "
    "rechnungssumme gesamtbetrag gesamtsumme tax vat gst mwst ust "
    "steuerbetrag"
)
"""Words that name an amount without a word such as Amount or Total beside them."""

_OF_THE_STORE = _set("commerce bigcommerce bc store shop web online webshop id")
"""Words by which an order is the store's own: an ERP counts its orders by itself."""

_BEAT: dict[Money, frozenset[Money]] = {
    Money.GROSS: frozenset({Money.GROSS}),
    Money.TOTAL: frozenset({Money.GROSS, Money.TOTAL}),
    Money.PLAIN: frozenset({Money.GROSS, Money.TOTAL, Money.NET, Money.TAX, Money.PLAIN}),
}
"""Which other sums cast doubt on one that is taken for what the invoice came to."""


@lru_cache(maxsize=10_000)
def money(header: str) -> Money | None:
    """Say what a header says of an amount; None when it isn't one of the whole invoice."""
    words = words_of(header)
    code_of_it = words & {"currency", "währung"} and not words & _WHICH_CURRENCY
    if "%" in header or code_of_it or words & _NOT_A_SUM or not words & (_SUM | _SUMS_ALONE):
        return None
    return next((kind for kind, telling in _BY_WORD if words & telling), None)


def doubts(key: str, header: str, others: Iterable[str]) -> list[str]:
    """Give those of the other headers for which one may be mistaken that was taken for `key`.

    Our own name is never doubted.
    """
    column = INVOICES.by_key.get(key)
    if column is None or normal(header) == normal(column.header):
        return []
    found = [other for other in others if other and normal(other) != normal(header)]
    if key == ORIGINAL:
        beaten_by = _BEAT.get(money(header) or Money.PLAIN, frozenset(Money))
        return [other for other in found if money(other) in beaten_by]
    if key == OPEN:
        return [other for other in found if money(other) is Money.LEFT]
    if key == DUE:
        return [other for other in found if _falls_due(other)]
    return []


def beside(key: str, header: str, others: Iterable[str]) -> list[str]:
    """Give the other headers worth a look when a person decides whether this one is `key`."""
    found = [other for other in others if other and normal(other) != normal(header)]
    if key == ORIGINAL:
        kinds = frozenset({Money.GROSS, Money.NET, Money.TOTAL, Money.PLAIN})
        return [other for other in found if money(other) in kinds]
    if key == OPEN:
        kinds = frozenset({Money.LEFT, Money.PAID})
        return [other for other in found if money(other) in kinds]
    if key == DUE:
        return [other for other in found if _falls_due(other) or _is_payment_date(other)]
    return []


def unlike(key: str, header: str) -> bool:
    """Whether a header says outright that it isn't what a column of ours holds."""
    if key == ORIGINAL:
        return money(header) in {Money.NET, Money.TAX, Money.PAID, Money.LEFT, Money.OTHER_CURRENCY}
    if key == OPEN:
        return money(header) in {Money.NET, Money.TAX, Money.PAID, Money.OTHER_CURRENCY}
    if key == DUE:
        words = words_of(header)
        return _is_payment_date(header) or bool(words & {"discount", "skonto"})
    return key == ORDER and not words_of(header) & _OF_THE_STORE


def words_of(header: str) -> frozenset[str]:
    """Give the words of a header in small letters: `DueDate` has two."""
    plain = _CAMEL.sub(" ", unicodedata.normalize("NFC", header))
    return frozenset(_WORD.findall(plain.casefold()))


def _falls_due(header: str) -> bool:
    words = words_of(header)
    dated = words & {"date", "on", "by", "am", "bis", "datum"} or words == {"due"}
    return bool(words & {"due", "fällig", "zahlbar"} and dated) or "fälligkeitsdatum" in words


def _is_payment_date(header: str) -> bool:
    words = words_of(header)
    paid = words & {"payment", "paid", "zahlung", "bezahlt", "zahldatum", "zahlungsdatum"}
    return bool(paid) and not words & {"due", "fällig", "amount", "terms", "method", "status"}
