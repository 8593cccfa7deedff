"""Enters attempts: claims numbers and marks invoices as posted or looked up by this worker."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    bindparam,
    insert,
    or_,
    select,
    update,
)

from importer.model import Origins, State

from . import tables as t
from .attempts import DELETE, LOOK_UP, MOST_LOOKS, POST, UPDATE, Started
from .claiming import Row, dicts, disown, holders, inherit, is_left, known_bodies, take_over
from .damage import verify
from .database import Database
from .owners import owners, standing, taken_fault
from .records import OnExisting, Run, fault_row, load_columns, load_parts
from .workers import Worker

BLOCKED_SECONDS = 0.5
"""How long an invoice waits whose number another run is posting."""

_row = t.invoices.c
_WHOLE = (
    select(t.invoices, t.payloads.c.body, t.payloads.c.parts)
    .add_columns(t.runs.c.columns.label("columns"), t.runs.c.id.label("run_id"))
    .add_columns(t.runs.c.on_existing.label("on_existing"))
    .join(t.payloads, t.payloads.c.invoice == _row.id)
    .join(t.runs, t.runs.c.key == _row.run)
)
_PENDING = (
    _WHOLE.where(
        _row.run == bindparam("run"),
        _row.state == State.PENDING.value,
        _row.due <= bindparam("now"),
    )
    .order_by(_row.id)
    .limit(bindparam("count"))
)
_UNKNOWN = _WHOLE.where(
    _row.state == State.UNKNOWN.value,
    _row.token.is_(None),
    _row.due <= bindparam("now"),
    _row.looks < MOST_LOOKS,
).order_by(_row.due)
_TO_POSTING = (
    update(t.invoices)
    .where(_row.id == bindparam("the_id"), _row.state == State.PENDING.value)
    .values(
        state=State.POSTING.value,
        tries=_row.tries + 1,
        token=bindparam("new_token"),
        worker=bindparam("new_worker"),
        settled_at=bindparam("new_settled_at"),
    )
)
_TO_LOOK_UP = (
    update(t.invoices)
    .where(_row.id == bindparam("the_id"), _row.token.is_(None))
    .values(token=bindparam("new_token"), worker=bindparam("new_worker"))
)
_DELETABLE = or_(
    _row.state == State.CREATED.value,
    (_row.state == State.UNKNOWN.value) & (_row.doing == DELETE),
)
_TO_DELETING = (
    update(t.invoices)
    .where(_row.id == bindparam("the_id"), _row.token.is_(None), _DELETABLE)
    .values(
        state=State.UNKNOWN.value,
        doing=DELETE,
        token=bindparam("new_token"),
        worker=bindparam("new_worker"),
        settled_at=bindparam("new_settled_at"),
        message="It was being deleted; it isn't known whether the store still holds it.",
    )
)
_ATTEMPT = insert(t.attempts)
_POSTPONE = (
    update(t.invoices).where(_row.id == bindparam("the_id")).values(due=bindparam("new_due"))
)


class Beginning:
    """Begins attempts of one run in one transaction.

    `blockers` collects the invoices of other runs that hold numbers we need; `settled` the
    states of invoices settled without a request, because a run had created their number.
    """

    def __init__(
        self, connection: Connection, db: Database, run: Run, worker: Worker, now: float
    ) -> None:
        self._sql = connection
        self._db = db
        self._run = run
        self._worker = worker
        self._now = now
        self.blockers: set[int] = set()
        self.settled: list[State] = []

    def posts(
        self,
        count: int,
        settle: float,
        only: Collection[int] | None = None,
        *,
        fresh: bool = False,
    ) -> list[Started]:
        """Claim the next pending invoices, at most `count`, and enter their attempts.

        For `settle` seconds from now the attempts may be at work in the store, answer or not.
        `only` are the IDs of the invoices that may be begun, None: all; `fresh`: only those that
        haven't used up a try.
        """
        question = _PENDING if only is None else _PENDING.where(_row.id.in_(list(only)))
        question = question.where(_row.strikes == 0) if fresh else question
        begun: list[Started] = []
        while len(begun) < count:
            wanted = count - len(begun)
            asked = {"run": self._run.key, "now": self._now, "count": wanted}
            rows = dicts(self._sql.execute(question, asked))
            if not rows:
                break
            begun += self._start(self._claim(rows), POST, _TO_POSTING, self._now + settle)
            if len(rows) < wanted:
                break
        return begun

    def look_up(self, which: ColumnElement[bool]) -> Started | None:
        """Take the unknown invoice among these that is due first and nobody is looking up."""
        found = self._sql.execute(_UNKNOWN.where(which).limit(1), {"now": self._now})
        begun = self._start(dicts(found), LOOK_UP, _TO_LOOK_UP, None)
        return begun[0] if begun else None

    def deletes(self, ids: Collection[int], settle: float) -> list[Started]:
        """Take those of these invoices that the run created and that are still its own.

        From now on until that is settled nobody knows whether the store holds them.
        """
        rows = self._sql.execute(
            _WHOLE.where(
                _row.run == self._run.key, _row.id.in_(list(ids)), _row.token.is_(None), _DELETABLE
            ).order_by(_row.id)
        )
        found = dicts(rows)
        held = holders(self._sql, self._run.store_hash, found)
        ours = [
            row
            for row in found
            if row["number"] not in held or held[row["number"]]["invoice"] == row["id"]
        ]
        if ours:
            disown(self._sql, ours)
        return self._start(ours, DELETE, _TO_DELETING, self._now + settle)

    def _claim(self, rows: Sequence[Row]) -> list[Row]:
        """Give those whose number is now ours; settle or put off the others."""
        done = self._sql.execute(
            self._db.insert_new(t.claims),
            [
                {
                    "store_hash": self._run.store_hash,
                    "number": row["number"],
                    "invoice": row["id"],
                    "owned": False,
                    "fingerprint": row["fingerprint"],
                }
                for row in rows
            ],
        )
        if done.rowcount == len(rows):
            return list(rows)
        held = holders(self._sql, self._run.store_hash, rows)
        ours: list[Row] = []
        for row in rows:
            holder = held[row["number"]]
            if holder["invoice"] == row["id"]:
                ours.append(row)
            elif holder["owned"] and not self._updates(row, holder):
                self._settle_owned(row)
            elif holder["owned"] and (
                taken := take_over(self._sql, self._run.store_hash, row, holder)
            ):
                ours.append(taken)
            elif is_left(self._sql, holder, self._now):
                if inherit(self._sql, self._run.store_hash, row, holder, self._now):
                    ours.append(row)
            else:
                self.blockers.add(holder["invoice"])
                due = self._now + BLOCKED_SECONDS
                self._sql.execute(_POSTPONE, {"the_id": row["id"], "new_due": due})
        return ours

    def _updates(self, row: Row, holder: Row) -> bool:
        """Whether the run is to change what another run created under this number."""
        return (
            self._run.on_existing is OnExisting.UPDATE
            and bool(holder["store_invoice_id"])
            and holder["fingerprint"] != row["fingerprint"]
        )

    def _start(
        self, rows: Sequence[Row], kind: str, change: Any, settled_at: float | None
    ) -> list[Started]:
        if not rows:
            return []
        known = known_bodies(self._sql, rows)
        for row in rows:
            verify(row, row["run_id"])  # nothing leaves that the ledger doesn't vouch for
        begun = [self._started(row, kind, settled_at, known.get(row["id"])) for row in rows]
        changed = self._sql.execute(
            change,
            [
                {
                    "the_id": attempt.invoice,
                    "new_token": attempt.token,
                    "new_worker": self._worker.id,
                    "new_settled_at": attempt.settled_at,
                }
                if kind != LOOK_UP
                else {
                    "the_id": attempt.invoice,
                    "new_token": attempt.token,
                    "new_worker": self._worker.id,
                }
                for attempt in begun
            ],
        )
        if changed.rowcount != len(begun):
            raise RuntimeError("an invoice changed within the transaction that read it")
        self._sql.execute(
            _ATTEMPT,
            [
                {
                    "invoice": attempt.invoice,
                    "token": attempt.token,
                    "worker": self._worker.id,
                    "kind": attempt.kind,
                    "started_at": self._now,
                }
                for attempt in begun
            ],
        )
        return begun

    def _started(self, row: Row, kind: str, settled_at: float | None, known: str | None) -> Started:
        return Started(
            invoice=row["id"],
            run_id=row["run_id"],
            number=row["number"],
            token=f"{self._worker.id}-{secrets.token_hex(8)}",
            kind=UPDATE if kind == POST and row["doing"] == UPDATE else kind,
            started_at=self._now,
            body=row["body"],
            parts=row["parts"],
            columns=row["columns"],
            strikes=row["strikes"],
            maybe_sent=row["doing"] == DELETE if kind == DELETE else row["maybe_sent"],
            settled_at=row["settled_at"] if settled_at is None else settled_at,
            message=row["message"],
            doing=DELETE if kind == DELETE else row["doing"],
            on_existing=OnExisting(row["on_existing"]),
            store_invoice_id=row["store_invoice_id"],
            known=known,
            heard=row["heard"],
            looks=row["looks"],
        )

    def _settle_owned(self, row: Row) -> None:
        owner = owners(self._sql, self._run.store_hash, [row["number"]])[0]
        found = standing(owner, row["fingerprint"], self._run.on_existing)
        self.settled.append(found.state)
        self._sql.execute(
            update(t.invoices)
            .where(_row.id == row["id"], _row.state == State.PENDING.value)
            .values(
                state=found.state.value,
                store_invoice_id=found.store_invoice_id,
                message=found.message,
            )
        )
        if found.state is State.CONFLICT:
            origins = Origins(load_parts(row["parts"]), load_columns(row["columns"]))
            fault = taken_fault(row["number"], origins, found.message)
            self._sql.execute(
                insert(t.faults).values(fault_row(fault, row["run"], row["id"], posting=True))
            )
