"""What still waits to be sent when its moment is over is not sent."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import closing

import pytest
from ledger.helpers import body

from importer.clock import steady
from importer.ledger.workers import Worker
from importer.model import Store
from importer.posting.client import Client, NeverSent, NoAnswer, create_invoice, list_companies
from importer.posting.hands import Hands, Sent, TooLate
from importer.secret import Secret

from .conftest import Shop
from .raw import Raw, hang, serving


@pytest.fixture
def server() -> Iterator[Raw]:
    """A store that says nothing, so that one request keeps the only hand busy for a while."""
    with serving(hang) as running:
        yield running


def send_while_busy(server: Raw, worker: Worker, granted_at: float, timeout: float = 0.3) -> Sent:
    """Ask for two requests of which the second has to wait for the first; give its answer."""
    store = Store("Test store", "sandbox", server.url)
    fresh = Worker("fresh", 60, time.time() + 60, steady() + 60)
    with closing(Client(store, Secret("t"), (5, timeout))) as client:
        hands = Hands(client, patience=5, wall=time.time)
        hands.send(fresh, "first", list_companies(), steady(), 1)
        hands.send(worker, "second", list_companies(), granted_at, 1)
        answers = {}
        while len(answers) < 2:
            answers |= {sent.token: sent for sent in hands.collect(1, 2)}
        hands.close()
    return answers["second"]


@pytest.mark.parametrize("clock", ["wall", "steady"])
def test_request_of_a_worker_whose_claim_ran_out_meanwhile_is_not_sent(
    server: Raw, clock: str
) -> None:
    """By whichever clock: the one on the wall may be set back, or forward."""
    by_wall, steadily = (0.1, 60) if clock == "wall" else (3600, 0.1)
    ending = Worker("old", 0.1, time.time() + by_wall, steady() + steadily)
    sent = send_while_busy(server, ending, steady())
    assert isinstance(sent.answer, TooLate)
    assert len(server.seen) == 1


def test_request_that_was_kept_waiting_for_too_long_is_not_sent(server: Raw) -> None:
    worker = Worker("w", 60, time.time() + 60, steady() + 60)
    sent = send_while_busy(server, worker, steady() - 4.9)
    assert isinstance(sent.answer, TooLate)
    assert len(server.seen) == 1


@pytest.mark.parametrize(("passes", "kind"), [(0, NeverSent), (1, NoAnswer)])
def test_request_that_must_not_leave_any_more_is_stopped_at_the_last_moment(
    shop: Shop, passes: int, kind: type[Exception]
) -> None:
    """Also between its headers and its body: then the store knows of it, but can't do it."""
    passed = 0

    def guard() -> None:
        nonlocal passed
        if passed == passes:
            raise NeverSent("too late")
        passed += 1

    with closing(Client(shop.store, shop.token, (5, 5))) as client:
        with pytest.raises(kind, match="too late"):
            client.send(create_invoice(json.dumps(body("A"))), guard)
        assert client.send(create_invoice(json.dumps(body("B")))).status == 200
    assert shop.numbers() == ["B"]


def test_request_in_time_is_sent(server: Raw) -> None:
    worker = Worker("w", 60, time.time() + 60, steady() + 60)
    sent = send_while_busy(server, worker, steady())
    assert not isinstance(sent.answer, NeverSent)
    assert len(server.seen) == 2
