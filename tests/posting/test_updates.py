"""Runs that fail on, or update, what the store holds already."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import requests
from ledger.helpers import body, new_run, verdict

from importer.errors import StoreUnreachable
from importer.ledger import Ledger, OnExisting
from importer.model import State, Verdict

from .conftest import IMPATIENT, Shop
from .test_poster import outcomes, put, states


def begin(ledger: Ledger, found: Iterable[Verdict], wish: str = "update") -> str:
    """Open a run that updates, or does what `wish` says."""
    run_id = ledger.draft_run(new_run(on_existing=OnExisting(wish)), found)
    ledger.open_run(run_id)
    return run_id


def call(shop: Shop, method: str, number: str, **given: Any) -> dict[str, Any]:
    """Send a request about an invoice behind the importer's back; give the data of the answer."""
    headers = {"X-Auth-Token": shop.token.reveal(), "X-Store-Hash": shop.store.hash}
    (ident,) = [i["id"] for i in shop.sandbox.invoices() if i["invoiceNumber"] == number]
    url = f"{shop.store.base_url}/ip/invoices/{ident}"
    answer = requests.request(method, url, headers=headers, timeout=10, **given)
    answer.raise_for_status()
    data: dict[str, Any] = answer.json()["data"]
    return data


def pay(shop: Shop, number: str, left: str) -> None:
    """Let the buyer pay until so much is left."""
    call(shop, "PUT", number, json={"openBalance": {"code": "USD", "value": left}})


def puts(ledger: Ledger, run_id: str) -> int:
    return sum(attempt.kind == "update" for attempt in ledger.attempts(run_id))


def test_what_an_earlier_run_created_is_changed_to_what_the_workbook_says(
    ledger: Ledger, shop: Shop
) -> None:
    first = begin(ledger, [verdict("A"), verdict("B")])
    shop.post(ledger, first)
    before = call(shop, "GET", "A")
    second = begin(ledger, [verdict("A", amount=30.0), verdict("B")])
    shop.post(ledger, second)
    assert states(ledger, second) == {"A": State.UPDATED, "B": State.SKIPPED}
    after = call(shop, "GET", "A")
    assert after["id"] == before["id"]
    assert after["originalBalance"] == {"code": "USD", "value": "30.0000"}
    assert after["openBalance"] == {"code": "USD", "value": "30.0000"}
    assert after["details"]["details"]["lineItems"][0]["unitPrice"]["value"] == "15.00"
    assert shop.sandbox.stats()["posts"] == 2
    entry = next(ledger.entries(second))
    assert (entry.store_invoice_id, entry.tries) == (str(after["id"]), 1)


def test_the_number_belongs_to_the_run_that_wrote_last(ledger: Ledger, shop: Shop) -> None:
    shop.post(ledger, begin(ledger, [verdict("A")]))
    shop.post(ledger, begin(ledger, [verdict("A", amount=30.0)]))
    again = begin(ledger, [verdict("A", amount=30.0)])
    assert states(ledger, again) == {"A": State.SKIPPED}
    back = begin(ledger, [verdict("A")])
    shop.post(ledger, back)
    assert states(ledger, back) == {"A": State.UPDATED}
    assert call(shop, "GET", "A")["originalBalance"]["value"] == "20.0000"


def test_what_the_workbook_does_not_say_stays_as_it_is(ledger: Ledger, shop: Shop) -> None:
    address = dict.fromkeys(
        ("city", "state", "country", "street1", "street2", "zipCode", "lastName", "firstName"), "x"
    )
    held = body("A")["details"]
    held["header"] = {
        "costLines": [{"amount": {"code": "USD", "value": "20"}, "description": "Subtotal"}],
        "billingAddress": address,
    }
    more: dict[str, Any] = {"termsConditions": "Net 30"}
    fields = [one["fieldName"] for one in _extra_fields(shop)]
    more["extraFields"] = [{"fieldName": fields[0], "fieldValue": "1"}]
    put(shop, {"details": held, **more}, number="A")
    wanted = verdict("A")
    wanted.payload.body["dueDate"] = 1_800_000_000
    wanted.payload.body["details"]["details"]["lineItems"].append(
        {
            "sku": "B",
            "description": "x",
            "quantity": "3",
            "unitPrice": {"code": "USD", "value": "1"},
        }
    )
    run_id = begin(ledger, [wanted])
    shop.post(ledger, run_id)
    assert states(ledger, run_id) == {"A": State.UPDATED}
    after = call(shop, "GET", "A")
    assert after["dueDate"] == 1_800_000_000
    assert [line["sku"] for line in after["details"]["details"]["lineItems"]] == ["AB-100", "B"]
    billing = after["details"]["header"]["billingAddress"]
    assert {name: billing[name] for name in address} == address
    assert after["details"]["header"]["costLines"][0]["description"] == "Subtotal"
    assert after["termsConditions"] == "Net 30"
    assert after["extraFields"][0]["fieldValue"] == "1"


