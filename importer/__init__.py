"""Bulk importer of invoices from Excel into BigCommerce B2B Edition."""

from __future__ import annotations

__version__ = "0.1.0"

TYPE_CHECKING = False  # not from `typing`: the command sees to Ctrl-C before that is imported
if TYPE_CHECKING:
    from typing import Any

    from importer.model import Counts, Fault, Result, State, Store
    from importer.runs import Plan, Steps, check, rerun, resume, run
    from importer.secret import Secret
    from importer.workbook.options import ReadOptions

_NAMES = {
    "importer.model": ("Counts", "Fault", "Result", "State", "Store"),
    "importer.runs": ("Plan", "Steps", "check", "rerun", "resume", "run"),
    "importer.secret": ("Secret",),
    "importer.workbook.options": ("ReadOptions",),
}

__all__ = [
    "Counts",
    "Fault",
    "Plan",
    "ReadOptions",
    "Result",
    "Secret",
    "State",
    "Steps",
    "Store",
    "__version__",
    "check",
    "rerun",
    "resume",
    "run",
]


def __getattr__(name: str) -> Any:
    """Import the heavy rooms only when one of their names is asked for."""
    for module, names in _NAMES.items():
        if name in names:
            from importlib import import_module

            return getattr(import_module(module), name)
    raise AttributeError(f"module 'importer' has no attribute {name!r}")
