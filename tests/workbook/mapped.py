"""Workbooks and mappings for the tests of other people's headers."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from importer.model import Fault, Json, Verdict
from importer.runs.preparing import Prepared, prepare
from importer.workbook.mapping import parse
from importer.workbook.options import ReadOptions

Rows = Sequence[Sequence[Any]]


def book(path: Path, **sheets: Rows) -> Path:
    """Write a workbook with these sheets; `_` in a title is a blank."""
    made = Workbook()
    made.remove(made.worksheets[0])
    for title, rows in sheets.items():
        sheet = made.create_sheet(title.replace("_", " "))
        for row in rows:
            sheet.append(list(row))
    made.save(path)
    return path


def prepared(path: Path, mapping: str = "", **options: Any) -> Prepared:
    """Read a workbook with a mapping given as TOML."""
    table = parse(tomllib.loads(mapping)) if mapping else None
    return prepare(path, ReadOptions(mapping=table, **options))


def verdicts(path: Path, mapping: str = "", **options: Any) -> list[Verdict]:
    return list(prepared(path, mapping, **options).verdicts())


def bodies(path: Path, mapping: str = "", **options: Any) -> list[Json]:
    return [verdict.payload.body for verdict in verdicts(path, mapping, **options)]


def faults(path: Path, mapping: str = "", **options: Any) -> list[Fault]:
    """Every error of the workbook, by cell."""
    ready = prepared(path, mapping, **options)
    found = [fault for verdict in ready.verdicts() for fault in verdict.faults]
    return ready.sort_faults([f for f in [*found, *ready.found.rest] if f.is_error])


def cells(path: Path, mapping: str = "", **options: Any) -> list[tuple[str | None, str]]:
    return [(fault.cell, fault.code) for fault in faults(path, mapping, **options)]
