"""Pure: how it is known that a text of the ledger is still the one that was written.

A disk, a copy or another program can change any byte of a ledger. What would be sent to a store is
compared with its fingerprint; what says where it came from, and how, ends with a checksum.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from importer.errors import LedgerDamaged
from importer.model import Json

REMEDY = "See what is damaged and what to do: importer ledger check"

UNREADABLE = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, OSError)
"""What reading a damaged row raises: no JSON, no such state, a text for a number, a wild moment."""


def damaged(what: str) -> LedgerDamaged:
    """Make the error for something in the ledger that can't be trusted, in one sentence."""
    return LedgerDamaged(f"The ledger is damaged: {what}.", REMEDY)


def sealed(text: str) -> str:
    """Give a JSON text with its checksum in a line below it."""
    return f"{text}\n{zlib.crc32(text.encode()):08x}"


def unsealed(text: str) -> str:
    """Give the text without its checksum; one that never had any is given as it is.

    Raises ValueError when the two don't belong together.
    """
    whole, line, checksum = text.rpartition("\n")
    if not line:
        return text
    if checksum != f"{zlib.crc32(whole.encode()):08x}":
        raise ValueError("the text isn't the one that the checksum was made from")
    return whole


def verify(row: Mapping[Any, Any], run_id: str) -> None:
    """Raise LedgerDamaged unless an invoice's row is what its payload's fingerprint vouches for.

    `row` has the invoice's columns and the `body`.
    """
    if why := what_differs(row):
        raise damaged(f"invoice {row['number']} of run {run_id} can't be used, as {why}")


def what_differs(row: Mapping[Any, Any]) -> str:
    """Say what of an invoice's row can't be right; "" when all fits together."""
    import orjson

    text = row["body"]
    if not isinstance(text, str) or hashlib.sha256(text.encode()).hexdigest() != row["fingerprint"]:
        return "its content isn't what it was when it was checked"
    body = orjson.loads(text)
    if row["number"] != (body.get("invoiceNumber") or ""):
        return f"its content has the number {body.get('invoiceNumber')}"
    for name, value in headline(body).items():
        if row[name] != value:
            return f"its {name} is {row[name]} in one place and {value} in another"
    return ""


def headline(body: Json) -> dict[str, str]:
    """Give the currency, the amount and the company of a body; empty where it has none."""
    balance = body.get("originalBalance")
    balance = balance if isinstance(balance, dict) else {}
    return {
        "currency": str(balance.get("code") or ""),
        "amount": format(_decimal(balance.get("value")), "f"),
        "company": str(body.get("customerId") or ""),
    }


def _decimal(value: Any) -> Decimal:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return Decimal(0)
    return number if number.is_finite() else Decimal(0)
