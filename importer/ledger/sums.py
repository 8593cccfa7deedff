"""Adds up a run's original balances in the database itself, exactly, however many there are."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import BigInteger, ColumnElement, case, cast, func, select

from importer.model import State, Total

from . import tables as t
from .damage import UNREADABLE, damaged
from .database import Database
from .records import Run

_SPLIT = 10**6
"""Amounts are added as whole numbers in two parts, so that no sum outgrows 63 bits."""


@dataclass(frozen=True, slots=True)
class Sum:
    """The invoices of one company, currency and state: how many, and their original balances."""

    currency: str
    company: str
    state: State
    invoices: int
    amount: Decimal


def sums(db: Database, run: Run) -> list[Sum]:
    """Add up a run by currency, company and state, in this order."""
    row = t.invoices.c
    places, digits = _places(db), cast(func.replace(row.amount, ".", ""), BigInteger)
    question = (
        select(
            row.currency,
            row.company,
            row.state,
            places,
            func.count(),
            func.sum(digits // _SPLIT),
            func.sum(digits % _SPLIT),
        )
        .where(row.run == run.key)
        .group_by(row.currency, row.company, row.state, places)
    )
    found: dict[tuple[str, str, State], tuple[int, Decimal]] = {}
    with db.reading() as connection:
        for currency, company, state, scale, number, high, low in connection.execute(question):
            try:
                key = (str(currency), str(company), State(state))
                more = Decimal(int(high) * _SPLIT + int(low)).scaleb(-int(scale))
            except UNREADABLE as problem:
                raise damaged(f"the amounts of run {run.id} can't be added up") from problem
            invoices, amount = found.get(key, (0, Decimal(0)))
            found[key] = (invoices + number, amount + more)
    return [Sum(*key, *found[key]) for key in sorted(found)]


def totals(parts: Iterable[Sum], states: Collection[State] | None) -> list[Total]:
    """Add up what `sums` gave by currency; `states` None: all of its invoices."""
    found: dict[str, tuple[int, Decimal]] = {}
    for part in parts:
        if states is None or part.state in states:
            invoices, amount = found.get(part.currency, (0, Decimal(0)))
            found[part.currency] = (invoices + part.invoices, amount + part.amount)
    return [Total(currency, *found[currency]) for currency in sorted(found)]


def _places(db: Database) -> ColumnElement[int]:
    """Give how many decimals an amount is written with."""
    amount = t.invoices.c.amount
    find = func.instr if db.engine.dialect.name == "sqlite" else func.strpos
    at = find(amount, ".")
    return case((at == 0, 0), else_=func.length(amount) - at)
