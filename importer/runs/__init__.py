"""Check, run, resume, rerun: the only room that knows the order of the stages."""

from importer.runs.checking import check
from importer.runs.history import history, report, show
from importer.runs.plans import Pace, Plan, Steps
from importer.runs.resuming import resume
from importer.runs.running import rerun, run

__all__ = [
    "Pace",
    "Plan",
    "Steps",
    "check",
    "history",
    "report",
    "rerun",
    "resume",
    "run",
    "show",
]