def _extra_fields(shop: Shop) -> list[dict[str, Any]]:
    headers = {"X-Auth-Token": shop.token.reveal(), "X-Store-Hash": shop.store.hash}
    url = f"{shop.store.base_url}/ip/invoices/extra-fields"
    fields: list[dict[str, Any]] = requests.get(url, headers=headers, timeout=10).json()["data"]
    return fields


def test_what_somebody_else_put_into_the_store_is_found_and_changed(
    ledger: Ledger, shop: Shop
) -> None:
    put(shop, number="A")
    run_id = begin(ledger, [verdict("A", amount=30.0)])
    shop.post(ledger, run_id)
    assert states(ledger, run_id) == {"A": State.UPDATED}
    assert outcomes(ledger, run_id, "A") == ["exists", "to-update", "done"]
    assert shop.numbers() == ["A"]


def test_same_content_is_not_sent(ledger: Ledger, shop: Shop) -> None:
    put(shop, number="A")
    run_id = begin(ledger, [verdict("A")])
    shop.post(ledger, run_id)
    assert states(ledger, run_id) == {"A": State.SKIPPED}
    assert puts(ledger, run_id) == 0


@pytest.mark.parametrize("known", [True, False])
def test_what_the_buyer_has_paid_meanwhile_is_never_overwritten(
    ledger: Ledger, shop: Shop, known: bool
) -> None:
    if known:
        shop.post(ledger, begin(ledger, [verdict("A")]))
    else:
        put(shop, number="A")
    pay(shop, "A", "5")
    run_id = begin(ledger, [verdict("A", amount=30.0)])
    shop.post(ledger, run_id)
    assert states(ledger, run_id) == {"A": State.CONFLICT}
    (fault,) = ledger.faults(run_id)
    assert "5.0000 USD" in fault.message
    assert "30.0 USD" in fault.message
    assert call(shop, "GET", "A")["originalBalance"]["value"] == "20.0000"


def test_a_workbook_that_knows_of_the_payment_is_believed(ledger: Ledger, shop: Shop) -> None:
    shop.post(ledger, begin(ledger, [verdict("A")]))
    pay(shop, "A", "5")
    wanted = verdict("A")
    wanted.payload.body["openBalance"]["value"] = 5
    wanted.payload.body["purchaseOrderNumber"] = "PO-1"
    run_id = begin(ledger, [wanted])
    shop.post(ledger, run_id)
    assert states(ledger, run_id) == {"A": State.UPDATED}
    assert call(shop, "GET", "A")["purchaseOrderNumber"] == "PO-1"


def test_another_companys_invoice_is_never_changed(ledger: Ledger, shop: Shop) -> None:
    put(shop, number="A", company="1002")
    run_id = begin(ledger, [verdict("A")])
    shop.post(ledger, run_id)
    assert states(ledger, run_id) == {"A": State.CONFLICT}
    assert ledger.faults(run_id)[0].cell == "Invoices!B2"
    assert call(shop, "GET", "A")["customerId"] == "1002"


def test_a_conflict_leaves_the_number_with_the_run_that_created_it(
    ledger: Ledger, shop: Shop
) -> None:
    shop.post(ledger, begin(ledger, [verdict("A")]))
    pay(shop, "A", "5")
    shop.post(ledger, begin(ledger, [verdict("A", amount=30.0)]))
    again = begin(ledger, [verdict("A")])
    assert states(ledger, again) == {"A": State.SKIPPED}


