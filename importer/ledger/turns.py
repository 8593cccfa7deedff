"""One turn of a posting loop: a single transaction that settles what was answered and begins more.

Every change of an invoice compares the token of its attempt and writes only when it still holds,
so a worker whose attempt was taken over can't write.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Collection
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from importer.model import Fault, Json, Origins, State

from . import tables as t
from . import workers
from .attempts import LOOK_UP, POST, Answer, Settlement, Started, Unfinished
from .database import Database
from .owners import owners, standing, taken_fault
from .records import Run, RunState, dump, fault_row, load_columns, load_parts
from .workers import Worker

_BLOCKED_SECONDS = 0.5


class Turn:
    """The transaction of one turn. `blockers` collects invoices of other runs in our way."""

    def __init__(
        self, connection: Connection, db: Database, run: Run, worker: Worker, now: float
    ) -> None:
        self._sql = connection
        self._db = db
        self._run = run
        self._worker = worker
        self.now = now
        self.blockers: set[int] = set()
        self._settled_owned: list[State] = []

    def renew(self) -> bool:
        """Lengthen the worker's lease; False when its attempts were taken over."""
        return workers.renew(self._sql, self._worker, self.now)

    def run_state(self) -> RunState:
        """Give the run's state: paused and cancelled mean that nothing more is begun."""
        found = self._sql.execute(select(t.runs.c.state).where(t.runs.c.key == self._run.key))
        return RunState(found.scalar_one())

    def budget(self) -> Json | None:
        """Give what pacing remembers of the store, None when it has never been asked."""
        text = self._sql.execute(
            select(t.budgets.c.state)
            .where(t.budgets.c.store_hash == self._run.store_hash)
            .with_for_update()
        ).scalar()
        return json.loads(text) if text else None

    def save_budget(self, state: Json) -> None:
        """Keep what pacing remembers of the store, for every process on this ledger."""
        store = self._run.store_hash
        done = self._sql.execute(
            update(t.budgets).where(t.budgets.c.store_hash == store).values(state=dump(state))
        )
        if done.rowcount == 0:
            new = self._db.insert_new(t.budgets)
            self._sql.execute(new.values(store_hash=store, state=dump(state)))

    def begin_post(self, settle: float) -> Started | None:
        """Claim the next pending invoice and enter its attempt. None: nothing is due.

        For `settle` seconds from now the attempt may be at work in the store, answer or not.

        An invoice whose number a run has created is settled here, without a request; one whose
        number another run is posting has to wait.
        """
        while row := self._next_pending():
            holder = self._claim(row)
            if holder is None:
                return self._start(row, POST, self.now + settle)
            if holder["owned"]:
                self._settle_owned(row, holder)
            else:
                self.blockers.add(holder["invoice"])
                self._postpone(row["id"], self.now + _BLOCKED_SECONDS)
        return None

    def begin_look_up(self, blockers: Collection[int] = ()) -> Started | None:
        """Take the next unknown invoice that nobody is looking up, of this run or in its way."""
        for which in self._ours_and(blockers):
            found = self._sql.execute(
                self._invoices()
                .where(
                    which,
                    t.invoices.c.state == State.UNKNOWN,
                    t.invoices.c.token.is_(None),
                    t.invoices.c.due <= self.now,
                )
                .order_by(t.invoices.c.due)
                .limit(1)
            )
            row = found.mappings().first()
            if row:
                return self._start(row, LOOK_UP, row["settled_at"])
        return None

    def settled_owned(self) -> list[State]:
        """Give, once, the states of invoices settled because a run had created their number."""
        found, self._settled_owned = self._settled_owned, []
        return found

    def settle(self, attempt: Started, to: Settlement, answer: Answer) -> bool:
        """Write what an attempt led to; False (and nothing written) when it isn't ours any more."""
        row = t.invoices.c
        state = to.state
        if state is State.PENDING and self.run_state() is RunState.CANCELLED:
            state = State.CANCELLED
        values: dict[str, Any] = {
            "state": state.value,
            "token": None,
            "worker": None,
            "due": to.due,
            "message": to.message,
            "store_invoice_id": to.store_invoice_id,
        }
        if to.strike:
            values["strikes"] = row.strikes + 1
        if to.maybe_sent is not None:
            values["maybe_sent"] = to.maybe_sent
        if to.settled_at is not None:
            values["settled_at"] = to.settled_at
        done = self._sql.execute(
            update(t.invoices)
            .where(row.id == attempt.invoice, row.token == attempt.token)
            .values(values)
        )
        if done.rowcount != 1:
            return False
        self._end_attempt(attempt.token, to.outcome, answer)
        self._settle_claim(attempt.invoice, state, to.store_invoice_id)
        self._replace_fault(attempt, to.fault)
        return True

    def take_over(self, blockers: Collection[int] = ()) -> int:
        """Make unknown what dead workers left while posting; give how many invoices that were."""
        return sum(self._take_over(which) for which in self._ours_and(blockers))

    def unfinished(self, states: Collection[State]) -> Unfinished:
        """Look at what the run still has in these states."""
        row = t.invoices.c
        found = self._sql.execute(
            select(row.worker.is_(None), func.count(), func.min(row.due))
            .where(
                row.run == self._run.key,
                row.state.in_([state.value for state in states]),
                or_(row.worker.is_(None), row.worker != self._worker.id),
            )
            .group_by(row.worker.is_(None))
        ).all()
        return Unfinished(
            elsewhere=sum(number for free, number, _ in found if not free),
            due=min((due for free, _, due in found if free), default=None),
        )

    def forgive(self) -> None:
        """Give back the tries of what is still pending: the store was at fault, not they."""
        self._sql.execute(
            update(t.invoices)
            .where(t.invoices.c.run == self._run.key, t.invoices.c.state == State.PENDING)
            .where(t.invoices.c.strikes > 0)
            .values(strikes=0, due=0.0)
        )

    # -- one invoice

    def _ours_and(self, blockers: Collection[int]) -> list[ColumnElement[bool]]:
        """Give the two questions apart: joined by OR, the database would read every invoice."""
        ours = t.invoices.c.run == self._run.key
        return [ours, t.invoices.c.id.in_(list(blockers))] if blockers else [ours]

    def _take_over(self, which: ColumnElement[bool]) -> int:
        row = t.invoices.c
        held = (
            which,
            row.state.in_([State.POSTING.value, State.UNKNOWN.value]),
            row.worker.is_not(None),
        )
        ids = set(self._sql.execute(select(row.worker).where(*held).distinct()).scalars())
        gone = workers.dead(self._sql, ids - {self._worker.id}, self.now)
        if not gone:
            return 0
        workers.mark_gone(self._sql, gone)
        left = self._sql.execute(
            select(row.id, row.token, row.state).where(*held, row.worker.in_(list(gone)))
        ).all()
        for invoice, token, state in left:
            self._abandon(invoice, token, was_posting=state == State.POSTING)
        return len(left)

    def _invoices(self) -> Any:
        return (
            select(
                t.invoices,
                t.payloads.c.body,
                t.payloads.c.parts,
                t.runs.c.columns.label("columns"),
                t.runs.c.id.label("run_id"),
            )
            .join(t.payloads, t.payloads.c.invoice == t.invoices.c.id)
            .join(t.runs, t.runs.c.key == t.invoices.c.run)
        )

    def _next_pending(self) -> RowMapping | None:
        found = self._sql.execute(
            self._invoices()
            .where(
                t.invoices.c.run == self._run.key,
                t.invoices.c.state == State.PENDING,
                t.invoices.c.due <= self.now,
            )
            .order_by(t.invoices.c.id)
            .limit(1)
        )
        return found.mappings().first()

    def _claim(self, row: RowMapping) -> RowMapping | None:
        """Claim the number for this invoice; give who holds it when that is another."""
        key = (t.claims.c.store_hash == self._run.store_hash, t.claims.c.number == row["number"])
        done = self._sql.execute(
            self._db.insert_new(t.claims).values(
                store_hash=self._run.store_hash,
                number=row["number"],
                invoice=row["id"],
                owned=False,
                fingerprint=row["fingerprint"],
            )
        )
        if done.rowcount == 1:
            return None
        holder = self._sql.execute(select(t.claims).where(*key)).mappings().one()
        return None if holder["invoice"] == row["id"] else holder

    def _start(self, row: RowMapping, kind: str, settled_at: float) -> Started:
        token = f"{self._worker.id}-{secrets.token_hex(8)}"
        values: dict[str, Any] = {"token": token, "worker": self._worker.id}
        if kind == POST:
            values |= {
                "state": State.POSTING.value,
                "tries": row["tries"] + 1,
                "settled_at": settled_at,
            }
        self._sql.execute(update(t.invoices).where(t.invoices.c.id == row["id"]).values(values))
        self._sql.execute(
            insert(t.attempts).values(
                invoice=row["id"],
                token=token,
                worker=self._worker.id,
                kind=kind,
                started_at=self.now,
            )
        )
        return Started(
            invoice=row["id"],
            run_id=row["run_id"],
            number=row["number"],
            token=token,
            kind=kind,
            started_at=self.now,
            body=row["body"],
            parts=row["parts"],
            columns=row["columns"],
            strikes=row["strikes"],
            maybe_sent=row["maybe_sent"],
            settled_at=settled_at,
            message=row["message"],
        )

    def _settle_owned(self, row: RowMapping, holder: RowMapping) -> None:
        owner = owners(self._sql, self._run.store_hash, [holder["number"]])[0]
        found = standing(owner, row["fingerprint"])
        self._settled_owned.append(found.state)
        self._sql.execute(
            update(t.invoices)
            .where(t.invoices.c.id == row["id"], t.invoices.c.state == State.PENDING)
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

    def _postpone(self, invoice: int, due: float) -> None:
        self._sql.execute(update(t.invoices).where(t.invoices.c.id == invoice).values(due=due))

    def _end_attempt(self, token: str, outcome: str, answer: Answer) -> None:
        self._sql.execute(
            update(t.attempts)
            .where(t.attempts.c.token == token, t.attempts.c.ended_at.is_(None))
            .values(
                ended_at=self.now,
                status=answer.status,
                code=answer.code,
                message=answer.message,
                request_id=answer.request_id,
                outcome=outcome,
            )
        )

    def _settle_claim(self, invoice: int, state: State, store_invoice_id: str | None) -> None:
        if state is State.UNKNOWN:
            return
        claim = t.claims.c
        if state is State.CREATED:
            self._sql.execute(
                update(t.claims)
                .where(claim.invoice == invoice)
                .values(owned=True, store_invoice_id=store_invoice_id)
            )
        else:
            self._sql.execute(
                delete(t.claims).where(claim.invoice == invoice, claim.owned.is_(False))
            )

    def _replace_fault(self, attempt: Started, fault: Fault | None) -> None:
        if attempt.kind == LOOK_UP or attempt.maybe_sent or attempt.strikes:
            self._sql.execute(
                delete(t.faults).where(
                    t.faults.c.invoice == attempt.invoice, t.faults.c.posting.is_(True)
                )
            )
        if fault is not None:
            run = attempt.invoice // t.POSITIONS
            self._sql.execute(
                insert(t.faults).values(fault_row(fault, run, attempt.invoice, posting=True))
            )

    def _abandon(self, invoice: int, token: str, *, was_posting: bool) -> None:
        row = t.invoices.c
        values: dict[str, Any] = {
            "token": None,
            "worker": None,
            "due": self.now,
            "state": State.UNKNOWN.value,
        }
        if was_posting:
            values |= {
                "maybe_sent": True,
                "message": "The program ended before the store answered.",
            }
        self._sql.execute(
            update(t.invoices).where(row.id == invoice, row.token == token).values(values)
        )
        words = "The program ended before the answer was seen."
        self._end_attempt(token, "no-answer", Answer(message=words))
