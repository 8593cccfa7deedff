"""The durable memory: every run, every invoice's state, every attempt, and who claimed what."""

from __future__ import annotations

from .examining import Damage, Examination
from .ledger import Ledger
from .records import Attempt, Entry, Line, NewRun, OnExisting, Outline, Run, RunState

__all__ = [
    "Attempt",
    "Damage",
    "Entry",
    "Examination",
    "Ledger",
    "Line",
    "NewRun",
    "OnExisting",
    "Outline",
    "Run",
    "RunState",
]
