"""A hostile or broken file gives one clear sentence, in bounded memory and time."""

from __future__ import annotations

import io
import random
import zipfile
from pathlib import Path

import pytest

from importer.cli import main
from importer.errors import WorkbookError
from importer.workbook.options import Limits, ReadOptions
from importer.workbook.reading import read

from .books import MAIN, good, header, invoices, judged, raw, write

ODD = Path(__file__).parents[1] / "odd"


def refused(path: Path, **limits: int) -> str:
    with pytest.raises(WorkbookError) as caught:
        read(path, ReadOptions(limits=Limits(**limits)))
    sentence = str(caught.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return sentence


def test_a_declared_dimension_costs_nothing(tmp_path: Path) -> None:
    path = raw(tmp_path / "a.xlsx", header() + good(2), before='<dimension ref="A1:XFD1048576"/>')
    bodies, faults = judged(path)
    assert len(bodies) == 1
    assert not faults


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("XFD1048576", "16,384 columns"),
        ("A99999999", "row 99,999,999"),
        ("A4294967295", "row 4,294,967,295"),
        ("IP1048576", "row 1,048,576"),
        ("ZZZZ1", "columns"),
    ],
)
@pytest.mark.parametrize("quote", ['"', "'"])
def test_a_cell_far_away_is_refused_before_room_is_made_for_it(
    tmp_path: Path, address: str, words: str, quote: str
) -> None:
    row = address.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    rows = header() + good(2) + f'<row r="{row}"><c r="{address}"><v>1</v></c></row>'
    path = raw(tmp_path / "a.xlsx", rows.replace('"', quote))
    assert words in refused(path)


def test_cells_without_addresses_are_counted(tmp_path: Path) -> None:
    rows = header() + good(2) + f"<row>{'<c><v>1</v></c>' * 300}</row>"
    assert "columns" in refused(raw(tmp_path / "a.xlsx", rows))


def test_a_zip_bomb_is_refused_by_its_ratio_and_by_its_size(tmp_path: Path) -> None:
    blank = b" " * 2**20
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/workbook.xml", "<workbook/>")
        with package.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as part:
            for _ in range(80):
                part.write(blank)
    assert "would unpack to 80 MB" in refused(tmp_path / "a.xlsx")
    assert "would unpack" in refused(invoices(tmp_path / "b.xlsx"), unpacked=1000)


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/sharedStrings.xml", "xl/styles.xml"])
def test_entities_are_never_expanded(tmp_path: Path, part: str) -> None:
    laughs = "".join(
        f'<!ENTITY l{at} "{f"&l{at - 1};" * 10}">' if at else '<!ENTITY l0 "lol">'
        for at in range(9)
    )
    bomb = f'<?xml version="1.0"?><!DOCTYPE x [{laughs}]><sst xmlns="{MAIN}">&l8;</sst>'
    path = raw(tmp_path / "a.xlsx", header() + good(2), parts={part: bomb})
    assert "document type declaration" in refused(path)


@pytest.mark.parametrize("prefix", ["", "x:"])
def test_entities_in_a_sheet_are_never_expanded(tmp_path: Path, prefix: str) -> None:
    sheet = (
        '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
        f'<{prefix}worksheet xmlns="{MAIN}" xmlns:x="{MAIN}">&e;</{prefix}worksheet>'
    )
    assert refused(raw(tmp_path / "a.xlsx", "", sheet_part=sheet.encode()))


def test_external_links_are_left_alone_and_their_cached_values_count(tmp_path: Path) -> None:
    cell = '<c r="E2"><f>[1]Sheet1!A1</f><v>55</v></c>'
    link = '<Relationships><Relationship Id="rId9" Target="//10.0.0.1/x" TargetMode="External"/>'
    path = raw(
        tmp_path / "a.xlsx",
        header(more=["Open Balance"]) + good(2, cell),
        parts={"xl/externalLinks/_rels/externalLink1.xml.rels": link},
    )
    bodies, faults = judged(path)
    assert not faults
    assert bodies[0]["openBalance"]["value"] == 55


