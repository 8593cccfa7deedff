"""Who is posting: a lease for each worker, renewed while it lives, and who is dead.

A worker is dead when its process has surely ended on this host, or when its lease has run out. Who
takes over its attempts marks it as gone, so that it learns of that should it wake up again.

The lease is granted in Unix seconds, for others to read. They may all be wrong when somebody sets
the clock. So a worker itself goes by that clock and by the steady one, whichever says first that
its time is up; and no lease is believed to last longer than any may.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from importer.clock import steady

from . import tables as t
from .process import Process

LONGEST_LEASE = 120.0
"""Seconds; what a ledger says of more was written under a wrong clock."""

_FORGET_SECONDS = 24 * 3600.0
_NO_NUMBER = 1e300
_RENEW = 2 / 3  # of the lease is left


@dataclass(slots=True)
class Worker:
    """One posting loop. It may send before `lease_until` (Unix seconds) and `held_until` (steady).

    Moments given in pairs are the same moment on the two clocks.
    """

    id: str
    lease: float
    lease_until: float
    held_until: float = float("inf")

    def may_send(self, now: float, steadily: float = 0.0) -> bool:
        """Whether nobody can have taken over its attempts."""
        return now < self.lease_until and steadily < self.held_until

    def should_renew(self, now: float, steadily: float) -> bool:
        """Whether a third of the lease is gone, or the clock was set back: it reaches too far."""
        left = min(self.lease_until - now, self.held_until - steadily)
        return left < self.lease * _RENEW or self.lease_until - now > self.lease

    def renewed(self, now: float, steadily: float) -> None:
        """Hold the lease anew, once the ledger has it."""
        self.lease_until = now + self.lease
        self.held_until = steadily + self.lease

    def give_up(self) -> None:
        """Send nothing more."""
        self.lease_until = self.held_until = 0.0


def enroll(connection: Connection, lease: float, now: float, run: int | None = None) -> Worker:
    """Enter a new worker of this process at a run (its key), with a lease of so many seconds.

    Raises ValueError for a lease longer than LONGEST_LEASE.
    """
    if lease > LONGEST_LEASE:
        raise ValueError(f"a lease lasts {LONGEST_LEASE:g} s at most, not {lease:g} s")
    this = Process.current()
    held_until = steady() + lease
    worker = Worker(f"{this.pid}-{secrets.token_hex(6)}", lease, now + lease, held_until)
    connection.execute(delete(t.workers).where(t.workers.c.lease_until < now - _FORGET_SECONDS))
    connection.execute(
        insert(t.workers).values(
            id=worker.id,
            host=this.host,
            pid=this.pid,
            started=this.started,
            lease_until=worker.lease_until,
            gone=False,
            run=run,
        )
    )
    return worker


def renew(connection: Connection, worker: Worker, now: float) -> bool:
    """Lengthen the lease; False when somebody has taken over this worker's attempts.

    The new lease counts only once the transaction is committed: `worker` is left alone.
    """
    row = t.workers
    done = connection.execute(
        update(row)
        .where(row.c.id == worker.id, row.c.gone.is_(False))
        .values(lease_until=now + worker.lease)
    )
    return done.rowcount == 1


def cut_down(connection: Connection, now: float) -> None:
    """Let leases end that were written by a clock ahead of ours: no later than any may last.

    A damaged one is left as it is: in SQLite text is greater than any number.
    """
    lease_until, latest = t.workers.c.lease_until, now + LONGEST_LEASE
    too_late = (lease_until > latest) & (lease_until < _NO_NUMBER)
    connection.execute(update(t.workers).where(too_late).values(lease_until=latest))


def dismiss(connection: Connection, worker: Worker) -> None:
    """Say that the worker has ended: what it left unfinished may be taken over at once."""
    connection.execute(update(t.workers).where(t.workers.c.id == worker.id).values(gone=True))


def dead(connection: Connection, ids: Collection[str], now: float) -> set[str]:
    """Give those of these workers that have surely ended or let their lease run out."""
    if not ids:
        return set()
    cut_down(connection, now)
    rows = connection.execute(select(t.workers).where(t.workers.c.id.in_(list(ids)))).all()
    alive = {
        row.id
        for row in rows
        if not row.gone
        and _readable(row)
        and row.lease_until > now
        and not Process(row.host, row.pid, row.started).surely_gone
    }
    return set(ids) - alive


def at_work(connection: Connection, run: int, now: float) -> list[Process]:
    """Give the processes that are at a run (its key), without those that have surely ended."""
    row = t.workers.c
    rows = connection.execute(
        select(row.host, row.pid, row.started, row.lease_until).where(
            row.run == run, row.gone.is_(False), row.lease_until > now
        )
    ).all()
    found = dict.fromkeys(Process(row.host, row.pid, row.started) for row in rows if _readable(row))
    return [process for process in found if not process.surely_gone]


def mark_gone(connection: Connection, ids: Collection[str]) -> None:
    """Fence workers off whose attempts are being taken over."""
    connection.execute(update(t.workers).where(t.workers.c.id.in_(list(ids))).values(gone=True))


def _readable(row: Any) -> bool:
    """Whether a row is as it was written; a damaged one tells nothing of its worker."""
    kinds = ((row.host, str), (row.started, str), (row.pid, int), (row.lease_until, float))
    return all(isinstance(value, kind) for value, kind in kinds)
