"""`importer map`: what it proposes for somebody else's workbook, and what it leaves to a person."""

from __future__ import annotations

import datetime as dt
import tomllib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from importer import cli, runs
from importer.errors import SettingsError
from importer.workbook.mapping import load, parse
from importer.workbook.matching import Proposed, SheetProposal, Top
from importer.workbook.options import ReadOptions
from importer.workbook.proposal_file import propose_mapping, write_toml
from importer.workbook.proposing import propose
from tests.workbook.mapped import bodies, book

DAY = dt.date(2026, 3, 31)


def taken(proposal: SheetProposal) -> dict[str, str]:
    """Our column for each of the user's headers that is proposed."""
    return {c.header: c.field.column.header for c in proposal.columns if c.taken and c.field}


def column(proposal: SheetProposal, header: str) -> Proposed:
    return next(c for c in proposal.columns if c.header == header)


def one(*rows: list[object], title: str = "Tabelle1") -> SheetProposal:
    (proposal,) = propose([Top(title, rows)])
    return proposal


def test_names_aliases_and_words_of_the_trade_are_proposed_with_their_confidence() -> None:
    found = one(
        ["Invoice Number", "PO No", "Rechnungsbetrag", "Company ID", "Currency"],
        ["R1", "P1", 5, "1001", "EUR"],
        title="Invoices",
    )
    assert found.key == "invoices"
    assert [(c.taken, c.confidence) for c in found.columns] == [
        (True, 100), (True, 98), (True, 92), (True, 100), (True, 100)
    ]  # fmt: skip
    assert found.missing == ()


def test_headers_spelled_alike_are_proposed_but_never_for_an_identifier() -> None:
    found = one(
        ["Invoice Number", "Origial Balnce", "Compny ID", "Isue Date"],
        ["R1", 5, "1001", DAY],
        title="Invoices",
    )
    assert taken(found)["Origial Balnce"] == "Original Balance"
    assert taken(found)["Isue Date"] == "Issue Date"
    company = column(found, "Compny ID")
    assert (company.taken, company.field and company.field.column.key) == (False, "company")
    assert {one.column.key for one in found.missing} == {"company", "currency"}


def test_cells_speak_against_a_name() -> None:
    rows = ["Invoice Number", "Issue Dte", "Unit"], ["R1", "yes", "EA"], ["R2", "no", "EA"]
    found = one(*map(list, rows), title="Invoices")
    assert "Issue Dte" not in taken(found)
    assert column(found, "Unit").field is None


def test_a_header_below_a_title_is_found_and_each_sheet_gets_one_of_ours() -> None:
    found = propose(
        [
            Top("Deckblatt", [["Export of March"], []]),
            Top("Rechnungen", [["März"], [], ["Beleg-Nr", "Kd-Nr", "Brutto"], ["R1", "D1", 5]]),
            Top("Positionen", [["Beleg-Nr", "Artikel-Nr", "Menge", "Preis"], ["R1", "A", 1, 5]]),
            Top("Summary", [["Invoice Number", "Company ID"]]),
        ]
    )
    assert [(p.title, p.key, p.header_row) for p in found] == [
        ("Deckblatt", "", 1),
        ("Rechnungen", "invoices", 3),
        ("Positionen", "lines", 1),
    ]
    assert taken(found[1])["Kd-Nr"] == "External Customer ID"


def test_a_flat_sheet_is_recognised_with_addresses_and_sums() -> None:
    found = one(
        ["Doc No", "Doc Date", "Cust No", "Gross Amount", "Item No", "Qty", "Net Price",
         "Bill To City", "Ship-To City", "Freight", "Qty"],
        ["R1", DAY, "C1", 5, "A", 1, 5, "Bonn", "Ulm", 1, 1],
    )  # fmt: skip
    assert found.key == "flat"
    sections = {c.header: c.field.section for c in found.columns if c.taken and c.field}
    assert sections["Bill To City"] == "addresses.billing"
    assert sections["Ship-To City"] == "addresses.shipping"
    assert sections["Freight"] == "costs.Shipping"
    assert (sections["Doc No"], sections["Item No"]) == ("invoices", "lines")
    assert column(found, "Qty").wanted == "=F"


