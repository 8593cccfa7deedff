"""The values that pass between a posting loop and the ledger."""

from __future__ import annotations

from dataclasses import dataclass

from importer.errors import LedgerDamaged
from importer.model import Fault, Origins, State

from .records import OnExisting, load_columns, load_parts

POST, LOOK_UP, UPDATE, DELETE = "post", "look-up", "update", "delete"
EXISTS, REFUSED = "exists", "refused"
"""What the store said that isn't final: that it has the number, or no to the content."""

MOST_LOOKS = 6
"""An unknown invoice that was looked up in vain so often rests until somebody goes on with it."""


@dataclass(frozen=True, slots=True)
class Started:
    """An attempt that is committed and may now be sent.

    `body` is the JSON text to send. `maybe_sent` says that an earlier attempt may have created
    the invoice; before `settled_at` (Unix seconds) the newest may still be at work in the store.

    `doing` is "update" or "delete" when the store's invoice `store_invoice_id` is to be changed or
    deleted, None when it is to be created. `known` is the body (JSON text) that the ledger last
    wrote to it, if it did. Of an attempt to delete, `maybe_sent` says that an earlier one may have.
    `heard` is what the store said that isn't final (EXISTS, REFUSED), `looks` how often it was
    looked up in vain since.
    """

    invoice: int
    run_id: str
    number: str
    token: str
    kind: str
    started_at: float
    body: str
    parts: str
    columns: str
    strikes: int
    maybe_sent: bool
    settled_at: float
    message: str | None
    doing: str | None = None
    on_existing: OnExisting = OnExisting.SKIP
    store_invoice_id: str | None = None
    known: str | None = None
    heard: str | None = None
    looks: int = 0

    @property
    def had_faults(self) -> bool:
        """Whether an earlier attempt may have left a fault."""
        return self.kind != POST or self.maybe_sent or self.strikes > 0

    @property
    def is_early(self) -> bool:
        """Whether the newest attempt may still be at work in the store."""
        return self.started_at < self.settled_at

    def origins(self) -> Origins:
        """Give the cells that the body's values came from; none when the ledger has lost them."""
        try:
            return Origins(load_parts(self.parts), load_columns(self.columns))
        except LedgerDamaged:  # an answer that has come in must be settled all the same
            return Origins((), {})


@dataclass(frozen=True, slots=True)
class Answer:
    """What an attempt keeps of the last reply it saw."""

    status: int | None = None
    code: str | None = None
    message: str | None = None
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Settlement:
    """What an attempt led to: the invoice's next state and what goes with it.

    `outcome` is what was concluded, in one word. `strike` uses up one try. `maybe_sent` None
    leaves it as it is, and so does `settled_at`. `due` (Unix seconds): not to be touched before.
    `doing` None leaves it as it is while the invoice isn't settled; "" says that the store has no
    invoice to be changed. `inferred`: it was found in the store with our content, which the store
    never confirmed; None leaves that as it is, and so does `heard` None. `in_vain` counts a look-up
    without a result, `rests` makes it the last.
    """

    state: State
    outcome: str
    message: str | None = None
    strike: bool = False
    maybe_sent: bool | None = None
    settled_at: float | None = None
    due: float = 0.0
    store_invoice_id: str | None = None
    faults: tuple[Fault, ...] = ()
    doing: str | None = None
    inferred: bool | None = None
    heard: str | None = None
    in_vain: bool = False
    rests: bool = False


@dataclass(frozen=True, slots=True)
class Conclusion:
    """An attempt that has ended, what it led to, and the last answer that it saw."""

    attempt: Started
    to: Settlement
    answer: Answer


@dataclass(frozen=True, slots=True)
class Unfinished:
    """What is left of a run that isn't in this worker's hands.

    `due` (Unix seconds) is when the first of it may be touched, None when nothing is free.
    `elsewhere` counts the invoices that another worker is at.
    """

    elsewhere: int
    due: float | None
