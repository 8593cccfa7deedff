"""What a run is about to do, how it shows itself and asks, and how fast it may go."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from importer.hours import Hours, hours
from importer.model import Counts, Json, State, Store, Total
from importer.workbook.options import ReadOptions

if TYPE_CHECKING:
    from importer.ledger import Ledger, Run
    from importer.posting import PostOptions, StopSignal
    from importer.posting import Progress as Posting
    from importer.runs.canary import Canary
    from importer.workbook.reading import Progress

DOCUMENTED_BUDGET = 150.0
"""Requests a minute that a store allows, as the vendor documents it; each store says its own."""

LEFT = (State.PENDING, State.POSTING, State.UNKNOWN)
"""The states of what a run still has to do."""


@dataclass(frozen=True)
class Pace:
    """How fast a run may go: invoices a minute, and whether the store has said so itself."""

    a_minute: float
    known: bool
    between: Hours | None = None

    def seconds(self, invoices: int) -> float:
        """Give how long so many invoices take at least, while they may be posted."""
        return invoices / self.a_minute * 60


@dataclass(frozen=True)
class Plan:
    """What a run is about to do, said before anything is sent.

    `goes_on`: the run was begun before. `counts` are of all its invoices now.
    `to_update` of those to post will change what the store holds; `on_existing` says what else
    may. `rechecked`: the store was asked just now about what was created before. `remembered`
    says with which mapping of an earlier time the workbook was read, "" for none.
    """

    run: str
    workbook: str
    store: Store
    to_post: int
    totals: Sequence[Total]
    skipped: int
    conflict: int
    invalid: int
    goes_on: bool = False
    counts: Counts = field(default_factory=Counts)
    pace: Pace = Pace(DOCUMENTED_BUDGET, known=False)
    to_update: int = 0
    on_existing: str = "skip"
    rechecked: bool = False
    remembered: str = ""

    @property
    def skipped_because(self) -> str:
        """Say why invoices are skipped, and how much is known of them."""
        if self.rechecked:
            return "in the store with the same content, skipped (the store was just asked)"
        return "created before with the same content, skipped (--recheck asks the store)"


@dataclass(frozen=True)
class Steps:
    """How a run shows itself, asks, is stopped and paced.

    `confirm` None: it doesn't ask. `share` (0 to 1) of the store's budget and `between` (such as
    `20:00-06:00`, the store's time) are kept with the run; None: as the run or the store says. So
    is `give_up_after`, the seconds for which a store that has stopped answering is waited for.
    `verify`: in the end the store is asked what it holds. `recheck`: at the beginning it is asked
    about what the ledger says was created before. `canary`: a few invoices go first.
    `on_existing` (`skip`, `fail`, `update`; None: skip) is for invoices that exist already.
    """

    confirm: Callable[[Plan], bool] | None = None
    on_progress: Progress | None = None
    on_posting: Callable[[Posting], None] | None = None
    stop: StopSignal | None = None
    posting: PostOptions | None = None
    share: float | None = None
    between: str | None = None
    give_up_after: float | None = None
    verify: bool = False
    recheck: bool = False
    canary: Canary | None = None
    on_existing: str | None = None

    @property
    def wishes(self) -> Json:
        """What is kept with the run, so that it goes on in the same way."""
        given = {
            "share": self.share,
            "between": self.between,
            "give_up_after": self.give_up_after,
        }
        return {name: value for name, value in given.items() if value is not None}


def plan_of(book: Ledger, run: Run, store: Store, steps: Steps, *, goes_on: bool = False) -> Plan:
    """Say what posting this run will do."""
    counts = book.counts(run.id)
    return Plan(
        run=run.id,
        workbook=run.workbook,
        store=store,
        to_post=sum(counts[state] for state in LEFT),
        totals=book.totals(run.id, LEFT),
        skipped=counts[State.SKIPPED],
        conflict=counts[State.CONFLICT],
        invalid=counts[State.INVALID],
        goes_on=goes_on,
        counts=counts,
        pace=pace_of(book, run, store, steps),
        to_update=book.to_update(run),
        on_existing=run.on_existing.value,
        rechecked=steps.recheck,
        remembered=run.options.get("remembered", ""),
    )


def options_of(run: Run, store: Store, steps: Steps) -> PostOptions:
    """Give how a run is posted: as told now, else as the run was told, else as the store is."""
    from importer.posting import PostOptions

    options = steps.posting or PostOptions()
    told = {**run.options.get("posting", {}), **steps.wishes}
    share = told.get("share", store.share)
    between = told.get("between", store.between)
    patience = told.get("give_up_after")
    return replace(
        options,
        share=options.share if share is None else float(share),
        hours=hours(between, store.time_zone) if between else options.hours,
        give_up_after=options.give_up_after if patience is None else float(patience),
    )


def pace_of(book: Ledger, run: Run, store: Store, steps: Steps) -> Pace:
    """Say how fast a run may go, from what the store has told of its budget before."""
    from importer.posting.pacing import Budget, even_rate

    options = options_of(run, store, steps)
    rate = even_rate(Budget.from_json(book.budget(store.hash)), options.share)
    if rate is None:
        return Pace(DOCUMENTED_BUDGET * options.share, known=False, between=options.hours)
    return Pace(rate * 60, known=True, between=options.hours)


def reading_of(options: ReadOptions) -> Json:
    """Give how a workbook is read, to be compared: another way makes another run."""
    from importer.workbook.mapping import remembered

    return {
        "time_zone": options.zone,
        "strict": options.strict,
        "severities": dict(sorted(options.severities.items())),
        "csv_encoding": options.csv_encoding,
        "csv_delimiter": options.csv_delimiter,
        "named": remembered(options.mapping, options),
    }