@pytest.mark.parametrize("fault", ["reset-after", "reset-before", "truncated", "500", "502"])
def test_a_change_without_an_answer_is_read_back_and_made_once_more_if_need_be(
    ledger: Ledger, shop: Shop, fault: str
) -> None:
    shop.post(ledger, begin(ledger, [verdict("A")]))
    shop.sandbox.set_fault(fault, count=1, method="PUT")
    run_id = begin(ledger, [verdict("A", amount=30.0)])
    shop.post(ledger, run_id)
    assert states(ledger, run_id) == {"A": State.UPDATED}
    assert call(shop, "GET", "A")["openBalance"]["value"] == "30.0000"
    assert ledger.faults(run_id) == []


def test_while_a_change_is_unknown_the_number_is_nobody_elses(ledger: Ledger, shop: Shop) -> None:
    shop.post(ledger, begin(ledger, [verdict("A")]))
    shop.sandbox.set_fault("reset-after", count=1, method="PUT")
    second = begin(ledger, [verdict("A", amount=30.0)])
    with pytest.raises(StoreUnreachable):
        shop.sandbox.set_fault("503", method="GET", path="/ip/invoices/*", probability=0.0)
        _post_until_put(shop, ledger, second)
    assert states(ledger, second) == {"A": State.UNKNOWN}
    shop.sandbox.clear_faults()
    third = begin(ledger, [verdict("A", amount=40.0)])
    shop.post(ledger, third)
    assert states(ledger, second) == {"A": State.UPDATED}
    assert states(ledger, third) == {"A": State.UPDATED}
    assert call(shop, "GET", "A")["openBalance"]["value"] == "40.0000"


def _post_until_put(shop: Shop, ledger: Ledger, run_id: str) -> None:
    """Post with a store that goes down for reading as soon as it was asked to change something."""

    def go_down(_: Any) -> None:
        if any(a.kind == "update" and a.ended_at for a in ledger.attempts(run_id)):
            shop.sandbox.set_fault("503", method="GET")

    shop.post(ledger, run_id, options=IMPATIENT, on_progress=go_down)


def test_an_invoice_that_is_gone_is_missing_and_created_anew_only_when_asked_to(
    ledger: Ledger, shop: Shop
) -> None:
    first = begin(ledger, [verdict("A")])
    shop.post(ledger, first)
    call(shop, "DELETE", "A")
    run_id = begin(ledger, [verdict("A", amount=30.0)])
    shop.post(ledger, run_id)
    assert states(ledger, run_id) == states(ledger, first) == {"A": State.MISSING}
    assert [fault.code for fault in ledger.faults(run_id)] == ["store-lacks"]
    assert shop.numbers() == []
    again = ledger.derive_run(run_id, (State.MISSING,))
    ledger.open_run(again)
    shop.post(ledger, again)
    assert states(ledger, again) == {"A": State.CREATED}
    assert call(shop, "GET", "A")["openBalance"]["value"] == "30.0000"


def test_content_that_the_store_refuses_to_change_to_is_rejected_at_its_cell(
    ledger: Ledger, shop: Shop
) -> None:
    shop.post(ledger, begin(ledger, [verdict("A")]))
    run_id = begin(ledger, [verdict("A", company="9999")])
    shop.post(ledger, run_id)
    assert states(ledger, run_id) == {"A": State.REJECTED}
    assert ledger.faults(run_id)[0].cell == "Invoices!B2"


def test_fail_takes_whatever_exists_as_a_conflict(ledger: Ledger, shop: Shop) -> None:
    shop.post(ledger, begin(ledger, [verdict("A"), verdict("B")]))
    put(shop, number="C")
    put(shop, number="D", amount=9.0)
    found = [verdict("A"), verdict("B", amount=9.0), verdict("C"), verdict("D"), verdict("E")]
    run_id = begin(ledger, found, "fail")
    shop.post(ledger, run_id)
    assert states(ledger, run_id) == {
        **dict.fromkeys("ABCD", State.CONFLICT),
        "E": State.CREATED,
    }
    assert len(ledger.faults(run_id)) == 4


