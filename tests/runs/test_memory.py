"""A mapping that was used is used again for the very same headers, and that is said."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest

import importer
from importer import cli, runs
from importer.errors import WorkbookError
from importer.workbook.mapping import load
from importer.workbook.options import ReadOptions
from tests.workbook.mapped import Rows, book

HEAD = ["Beleg", "Kunde", "Währung", "Brutto"]
ROW = ["R1", "1001", "EUR", 5]
MAPPING = """
[invoices]
sheet = "Tabelle"
[invoices.columns]
"Invoice Number" = "Beleg"
"Company ID" = "Kunde"
"Currency" = "Währung"
"Original Balance" = "Brutto"
"""


def used(tmp_path: Path, text: str = MAPPING, **sheets: Rows) -> Path:
    """Check a workbook with a mapping; give the mapping's file."""
    mapping = tmp_path / "erp.toml"
    mapping.write_text(text, encoding="utf-8")
    path = book(tmp_path / "used.xlsx", **(sheets or {"Tabelle": [HEAD, ROW]}))
    assert cli.main(["check", str(path), "--mapping", str(mapping), "--no-report"]) == 0
    return mapping


def found(path: Path, **options: Any) -> importer.Result:
    return runs.check(path, options=ReadOptions(**options), write_report=False)


def recalled(path: Path) -> bool:
    try:
        return "mapping-remembered" in {fault.code for fault in found(path).faults}
    except WorkbookError:
        return False


def test_the_next_workbook_with_these_headers_needs_no_mapping_and_it_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    used(tmp_path)
    path = book(tmp_path / "april.xlsx", Tabelle=[HEAD, ["R2", "1002", "EUR", 7], ROW])
    capsys.readouterr()
    assert cli.main(["check", str(path), "--no-report"]) == 0
    said = capsys.readouterr().out
    assert "Read with the mapping erp.toml, which was used for these headers on 20" in said
    assert "--no-remembered" in said
    assert cli.main(["check", str(path), "--no-report", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["invoices"]["valid"] == 2
    assert "mapping-remembered" in {fault["code"] for fault in told["faults"]}
    assert cli.main(["check", str(path), "--no-report", "--no-remembered"]) == 2
    assert "no sheet named Invoices" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({"Tabelle": [["BELEG", " kunde ", "Wa\u0308hrung", "brutto"], ROW]}, True),
        ({"Tabelle": [HEAD[::-1], ROW[::-1]]}, True),
        ({"Tabelle": [["Export"], [], HEAD, ROW]}, True),
        ({"Tabelle": [HEAD, ROW], "Notizen": [["x"]]}, True),
        ({"Tabelle 2026-04": [HEAD, ROW]}, True),
        ({"Tabelle": [[*HEAD, "Netto"], [*ROW, 4]]}, False),
        ({"Tabelle": [[*HEAD[:3], "Netto"], ROW]}, False),
        ({"Tabelle": [[*HEAD, "Brutto"], [*ROW, 4]]}, False),
        ({"Gutschriften": [HEAD, ROW]}, False),
        ({"Tabelle": [HEAD, ROW],
          "Line Items": [["Invoice Number", "SKU", "Quantity", "Unit Price"], ["R1", "A", 1, 5]]},
         False),
    ],
)  # fmt: skip
def test_only_headers_that_are_the_same_in_all_that_matters_are_known(
    tmp_path: Path, change: dict[str, Rows], same: bool
) -> None:
    used(tmp_path)
    assert recalled(book(tmp_path / "next.xlsx", **change)) is same


def test_where_letters_are_named_the_order_matters(tmp_path: Path) -> None:
    used(tmp_path, MAPPING.replace('"Brutto"', '"=D"'))
    assert recalled(book(tmp_path / "a.xlsx", Tabelle=[HEAD, ROW]))
    swapped = [["Beleg", "Kunde", "Brutto", "Währung"], ["R1", "1001", 5, "EUR"]]
    assert not recalled(book(tmp_path / "b.xlsx", Tabelle=swapped))


def test_a_sheet_without_a_header_is_never_remembered(tmp_path: Path) -> None:
    text = """
[invoices]
sheet = "Tabelle"
header_row = 0
columns = { "Invoice Number" = "=A", "Company ID" = "=B", "Currency" = "=C",
"Original Balance" = "=D" }
""".replace(",\n", ", ")
    used(tmp_path, text, Tabelle=[ROW])
    assert not recalled(book(tmp_path / "a.xlsx", Tabelle=[ROW]))


def test_the_latest_mapping_for_the_same_headers_counts(tmp_path: Path) -> None:
    used(tmp_path)
    used(tmp_path, MAPPING + '[invoices.constants]\n"Type" = "Rechnung"\n')
    path = book(tmp_path / "a.xlsx", Tabelle=[HEAD, ROW])
    assert len(list((Path(runs.Memory().folder)).iterdir())) == 1
    assert recalled(path)


def test_forgotten_it_is_gone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    used(tmp_path)
    path = book(tmp_path / "a.xlsx", **{"Tabelle 7": [HEAD, ROW]})
    assert cli.main(["map", str(path), "--forget"]) == 0
    assert "erp.toml is forgotten" in capsys.readouterr().out
    assert not recalled(path)
    assert cli.main(["map", str(path), "--forget"]) == 0
    assert "No mapping is remembered" in capsys.readouterr().out


def test_it_is_kept_beside_the_ledger_that_is_given(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", Tabelle=[HEAD, ROW])
    mapping = used(tmp_path)
    one, other = tmp_path / "one" / "l.db", tmp_path / "other" / "l.db"
    options = ReadOptions(mapping=load(mapping))
    runs.check(path, options=options, write_report=False, ledger=one)
    assert [file.parent for file in one.parent.glob("*/*")] == [one.parent / "mappings"]
    assert runs.check(path, write_report=False, ledger=one).invoices.valid == 1
    with pytest.raises(WorkbookError):
        runs.check(path, write_report=False, ledger=other)


def test_the_report_of_a_check_is_read_with_it_too(tmp_path: Path) -> None:
    used(tmp_path)
    path = book(tmp_path / "a.xlsx", Tabelle=[HEAD, ROW, ["R2", "1002", "EUR", "x"]])
    report = tmp_path / "r.xlsx"
    runs.check(path, report=report)
    made = openpyxl.load_workbook(report)
    made["Tabelle"]["D2"] = 9
    made.save(report)
    assert found(report).invoices.valid == 1


def test_what_can_t_be_read_or_written_is_as_if_nothing_was_kept(tmp_path: Path) -> None:
    used(tmp_path)
    path = book(tmp_path / "a.xlsx", Tabelle=[HEAD, ROW])
    (file,) = runs.Memory().folder.iterdir()
    for text in ("", "[]", "{}", '{"mapping": {"zz": 1}, "name": "a", "day": "b", "headers": {}}'):
        file.write_text(text)
        assert not recalled(path)
    file.unlink()
    file.parent.rmdir()
    file.parent.write_text("in the way")
    used(tmp_path)


def test_a_run_says_it_before_it_asks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    used(tmp_path)
    path = book(tmp_path / "a.xlsx", Tabelle=[HEAD, ROW])
    assert cli.main(["run", str(path), "--dry-run", "--sandbox", "--no-report"]) == 0
    assert "Read with the mapping erp.toml" in capsys.readouterr().out