def test_thousands_of_styles_and_sheets_are_refused(tmp_path: Path) -> None:
    styles = f'<styleSheet xmlns="{MAIN}"><cellXfs>{"<xf/>" * 70_000}</cellXfs></styleSheet>'
    path = raw(tmp_path / "a.xlsx", header() + good(2), parts={"xl/styles.xml": styles})
    assert "70,000 cell styles" in refused(path)
    sheets = {"Invoices": [], **{f"S{at}": [] for at in range(12)}}
    assert "13 sheets" in refused(write(tmp_path / "b.xlsx", sheets), sheets=12)


@pytest.mark.parametrize("seed", range(4))
def test_cut_off_and_damaged_files_give_one_sentence(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    sources = [invoices(tmp_path / "a.xlsx"), *sorted(ODD.glob("libreoffice-*.*"))]
    for source in sources:
        if source.suffix == ".json":
            continue
        whole = source.read_bytes()
        for at in range(12):
            if at % 2:
                damaged = bytearray(whole)
                for _ in range(chance.randrange(1, 6)):
                    damaged[chance.randrange(len(damaged))] = chance.randrange(256)
            else:
                damaged = bytearray(whole[: chance.randrange(len(whole))])
            path = tmp_path / f"damaged{source.suffix}"
            path.write_bytes(damaged)
            _readable_or_one_sentence(path)


@pytest.mark.parametrize("seed", range(3))
def test_damaged_parts_give_one_sentence(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    source = zipfile.ZipFile(invoices(tmp_path / "a.xlsx", {"Issue Date": "2026-01-01"}))
    for _ in range(25):
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w") as package:
            for info in source.infolist():
                content = bytearray(source.read(info))
                if chance.random() < 0.4:
                    for _ in range(chance.randrange(1, 9)):
                        content[chance.randrange(len(content))] = chance.randrange(32, 127)
                package.writestr(info.filename, bytes(content))
        path = tmp_path / "b.xlsx"
        path.write_bytes(made.getvalue())
        _readable_or_one_sentence(path)


def _readable_or_one_sentence(path: Path) -> None:
    try:
        judged(path)
    except WorkbookError as error:
        assert str(error).endswith(".")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.xls", b"<html><table><tr><td>Invoice Number</td></tr></table></html>", "a web page"),
        ("a.xlsx", b"%PDF-1.7 ...", "a PDF"),
        ("a.xlsx", b"PK\x03\x04 and nothing more", "damaged"),
        ("a.xls", b"\xd0\xcf\x11\xe0" + b"\0" * 600, "damaged"),
        ("a.xlsx", b"plain words", "not a workbook"),
        ("a.xlsx", b"", "empty"),
        ("a.xls", b"<?xml version='1.0'?><Workbook/>", "an XML file"),
    ],
)
def test_wrong_kinds_of_files_are_called_by_their_name(
    tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert words in refused(path)


def test_a_workbook_with_the_wrong_ending_is_read_as_what_it_is(tmp_path: Path) -> None:
    path = invoices(tmp_path / "a.xlsx").rename(tmp_path / "a.xls")
    bodies, faults = judged(path)
    assert len(bodies) == 1
    assert not faults


def test_a_time_beyond_all_calendars_is_a_fault_at_its_cell(tmp_path: Path) -> None:
    cell = '<c r="E2" s="1"><v>1E+300</v></c>'
    rows = header(more=["Issue Date"]) + good(2, cell)
    _, faults = judged(raw(tmp_path / "a.xlsx", rows, styles=["[h]:mm"]))
    assert faults == {("date-not-a-date", "Invoices!E2")}


def test_a_zip_of_something_else_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as package:
        package.writestr("readme.txt", "hello")
    assert "neither a workbook nor" in refused(tmp_path / "a.zip")


def test_the_command_ends_with_2_and_no_traceback(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"%PDF-1.7")
    assert main(["check", str(path)]) == 2
    assert "Traceback" not in "".join(capfd.readouterr())
