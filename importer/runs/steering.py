"""Steering a run from outside: pause it, cancel it, settle what is unknown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from importer.errors import UsageError
from importer.model import Json, Result, State, Store
from importer.runs.driving import store_of
from importer.runs.history import open_ledger, result_of
from importer.runs.plans import Steps, options_of
from importer.runs.resuming import refuse_company
from importer.secret import Secret


@dataclass(frozen=True, slots=True)
class Settled:
    """An invoice that was unknown, and what became of it."""

    number: str
    state: State
    store_invoice_id: str | None
    message: str | None

    def as_json(self) -> Json:
        """Give the invoice as `--json` prints it."""
        return {
            "invoice": self.number,
            "state": self.state.value,
            "store_invoice_id": self.store_invoice_id,
            "message": self.message,
        }


def pause(run: str, *, ledger: str | Path | None = None, home: str | Path | None = None) -> Result:
    """Let no further request of a run begin, whoever posts it; `resume` opens it again.

    Raises LedgerError for an unknown run, UsageError for one that is over.
    """
    from importer.ledger import RunState

    with open_ledger(ledger, home) as book:
        found = book.run(run)
        if not book.pause(found.id):
            now = book.run(found.id).state
            if now is not RunState.PAUSED:
                raise UsageError(f"Run {found.id} is {now.value}: there is nothing to pause.")
        return result_of(book, found.id)


def cancel(run: str, *, ledger: str | Path | None = None, home: str | Path | None = None) -> Result:
    """Cancel what a run hasn't posted; `rerun` can take it up again.

    Raises LedgerError for an unknown run, UsageError for one that is finished.
    """
    from importer.ledger import RunState

    with open_ledger(ledger, home) as book:
        found = book.run(run)
        if not book.cancel(found.id):
            now = book.run(found.id).state
            if now is not RunState.CANCELLED:
                raise UsageError(f"Run {found.id} is {now.value}: there is nothing to cancel.")
        return result_of(book, found.id)


def reconcile(
    run: str,
    *,
    store: Store | None = None,
    token: Secret | str | None = None,
    ledger: str | Path | None = None,
    home: str | Path | None = None,
    steps: Steps | None = None,
) -> tuple[Result, Sequence[Settled]]:
    """Ask the store what became of every unknown invoice of a run; nothing is posted.

    Gives the run's result, and each invoice that was unknown with its state now. Arguments and
    errors as in `resume`.
    """
    from importer.posting import reconcile as settle

    steps = steps or Steps()
    with open_ledger(ledger, home) as book:
        found = book.run(run)
        store, token = store_of(found, store, token)
        refuse_company(book, found)
        doubtful = (State.UNKNOWN, State.POSTING)
        before = {line.position for line in book.lines(found.id, doubtful)}
        settle(
            book,
            found.id,
            store,
            token,
            options=options_of(found, store, steps),
            on_progress=steps.on_posting,
            stop=steps.stop,
        )
        after = [line for line in book.lines(found.id, tuple(State)) if line.position in before]
        settled = [
            Settled(line.number, line.state, line.store_invoice_id, line.message) for line in after
        ]
        return result_of(book, found.id), settled
