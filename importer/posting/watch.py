"""Watches how a store answers: what no waiting ends stops the run, all else is waited for."""

from __future__ import annotations

import logging

from importer.errors import StoreError, StoreUnreachable, TokenRefused
from importer.ledger import Run

from .hands import Sent, TooLate
from .outcomes import Kind, Outcome
from .patience import Patience
from .reaching import hopeless, unreachable

log = logging.getLogger(__name__)

_TROUBLE = (Kind.TROUBLE, Kind.UNSENT, Kind.UNKNOWN, Kind.BLOCKED)
_NOT_REACHED = (Kind.UNSENT, Kind.BLOCKED)


class Watch:
    """The watch of one posting loop over its store; `halt` is why the run ends, None: it goes on.

    `outage_is_over` says so until the next answer is heard.
    """

    def __init__(self, run: Run, patience: Patience) -> None:
        self.halt: StoreError | None = None
        self.outage_is_over = False
        self._run = run
        self._patience = patience

    def hear(
        self, outcome: Outcome, sent: Sent, now: float, invoice: int | None, *, reads: bool
    ) -> None:
        """Take note of an answer at a moment of the steady clock.

        `invoice` is the one that it was about (the ledger's ID), None: none. `reads`: it was a mere
        question, whose answer doesn't end an outage.
        """
        self.outage_is_over = False
        if outcome.kind is Kind.REFUSED:
            self._halt(_token_refused(self._run, outcome))
        elif outcome.kind is Kind.ASTRAY:
            self._halt(_astray(self._run, outcome))
        elif outcome.kind in _TROUBLE:
            self._hear_trouble(outcome, sent, now, invoice)
        elif outcome.kind is not Kind.BUSY:
            self.outage_is_over = self._patience.well(reads=reads)

    def _hear_trouble(self, outcome: Outcome, sent: Sent, now: float, invoice: int | None) -> None:
        if isinstance(sent.answer, TooLate):
            return  # it never left, by our own doing
        not_reached = outcome.kind in _NOT_REACHED
        no_more = self._patience.trouble(invoice, sent.granted_at, now, not_reached=not_reached)
        if no_more or hopeless(outcome.hurdle):
            self._halt(_unreachable(self._run, outcome))

    def _halt(self, why: StoreError) -> None:
        if self.halt is None:
            log.warning("run %s stops: %s", self._run.id, why)
        self.halt = self.halt or why


def _token_refused(run: Run, outcome: Outcome) -> TokenRefused:
    return TokenRefused(
        f"{run.store_name} refused the token: {outcome.told}.",
        "Check the token and its scope, then resume the run; nothing is lost.",
    )


def _astray(run: Run, outcome: Outcome) -> StoreUnreachable:
    return StoreUnreachable(
        f"{run.base_url} isn't the address of the store's API: {outcome.told}.",
        "Check the store's base URL, then resume the run; nothing is lost.",
    )


def _unreachable(run: Run, outcome: Outcome) -> StoreUnreachable:
    then = "Then resume the run; nothing is lost."
    return unreachable(run.store_name, outcome.told, outcome.hurdle, then)
