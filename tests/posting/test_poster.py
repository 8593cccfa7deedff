from __future__ import annotations

from ledger.helpers import open_run, verdicts

from importer.ledger import Ledger, RunState
from importer.model import State

from .conftest import Shop


def test_every_invoice_is_created_once_with_its_id(ledger: Ledger, shop: Shop) -> None:
    run_id = open_run(ledger, verdicts(25))
    shop.post(ledger, run_id)
    held = {invoice["invoiceNumber"]: str(invoice["id"]) for invoice in shop.sandbox.invoices()}
    assert len(held) == len(shop.numbers()) == 25
    for entry in ledger.entries(run_id):
        assert (entry.state, entry.store_invoice_id) == (State.CREATED, held[entry.number])
        assert entry.tries == 1
    assert ledger.run(run_id).state is RunState.FINISHED
    attempts = ledger.attempts(run_id, "INV-0000")
    assert [(a.status, a.code, a.outcome) for a in attempts] == [(200, "200", "done")]
    assert attempts[0].request_id and attempts[0].ended_at >= attempts[0].started_at
