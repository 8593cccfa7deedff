"""Pure: rows of the ledger → values. A row that no version of this program has written is an error.

SQLite gives back whatever the file holds: a text for a number, nothing where there must be a text.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from importer.errors import LedgerDamaged
from importer.model import Columns, Fault, Origins, Severity, State

from .damage import UNREADABLE, damaged, verify
from .records import (
    Attempt,
    Entry,
    Line,
    OnExisting,
    Outline,
    Run,
    RunState,
    load,
    load_columns,
    load_parts,
)

Row = Mapping[Any, Any]
"""A row by the names of its columns."""


def run_of(row: Row) -> Run:
    """Give the run of a row of `runs`. Raises LedgerDamaged."""
    try:
        return Run(
            id=_text(row["id"]),
            parent=_text_if_any(row["parent"]),
            store_name=_text(row["store_name"]),
            store_hash=_text(row["store_hash"]),
            base_url=_text(row["base_url"]),
            time_zone=_text(row["time_zone"]),
            workbook=_text(row["workbook"]),
            source=Path(row["source"]) if row["source"] else None,
            sha256=_text(row["sha256"]),
            columns=load_columns(row["columns"]),
            options=load(row["options"]),
            created_at=datetime.fromtimestamp(row["created_at"], UTC),
            state=RunState(row["state"]),
            stopped=_text_if_any(row["stopped"]),
            key=_whole(row["key"]),
            verified=load(row["verified"]) if row["verified"] else None,
            on_existing=OnExisting(row["on_existing"]),
        )
    except UNREADABLE as problem:
        raise damaged(f"what it says about run {row['id']} can't be read") from problem


def entry_of(row: Row, run_id: str, columns: Columns) -> Entry:
    """Give the entry of a row of `invoices` joined with `payloads`. Raises LedgerDamaged."""
    verify(row, run_id)
    try:
        return Entry(
            id=_whole(row["id"]),
            run_id=run_id,
            position=_whole(row["position"]),
            number=row["number"],
            state=State(row["state"]),
            body=json.loads(row["body"]),
            fingerprint=row["fingerprint"],
            origins=Origins(load_parts(row["parts"]), columns),
            currency=row["currency"],
            amount=Decimal(row["amount"]),
            company=row["company"],
            store_invoice_id=_text_if_any(row["store_invoice_id"]),
            tries=_whole(row["tries"]),
            message=_text_if_any(row["message"]),
            doing=_text_if_any(row["doing"]),
            inferred=bool(row["inferred"]),
        )
    except UNREADABLE as problem:
        raise _unreadable(row["number"], run_id) from problem


def outline_of(row: Row, run_id: str) -> Outline:
    """Give the outline of a row of `invoices` joined with `payloads`. Raises LedgerDamaged."""
    try:
        return Outline(
            position=_whole(row["position"]),
            number=_text(row["number"]),
            state=State(row["state"]),
            parts=load_parts(row["parts"]),
            store_invoice_id=_text_if_any(row["store_invoice_id"]),
            tries=_whole(row["tries"]),
            message=_text_if_any(row["message"]),
            maybe_sent=bool(row["maybe_sent"]),
        )
    except UNREADABLE as problem:
        raise _unreadable(row["number"], run_id) from problem


def line_of(row: Row, run_id: str) -> Line:
    """Give the line of a row of `invoices`. Raises LedgerDamaged."""
    try:
        return Line(
            position=_whole(row["position"]),
            number=_text(row["number"]),
            state=State(row["state"]),
            currency=_text(row["currency"]),
            company=_text(row["company"]),
            amount=_text(row["amount"]),
            store_invoice_id=_text_if_any(row["store_invoice_id"]),
            message=_text_if_any(row["message"]),
        )
    except UNREADABLE as problem:
        raise _unreadable(row["number"], run_id) from problem


def fault_of(row: Row) -> Fault:
    """Give the fault of a row of `faults`. Raises LedgerDamaged."""
    try:
        return Fault(
            code=_text(row["code"]),
            message=_text(row["message"]),
            remedy=_text(row["remedy"]),
            severity=Severity(row["severity"]),
            sheet=_text_if_any(row["sheet"]),
            row=None if row["row"] is None else _whole(row["row"]),
            column=_text_if_any(row["column"]),
            letter=_text_if_any(row["letter"]),
            invoice=_text_if_any(row["number"]),
        )
    except UNREADABLE as problem:
        raise damaged("what it says about a fault can't be read") from problem


def attempt_of(row: Row, run_id: str) -> Attempt:
    """Give the attempt of a row of `attempts` joined with `invoices`. Raises LedgerDamaged."""
    try:
        return Attempt(
            number=_text(row["number"]),
            kind=_text(row["kind"]),
            worker=_text(row["worker"]),
            started_at=float(row["started_at"]),
            ended_at=None if row["ended_at"] is None else float(row["ended_at"]),
            status=None if row["status"] is None else _whole(row["status"]),
            code=_text_if_any(row["code"]),
            message=_text_if_any(row["message"]),
            request_id=_text_if_any(row["request_id"]),
            outcome=_text_if_any(row["outcome"]),
        )
    except UNREADABLE as problem:
        raise damaged(f"what it says about an attempt of run {run_id} can't be read") from problem


def state_of(text: str, run_id: str) -> State:
    """Give the state of an invoice. Raises LedgerDamaged."""
    try:
        return State(text)
    except ValueError as problem:
        raise damaged(f"an invoice of run {run_id} is in the state {text!r}") from problem


def run_state_of(text: str) -> RunState:
    """Give the state of a run. Raises LedgerDamaged."""
    try:
        return RunState(text)
    except ValueError as problem:
        raise damaged(f"a run is in the state {text!r}") from problem


def _unreadable(number: str, run_id: str) -> LedgerDamaged:
    return damaged(f"what it says about invoice {number} of run {run_id} can't be read")


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def _text_if_any(value: Any) -> str | None:
    return None if value is None else _text(value)


def _whole(value: Any) -> int:
    if not isinstance(value, int):
        raise TypeError("not a whole number")
    return value
