"""Goes through a whole ledger, row by row, and says what of it is damaged and what that means."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Column, Table, func, select

from importer.errors import LedgerError
from importer.model import Json, State

from . import tables as t
from .damage import what_differs
from .database import Database
from .integrity import complaints, contradictions, odd_invoices
from .queries import by_id
from .records import load_parts
from .rows import run_of

_MOST_COMPLAINTS = 20
_LEFT = {State.PENDING.value, State.POSTING.value, State.UNKNOWN.value}

NEW_LEDGER = (
    "Restore the ledger from a backup. Without one, move the file away and run the workbooks "
    "again: what the store already has is found there by its number and never created twice."
)


@dataclass(frozen=True, slots=True)
class Damage:
    """Something that can't be right: what, what follows from it, and what to do.

    `run` is its ID and `numbers` the invoices', as far as either is known.
    """

    what: str
    meaning: str
    remedy: str
    run: str | None = None
    numbers: tuple[str, ...] = ()

    def as_json(self) -> Json:
        """Give the damage as `--json` prints it."""
        return {
            "run": self.run,
            "invoices": list(self.numbers),
            "what": self.what,
            "meaning": self.meaning,
            "remedy": self.remedy,
        }


@dataclass(slots=True)
class Examination:
    """What was found in a ledger; `runs` and `invoices` could be read."""

    place: str
    runs: int = 0
    invoices: int = 0
    damages: list[Damage] = field(default_factory=list)

    def as_json(self) -> Json:
        """Give the one object that `--json` prints."""
        return {
            "ledger": self.place,
            "runs": self.runs,
            "invoices": self.invoices,
            "damages": [damage.as_json() for damage in self.damages],
        }


def examine(db: Database) -> Examination:
    """Look at everything; what can't be read doesn't keep the rest from being looked at."""
    found = Examination(db.place)
    for look in (_file, _runs, _claims, _orphans):
        try:
            found.damages += look(db, found)
        except LedgerError as error:
            found.damages.append(_unreadable("A part of the ledger", error))
    return found


def _file(db: Database, _: Examination) -> Iterator[Damage]:
    with db.reading() as connection:
        said = complaints(connection, _MOST_COMPLAINTS, whole=True)
    if said:
        more = f", and {len(said) - 1} more" if len(said) > 1 else ""
        yield Damage(
            f"SQLite says that the file itself is damaged: {said[0]}{more}.",
            "Something other than this program has changed it. No run is posted from it.",
            NEW_LEDGER,
        )


def _runs(db: Database, found: Examination) -> Iterator[Damage]:
    with db.reading() as connection:
        rows = [dict(row) for row in connection.execute(select(t.runs)).mappings()]
    for row in rows:
        found.runs += 1
        try:
            run_of(row)
        except LedgerError:
            yield Damage(
                f"What the ledger says about run {row['id']} can't be read.",
                "It can't be shown, reported or continued.",
                "Run its workbook again: what was created is skipped.",
                run=str(row["id"]),
            )
        try:
            yield from _invoices(db, row, found)
        except LedgerError as error:
            yield _unreadable(f"A part of run {row['id']}", error, run=str(row["id"]))


@dataclass(slots=True)
class _Wrong:
    """The numbers of a run's invoices with something wrong, by what it is."""

    content: list[str] = field(default_factory=list)
    state: list[str] = field(default_factory=list)
    rows: list[str] = field(default_factory=list)
    left: bool = False


def _invoices(db: Database, run: Mapping[str, Any], found: Examination) -> Iterator[Damage]:
    wrong = _Wrong()
    for row in _rows(db, run["key"]):
        found.invoices += 1
        number = str(row["number"])
        if row["body"] is None or what_differs(row):
            wrong.content.append(number)
            wrong.left = wrong.left or row["state"] in _LEFT
        if row["body"] is not None and not _reads(load_parts, row["parts"]):
            wrong.rows.append(number)
    with db.reading() as connection:
        odd = odd_invoices(connection, run["key"], time.time())
    wrong.state += [number for number in odd if number not in set(wrong.content)]
    yield from _told(str(run["id"]), wrong)


def _rows(db: Database, key: int) -> Iterator[Mapping[Any, Any]]:
    return by_id(
        db,
        key,
        select(t.invoices, t.payloads.c.body, t.payloads.c.parts).outerjoin(
            t.payloads, t.payloads.c.invoice == t.invoices.c.id
        ),
    )


def _told(run: str, wrong: _Wrong) -> Iterator[Damage]:
    again = "run its workbook again: what was created is skipped."
    if wrong.content:
        yield Damage(
            f"In run {run} the content of {_listed(wrong.content)} isn't what it was when it was "
            "checked.",
            "None of it is sent from this ledger. What was sent before was right.",
            f"Cancel what is left of it (importer cancel {run}), then {again}"
            if wrong.left
            else "Keep the workbook: the ledger can no longer vouch for what these invoices held.",
            run,
            tuple(wrong.content),
        )
    if wrong.state:
        yield Damage(
            f"In run {run} the state of {_listed(wrong.state)} can't be right.",
            "Whether the store has it isn't known here, so the run isn't continued.",
            NEW_LEDGER,
            run,
            tuple(wrong.state),
        )
    if wrong.rows:
        yield Damage(
            f"In run {run} it isn't known which rows {_listed(wrong.rows)} was made from.",
            "No report of the run can be written.",
            f"To get a report, {again}",
            run,
            tuple(wrong.rows),
        )


def _claims(db: Database, _: Examination) -> Iterator[Damage]:
    with db.reading() as connection:
        rows = connection.execute(contradictions()).all()
    numbers = tuple(str(row.number) for row in rows)
    if numbers:
        yield Damage(
            "The ledger contradicts itself about which run holds the number of "
            f"{_listed(numbers)}.",
            "Which run created it isn't known for sure, so no run is posted to that store.",
            NEW_LEDGER,
            numbers=numbers,
        )


_BELONGS: tuple[tuple[Table, Column[Any], Column[Any], str], ...] = (
    (t.invoices, t.invoices.c.run, t.runs.c.key, "invoices without a run"),
    (t.payloads, t.payloads.c.invoice, t.invoices.c.id, "contents without an invoice"),
    (t.attempts, t.attempts.c.invoice, t.invoices.c.id, "attempts without an invoice"),
    (t.faults, t.faults.c.run, t.runs.c.key, "faults without a run"),
)


def _orphans(db: Database, _: Examination) -> Iterator[Damage]:
    for table, child, parent, words in _BELONGS:
        with db.reading() as connection:
            count = connection.execute(
                select(func.count())
                .select_from(table)
                .outerjoin(parent.table, child == parent)
                .where(parent.is_(None))
            ).scalar_one()
        if count:
            yield Damage(
                f"The ledger holds {count:,} {words}.",
                "What they belonged to is lost.",
                NEW_LEDGER,
            )


def _unreadable(what: str, error: LedgerError, run: str | None = None) -> Damage:
    return Damage(f"{what} can't be read: {error}", "What it held is lost.", NEW_LEDGER, run)


def _reads(read: Callable[[str], object], text: str) -> bool:
    try:
        read(text)
    except LedgerError:
        return False
    return True


def _listed(numbers: Iterable[str], most: int = 10) -> str:
    known = list(numbers)
    more = f" and {len(known) - most:,} more" if len(known) > most else ""
    word = "invoice" if len(known) == 1 else "invoices"
    return f"{word} {', '.join(known[:most])}{more}"
