"""Invoices at random, most of them right, others wrong in one or two of many ways.

As the typed records of our sheets, so that what no workbook of today gives is among them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable
from decimal import ROUND_HALF_UP, Decimal
from random import Random
from typing import Any

from importer.workbook.fields import SheetLayout
from importer.workbook.layout import ADDRESSES, COSTS, INVOICES, LINES, SHIPMENTS
from importer.workbook.records import Records

TODAY = dt.date(2026, 3, 1)
NOW = 1772323200
DAY = 86400
DECIMALS = {"USD": 2, "EUR": 2, "JPY": 0, "KWD": 3, "CLF": 4}
Row = dict[str, Any]
Rows = dict[str, list[Row]]


def invoice(random: Random, number: str) -> Rows:
    """Give a right invoice: its one row of Invoices, and its rows of the other sheets."""
    code = random.choice(["USD"] * 5 + [*DECIMALS])
    sign = random.choice([1, 1, 1, -1])
    lines = [_line(random, code, sign) for _ in range(random.choice([0, 1, 2, 2, 5]))]
    added = sum((_amount(line) for line in lines), Decimal(0))
    added = added.quantize(Decimal(1).scaleb(-DECIMALS[code]), ROUND_HALF_UP)
    if not lines:
        added = Decimal(random.randint(1, 10**6) * sign).scaleb(-DECIMALS[code])
    costs, original = _costs(random, code, added, bool(lines))
    remaining, status = _remaining(random, original)
    issued = random.choice([None, NOW - random.randint(0, 400) * DAY])
    head = {
        "company": str(random.randint(1, 30)),
        "currency": code,
        "original": _money(original, code),
        "open": None
        if remaining == original and random.random() < 0.5
        else _money(remaining, code),
        "issued": issued,
        "due": None if random.random() < 0.3 else (issued or NOW) + random.randint(0, 90) * DAY,
        "status": status,
        "type": random.choice([None, "Invoice", "Credit note"]),
        "order": random.choice([None, f"5{number}"]),
        "po": random.choice([None, "PO-1"]),
        "channel": random.choice([None, 1, 7]),
        "pdf": random.choice([None, "https://a.example/x.pdf"]),
        "terms": random.choice([None, "Net 30", "Zahlbar binnen 30 Tagen – ohne Abzug"]),
        "source": random.choice([None, 0, 1]),
        "billing_code": random.choice([None, None, "HQ"]),
        "shipping_code": random.choice([None, None, "DEPOT"]),
        "extra": random.choice([None, "P-1"]),
    }
    addresses = [{"kind": "shipping", "city": "Riga"} for _ in range(random.randint(0, 2))]
    if head["billing_code"] is None and random.random() < 0.5:
        addresses.append({"kind": "billing", "city": "Riga", "zip": "00123"})
    if head["shipping_code"]:
        addresses = [one for one in addresses if one["kind"] == "billing"]
    shipments = [{"address_index": "0", "ship_via": "UPS"}] * random.choice([0, 0, 1])
    return {
        "invoices": [head],
        "lines": lines,
        "addresses": addresses,
        "costs": costs,
        "shipments": shipments,
    }


def _line(random: Random, code: str, sign: int) -> Row:
    decimals = DECIMALS[code]
    price = Decimal(random.choice([1, 10, 995, 123456, random.randint(1, 10**7)])).scaleb(-decimals)
    quantity = random.choice(["1", "2", "12", "0.5", "1.25", "0.333", str(random.randint(1, 999))])
    discount = random.choice([None, "0", _money(price * Decimal("0.1"), code)])
    if sign < 0 and random.random() < 0.5:
        price, discount = -price, None
    elif sign < 0:
        quantity = f"-{quantity}"
    return {
        "sku": f"SKU-{random.randint(1, 50)}",
        "quantity": quantity,
        "price": _money(price, code),
        "discount": discount,
        "description": random.choice(["Bracket", "Winkel, verzinkt", "Total care"]),
        "comments": random.choice([None, "as agreed"]),
        "custom": random.choice([None, "red"]),
    }


def _amount(line: Row) -> Decimal:
    price, less, quantity = (
        Decimal(line.get(key) or 0) for key in ("price", "discount", "quantity")
    )
    return (price - less) * quantity


def _costs(random: Random, code: str, added: Decimal, has_lines: bool) -> tuple[list[Row], Decimal]:
    """Give cost lines to lines that come to so much, and the balance that is right for them."""
    tax = Decimal(random.randint(1, 10**5)).scaleb(-DECIMALS[code])
    named: list[tuple[str, Decimal]] = random.choice(
        [
            [],
            [],
            [("Subtotal", added), ("Tax", tax)],
            [("Sub-Total:", added), ("Discount", -tax), ("Total", added - tax)],
            [("Freight", tax), ("VAT", tax)],
            [("Freight", tax), ("Invoice total", added + tax), ("incl. VAT", tax)],
            [("Rabatt", tax)],
            [("Subtotal", added), ("Subtotal", added), ("Tax", tax)],
        ]
    )
    labels = [label for label, _ in named]
    if labels.count("Subtotal") == 1 or "Sub-Total:" in labels:
        more = sum((amount for label, amount in named[1:] if label != "Total"), Decimal(0))
    elif labels == ["Rabatt"]:
        more = -tax
    else:
        parts = ("Freight", "VAT", "Tax")
        more = sum((amount for label, amount in named if label in parts), Decimal(0))
        more += added if labels.count("Subtotal") == 2 and not has_lines else 0
    rows = [{"description": label, "amount": _money(amount, code)} for label, amount in named]
    return rows, added + more


def _remaining(random: Random, original: Decimal) -> tuple[Decimal, int | None]:
    half = (original / 2).quantize(original, ROUND_HALF_UP)
    cases = [(original, None), (original, 0), (Decimal(0), 2), (Decimal(0), None)]
    if half not in (0, original):
        cases.append((half, 1))
    return random.choice(cases)


def _money(amount: Decimal, code: str) -> str:
    text = f"{amount:.{DECIMALS[code]}f}"
    return text if Decimal(text) else text.lstrip("-")


def _set(sheet: str, key: str, *values: Any) -> Callable[[Random, Rows], None]:
    def change(random: Random, rows: Rows) -> None:
        if rows[sheet]:
            random.choice(rows[sheet])[key] = random.choice(values)

    return change


def _shift(sheet: str, key: str) -> Callable[[Random, Rows], None]:
    """Change an amount by a little or by much, so that sums no longer tie, or only just."""

    def change(random: Random, rows: Rows) -> None:
        row = random.choice(rows[sheet]) if rows[sheet] else {}
        if row.get(key) is not None:
            exponent = random.choice([-7, -6, -5, -5, -4, -3, -2, 0, 3])
            off = Decimal(random.choice([-9, -1, 1, 4, 5, 6])).scaleb(exponent)
            row[key] = f"{Decimal(row[key]) + off:f}"

    return change


def _scale(random: Random, rows: Rows) -> None:
    """Make the amounts so large that floats no longer hold their sums."""
    factor = Decimal(10) ** random.randint(3, 9)
    for sheet, keys in (("invoices", ("original", "open")), ("lines", ("price",))):
        for row in rows[sheet]:
            for key in keys:
                if row[key] is not None:
                    row[key] = f"{Decimal(row[key]) * factor:f}"[:16].rstrip(".")


def _more_lines(*lines: tuple[str, str]) -> Callable[[Random, Rows], None]:
    """Add lines that come to nothing, of these quantities and prices."""

    def change(random: Random, rows: Rows) -> None:
        rows["lines"] += [
            {"sku": "A", "description": "x", "quantity": quantity, "price": price}
            for quantity, price in lines
        ]

    return change


def _large_line(random: Random, rows: Rows) -> None:
    """Add a line of numbers so large that floats no longer hold them, and what it comes to."""
    head = rows["invoices"][0]
    if head["original"] is None or head["currency"] not in DECIMALS:
        return
    decimals = DECIMALS[head["currency"]]
    coin = Decimal(1).scaleb(-decimals)
    price, left = random.randint(10**14, 10**15 - 1) * coin, random.randint(1, 999) * coin
    quantity = random.choice([1, 3, 7, 9])
    prices = {"price": f"{price:f}", "discount": f"{price - left:f}"}
    rows["lines"].append({"sku": "A", "description": "x", "quantity": str(quantity), **prices})
    off = random.choice([0, 0, 1, -1, 2]) * coin
    head["original"] = f"{Decimal(head['original']) + quantity * left + off:f}"
    head["open"] = head["status"] = None


def _turned(_: Random, rows: Rows) -> None:
    """Let every line come to less than nothing by its discount, without any minus."""
    for line in rows["lines"]:
        if line.get("price") and not line["price"].startswith("-"):
            line["price"], line["discount"] = line.get("discount") or "0", line["price"]


def _costs_turned(_: Random, rows: Rows) -> None:
    for cost in rows["costs"]:
        if cost["amount"]:
            cost["amount"] = f"{-Decimal(cost['amount']):f}"


def _total_line(random: Random, rows: Rows) -> None:
    added = f"{sum((_amount(line) for line in rows['lines']), Decimal(0)):f}"
    rows["lines"].append(
        {"sku": random.choice(["Total", "A"]), "quantity": "1", "price": added, "description": "x"}
    )


LONG, VERY_LONG = "x" * 256, "é" * 32768
WRONG: tuple[Callable[[Random, Rows], None], ...] = (
    _set("invoices", "number", None, LONG),
    _set("invoices", "company", None, LONG),
    _set("invoices", "currency", None, "usd", "XAUS"),
    _set("invoices", "original", None, "0", "0.00", "-5.00", "123456789012345", "7.12345"),
    _set("invoices", "open", None, "0", "-0.01", "-0.00", "99999999.99", "1"),
    _set(
        "invoices", "issued", NOW + DAY * 30, -5, 0, NOW - 4000 * DAY, NOW + 3650 * DAY, 4 * 10**9
    ),
    _set("invoices", "due", NOW - DAY * 500, NOW - 1, -5, 0, NOW + 4000 * DAY),
    _set("invoices", "status", 0, 1, 2),
    _set("invoices", "channel", 0, -1, 10**14),
    _set("invoices", "pdf", "ftp://x", "https://" + "x" * 2048),
    _set("invoices", "terms", VERY_LONG, VERY_LONG[1:]),
    _set("invoices", "po", LONG, LONG[1:]),
    _set("invoices", "source", 2),
    _set("invoices", "extra", VERY_LONG),
    _set("invoices", "billing_code", "nowhere", "DEPOT"),
    _set("lines", "sku", None, LONG, "Total"),
    _set("lines", "quantity", None, "0", "-1", "0.0000000001", "999999999999999", "1e3"),
    _set("lines", "price", None, "-1.00", "-0.00", "0.00", "1.123456", "999999999999999"),
    _set("lines", "discount", None, "1.00", "-1.00", "0.00001"),
    _set("lines", "description", None, VERY_LONG),
    _set("lines", "type", LONG),
    _set("lines", "custom", VERY_LONG),
    _set("addresses", "kind", None, "billing"),
    _set("addresses", "city", None, VERY_LONG),
    _set("costs", "description", None, "Subtotal", "Total", "Discount", "Summe", VERY_LONG),
    _set("costs", "amount", None, "-1.00", "0.00", "0.00001"),
    _set("shipments", "ship_via", VERY_LONG),
    *(
        _shift(sheet, key)
        for sheet, key in (
            ("invoices", "original"),
            ("invoices", "open"),
            ("lines", "price"),
            ("lines", "quantity"),
            ("lines", "discount"),
            ("costs", "amount"),
        )
    ),
    _scale,
    _large_line,
    _large_line,
    _turned,
    _costs_turned,
    _costs_turned,
    _more_lines(("0", "5.00")),
    _more_lines(("-1", "-5.00"), ("-1", "5.00")),
    _more_lines(("1", "5.00"), ("1", "-5.00")),
    _more_lines(("1", "5.00"), ("-1", "5.00")),
    _total_line,
)
_FREE = {"invoices": "extra", "lines": "custom"}


def records(random: Random, count: int, wrong: float = 0.4) -> dict[str, Records]:
    """Give the records of so many invoices, of which about that share is changed at random."""
    made: Rows = {"invoices": [], "lines": [], "addresses": [], "costs": [], "shipments": []}
    for at in range(count):
        rows = invoice(random, f"{at:05}")
        number = f"I-{at:05}" if random.random() > 0.01 else "I-00000"
        rows["invoices"][0]["number"] = number
        while random.random() < wrong:
            random.choice(WRONG)(random, rows)
        for sheet, some in rows.items():
            for row in some if sheet != "invoices" else ():
                row["number"] = number if random.random() > 0.002 else None
            made[sheet] += some
    made["addresses"] += [{"code": "HQ", "city": "Riga"}, {"code": "DEPOT", "zip": "01234"}]
    for sheet in ("lines", "addresses", "costs", "shipments"):
        if random.random() < 0.5:
            random.shuffle(made[sheet])
    layouts = (INVOICES, LINES, ADDRESSES, COSTS, SHIPMENTS)
    return {one.key: _table(one, made[one.key], random) for one in layouts}


def _table(layout: SheetLayout, rows: list[Row], random: Random) -> Records:
    keys = {column.key for column in layout.columns}
    optional = {"status", "issued", "open", "discount", "comments", "street1", "state", "terms"}
    keys -= {key for key in sorted(optional & keys) if random.random() < 0.1}
    free = _FREE.get(layout.key) if random.random() < 0.7 else None
    bad = [at for at in range(len(rows)) if "open" in keys and random.random() < 0.01]
    for at in bad:
        rows[at]["open"] = None
    return records_of(layout, rows, keys, free, bad)


def records_of(
    layout: SheetLayout,
    rows: list[Row],
    keys: Collection[str] = (),
    free: str | None = None,
    bad: Iterable[int] = (),
) -> Records:
    """Give rows as the records of a sheet with the columns `keys` (all), and one of its user's.

    In the rows `bad` the open balance wasn't taken.
    """
    letters = {key: chr(65 + at) for at, key in enumerate(sorted(keys or layout.by_key))}
    return Records(
        layout.title,
        layout,
        [at + 2 for at in range(len(rows))],
        {key: [row.get(key) for row in rows] for key in letters},
        {f"Your {free}": [row.get(free) for row in rows]} if free else {},
        {key: (letter, key) for key, letter in letters.items()},
        frozenset((at + 2, letters["open"]) for at in bad),
    )
