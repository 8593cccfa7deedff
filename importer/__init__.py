"""Bulk importer of invoices from Excel into BigCommerce B2B Edition."""

from __future__ import annotations

__version__ = "0.1.0"

TYPE_CHECKING = False  # not from `typing`: the command sees to Ctrl-C before that is imported
if TYPE_CHECKING:
    from typing import Any

    from importer.model import Result
    from importer.runs import check, rerun, resume, run

__all__ = ["Result", "__version__", "check", "rerun", "resume", "run"]


def __getattr__(name: str) -> Any:
    """Import the heavy rooms only when one of their names is asked for."""
    if name in ("check", "rerun", "resume", "run"):
        from importer import runs

        return getattr(runs, name)
    if name == "Result":
        from importer.model import Result

        return Result
    raise AttributeError(f"module 'importer' has no attribute {name!r}")
