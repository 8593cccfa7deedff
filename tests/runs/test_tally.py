"""A dry run adds up the same whether payloads are made of all invoices or only of a few."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Iterable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from importer.runs.preparing import Prepared, Tally, prepare
from importer.runs.selecting import Candidate
from importer.validation.verdicts import judge
from importer.workbook.mapping import parse
from importer.workbook.options import ReadOptions
from importer.workbook.records import Records
from tests.conftest import ROOT
from tests.validation.random_invoices import records
from tests.workbook.books import HEAD, ROW, write
from tests.workbook.test_shift import shift

ODD = sorted(
    path.relative_to(ROOT)
    for folder in ("examples", "tests/odd")
    for path in (ROOT / folder).iterdir()
    if path.suffix in (".xlsx", ".xls", ".ods") and not path.name.startswith("flat")
)


SPOILT = ["", None, "much", 1001.5, 1e16, "03/04/2026", "US", "htp:/x", -5, "Opne", True, "INV-1"]


def one_by_one(ready: Prepared) -> Tally:
    tally = Tally()
    for verdict in judge(ready.groups, ready.found, ready.context):
        tally.add(verdict)
    return tally


def same(ready: Prepared) -> Tally:
    """Give the tally of a workbook, which is the same both ways."""
    quick, slow = ready.tally(), one_by_one(ready)
    assert quick.counts.as_json() == slow.counts.as_json()
    assert [total.as_json() for total in quick.sums] == [total.as_json() for total in slow.sums]
    assert ready.sort_faults(quick.faults) == ready.sort_faults(slow.faults)
    assert heads(ready.failed(quick)) == heads(ready.failed(slow))
    assert list(ready.verdicts()) == list(judge(ready.groups, ready.found, ready.context))
    return quick


def heads(failed: Iterable[Candidate]) -> list[Candidate]:
    return sorted(failed, key=lambda one: one.head)


@pytest.mark.parametrize("name", ODD, ids=str)
def test_workbooks_of_every_kind(name: Path) -> None:
    assert same(prepare(ROOT / name, ReadOptions())).counts.read > 0


def test_a_flat_sheet_and_one_of_shift(tmp_path: Path, examples: Path) -> None:
    mapping = parse(tomllib.loads((examples / "flat-export-mapping.toml").read_text("utf-8")))
    assert same(prepare(examples / "flat-export.xlsx", ReadOptions(mapping=mapping))).valid
    assert same(prepare(shift(tmp_path / "shift.xlsx"), ReadOptions())).valid == 2


@pytest.mark.parametrize("seed", range(5))
def test_random_workbooks(tmp_path: Path, seed: int) -> None:
    sheets = {
        table.title: _cells(table)
        for table in records(Random(f"file {seed}"), 80, wrong=0.2).values()
    }
    tally = same(prepare(write(tmp_path / "a.xlsx", sheets), ReadOptions()))
    assert tally.valid > 20
    assert tally.invalid > 5


@pytest.mark.parametrize("levels", [{}, {"url-not-http": "warning", "invoice-duplicate": "error"}])
@pytest.mark.parametrize("seed", range(8))
def test_cells_that_are_at_fault_already(tmp_path: Path, seed: int, levels: Any) -> None:
    chance = Random(f"spoilt {seed}")
    sheets = {}
    for table in records(chance, 80, wrong=0.05).values():
        header, *rows = _cells(table)
        for row in rows:
            while chance.random() < 0.4:
                row[chance.randrange(len(row))] = chance.choice(SPOILT)
        sheets[table.title] = [header, *rows]
    ready = prepare(
        write(tmp_path / "a.xlsx", sheets),
        ReadOptions(severities=levels, strict=seed % 2 == 0),
    )
    tally = same(ready)
    assert tally.invalid > 20
    assert any(sure and not v.valid for sure, v in zip(ready._sure, ready.verdicts(), strict=True))


def _cells(table: Records) -> list[list[Any]]:
    columns = [table.layout.by_key[key] for key in table.places]
    labels = {
        column.key: {value: label for label, value in column.choices.items()} for column in columns
    }
    rows = [
        [
            _cell(column.kind.value, labels[column.key], table.values[column.key][at])
            for column in columns
        ]
        for at in range(len(table.rows))
    ]
    return [[column.header for column in columns], *rows]


def _cell(kind: str, labels: dict[Any, str], value: Any) -> Any:
    if value is None or value in labels:
        return labels.get(value)
    if kind in ("amount", "quantity"):
        return float(value)
    if kind == "date":
        return dt.datetime.fromtimestamp(value, dt.UTC).replace(tzinfo=None)
    return value


def test_what_is_clean_is_counted_in_each_currency(tmp_path: Path) -> None:
    rows = [
        HEAD,
        ROW,
        ("I-2", "1", "JPY", 5000),
        ("I-3", "1", "USD", 0.1),
        ("I-4", "1", "USD", 0.2),
    ]
    tally = prepare(write(tmp_path / "a.xlsx", {"Invoices": rows}), ReadOptions()).tally()
    assert [total.as_json() for total in tally.sums] == [
        {"currency": "JPY", "invoices": 1, "amount": "5000"},
        {"currency": "USD", "invoices": 3, "amount": "100.30"},
    ]


def test_a_warning_on_another_sheet_is_not_lost(tmp_path: Path) -> None:
    addresses = [
        ("Invoice Number", "Address Type", "Zip Code", "Country"),
        ("I-2", "Billing", 4101, "United States"),
    ]
    sheets = {"Invoices": [HEAD, ROW, ("I-2", "1", "USD", 5)], "Addresses": addresses}
    tally = same(prepare(write(tmp_path / "a.xlsx", sheets), ReadOptions()))
    assert (tally.valid, [fault.cell for fault in tally.faults]) == (2, ["Addresses!C2"])


def test_progress_comes_to_the_whole(tmp_path: Path) -> None:
    rows = [HEAD, *((f"I-{at}", "1", "USD" if at % 3 else None, at) for at in range(1, 1801))]
    path = write(tmp_path / "a.xlsx", {"Invoices": rows})
    told: list[tuple[int, int | None]] = []
    prepare(path, ReadOptions()).tally(lambda _, done, total: told.append((done, total)))
    assert told == [(1200, 1800), (1500, 1800), (1800, 1800)]
