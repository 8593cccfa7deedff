"""The durable memory: every run, every invoice's state, every attempt, and who claimed what."""

from __future__ import annotations

from .ledger import Ledger
from .records import Attempt, Entry, Line, NewRun, OnExisting, Outline, Run, RunState

__all__ = [
    "Attempt",
    "Entry",
    "Ledger",
    "Line",
    "NewRun",
    "OnExisting",
    "Outline",
    "Run",
    "RunState",
]
