"""The errors that end a command: what each means, and which exit code it gives.

A problem *in* a workbook is never an exception: it is a `Fault` with a cell. These are for when a
command, a file or a store can't be used at all.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importer.model import Result


class Exit(IntEnum):
    """What the command's exit code tells a script."""

    OK = 0
    INVOICES = 1
    UNUSABLE = 2
    STORE = 3
    INTERRUPTED = 130


class ImporterError(Exception):
    """Something made the command stop. `str()` is one clear sentence, `remedy` the next action."""

    exit_code = Exit.UNUSABLE

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.remedy = remedy


class UsageError(ImporterError):
    """The command was given something that it can't act on."""


class WorkbookError(ImporterError):
    """The workbook can't be used as a whole: not a workbook, locked, empty, headers missing."""


class SettingsError(ImporterError):
    """A store or a setting is missing or doesn't make sense."""


class LedgerError(ImporterError):
    """The ledger can't be opened or written, or holds no such run."""


class NoSuchRun(LedgerError):
    """No run of the ledger has that ID, or several could be meant."""


class LedgerDamaged(LedgerError):
    """The ledger holds what no version of this program has written."""


class StoreError(ImporterError):
    """The store refused us or can't be reached; what was not posted stays pending.

    `result` is what came of the run until then, when there was a run.
    """

    exit_code = Exit.STORE
    result: Result | None = None


class TokenRefused(StoreError):
    """The store answered 401 or 403: the token is wrong or lacks the scope."""


class StoreUnreachable(StoreError):
    """No answer from the store, again and again: the circuit breaker stopped the run."""


class Interrupted(ImporterError):
    """The user pressed Ctrl-C; everything that was not posted stays pending."""

    exit_code = Exit.INTERRUPTED
