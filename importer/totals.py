"""Pure: which texts call something a total, in the words of spreadsheets and of the trade.

They are Excel's own names (its Subtotal command, the totals of tables and pivot tables) in the
languages that it is most used in, and what people type: `Total:`, `INV-7 Total`, `Total 2026`.
"""

from __future__ import annotations

import unicodedata

_BY_LANGUAGE = (
    "total totals grandtotal subtotal subtotals sum sums count average ∑ σ",
    "summe summen gesamt gesamtsumme gesamtbetrag gesamtergebnis zwischensumme teilsumme",
    "teilergebnis ergebnis endsumme endbetrag insgesamt anzahl mittelwert",
    "totaux soustotal somme totaal subtotaal eindtotaal totale totali subtotale somma",
    "totales subtotales suma sumas totais subtotais soma",
    "totalt totalsum totalsumma totalbelopp delsumma delsum summa hovedtotal slutsumma",
    "yhteensä loppusumma välisumma kokku razem ogółem celkem součet mezisoučet spolu súčet",
    "összesen végösszeg részösszeg toplam ukupno skupaj skupno σύνολο",
    "итого всего итог подитог разом усього сума сумма",
    "合計 総計 小計 集計 總計 总计 合计 小计 汇总 합계 총합계 소계 المجموع الإجمالي סהכ",
)
_WORDS = frozenset(word for words in _BY_LANGUAGE for word in words.split())
_APART = dict.fromkeys(map(ord, ":=()[],;|_\u00a0"), " ")
_WITHIN = dict.fromkeys(map(ord, "-\u2010\u2011\u2013\u2014'\u2019\"\u05f4*.#"))
_MARKS = _APART | _WITHIN


def names_a_total(text: str) -> bool:
    """Whether a text calls its row a total: its first or its last word does.

    The word must stand apart from other letters and digits: `Total 2026` does, `SUM-001` doesn't.
    """
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text)
    words = plain.casefold().translate(_MARKS).split()
    return bool(words) and (words[0] in _WORDS or words[-1] in _WORDS)


def is_a_total(text: str) -> bool:
    """Whether a text is nothing but the word for a total, as in `Sub-Total:`."""
    plain = unicodedata.normalize("NFKC", text).casefold().translate(_MARKS)
    return "".join(plain.split()) in _WORDS


def may_name_a_total(text: str) -> bool:
    """Whether it is worth while to ask: quick, true of hardly any invoice number."""
    return not text[-1:].isdigit() or " " in text or ":" in text or "=" in text
