"""Who is posting: a lease for each worker, renewed while it lives, and who is dead.

A worker is dead when its process has surely ended on this host, or when its lease has run out. Who
takes over its attempts marks it as gone, so that it learns of that should it wake up again.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from . import tables as t
from .process import Process

_FORGET_SECONDS = 24 * 3600.0


@dataclass(slots=True)
class Worker:
    """One posting loop. It may send while now (Unix seconds) is before `lease_until`."""

    id: str
    lease: float
    lease_until: float

    def may_send(self, now: float) -> bool:
        """Whether nobody can have taken over its attempts."""
        return now < self.lease_until


def enroll(connection: Connection, lease: float, now: float, run: int | None = None) -> Worker:
    """Enter a new worker of this process at a run (its key), with a lease of so many seconds."""
    this = Process.current()
    worker = Worker(f"{this.pid}-{secrets.token_hex(6)}", lease, now + lease)
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


def dismiss(connection: Connection, worker: Worker) -> None:
    """Say that the worker has ended: what it left unfinished may be taken over at once."""
    connection.execute(update(t.workers).where(t.workers.c.id == worker.id).values(gone=True))


def dead(connection: Connection, ids: Collection[str], now: float) -> set[str]:
    """Give those of these workers that have surely ended or let their lease run out."""
    if not ids:
        return set()
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