def test_fail_does_not_mistake_a_runs_own_lost_answer(ledger: Ledger, shop: Shop) -> None:
    shop.sandbox.set_fault("reset-after", count=1, method="POST")
    run_id = begin(ledger, [verdict("A")], "fail")
    shop.post(ledger, run_id)
    assert states(ledger, run_id) == {"A": State.CREATED}


ADDRESS = dict.fromkeys(
    ("city", "state", "country", "street1", "street2", "zipCode", "lastName", "firstName"), "x"
)
NO_STREET_2 = ADDRESS | {"street2": ""}


def with_fields(number: str, **fields: Any) -> Verdict:
    found = verdict(number)
    found.payload.body.update(fields)
    return found


def hidden(shop: Shop, number: str) -> dict[str, Any]:
    """What the store keeps of an invoice and never shows."""
    [found] = [one for one in shop.sandbox.invoices() if one["invoiceNumber"] == number]
    return {**found["hidden"], "createdAt": found["createdAt"]}


def test_what_the_store_does_not_show_is_compared_with_what_was_sent(
    ledger: Ledger, shop: Shop
) -> None:
    one, other = "https://files.example/1.pdf", "https://files.example/2.pdf"
    shop.post(ledger, begin(ledger, [with_fields("A", issuedAt=1_790_000_000, externalPdfUrl=one)]))
    wanted = [with_fields("A", issuedAt=1_780_000_000, externalPdfUrl=other)]
    run_id = begin(ledger, wanted)
    shop.post(ledger, run_id)
    assert states(ledger, run_id) == {"A": State.UPDATED}
    assert hidden(shop, "A")["externalPdfUrl"] == other
    assert hidden(shop, "A")["createdAt"] == "1780000000"
    assert puts(ledger, run_id) == 1


def test_what_the_store_does_not_show_is_called_not_comparable_by_another_ledger(
    ledger: Ledger, shop: Shop, tmp_path: Path
) -> None:
    one, other = "https://files.example/1.pdf", "https://files.example/2.pdf"
    shop.post(ledger, begin(ledger, [with_fields("A", externalPdfUrl=one)]))
    with Ledger.open(tmp_path / "other.db") as another:
        run_id = begin(another, [with_fields("A", externalPdfUrl=other)])
        shop.post(another, run_id)
        assert states(another, run_id) == {"A": State.SKIPPED}
        said = next(another.entries(run_id)).message
    assert said is not None
    assert "Not compared: the external PDF URL, which the store doesn't show." in said
    assert hidden(shop, "A")["externalPdfUrl"] == one


def lines_of(*skus: str) -> dict[str, Any]:
    line = body("A")["details"]["details"]["lineItems"][0]
    return {"header": {}, "details": {"lineItems": [{**line, "sku": sku} for sku in skus]}}


@pytest.mark.parametrize(
    ("first", "then", "said"),
    [
        ({"orderNumber": "1041"}, {"orderNumber": "1042"}, "can't change the order number"),
        ({"channelId": 1}, {"channelId": 2}, "can't change the channel ID"),
        ({"termsConditions": "Net 30"}, {"termsConditions": "Net 90"}, "can't change the terms"),
        ({}, {"details": lines_of("AB-100", "B", "B")}, "Line 3 is the same as number 2"),
        (
            {"details": lines_of("AB-100") | {"header": {"billingAddress": NO_STREET_2}}},
            {"details": lines_of("B") | {"header": {"billingAddress": NO_STREET_2}}},
            "the street 2 of the billing address is empty",
        ),
    ],
)  # fmt: skip
def test_a_wish_that_the_api_cannot_fulfil_is_a_fault_before_anything_is_sent(
    ledger: Ledger, shop: Shop, first: dict[str, Any], then: dict[str, Any], said: str
) -> None:
    shop.post(ledger, begin(ledger, [with_fields("A", **first)]))
    before = call(shop, "GET", "A")
    run_id = begin(ledger, [with_fields("A", **then)])
    shop.post(ledger, run_id)
    assert states(ledger, run_id) == {"A": State.CONFLICT}
    [fault] = ledger.faults(run_id)
    assert (fault.code, said in fault.message) == ("change-impossible", True), fault.message
    assert call(shop, "GET", "A") == before
