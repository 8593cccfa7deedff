"""Workbooks that aren't .xlsx, and settings that change how they are judged and bounded."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import openpyxl
import pytest

from importer import settings
from importer.cli import main
from importer.model import State, Store
from importer.runs import report, run
from importer.sandbox.server import Sandbox
from importer.workbook.options import ReadOptions

from .conftest import Make


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of .csv files as a spreadsheet in a country with decimal commas writes them."""
    made = tmp_path / "export"
    made.mkdir()
    (made / "Invoices.csv").write_text(
        "Invoice Number;Company ID;Currency;Original Balance;Colour\n"
        "0001;1001;EUR;1.250,00;grün\n"
        "0002;1002;EUR;viel;rot\n",
        encoding="cp1252",
    )
    (made / "Line Items.csv").write_text(
        "Invoice Number;SKU;Quantity;Unit Price;Description\n0002;A;1;2,50;Dübel\n",
        encoding="cp1252",
    )
    return made


def test_a_folder_of_csv_files_goes_round_the_circle(
    folder: Path, shop: Sandbox, store: Store, tmp_path: Path
) -> None:
    options = ReadOptions(locale="de_DE", csv_encoding="cp1252", csv_delimiter=";")
    result = run(folder, store=store, token=shop.token, options=options)
    assert result.invoices.by_state == {State.CREATED: 1, State.INVALID: 1}
    assert [fault.cell for fault in result.faults if fault.is_error] == ["Invoices!D3"]
    assert [invoice["invoiceNumber"] for invoice in shop.invoices()] == ["0001"]
    assert result.run is not None
    assert result.report is not None
    shutil.rmtree(folder)
    later = report(result.run, tmp_path / "later.xlsx")
    for written in (result.report, later):
        book = openpyxl.load_workbook(written)
        assert [book["Invoices"][at].value for at in ("A2", "D2", "E2")] == ["0002", "viel", "rot"]
        assert book["Line Items"]["E2"].value == "Dübel"
    book["Invoices"]["D2"] = "3.000,5"
    book.save(later)
    mended = run(later, store=store, token=shop.token)
    assert mended.invoices.by_state == {State.CREATED: 1}
    balances = {i["invoiceNumber"]: i["originalBalance"]["value"] for i in shop.invoices()}
    assert float(balances["0002"]) == 3000.5


def test_the_flags_say_how_csv_files_are_written(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flags = ["--csv-delimiter", "semicolon", "--csv-encoding", "cp1252", "--locale", "de_DE"]
    assert main(["check", str(folder), "--no-report", "--json", *flags]) == 1
    found = json.loads(capsys.readouterr().out)
    assert (found["invoices"]["read"], found["invoices"]["valid"]) == (2, 1)
    assert main(["check", str(folder), "--csv-delimiter", "sometimes"]) == 2


def test_the_settings_say_how_grave_a_fault_is(
    make: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    workbook = make([("INV-1", "1001", "USD", 10, None, None)], [("INV-1", "A", 1, -10, "x")])
    assert main(["check", str(workbook), "--no-report"]) == 1
    settings.config_file().write_text('[severities]\nprice-negative = "warning"\n')
    capsys.readouterr()
    assert main(["check", str(workbook), "--no-report", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    levels = {fault["code"]: fault["severity"] for fault in found["faults"]}
    assert levels["price-negative"] == "warning"


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ('[severities]\ninvoice-duplicate = "off"\n', "can't be lowered"),
        ('[severities]\nno-such-code = "off"\n', "no code no-such-code"),
        ("[severities]\nprice-negative = 1\n", "is not text"),
        ("[limits]\ncolums = 3\n", "no limit colums"),
        ("[limits]\ncolumns = 0\n", "not a whole number above 0"),
        ("[limits]\ncolumns = 3\n", "at most 3 are read"),
    ],
)
def test_settings_that_make_no_sense_or_are_passed_are_one_sentence(
    make: Make, capsys: pytest.CaptureFixture[str], lines: str, said: str
) -> None:
    workbook = make([("INV-1", "1001", "USD", 10, None, None)])
    settings.config_file().write_text(lines)
    assert main(["check", str(workbook), "--no-report"]) == 2
    assert said in capsys.readouterr().err