def test_an_unedited_proposal_of_a_workbook_with_our_names_is_usable(tmp_path: Path) -> None:
    rows = [["INVOICE #", "Company ID", "Cur", "Total", "Zahlstatus", "Fällig am"],
            ["R1", "1001", "EUR", "1.250,00", "bezahlt", "31.03.2026"]]  # fmt: skip
    path = book(tmp_path / "b.xlsx", Rechnungen=rows, Notes=[["x"]])
    target = tmp_path / "m.toml"
    assert cli.main(["map", str(path), "-o", str(target)]) == 0
    mapping = load(target)
    assert (mapping.locale, mapping.date_formats) == ("de_DE", ("%d.%m.%Y",))
    (body,) = bodies(path, target.read_text("utf-8"))
    assert (body["originalBalance"]["value"], body["status"]) == (1250.0, 2)
    assert '# ignore_sheets = ["Notes"]' in target.read_text("utf-8")


def test_ambiguous_dates_and_amounts_are_left_to_the_user(tmp_path: Path) -> None:
    rows = [["Invoice Number", "Total", "Due Date"], ["R1", "1.250", "03/04/2026"]]
    path = book(tmp_path / "b.xlsx", Invoices=rows)
    text = write_toml(propose_mapping(path), "b.xlsx", "m.toml")
    assert "\n# locale" in text
    assert '\n# date_formats = ["DD/MM/YYYY"]' in text


def test_the_example_needs_only_what_no_name_can_tell(
    examples: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "mapping.toml"
    workbook = examples / "flat-export.xlsx"
    assert cli.main(["map", str(workbook), "-o", str(target)]) == 0
    said = capsys.readouterr().out
    assert "Beleg-Nr." in said
    assert "Invoice Number" in said
    assert "92%" in said
    assert "0026100, 0026101" in said
    assert "Company ID: required" in said
    assert f"--mapping {target}" in said
    text = target.read_text("utf-8")
    assert "CHECK IT AND EDIT IT" in text.partition("[flat]")[0]
    assert '"Invoice Number" = "Beleg-Nr."' in text
    assert "92%, such as 0026100 and 0026101" in text
    assert '# "Company ID" = "Kd.-Nr."' in text
    assert cli.main(["check", str(workbook), "--mapping", str(target)]) == 2
    assert "no column Company ID and no column Currency" in capsys.readouterr().err

    text = text.replace('# "Company ID" =', '"Company ID" =')
    text = text.replace("# [flat.invoices.constants]", "[flat.invoices.constants]")
    text = text.replace('# "Currency" = "EUR"', '"Currency" = "EUR"')
    text = text.replace("# locale", "locale")
    target.write_text(text, encoding="utf-8")
    result = runs.check(workbook, options=ReadOptions(mapping=load(target)), write_report=False)
    assert result.invoices.valid == 15


@pytest.mark.parametrize(
    ("output", "said"),
    [("kept.toml", "exists already"), ("folder", "is a folder"), ("m.txt", "ends in .toml")],
)
def test_map_never_replaces_somebodys_work(
    tmp_path: Path, output: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "kept.toml").write_text("# mine", encoding="utf-8")
    (tmp_path / "folder").mkdir()
    path = book(tmp_path / "b.xlsx", Invoices=[["Invoice Number"], ["R1"]])
    assert cli.main(["map", str(path), "-o", str(tmp_path / output)]) == 2
    assert said in capsys.readouterr().err
    assert (tmp_path / "kept.toml").read_text("utf-8") == "# mine"
    assert cli.main(["map", str(path), "-o", str(tmp_path / "kept.toml"), "--force"]) == 0
    assert "[invoices]" in (tmp_path / "kept.toml").read_text("utf-8")


CELLS = st.one_of(st.text(max_size=12), st.floats(), st.integers(), st.dates(), st.booleans())


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@example(rows=[], title="Line Items")
@example(rows=[], title="Shipments")
@example(rows=[["", "", ""], ["", 0.0, "EXTERNALID"]], title=" ")
@given(
    rows=st.lists(st.lists(CELLS, min_size=3, max_size=3), max_size=4), title=st.text(max_size=9)
)
def test_whatever_the_cells_hold_the_proposal_is_a_mapping(
    rows: list[list[object]], title: str
) -> None:
    header: list[object] = ["Invoice Number", "Status", "Qty"]
    tops = [Top(title or "x", rows), Top("Data", [header, *rows])]
    text = write_toml(propose(tops), f"{title}.xlsx", "m.toml")
    table = tomllib.loads(text)
    number = table.get("flat", {}).get("invoices", {}).get("columns", {}).get("Invoice Number")
    if "flat" not in table or number:
        parse(table)
    else:  # the one thing that a flat sheet can't be split without is left to the user
        with pytest.raises(SettingsError, match=r"flat\.invoices\.columns"):
            parse(table)
