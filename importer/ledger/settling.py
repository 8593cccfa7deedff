"""Writes what attempts led to, each compared with the token of its attempt."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Boolean, Connection, bindparam, delete, func, insert, select, update

from importer.model import State

from . import tables as t
from .attempts import MOST_LOOKS, Answer, Conclusion
from .doubles import checked
from .records import Run, RunState, fault_row

_row = t.invoices.c
_OWNED = (State.CREATED, State.UPDATED)
_UNSETTLED = (State.PENDING, State.UNKNOWN)
_HOLDERS = (
    select(_row.id, _row.token)
    .where(_row.id.in_(bindparam("the_ids", expanding=True)), _row.token.is_not(None))
    .with_for_update()
)
_SETTLE = (
    update(t.invoices)
    .where(_row.id == bindparam("the_id"), _row.token == bindparam("the_token"))
    .values(
        state=bindparam("new_state"),
        token=None,
        worker=None,
        due=bindparam("new_due"),
        message=bindparam("new_message"),
        store_invoice_id=bindparam("new_store_id"),
        strikes=_row.strikes + bindparam("strike"),
        maybe_sent=bindparam("new_maybe_sent"),
        settled_at=bindparam("new_settled_at"),
        doing=bindparam("new_doing"),
        inferred=func.coalesce(bindparam("new_inferred", type_=Boolean()), _row.inferred),
        heard=bindparam("new_heard"),
        looks=bindparam("new_looks"),
    )
)
_END = (
    update(t.attempts)
    .where(t.attempts.c.token == bindparam("the_token"), t.attempts.c.ended_at.is_(None))
    .values(
        ended_at=bindparam("new_ended_at"),
        status=bindparam("new_status"),
        code=bindparam("new_code"),
        message=bindparam("new_message"),
        request_id=bindparam("new_request_id"),
        outcome=bindparam("new_outcome"),
    )
)
_OWN = (
    update(t.claims)
    .where(
        t.claims.c.store_hash == bindparam("the_store"),
        t.claims.c.number == bindparam("the_number"),
        t.claims.c.invoice == bindparam("the_id"),
    )
    .values(owned=True, store_invoice_id=bindparam("new_store_id"), former=None)
)
_OWNER = t.invoices.alias()
_GIVE_BACK = (
    update(t.claims)
    .where(
        t.claims.c.invoice == bindparam("the_id"),
        t.claims.c.owned.is_(False),
        t.claims.c.former.is_not(None),
    )
    .values(
        invoice=t.claims.c.former,
        owned=True,
        fingerprint=select(_OWNER.c.fingerprint)
        .where(_OWNER.c.id == t.claims.c.former)
        .scalar_subquery(),
        store_invoice_id=select(_OWNER.c.store_invoice_id)
        .where(_OWNER.c.id == t.claims.c.former)
        .scalar_subquery(),
        former=None,
    )
)
_RELEASE = delete(t.claims).where(
    t.claims.c.invoice == bindparam("the_id"), t.claims.c.owned.is_(False)
)
_LOSE_FORMER = (
    update(t.invoices)
    .where(
        _row.id.in_(
            select(t.claims.c.former).where(
                t.claims.c.invoice == bindparam("the_id"), t.claims.c.former.is_not(None)
            )
        ),
        _row.state.in_([state.value for state in _OWNED]),
    )
    .values(state=State.MISSING.value, message=bindparam("new_message"))
)
_FORGET_FAULTS = delete(t.faults).where(
    t.faults.c.invoice == bindparam("the_id"), t.faults.c.posting.is_(True)
)
_ABANDON = (
    update(t.invoices)
    .where(_row.id == bindparam("the_id"), _row.token == bindparam("the_token"))
    .values(state=State.UNKNOWN.value, token=None, worker=None, due=bindparam("new_due"))
)
_ABANDON_POST = _ABANDON.values(maybe_sent=True, message=bindparam("new_message"))


def settle(
    connection: Connection, run: Run, done: Sequence[Conclusion], now: float
) -> list[Conclusion]:
    """Write what attempts led to. Gives those that were still ours; of the others, nothing.

    What would be pending again in a run that was cancelled meanwhile is cancelled, or unknown when
    an attempt may have created it.
    """
    held = _held(connection, done)
    ours = [one for one in done if (one.attempt.invoice, one.attempt.token) in held]
    if not ours:
        return []
    ours = checked(connection, run.store_hash, ours, now)
    states = [_final(connection, one) for one in ours]
    written = connection.execute(
        _SETTLE, [_values(one, state) for one, state in zip(ours, states, strict=True)]
    )
    if written.rowcount != len(ours):
        raise RuntimeError("an invoice changed within the transaction that read it")
    connection.execute(
        _END, [_ending(one.attempt.token, one.to.outcome, one.answer, now) for one in ours]
    )
    _settle_claims(connection, run, list(zip(ours, states, strict=True)))
    _replace_faults(connection, ours)
    return ours


def abandon(
    connection: Connection, invoice: int, token: str, now: float, *, was_posting: bool
) -> None:
    """Take an attempt away from a worker that died: what it was posting is unknown."""
    words = "The program ended before the store's answer was seen."
    values = {"the_id": invoice, "the_token": token, "new_due": now}
    if was_posting:
        connection.execute(_ABANDON_POST, values | {"new_message": words})
    else:
        connection.execute(_ABANDON, values)
    connection.execute(_END, _ending(token, "abandoned", Answer(message=words), now))


def _held(connection: Connection, done: Sequence[Conclusion]) -> set[tuple[int, str]]:
    rows = connection.execute(_HOLDERS, {"the_ids": [one.attempt.invoice for one in done]})
    return {(ident, token) for ident, token in rows}


def _final(connection: Connection, one: Conclusion) -> State:
    if one.to.state is not State.PENDING:
        return one.to.state
    key = one.attempt.invoice // t.POSITIONS
    state = connection.execute(select(t.runs.c.state).where(t.runs.c.key == key)).scalar_one()
    if state != RunState.CANCELLED:
        return State.PENDING
    return State.UNKNOWN if _maybe_sent(one) else State.CANCELLED


def _maybe_sent(one: Conclusion) -> bool:
    """Whether the store may hold it although no answer said so."""
    return one.attempt.maybe_sent if one.to.maybe_sent is None else one.to.maybe_sent


def _values(one: Conclusion, state: State) -> dict[str, Any]:
    attempt, to = one.attempt, one.to
    doing = _doing(one)
    kept = attempt.store_invoice_id if doing else None
    return {
        "the_id": attempt.invoice,
        "the_token": attempt.token,
        "new_state": state.value,
        "new_due": to.due,
        "new_message": to.message,
        "new_store_id": to.store_invoice_id or kept,
        "new_doing": doing,
        "strike": int(to.strike),
        "new_maybe_sent": _maybe_sent(one),
        "new_settled_at": attempt.settled_at if to.settled_at is None else to.settled_at,
        "new_inferred": to.inferred,
        "new_heard": _heard(one) if state in _UNSETTLED else None,
        "new_looks": _looks(one),
    }


def _heard(one: Conclusion) -> str | None:
    return one.attempt.heard if one.to.heard is None else one.to.heard or None


def _looks(one: Conclusion) -> int:
    """Give how often it was looked up in vain since the last request to create it."""
    if one.to.rests:
        return MOST_LOOKS
    if one.to.state is not State.UNKNOWN:
        return 0
    return one.attempt.looks + one.to.in_vain


def _doing(one: Conclusion) -> str | None:
    """Give what is still to be done with the store's invoice, None: nothing, or it is gone."""
    if one.to.doing is not None:
        return one.to.doing or None
    return one.attempt.doing if one.to.state in _UNSETTLED else None


