"""Check, run, resume, rerun: the only room that knows the order of the stages."""

from importer.runs.checking import check
from importer.runs.history import history, report, show
from importer.runs.plans import Pace, Plan, Steps
from importer.runs.resuming import resume
from importer.runs.running import rerun, run
from importer.runs.steering import Settled, cancel, pause, reconcile
from importer.runs.verifying import verify

__all__ = [
    "Pace",
    "Plan",
    "Settled",
    "Steps",
    "cancel",
    "check",
    "history",
    "pause",
    "reconcile",
    "report",
    "rerun",
    "resume",
    "run",
    "show",
    "verify",
]
