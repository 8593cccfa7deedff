"""However often its processes die and whatever the store does, each invoice is there once."""

from __future__ import annotations

from pathlib import Path

import pytest

from .storm import storm


@pytest.mark.parametrize(("seed", "processes"), [(1, 1), (2, 1), (3, 2)])
def test_storm_leaves_each_invoice_in_the_store_exactly_once(
    tmp_path: Path, seed: int, processes: int
) -> None:
    found = storm(tmp_path, seed, invoices=200, processes=processes)
    assert found.complaints == {}
    assert found.kills > 0
    assert found.faults.total() > 0
