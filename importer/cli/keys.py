"""The keys of what each command prints with `--json`. README's table is made of it."""

from __future__ import annotations

RESULT = (
    "run parent workbook store dry_run invoices totals causes faults report report_trouble stopped "
    "state control inferred in_doubt"
)
_RESULT = tuple(RESULT.split())

KEYS: dict[str, tuple[str, ...]] = {
    "template": ("template",),
    "map": ("workbook", "mapping", "proposals"),
    "check": _RESULT,
    "run": _RESULT,
    "resume": _RESULT,
    "rerun": _RESULT,
    "show": _RESULT,
    "pause": _RESULT,
    "cancel": _RESULT,
    "verify": _RESULT,
    "reconcile": (*_RESULT, "reconciled"),
    "undo": (
        "run",
        "store",
        "dry_run",
        "to_delete",
        "totals",
        "deleted",
        "unsure",
        "left_alone",
        "invoices",
        "stopped",
    ),
    "report": ("run", "report"),
    "runs": ("runs",),
    "forget": ("copies", "bytes", "runs"),
    "store add": ("store", "hash", "base_url", "time_zone", "share", "between", "token_kept"),
    "store token": ("store", "token_kept"),
    "store list": ("stores",),
    "store test": ("store", "token_known", "companies", "requests_left"),
    "store remove": ("store",),
    "ledger check": ("ledger", "runs", "invoices", "damages"),
    "completion": ("shell", "script"),
    "sandbox": ("url", "base_url", "store_hash", "token"),
}
"""Command → keys. A command that can't be done prints an object with `error` alone."""
