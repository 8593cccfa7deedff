"""A practice store shared by the tests of this folder, and workbooks made on the spot."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from importer import sandbox
from importer.model import Store
from importer.runs import Steps
from importer.sandbox.server import Sandbox

INVOICES = ("Invoice Number", "Company ID", "Currency", "Original Balance", "Status", "Colour")
LINES = ("Invoice Number", "SKU", "Quantity", "Unit Price", "Description")

Make = Callable[..., Path]


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """One running practice store without a limit that a test could meet."""
    data = tmp_path_factory.mktemp("sandbox") / "sandbox.db"
    with sandbox.running(data=data, limit=100_000) as running:
        yield running


@pytest.fixture
def shop(server: Sandbox) -> Sandbox:
    """The practice store, emptied."""
    server.reset()
    server.clear_faults()
    return server


@pytest.fixture
def store(shop: Sandbox) -> Store:
    """The practice store as the importer knows it."""
    return Store("sandbox", shop.store_hash, shop.base_url)


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """A function that writes a workbook of invoices (number, company, currency, amount, ...)."""

    def write(
        rows: Sequence[Sequence[Any]],
        lines: Sequence[Sequence[Any]] = (),
        name: str = "book.xlsx",
    ) -> Path:
        book = openpyxl.Workbook()
        sheet = book.active
        assert sheet is not None
        sheet.title = "Invoices"
        sheet.append(INVOICES)
        for row in rows:
            sheet.append(list(row))
        other = book.create_sheet("Line Items")
        other.append(LINES)
        for row in lines:
            other.append(list(row))
        book.save(tmp_path / name)
        return tmp_path / name

    return write


@pytest.fixture
def quiet() -> Steps:
    """A run that asks nobody."""
    return Steps()
