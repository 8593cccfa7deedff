"""Binary workbooks ([MS-XLSB]), record by record."""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path

import pytest

from importer.errors import WorkbookError
from importer.workbook.options import ReadOptions
from importer.workbook.reading import read

from .books import HEAD, judged

REAL = struct.pack("<d", 100.5)


def record(kind: int, content: bytes = b"") -> bytes:
    """Give a record: its type in one byte or two, its size in up to four, its content."""
    head = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
    size, sizes = len(content), b""
    while True:
        sizes += bytes([size & 0x7F | (0x80 if size > 127 else 0)])
        size >>= 7
        if not size:
            return head + sizes + content


def wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def cell(kind: int, column: int, content: bytes) -> bytes:
    return record(kind, struct.pack("<II", column, 0) + content)


def row(number: int, *, hidden: bool = False) -> bytes:
    return record(0, struct.pack("<IIHBB", number, 0, 300, 0, 0x10 if hidden else 0) + bytes(5))


def texts(*words: str) -> bytes:
    return b"".join(cell(6, at, wide(text)) for at, text in enumerate(words))


def write(path: Path, cells: bytes, *, hidden: bool = False, settings: bytes = b"") -> Path:
    """Write a workbook with one invoice, whose cells from the amount on are given."""
    sheet = record(129) + record(148, struct.pack("<IIII", 0, 1, 0, 4)) + record(145)
    sheet += row(0) + texts(*HEAD, "Open Balance")
    sheet += row(1, hidden=hidden) + texts("INV-1", "1001", "USD") + cells
    sheet += record(146) + record(130)
    book = record(131) + record(143)
    for number, title in enumerate(("Chart1", "Invoices"), 1):
        book += record(156, struct.pack("<II", 0, number) + wide(f"rId{number}") + wide(title))
    book += record(144) + settings + record(132)
    rel = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    rels = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="rId1" Type="{rel}/chartsheet" Target="chartsheets/sheet1.bin"/>'
        f'<Relationship Id="rId2" Type="{rel}/worksheet" Target="worksheets/sheet1.bin"/>'
        "</Relationships>"
    )
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("xl/workbook.bin", book)
        package.writestr("xl/_rels/workbook.bin.rels", rels)
        package.writestr("xl/worksheets/sheet1.bin", sheet)
        package.writestr("xl/sharedStrings.bin", record(159) + record(19, b"\0" + wide("7.25")))
    return path


def test_binary_workbooks_hide_nothing(tmp_path: Path) -> None:
    cells = cell(5, 3, REAL) + cell(3, 4, b"\x17")
    bodies, faults = judged(write(tmp_path / "a.xlsb", cells, hidden=True))
    assert bodies[0]["originalBalance"] == {"code": "USD", "value": 100.5}
    assert faults == {("cell-error", "Invoices!E2"), ("rows-hidden", "Invoices!2")}


def test_a_cell_far_away_is_refused(tmp_path: Path) -> None:
    cells = cell(5, 3, REAL) + cell(5, 16_383, REAL)
    with pytest.raises(WorkbookError, match="16,384 columns"):
        read(write(tmp_path / "a.xlsb", cells), ReadOptions())


def rk(number: int, bits: int) -> bytes:
    return struct.pack("<I", (number << 2 | bits) & 0xFFFFFFFF)


@pytest.mark.parametrize(
    ("kind", "content", "value"),
    [
        (2, rk(725, 0b11), 7.25),
        (2, rk(7, 0b10), 7),
        (2, rk(-7, 0b10), -7),
        (2, struct.pack("<d", 7.25)[4:], 7.25),
        (5, struct.pack("<d", 7.25), 7.25),
        (6, wide("7.25"), 7.25),
        (7, struct.pack("<I", 0), 7.25),
        (8, wide("7.25") + bytes(8), 7.25),
        (9, struct.pack("<d", 7.25) + bytes(8), 7.25),
        (62, b"\0" + wide("7.25"), 7.25),
    ],
)
def test_every_spelling_of_a_value_is_read(
    tmp_path: Path, kind: int, content: bytes, value: float
) -> None:
    path = write(tmp_path / "a.xlsb", cell(5, 3, REAL) + cell(kind, 4, content))
    bodies, _ = judged(path)
    assert bodies[0]["openBalance"]["value"] == value


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        (13, rk(725, 0b11)),
        (16, struct.pack("<d", 7.25)),
        (17, wide("7.25")),
        (18, struct.pack("<I", 0)),
    ],
)
def test_cells_without_a_column_stand_beside_each_other(
    tmp_path: Path, kind: int, content: bytes
) -> None:
    cells = record(16, bytes(4) + REAL) + record(kind, bytes(4) + content)
    bodies, faults = judged(write(tmp_path / "a.xlsb", cells))
    assert bodies[0]["originalBalance"]["value"] == 100.5
    assert bodies[0]["openBalance"]["value"] == 7.25
    assert not faults


def test_an_error_without_a_column_is_one(tmp_path: Path) -> None:
    cells = record(16, bytes(4) + REAL) + record(14, bytes(4) + b"\x2a")
    _, faults = judged(write(tmp_path / "a.xlsb", cells))
    assert faults == {("cell-error", "Invoices!E2")}


@pytest.mark.parametrize(("flags", "is_fault"), [(0, False), (1, True), (16, True)])
def test_a_formula_that_was_never_worked_out_is_a_fault(
    tmp_path: Path, flags: int, *, is_fault: bool
) -> None:
    cells = cell(5, 3, REAL) + cell(9, 4, struct.pack("<d", 0) + bytes(8))
    path = write(
        tmp_path / "a.xlsb", cells, settings=record(157, bytes(24) + struct.pack("<H", flags))
    )
    _, faults = judged(path)
    assert (("cell-formula-without-value", "Invoices!E2") in faults) is is_fault
