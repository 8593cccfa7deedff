from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import requests

from importer import sandbox


class Client(requests.Session):
    """A session that is signed in to one sandbox and takes paths below its API."""

    def __init__(self, store: Any) -> None:
        super().__init__()
        self.trust_env = False
        self.base_url = store.base_url
        self.headers.update({"X-Auth-Token": store.token, "X-Store-Hash": store.store_hash})

    def request(self, method: Any, url: Any, *args: Any, **kwargs: Any) -> requests.Response:
        kwargs.setdefault("timeout", 30)
        return super().request(method, self.base_url + str(url), *args, **kwargs)

    def create(self, body: dict[str, Any]) -> requests.Response:
        return self.post("/ip/invoices", json=body)


def _invoice(number: str = "INV-1", **changes: Any) -> dict[str, Any]:
    address = {
        "firstName": "Ada",
        "lastName": "Byron",
        "street1": "12 Main Street",
        "street2": "",
        "city": "Omaha",
        "state": "NE",
        "zipCode": "00501",
        "country": "US",
    }
    price = {"code": "USD", "value": "34.95"}
    cost_line = {"description": "Subtotal", "amount": {"code": "USD", "value": "349.50"}}
    lines = [
        {"sku": "A", "quantity": "7", "unitPrice": price},
        {"sku": "B", "quantity": "3", "unitPrice": price},
    ]
    body: dict[str, Any] = {
        "invoiceNumber": number,
        "customerId": "1001",
        "originalBalance": {"code": "USD", "value": 349.5},
        "openBalance": {"code": "USD", "value": 349.5},
        "details": {
            "header": {
                "billingAddress": address,
                "shippingAddresses": [dict(address)],
                "costLines": [cost_line],
            },
            "details": {"lineItems": lines},
        },
    }
    return {**body, **changes}


@pytest.fixture
def invoice() -> Callable[..., dict[str, Any]]:
    """Make a create body: `invoice(number, **other top-level fields)`."""
    return _invoice


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Start a sandbox with options, on one file for the whole test."""
    with ExitStack() as stack:

        def run(**options: Any) -> Any:
            given = {"limit": 100_000, **options}
            return stack.enter_context(sandbox.running(tmp_path / "sandbox.db", **given))

        yield run


@pytest.fixture
def connect() -> Iterator[Callable[[Any], Client]]:
    """Sign in to a sandbox."""
    with ExitStack() as stack:
        yield lambda store: stack.enter_context(Client(store))


@pytest.fixture(scope="session")
def _shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    data = tmp_path_factory.mktemp("sandbox") / "sandbox.db"
    with sandbox.running(data, limit=100_000) as store:
        yield store


@pytest.fixture
def store(_shared: Any) -> Any:
    """An empty sandbox whose budget is never in the way."""
    _shared.reset()
    return _shared


@pytest.fixture
def client(store: Any, connect: Callable[[Any], Client]) -> Client:
    """Signed in to `store`."""
    return connect(store)
