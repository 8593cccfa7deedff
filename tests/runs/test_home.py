"""`home=`: all that a caller's runs keep is in one folder, and nothing is anywhere else."""

from __future__ import annotations

import inspect
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

import importer
from importer import ReadOptions, State, Steps, Store, runs, settings
from importer.errors import NoSuchRun, SettingsError
from importer.sandbox.server import Sandbox
from importer.workbook.mapping import parse

from .conftest import Make

ROWS = [("N-1", "1001", "USD", 1), ("N-2", "1001", "USD", None)]


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_run_and_what_comes_after_it_stay_at_home(
    make: Make,
    shop: Sandbox,
    store: Store,
    tmp_path: Path,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = dict(os.environ)
    mine, book = tmp_path / "mine", make(ROWS)
    mapping = parse({"invoices": {"columns": {"Type": "Colour"}}}, "m.toml")
    importer.check(book, options=ReadOptions(mapping=mapping), home=mine)
    assert names(mine) == {"mappings"}
    done = importer.run(book, store=store, token=shop.token, home=mine, steps=Steps())
    assert done.invoices[State.CREATED] == 1
    assert any(fault.code == "mapping-remembered" for fault in done.faults)
    assert names(mine) == {"ledger.db", "mappings", "workbooks"}
    assert home.exists()
    assert list(home.iterdir()) == []
    run = done.run or ""
    again = {"store": store, "token": shop.token, "home": mine, "write_report": False}
    assert importer.resume(run, **again).invoices[State.CREATED] == 1
    assert importer.rerun(run, **again).run
    assert runs.show(run, home=str(mine)).run == run
    assert runs.store_name(run, home=mine) == "sandbox"
    assert [found.id for found, _ in runs.history(home=mine)][-1] == run
    assert runs.report(run, tmp_path / "again.xlsx", home=mine).exists()
    assert importer.check(done.report or "", home=mine, write_report=False).parent == run
    assert runs.check_ledger(home=mine) is not None
    assert runs.forget_mapping(book, home=mine)
    assert runs.forget(run, home=mine).copies == 1
    with pytest.raises(NoSuchRun):
        runs.show(run)
    assert [path.name for path in home.iterdir()] == ["ledger.db"]  # show looked there
    assert dict(os.environ) == before


def test_a_home_knows_its_own_stores(
    make: Make, shop: Sandbox, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = tmp_path / "mine"
    with settings.at_home(mine):
        settings.add_store(replace(store, name="acme"))
    monkeypatch.setenv("IMPORTER_TOKEN_ACME", shop.token)
    named = replace(store, name="acme")
    done = importer.run(make(ROWS[:1]), store=named, token=shop.token, home=mine)
    assert importer.resume(done.run or "", home=mine).store == "acme"
    ledger = mine / "ledger.db"
    with pytest.raises(SettingsError, match="no store named 'acme'"):
        importer.resume(done.run or "", ledger=ledger)


def test_homes_of_two_threads_are_apart(make: Make, shop: Sandbox, tmp_path: Path) -> None:
    store = Store("sandbox", shop.store_hash, shop.base_url)
    books = {name: make([(name, "1001", "USD", 1)], name=f"{name}.xlsx") for name in ("A", "B")}

    def post(name: str) -> list[str]:
        importer.run(books[name], store=store, token=shop.token, home=tmp_path / name)
        return [Path(run.workbook).stem for run, _ in runs.history(home=tmp_path / name)]

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(post, books)) == [["A"], ["B"]]


def test_whatever_takes_a_ledger_takes_a_home() -> None:
    functions = [value for name in runs.__all__ if inspect.isfunction(value := vars(runs)[name])]
    takes = [set(inspect.signature(one).parameters) & {"ledger", "home"} for one in functions]
    assert takes == [{"ledger", "home"}] * len(functions)
