"""A sheet read by the thousand is the sheet that the slow reader reads cell by cell."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from importer.errors import WorkbookError
from importer.workbook.options import Limits
from importer.workbook.package import Package
from importer.workbook.quick import read_quickly
from importer.workbook.scan import Scan, noted_styles, telling_styles
from importer.workbook.spelled import scan_spelled
from importer.workbook.strings import all_texts

from .books import MAIN, raw

STYLES = ["yyyy-mm-dd", "0%", "00000", "@", "[h]:mm", '"No. "0']
TEXTS = ["INV-1", "", "Müller & Söhne", "  two  ", "a<b", "_x000D_", "line\nbreak", "7", "INV-1"]
STRINGS = (
    f'<sst xmlns="{MAIN}">'
    "<si><t>INV-1</t></si><si><t></t></si><si><t>Müller &amp; Söhne</t></si>"
    '<si><t xml:space="preserve">  two  </t></si><si><r><t>a</t></r><r><t>&lt;b</t></r></si>'
    "<si><t>_x005F_x000D_</t></si><si><t>line\nbreak</t></si><si><t>7</t></si>"
    "<si><t>INV-1</t></si></sst>"
)
NUMBERS = [
    *("0", "1", "12", "-3.5", "76.25", "1E-5", "1e3", "+4", ".5", "5.", "00012", "-0", "46023"),
    *("46023.583333333336", "0.1", "99999999", "123456789", "12345678901234567890"),
    *("1234567.8", "12345678.9", "1E300"),
]
USUAL = ['<c r="{a}"><v>{n}</v></c>', '<c r="{a}" s="{s}"><v>{n}</v></c>']
USUAL += ['<c r="{a}" t="s"><v>{t}</v></c>', '<c r="{a}" s="{s}" t="s"><v>{t}</v></c>'] * 2
USUAL += ['<c r="{a}" s="{s}" t="inlineStr"><is><t>Größe {n}</t></is></c>']
USUAL += ['<c r="{a}" t="inlineStr"><is><t xml:space="preserve"> {n}  </t></is></c>']
USUAL += ['<c r="{a}" s="{s}" t="n"><v>{n}</v></c>', '<c r="{a}" s="{s}"/>', '<c r="{a}"/>']
RARER = [
    '<c r="{a}" t="b"><v>1</v></c>',
    '<c r="{a}" t="e"><v>#REF!</v></c>',
    '<c r="{a}" t="str"><v>x&amp;y</v></c>',
    '<c r="{a}" t="inlineStr"><is><t xml:space="preserve"> x </t></is></c>',
    '<c r="{a}" t="inlineStr"><is><t  xml:space="preserve"> x </t></is></c>',
    '<c r="{a}" t="inlineStr"><is><t>a &lt; b</t></is></c>',
    '<c r="{a}" t="inlineStr"><is><t>_x0041_</t></is></c>',
    '<c r="{a}" t="inlineStr"><is><t>two\r\nlines</t></is></c>',
    '<c r="{a}" t="inlineStr"><is><t></t></is></c>',
    '<c r="{a}" t="inlineStr"><is><r><t>a</t></r></is></c>',
    '<c r="{a}" s="{s}"><f>A1*2</f><v>{n}</v></c>',
    '<c r="{a}" s="{s}"><f>A1*2</f></c>',
    '<c t="s" r="{a}"><v>{t}</v></c>',
    '<c r="{a}" s="{s}" ><v>{n}</v></c>',
    '<c r="{a}"><v> {n} </v></c>',
    '<c r="{a}" s="{s}">\n<v>{n}</v></c>',
    '<c r="{a}"></c>',
    '<c r="{a}"><v></v></c>',
    '<c r="{a}"><v/></c>',
    "<c r='{a}'><v>{n}</v></c>",
    '<c r="{a}" t="s"><v>0{t}</v></c>\n',
    '<c r="{a}" s="{s}" t="d"><v>2026-03-31</v></c>',
]
ODD = [
    '<c r="A"><v>{n}</v></c>',
    '<c r="F&lt;1"><v>{n}</v></c>',
    "<c><v>{n}</v></c>",
    '<c r="{a}"><v>abc</v></c>',
    '<c r="{a}" t="s"><v>99</v></c>',
    '<c r="{a}" t="s"><v>-1</v></c>',
    '<c r="A1"><v>{n}</v></c>',
    '<c r="{a}9"><v>{n}</v></c>',
    '<c r="{a}"><v>{n}</v></c><c r="{a}"><v>{n}</v></c>',
    '<!-- <c r="{a}"><v>1</v></c> -->',
    '<x:c xmlns:x="urn:x" r="{a}"><x:v>1</x:v></x:c>',
]
ROWS = ['<row r="{r}">', '<row r="{r}" spans="1:9" ht="15">', '<row r="{r}">', '<row r="{r}"> ']
RARE_ROWS = ['<row r="{r}" hidden="1">', '<row hidden="true" r="{r}">', '<row spans="1:9" r="{r}">']
ODD_ROWS = ["<row>", '<row r="0">', '<row r="1">', '<row r="0{r}">']
SHEETS = 30
LIMITS = Limits(columns=1000)
COLUMNS = ["A", "B", "C", "F", "Z", "AA", "AB", "ZZ", "AAA"]


def sheet(chance: random.Random) -> str:
    """Spell a sheet, most of it as Excel does, some of it as nobody should."""
    rare, odd = chance.choice([(0, 0), (0.05, 0), (0.2, 0), (0.2, 0.01), (0.02, 0.02)])

    def pick(usual: list[str], rarer: list[str], oddest: list[str]) -> str:
        way = chance.random()
        return chance.choice(oddest if way < odd else rarer if way < odd + rare else usual)

    rows, number = [], 0
    for _ in range(chance.randrange(1, 30)):
        number += chance.choice([1, 1, 1, 2, 90])
        cells = ""
        for column in COLUMNS:
            if chance.random() < 0.5:
                continue
            cells += pick(USUAL, RARER, ODD).format(
                a=f"{column}{number}",
                s=chance.randrange(len(STYLES) + 1),
                n=chance.choice(NUMBERS),
                t=chance.randrange(len(TEXTS)),
            )
        row = pick(ROWS, RARE_ROWS, ODD_ROWS).format(r=number)
        rows.append(f"{row}{cells}</row>" + chance.choice(["", "", "\n"]))
        if chance.random() < 0.05:
            number += 1
            rows.append(f'<row r="{number}" ht="20"/>')
    return "".join(rows)


def held(found: Scan) -> dict[str, object]:
    """Give all that a scan knows of a sheet, whichever way it was read."""
    rows = found.rows if found.coded is None else list(found.coded.lists())
    assert rows is not None
    filled = {
        (at, column): (type(value), value)
        for at, row in enumerate(rows, start=1)
        for column, value in enumerate(row)
        if value != ""
    }
    letters = [column for column in COLUMNS if column != "AAA"]
    numbers = {
        (at, letter)
        for at, row in enumerate(rows, start=1)
        for letter in letters
        if type(row[place(letter)] if place(letter) < len(row) else "") is float
    }
    formats = found.formats(letters, [])
    return {
        "cells": filled,
        "oddities": {
            where: odd
            for where, odd in found.oddities.items()
            if odd.kind != "percent" or where in numbers
        },
        "hidden": sorted(found.hidden_rows),
        "columns": found.hidden_columns,
        "merged": found.merged,
        "formats": {
            (row, letter): form
            for letter, forms in formats.items()
            for row, form in forms.items()
            if (row, letter) in numbers
        },
    }


def place(letter: str) -> int:
    """Give a column's position in a list."""
    number = 0
    for char in letter:
        number = number * 26 + ord(char) - 64
    return number - 1


