"""The pure parts: comparing, wording, looking up, the breaker, who is dead."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from decimal import Decimal
from typing import Any

import pytest
from ledger.helpers import body

from importer.ledger.process import Process
from importer.posting.breaker import Breaker
from importer.posting.client import Reply
from importer.posting.content import compare
from importer.posting.lookup import PAGE, LookUpFailed, look_up


def stored(**changes: Any) -> dict[str, Any]:
    """An invoice as the store reads it back: balances with four decimals, a number for text."""
    found = body("A", 19.9)
    found["id"] = 5
    found["externalId"] = None
    for name in ("originalBalance", "openBalance"):
        found[name] = {"code": "USD", "value": "19.9000"}
    line = found["details"]["details"]["lineItems"][0]
    line["quantity"] = 2
    line["unitPrice"]["value"] = "9.9500"
    return found | changes


def test_same_content_in_the_stores_own_writing_is_the_same() -> None:
    assert compare(body("A", 19.9), stored()).same


@pytest.mark.parametrize(
    ("path", "change"),
    [
        ("/customerId", {"customerId": "1002"}),
        ("/externalId", {"externalId": "77"}),
        ("/originalBalance/code", {"originalBalance": {"code": "EUR", "value": "19.9"}}),
        ("/originalBalance/value", {"originalBalance": {"code": "USD", "value": "19.91"}}),
        ("/openBalance/value", {"openBalance": {"code": "USD", "value": 0}}),
        ("/openBalance/value", {"openBalance": {"code": "USD"}}),
        ("/details/details/lineItems", {"details": {}}),
        ("/details/details/lineItems", {"details": None}),
    ],
)
def test_each_difference_is_named(path: str, change: dict[str, Any]) -> None:
    found = compare(body("A", 19.9), stored(**change))
    assert path in [one.path for one in found.differs]


ENDS = ("sku", "quantity", "unitPrice/value")


def test_lines_are_compared_in_their_order() -> None:
    ours, theirs = body("A"), body("A")
    lines = ours["details"]["details"]["lineItems"]
    lines.append({"sku": "Z", "quantity": "1.50", "unitPrice": {"code": "USD", "value": "1"}})
    theirs["details"]["details"]["lineItems"] = list(reversed(lines))
    found = [one.path.split("/lineItems/")[1] for one in compare(ours, theirs).differs]
    assert [path for path in found if not path.endswith("description")] == [
        f"{line}/{end}" for line in "01" for end in ENDS
    ]


def test_amounts_beyond_the_stores_four_decimals_are_the_same() -> None:
    ours, theirs = body("A"), body("A")
    for found, value in ((ours, "0.333333"), (theirs, "0.3333")):
        found["details"]["details"]["lineItems"][0]["unitPrice"]["value"] = value
    assert compare(ours, theirs).same


def page(items: list[dict[str, Any]], total: int) -> Reply:
    found = {"code": 200, "data": items, "meta": {"pagination": {"totalCount": total}}}
    return Reply(200, {}, found, "", 0.0, None)


def test_look_up_ends_when_the_store_counts_wrong() -> None:
    steps = look_up("A")
    next(steps)
    loose = [{"invoiceNumber": "A1", "id": 1}]
    assert steps.send(page(loose, 500)).params == {
        "searchBy": "invoiceNumber",
        "q": "A",
        "offset": "1",
        "limit": str(PAGE),
    }
    with pytest.raises(StopIteration) as end:
        steps.send(page([], 500))
    assert end.value.value is None


def test_look_up_that_reads_another_invoice_proves_nothing() -> None:
    steps = look_up("A")
    next(steps)
    steps.send(page([{"invoiceNumber": "A", "id": 1}], 1))
    with pytest.raises(LookUpFailed):
        steps.send(Reply(200, {}, {"code": 200, "data": {"invoiceNumber": "B"}}, "", 0.0, None))


def test_requests_in_flight_together_are_one_round_of_trouble() -> None:
    chance = random.Random(1)
    breaker = Breaker().trouble(10.0, 11.0, 1.0, chance)
    assert breaker.trouble(10.5, 11.2, 1.0, chance).rounds == 1
    second = breaker.trouble(11.5, 12.0, 1.0, chance)
    assert (second.rounds, second.retry_at > 12.0) == (2, True)
    assert second.well() == Breaker()


def test_process_is_gone_only_when_that_is_sure() -> None:
    this = Process.current()
    assert not this.surely_gone
    assert not Process("elsewhere", 1, "1").surely_gone
    assert not Process(this.host, this.pid, "").surely_gone
    assert Process(this.host, this.pid, this.started + "0").surely_gone
    child = subprocess.Popen([sys.executable, "-c", ""], stdout=subprocess.DEVNULL)
    assert child.wait() == 0
    assert Process(this.host, child.pid, this.started).surely_gone or os.name == "nt"


def test_posting_imports_nothing_heavy_until_it_posts() -> None:
    code = (
        "import sys, importer.posting;"
        "print([m for m in ('requests', 'sqlalchemy', 'pandas') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"


def test_decimals_of_an_answer_stay_exact() -> None:
    assert compare(
        body("A") | {"originalBalance": {"code": "USD", "value": Decimal("0.1")}},
        body("A") | {"originalBalance": {"code": "USD", "value": 0.1}},
    ).same
