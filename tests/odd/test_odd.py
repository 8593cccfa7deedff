"""Each odd workbook gives what its golden file says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .make_odd import HERE, KINDS, golden

BOOKS = sorted(path.name for kind in KINDS for path in HERE.glob(kind))


def test_there_are_odd_workbooks() -> None:
    assert len(BOOKS) >= 15


@pytest.mark.parametrize("name", BOOKS)
def test_an_odd_workbook_gives_what_is_known_of_it(name: str) -> None:
    expected = json.loads(Path(HERE, f"{name}.json").read_text("utf-8"))
    assert golden(HERE / name) == expected