def both(path: Path, rows: str) -> tuple[object, object]:
    """Read a sheet both ways; None where the quick way leaves it to others."""
    before = '<cols><col min="2" max="3" width="9" hidden="1"/></cols>'
    after = '<mergeCells count="1"><mergeCell ref="B2:C3"/></mergeCells>'
    raw(path, rows, styles=[s.replace('"', "&quot;") for s in STYLES], before=before, after=after,
        parts={"xl/sharedStrings.xml": STRINGS})  # fmt: skip
    results: list[object] = []
    with Package(path) as package:
        telling, noted = telling_styles(package.formats), noted_styles(package.formats)
        texts = all_texts(package)
        assert texts == TEXTS
        for way in ("quick", "slow"):
            try:
                if way == "quick":
                    found = read_quickly(package, "Invoices", telling, noted, LIMITS, lambda: texts)
                else:
                    found = scan_spelled(package, "Invoices", telling, noted, LIMITS)
                results.append(found and held(found))
            except WorkbookError as error:
                results.append(str(error))
    return results[0], results[1]


@pytest.mark.parametrize("seed", range(12))
def test_the_quick_way_reads_what_the_slow_way_reads(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    taken = 0
    for nth in range(SHEETS):
        quick, slow = both(tmp_path / f"{nth}.xlsx", sheet(chance))
        if quick is not None:
            assert quick == slow
            taken += 1
    assert taken > SHEETS / 4  # or nothing was compared
