"""Control totals on a terminal of 80 columns: currency, company and figures whole."""

from __future__ import annotations

from decimal import Decimal

import pytest

from importer.control import NOTHING, Control, ControlLine, Figure
from importer.terminal import Screen
from importer.terminal.control import show_control

LARGE = Figure(400, Decimal("1234758.4"))
LINES = [
    ControlLine("EUR", "1001", LARGE, LARGE, NOTHING, NOTHING),
    ControlLine(
        "EUR",
        "Company 12345678901234",
        Figure(4, Decimal("4558.32")),
        NOTHING,
        NOTHING,
        Figure(4, Decimal("4558.32")),
    ),
    ControlLine(
        "JPY", "3", Figure(4, Decimal(279512)), Figure(4, Decimal(279512)), NOTHING, NOTHING
    ),
]
READ_BACK = [
    ControlLine(
        one.currency,
        one.company,
        one.workbook,
        one.posted,
        one.posted,
        one.not_posted,
        one.workbook,
    )
    for one in LINES
]


@pytest.mark.parametrize("width", [60, 80, 100, 200])
@pytest.mark.parametrize("lines", [LINES, READ_BACK], ids=["plain", "read back"])
def test_nothing_is_cut_off_at_any_width(
    lines: list[ControlLine], width: int, capsys: pytest.CaptureFixture[str]
) -> None:
    screen = Screen()
    screen.console().width = width
    show_control(screen, Control(lines, "2026-11-25T10:00" if lines is READ_BACK else None))
    shown = capsys.readouterr().out
    *table, _verdict = shown.splitlines()
    assert all(len(line) <= width for line in table)
    for whole in ("EUR", "JPY", "1001", "Company 12345678901234", "1,234,758.40", "279,512"):
        assert whole in shown
    assert ("skipped" in shown) == (lines is READ_BACK)  # a column of zeros alone says nothing
    assert "…" not in shown


def test_amounts_have_their_currencys_decimals_in_json_too() -> None:
    found = Control(LINES).as_json()["lines"]
    assert [line["workbook"]["amount"] for line in found] == ["1234758.40", "4558.32", "279512"]
