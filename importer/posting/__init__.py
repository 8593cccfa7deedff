"""Posting: sends a run's invoices to the store, each exactly once, within the store's budget.

Importing this package is cheap; what talks to the store is imported when it is used.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from importer.model import Store
from importer.secret import Secret

from .options import PostOptions, Progress, StopSignal

if TYPE_CHECKING:
    from importer.ledger import Ledger

logging.getLogger("importer").addHandler(logging.NullHandler())  # Python prints what has none

__all__ = ["PostOptions", "Progress", "StopSignal", "post_run", "reconcile"]


def post_run(
    ledger: Ledger,
    run_id: str,
    store: Store,
    token: Secret,
    *,
    options: PostOptions | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    stop: StopSignal | None = None,
) -> None:
    """Post what is pending in an open run, after settling what is unknown.

    Returns when nothing is left to do, when `stop` was asked, or when the run was paused or
    cancelled. Raises TokenRefused or StoreUnreachable after everything in flight is settled, what
    wasn't posted being pending; LedgerError at once when the ledger can't be written;
    SettingsError when the token would travel unprotected.
    """
    from .start import start

    start(ledger, run_id, store, token, True, options, on_progress, stop)


def reconcile(
    ledger: Ledger,
    run_id: str,
    store: Store,
    token: Secret,
    *,
    options: PostOptions | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    stop: StopSignal | None = None,
) -> None:
    """Settle every unknown invoice of a run by looking it up; nothing is posted.

    Each is then created, skipped, in conflict, or pending again. Raises what `post_run` raises.
    """
    from .start import start

    start(ledger, run_id, store, token, False, options, on_progress, stop)
