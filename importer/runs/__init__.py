"""Check, run, resume, rerun: the only room that knows the order of the stages."""

from importer.runs.canary import Canary, Trial
from importer.runs.checking import check
from importer.runs.copies import Forgotten, forget
from importer.runs.examining import check_ledger
from importer.runs.history import history, report, show, store_name
from importer.runs.memory import Memory
from importer.runs.plans import Pace, Plan, Steps
from importer.runs.preparing import forget_mapping
from importer.runs.resuming import resume
from importer.runs.running import rerun, run
from importer.runs.steering import Settled, cancel, pause, reconcile
from importer.runs.undoing import Undone, UndoSteps, undo
from importer.runs.verifying import verify

__all__ = [
    "Canary",
    "Forgotten",
    "Memory",
    "Pace",
    "Plan",
    "Settled",
    "Steps",
    "Trial",
    "UndoSteps",
    "Undone",
    "cancel",
    "check",
    "check_ledger",
    "forget",
    "forget_mapping",
    "history",
    "pause",
    "reconcile",
    "report",
    "rerun",
    "resume",
    "run",
    "show",
    "store_name",
    "undo",
    "verify",
]
