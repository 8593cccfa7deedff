"""Check, run, rerun: the only room that knows the order of the stages."""

from importer.runs.checking import check
from importer.runs.history import history, report, show
from importer.runs.running import Plan, Steps, rerun, run

__all__ = ["Plan", "Steps", "check", "history", "report", "rerun", "run", "show"]
