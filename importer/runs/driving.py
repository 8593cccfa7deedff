"""What every way of posting has in common: post what is left, verify, report."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from importer import settings
from importer.errors import ImporterError, StoreError, UsageError
from importer.model import Result, Store
from importer.runs.history import result_of, write_run_report
from importer.runs.places import Place
from importer.runs.plans import Steps, options_of
from importer.secret import Secret

if TYPE_CHECKING:
    from importer.ledger import Ledger, Run
    from importer.posting import StopSignal


def drive(
    book: Ledger,
    run_id: str,
    store: Store,
    token: Secret,
    steps: Steps,
    place: Place | None,
    *,
    always: bool,
) -> Result:
    """Post what is left of an open run, then report, also when the store stopped the run.

    The report goes to `place`, `always` or when not all is well; None: nowhere. Raises what
    `post_run` raises; a StoreError has the run's result.
    """
    from importer.posting import StopSignal

    run = book.run(run_id)
    stop = steps.stop or StopSignal()
    stopped: StoreError | None = None
    try:
        whole = _post(book, run, store, token, steps, stop)
        if steps.verify and whole and not stop.asked:
            from importer.runs.verifying import read_back

            read_back(book, book.run(run.id), store, token, steps)
    except StoreError as error:
        stopped = error
    result = result_of(book, run.id)
    if place and (always or not result.well):
        result = reported(book, result, place)
    if stopped:
        stopped.result = result
        raise stopped
    return result


def _post(
    book: Ledger, run: Run, store: Store, token: Secret, steps: Steps, stop: StopSignal
) -> bool:
    """Post what is left, the canary first if there is one; False when that was declined."""
    from importer.posting import post_run
    from importer.runs.canary import try_first

    options, on_posting = options_of(run, store, steps), steps.on_posting
    if steps.canary and not try_first(
        book, run, store, token, steps.canary, options, stop, on_posting
    ):
        return False
    post_run(book, run.id, store, token, options=options, on_progress=on_posting, stop=stop)
    return True


def reported(book: Ledger, result: Result, place: Place) -> Result:
    """Write the report; when it can't be written, say so, and don't hide what was posted."""
    try:
        return write_run_report(book, result, place)
    except Exception as error:
        said = str(error) if isinstance(error, ImporterError) else _why(error)
        remedy = f"Write it later: importer report {result.run} -o FILE"
        return replace(result, report_trouble=f"{said} {remedy}")


def _why(error: Exception) -> str:
    """Say why a report can't be written when nobody has put it into words."""
    why = getattr(error, "strerror", None) or f"{type(error).__name__}: {error}"
    return f"The report can't be written: {why}."


def store_of(run: Run, store: Store | None, token: Secret | str | None) -> tuple[Store, Secret]:
    """Give the store and token of a run: those given, else those that it was made for.

    Raises UsageError for another store than the run's, SettingsError for one that isn't saved.
    """
    store = store or settings.find_store(run.store_name)
    if store.hash != run.store_hash:
        raise UsageError(
            f"Run {run.id} was posted to another store ({run.store_name}).",
            "Name the store of that run.",
        )
    return store, secret(token) if token else settings.token_for(store)


def secret(token: Secret | str) -> Secret:
    """Give a token as a secret."""
    return token if isinstance(token, Secret) else Secret(token)
