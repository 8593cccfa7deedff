"""Undo: delete from the store what a run created there, if nobody has changed or paid it since."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from importer.errors import Interrupted, StoreError
from importer.model import Counts, Json, State, Store, Total
from importer.runs.driving import store_of
from importer.runs.history import open_ledger
from importer.runs.plans import Steps, options_of
from importer.runs.resuming import refuse_company
from importer.secret import Secret

if TYPE_CHECKING:
    from importer.ledger import Ledger, Run
    from importer.posting import PostOptions, Progress, StopSignal
    from importer.posting.undoing import Candidate, Survey


@dataclass(frozen=True)
class UndoSteps:
    """How an undo shows itself, asks and is stopped.

    `confirm` is shown what would be deleted and says whether to; None: it doesn't ask. `on_looking`
    is called with how many invoices were looked at, of how many. `inferred`: what was only found in
    the store after a request without an answer is deleted too.
    """

    confirm: Callable[[Undone], bool] | None = None
    on_looking: Callable[[int, int], None] | None = None
    on_deleting: Callable[[Progress], None] | None = None
    stop: StopSignal | None = None
    posting: PostOptions | None = None
    inferred: bool = False


@dataclass(frozen=True)
class Undone:
    """What an undo did, or in a dry run, and before it asks, would do.

    `deleted` counts what is deleted, `left_alone` is what isn't, each with the reason, `unsure`
    counts deletions without an answer. `totals` is the money of `to_delete` invoices. `error` is
    why the store ended it early.
    """

    run: str
    store: str
    dry_run: bool
    to_delete: int
    totals: Sequence[Total]
    left_alone: Sequence[Candidate]
    deleted: int = 0
    unsure: int = 0
    invoices: Counts = field(default_factory=Counts)
    error: StoreError | None = None

    @property
    def well(self) -> bool:
        """Whether nothing that the run created is left in the store; in a dry run: would be."""
        done = self.dry_run or self.deleted == self.to_delete
        return done and not self.left_alone and not self.unsure

    def as_json(self) -> Json:
        """Give the one object that `--json` prints."""
        return {
            "run": self.run,
            "store": self.store,
            "dry_run": self.dry_run,
            "to_delete": self.to_delete,
            "totals": [total.as_json() for total in self.totals],
            "deleted": self.deleted,
            "unsure": self.unsure,
            "left_alone": [one.as_json() for one in self.left_alone],
            "invoices": self.invoices.as_json(),
            "stopped": str(self.error) if self.error else None,
        }


def undo(
    run: str,
    *,
    store: Store | None = None,
    token: Secret | str | None = None,
    dry_run: bool = False,
    ledger: str | Path | None = None,
    home: str | Path | None = None,
    steps: UndoSteps | None = None,
) -> Undone:
    """Delete from the store what a run created, as far as it is still as it was sent.

    `run` is a run's ID or an unambiguous part of it; `store` and `token` are by default those that
    the run was made for. May be broken off and called again at any time. With `dry_run`, or when
    `steps.confirm` says no, nothing is deleted. Raises UsageError when another process is at the
    run, TokenRefused or StoreUnreachable when it can't be looked at, Interrupted when it was
    stopped before anything was deleted.
    """
    steps = steps or UndoSteps()
    with open_ledger(ledger, home) as book:
        found = book.run(run)
        store, token = store_of(found, store, token)
        refuse_company(book, found)
        options = options_of(found, store, Steps(posting=steps.posting))
        survey = _survey(book, found, store, token, options, steps)
        planned = Undone(
            run=found.id,
            store=found.store_name,
            dry_run=True,
            to_delete=len(survey.to_delete),
            totals=survey.totals,
            left_alone=survey.left_alone,
            invoices=book.counts(found.id),
        )
        if dry_run or not survey.to_delete:
            return planned
        if steps.confirm and not steps.confirm(planned):
            return planned
        error = _delete(book, found, store, token, options, steps, survey)
        return _result(book, found, planned, survey, error)


def _survey(
    book: Ledger, run: Run, store: Store, token: Secret, options: PostOptions, steps: UndoSteps
) -> Survey:
    from importer.posting.asking import Stopped
    from importer.posting.undoing import survey

    try:
        return survey(
            *(book, run, store, token, options, steps.on_looking, steps.stop),
            inferred=steps.inferred,
        )
    except Stopped:
        raise Interrupted(
            "Stopped before anything was deleted.", f"Look again with: importer undo {run.id}"
        ) from None


def _delete(
    book: Ledger,
    run: Run,
    store: Store,
    token: Secret,
    options: PostOptions,
    steps: UndoSteps,
    survey: Survey,
) -> StoreError | None:
    """Delete what may be; give why the store ended it early, if it did."""
    from importer.posting.undoing import delete_all

    ids = [one.id for one in survey.to_delete]
    try:
        delete_all(book, run, store, token, ids, options, steps.on_deleting, steps.stop)
    except StoreError as error:
        return error
    return None


def _result(
    book: Ledger, run: Run, planned: Undone, survey: Survey, error: StoreError | None
) -> Undone:
    from importer.ledger.tables import invoice_id

    states = (State.CREATED, State.UNKNOWN, State.DELETED)
    now = {invoice_id(run.key, line.position): line for line in book.lines(run.id, states)}
    meant = [(one, now[one.id]) for one in survey.to_delete if one.id in now]
    left = [
        replace(one, why=line.message or "it was not reached")
        for one, line in meant
        if line.state is State.CREATED
    ]
    return replace(
        planned,
        dry_run=False,
        left_alone=[*planned.left_alone, *left],
        deleted=sum(line.state is State.DELETED for _, line in meant),
        unsure=sum(line.state is State.UNKNOWN for _, line in meant),
        invoices=book.counts(run.id),
        error=error,
    )
