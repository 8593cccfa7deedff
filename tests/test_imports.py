"""The arrows between rooms, cli → runs → stages → values: read from the source, not from use."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.conftest import ROOT

PACKAGE = ROOT / "importer"

VALUES = {
    "model",
    "blocks",
    "errors",
    "secret",
    "codes",
    "hours",
    "clock",
    "control",
    "folding",
    "money",
    "totals",
}
"""What everybody may import: plain values, no room of its own."""

ARROWS: dict[str, set[str]] = {
    "model": {"control", "money"},
    "control": {"money"},
    "blocks": set(),
    "money": set(),
    "errors": {"model"},
    "secret": set(),
    "hours": set(),
    "clock": set(),
    "folding": set(),
    "totals": set(),
    "codes": {"model"},
    "settings": {"model", "errors", "secret", "hours"},
    "workbook": VALUES,
    "validation": VALUES | {"workbook"},
    "ledger": VALUES,
    "posting": VALUES | {"ledger"},
    "runs": VALUES | {"settings", "workbook", "validation", "ledger", "posting"},
    "terminal": VALUES | {"runs", "ledger", "posting"},
    "cli": VALUES | {"__init__", "settings", "runs", "terminal", "sandbox"},
    "sandbox": set(),
    "docs": {"cli", "codes", "errors", "workbook"},
    "__init__": {"model", "runs", "secret", "workbook"},
    "__main__": {"cli"},
}

SINGLE = {
    ("cli/template.py", "workbook"): "the template is one stage, with no order to know",
    ("cli/check.py", "workbook"): "how a workbook is to be read",
    ("cli/values.py", "workbook"): "how a date format and a locale are written",
    ("cli/mapping.py", "workbook"): "a proposal is one stage, with no order to know",
    ("cli/store.py", "posting"): "one question to a store, outside of any run",
    ("cli/history.py", "ledger"): "the type of what a list of runs is made of",
    ("cli/undo.py", "posting"): "how an undo is told to stop",
    ("cli/sandbox.py", "ledger"): "an emptied practice store is forgotten there",
    ("cli/conversation.py", "posting"): "how a run is told to stop",
}
"""Arrows of one file alone, each with its reason."""

TYPES_ONLY = {("terminal", "runs"), ("terminal", "ledger"), ("terminal", "posting")}
"""What is drawn is named by its type; the room itself is never imported for it."""


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path) -> Iterator[tuple[str, bool]]:
    """Give each room of ours that a file imports, and whether it does so for types alone."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    typing_only = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for inner in ast.walk(node)
    }
    own = ["importer", *path.relative_to(PACKAGE).with_suffix("").parts]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(own[: len(own) - node.level]) if node.level else ""
            module = ".".join(part for part in (base, node.module) if part)
            names = [f"{module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            first, *rest = name.split(".")
            if first == "importer":
                below = rest[0] if rest else "__init__"
                known = (PACKAGE / below).is_dir() or (PACKAGE / f"{below}.py").exists()
                yield (below if known else "__init__"), id(node) in typing_only


def crossings() -> Iterator[tuple[str, str, str, bool]]:
    """Give every import from one room into another: file, from, to, for types alone."""
    for path in sorted(PACKAGE.rglob("*.py")):
        here = room(path)
        for there, for_types in imports(path):
            if there != here:
                yield path.relative_to(PACKAGE).as_posix(), here, there, for_types


def test_every_room_is_on_the_map() -> None:
    assert {room(path) for path in PACKAGE.rglob("*.py")} <= ARROWS.keys()


def test_imports_follow_the_arrows() -> None:
    wrong = [
        f"{file} imports {there}"
        for file, here, there, _ in crossings()
        if there not in ARROWS[here] and (file, there) not in SINGLE
    ]
    assert wrong == []


def test_exceptions_are_still_needed() -> None:
    used = {(file, there) for file, _, there, _ in crossings()}
    assert SINGLE.keys() <= used


def test_the_terminal_draws_other_rooms_values_without_importing_them() -> None:
    really = {(here, there) for _, here, there, for_types in crossings() if not for_types}
    assert not TYPES_ONLY & really


def test_only_its_command_starts_the_sandbox() -> None:
    who = {file for file, _, there, _ in crossings() if there == "sandbox"}
    assert who == {"cli/sandbox.py", "cli/target.py"}
