"""Whoever wrote a file, and of whichever kind: the same content has the same faults."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from importer.model import State
from importer.runs import check

from .books import judged
from .writers import HEAD, SAVED, TERMS, WRITERS

UNCACHED = ("cell-formula-without-value", "Invoices!E3")
ERROR = ("cell-error", "Invoices!E4")
PERCENT = ("amount-percent", "Invoices!E5")
HIDDEN = ("rows-hidden", "Invoices!6")
MERGED = ("cell-merged", "Invoices!E8")
ALL = {UNCACHED, ERROR, PERCENT, HIDDEN, MERGED}

NO_NUMBER = "amount-not-a-number"
LACKS: dict[str, tuple[set[tuple[str, str]], set[tuple[str, str]]]] = {
    # what the writer or the kind of file can't express, and what it says instead
    "XlsxWriter, row by row": ({MERGED}, set()),
    "pyexcelerate": ({ERROR, HIDDEN}, {(NO_NUMBER, "Invoices!E4")}),
    "csv": (ALL, {(NO_NUMBER, "Invoices!E3"), (NO_NUMBER, "Invoices!E4")}),
    "libreoffice.xlsx": ({UNCACHED}, set()),  # it works formulas out
    "libreoffice.xls": ({UNCACHED}, set()),
    "libreoffice.ods": ({UNCACHED}, set()),
    "sheetjs.xls": ({UNCACHED, HIDDEN}, set()),  # it writes the value alone
    "sheetjs.xlsb": ({UNCACHED}, set()),
    "sheetjs.ods": ({ERROR, PERCENT, HIDDEN}, {("date-number", "Invoices!G2")}),  # no styles
}
AS_WORKED_OUT = {"libreoffice.xlsx": 100, "libreoffice.xls": 100, "libreoffice.ods": 100}


@pytest.mark.parametrize("writer", WRITERS)
def test_every_writer_is_read_alike(tmp_path: Path, writer: str) -> None:
    name, write = WRITERS[writer]
    write(tmp_path / name)
    hold(writer, *judged(tmp_path / name))


@pytest.mark.parametrize("name", sorted(path.name for path in SAVED.glob("*.[xo]*")))
def test_every_program_is_read_alike(name: str) -> None:
    hold(name, *judged(SAVED / name))


def hold(writer: str, bodies: list[dict[str, Any]], faults: set[tuple[str, str]]) -> None:
    lacks, instead = LACKS.get(writer, (set(), set()))
    assert faults == (ALL - lacks) | instead
    opens = [body.get("openBalance", {}).get("value") for body in bodies]
    assert [opens[at] for at in (0, 4, 5)] == [40, 60, 70]
    if UNCACHED in faults:
        assert opens[1] is None
    assert AS_WORKED_OUT.get(writer, opens[1]) == opens[1]
    first = bodies[0]
    assert first["purchaseOrderNumber"] == "00042"
    assert first["termsConditions"] == TERMS
    assert first.get("issuedAt") == (None if "date-number" in dict(faults) else 1767312000)


@pytest.mark.parametrize("writer", WRITERS)
def test_a_report_that_nobody_corrected_is_no_better(tmp_path: Path, writer: str) -> None:
    name, write = WRITERS[writer]
    write(tmp_path / name)
    again(tmp_path / name, tmp_path / "report.xlsx")


@pytest.mark.parametrize("name", sorted(path.name for path in SAVED.glob("*.[xo]*")))
def test_a_report_of_a_programs_file_is_no_better(tmp_path: Path, name: str) -> None:
    again(SAVED / name, tmp_path / "report.xlsx")


def test_a_row_of_text_that_is_too_long_stays_one(tmp_path: Path) -> None:
    path = tmp_path / "Invoices.csv"
    path.write_text(f"{','.join(HEAD[:4])}\nA1,1001,USD,1,200.50\n")
    again(path, tmp_path / "report.xlsx")


def again(path: Path, report: Path) -> None:
    """Hold that the invalid invoices of a file are invalid in its report too."""
    first = check(path, report=report)
    assert first.invoices.by_state[State.INVALID] > 0
    left = check(report, write_report=False).invoices.by_state
    assert left[State.INVALID] == first.invoices.by_state[State.INVALID]
    assert left[State.PENDING] == 0
