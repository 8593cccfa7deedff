"""What the store and the ledger hold in the end, read from their files without our own code.

Nothing here is shared with the product: it compares what was meant with what is there, field by
field, and counts what doesn't fit.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

_STORES_OWN = ("type", "status", "source", "channelId", "issuedAt", "dueDate")
"""What the store fills in when it wasn't sent."""


@dataclass(frozen=True)
class Audit:
    """Invoice numbers that are not as they should be; all empty when all is well.

    `doubled` are more than once in the store, or were e-mailed more than once; `disagreeing` are
    otherwise in the ledger than in the store. `repeated` were sent again although the store held
    them and had never answered with an error.
    """

    doubled: list[str]
    lost: list[str]
    strange: list[str]
    wrong: list[str]
    disagreeing: list[str]
    unfinished: list[str]
    repeated: list[str]
    sums: list[str]

    @property
    def complaints(self) -> dict[str, list[str]]:
        """Only what is wrong."""
        return {name: found for name, found in vars(self).items() if found}


def audit(wanted: Mapping[str, Mapping[str, Any]], store: Path, ledger: Path) -> Audit:
    """Compare what was meant with the store's file and with the ledger's."""
    with closing(sqlite3.connect(store)) as db:
        held = db.execute("SELECT id, number, body FROM invoices").fetchall()
        mails = Counter(number for (number,) in db.execute("SELECT invoice_number FROM emails"))
    with closing(sqlite3.connect(ledger)) as db:
        known = db.execute("SELECT number, state, store_invoice_id, tries FROM invoices").fetchall()
        attempts = db.execute(
            "SELECT number, kind, outcome, ended_at FROM attempts"
            " JOIN invoices ON invoices.id = attempts.invoice ORDER BY attempts.id"
        ).fetchall()
        claims = db.execute("SELECT number, owned, store_invoice_id FROM claims").fetchall()
    times = Counter(number for _, number, _ in held)
    ids = {number: str(ident) for ident, number, _ in held}
    posts = Counter(number for number, kind, _, _ in attempts if kind == "post")
    return Audit(
        doubled=sorted(n for n in {*times, *mails} if times[n] > 1 or mails[n] > 1),
        lost=sorted(n for n in wanted if not times[n] or not mails[n]),
        strange=sorted(n for n in times if n not in wanted),
        wrong=sorted(n for _, n, body in held if n in wanted and not same(wanted[n], body)),
        disagreeing=sorted(
            number
            for number, state, ident, tries in known
            if (state, ident) != ("created", ids.get(number)) or tries != posts[number]
        )
        + sorted(n for n, owned, ident in claims if not owned or ident != ids.get(n)),
        unfinished=sorted(number for number, _, _, ended in attempts if ended is None),
        repeated=_repeated(attempts),
        sums=_sums(len(wanted), len(known), len(held), sum(mails.values()), len(claims)),
    )


def same(sent: Mapping[str, Any], body: str) -> bool:
    """Whether the store holds exactly what was sent: every field, and none beside its own."""
    there = json.loads(body)
    for name in ("originalBalance", "openBalance"):
        one, other = sent[name], there.pop(name)
        if one["code"] != other["code"] or Decimal(str(one["value"])) != Decimal(other["value"]):
            return False
    meant = {key: value for key, value in sent.items() if not key.endswith("Balance")}
    defaults = {key for key in _STORES_OWN if key not in sent}
    return {key: value for key, value in there.items() if key not in defaults} == meant


def _sums(wanted: int, known: int, held: int, mails: int, claims: int) -> list[str]:
    if wanted == known == held == mails == claims:
        return []
    return [f"{wanted} meant, {known} known, {held} held, {mails} e-mails, {claims} claims"]


def _repeated(attempts: list[tuple[str, str, str | None, float | None]]) -> list[str]:
    """Give the numbers that the store refused as taken although it had never given an error."""
    excused: set[str] = set()
    found = []
    for number, _, outcome, _ in attempts:
        if outcome == "trouble":
            excused.add(number)
        elif outcome == "exists" and number not in excused:
            found.append(number)
    return sorted(found)