def _ending(token: str, outcome: str, answer: Answer, now: float) -> dict[str, Any]:
    return {
        "the_token": token,
        "new_ended_at": now,
        "new_status": answer.status,
        "new_code": answer.code,
        "new_message": answer.message,
        "new_request_id": answer.request_id,
        "new_outcome": outcome,
    }


def _settle_claims(
    connection: Connection, run: Run, ours: Sequence[tuple[Conclusion, State]]
) -> None:
    """Own created numbers for good, keep those in doubt claimed, set free or give back the others.

    Whoever needs a number that is kept so inherits the doubt.
    """
    owned = [
        {
            "the_store": run.store_hash,
            "the_number": one.attempt.number,
            "the_id": one.attempt.invoice,
            "new_store_id": one.to.store_invoice_id,
        }
        for one, state in ours
        if state in _OWNED
    ]
    released = [one for one, state in ours if state not in (*_OWNED, State.UNKNOWN)]
    given_back = [{"the_id": one.attempt.invoice} for one in released if one.to.doing != ""]
    if owned:
        connection.execute(_OWN, owned)
    if any(one.attempt.doing for one in released) and given_back:
        connection.execute(_GIVE_BACK, given_back)
    missing = [one for one, state in ours if state is State.MISSING]
    if missing:
        connection.execute(
            _LOSE_FORMER,
            [{"the_id": one.attempt.invoice, "new_message": one.to.message} for one in missing],
        )
    free = [{"the_id": one.attempt.invoice} for one in released if not _in_doubt(one)]
    if free:
        connection.execute(_RELEASE, free)


def _in_doubt(one: Conclusion) -> bool:
    """Whether the store may hold it all the same, as an invoice that we created."""
    gone = one.to.state in (State.DELETED, State.MISSING)
    return _maybe_sent(one) and one.attempt.doing is None and not gone


def _replace_faults(connection: Connection, ours: Sequence[Conclusion]) -> None:
    """Only the newest word about an invoice counts."""
    spoken_of = [one for one in ours if one.attempt.had_faults or one.to.faults]
    if spoken_of:
        connection.execute(_FORGET_FAULTS, [{"the_id": one.attempt.invoice} for one in spoken_of])
    new = [
        fault_row(fault, one.attempt.invoice // t.POSITIONS, one.attempt.invoice, posting=True)
        for one in spoken_of
        for fault in one.to.faults
    ]
    if new:
        connection.execute(insert(t.faults), new)
