"""A user's mapping: what it takes, what it refuses, and what it makes of other people's sheets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from importer import cli
from importer.errors import SettingsError, WorkbookError
from importer.workbook.mapping import load, parse, remembered
from importer.workbook.options import ReadOptions
from tests.workbook.mapped import bodies, book, cells, faults, prepared

HEAD = ["Beleg", "Kunde", "Währung", "Betrag", "Vom", "Stand"]
ROW = ["R1", "D-1", "EUR", "1.250,00", "31.03.2026", "bezahlt"]
MAPPING = """
locale = "de-DE"
date_formats = ["DD.MM.YYYY"]
[invoices]
sheet = "rechnungen"
[invoices.columns]
"invoice no" = "Beleg"
"Company ID" = " kunde "
"Currency" = "WÄHRUNG"
"Original Balance" = "Betrag"
"Issue Date" = "=E"
[invoices.values."Company ID"]
"d-1" = "1001"
"""


def one(tmp_path: Path, *rows: Any) -> Path:
    return book(tmp_path / "b.xlsx", Rechnungen=rows or [HEAD, ROW])


def test_headers_letters_values_formats_and_locale_are_taken(tmp_path: Path) -> None:
    (body,) = bodies(one(tmp_path), MAPPING)
    assert body == {
        "invoiceNumber": "R1",
        "customerId": "1001",
        "issuedAt": 1774915200,
        "originalBalance": {"code": "EUR", "value": 1250.0},
        "openBalance": {"code": "EUR", "value": 1250.0},
    }
    unknown = [f.column for f in prepared(one(tmp_path), MAPPING).found.rest]
    assert unknown == ["Stand"]


def test_value_maps_compare_in_any_case_and_spacing_and_may_empty_a_cell(tmp_path: Path) -> None:
    mapping = MAPPING.replace('"Currency"', 'Status = "Stand"\nCurrency', 1) + (
        '[invoices.values.Status]\n"ganz  Bezahlt" = "Completed"\n"-" = ""\n'
    )
    rows = [HEAD, [*ROW[:5], " GANZ bezahlt "], ["R2", *ROW[1:5], "-"], ["R3", *ROW[1:5], "Open"],
            ["R4", *ROW[1:5], "strittig"]]  # fmt: skip
    path = one(tmp_path, *rows)
    assert [body.get("status") for body in bodies(path, mapping)] == [2, None, 0, None]
    assert ("Rechnungen!F5", "choice-unknown") in cells(path, mapping)


def test_an_identifier_that_the_list_of_values_lacks_is_never_guessed(tmp_path: Path) -> None:
    path = one(tmp_path, HEAD, ["R1", "1001", *ROW[2:]])
    (found,) = faults(path, MAPPING)
    assert (found.cell, found.code) == ("Rechnungen!B2", "value-not-mapped")
    assert "“1001”" in found.message


def test_constants_stand_for_a_column_that_is_not_there(tmp_path: Path) -> None:
    mapping = """
[invoices.columns]
"Original Balance" = "Betrag"
"Extra: Project" = "Vorhaben"
[invoices.constants]
Currency = "jpy"
"Company ID" = 1001
"Issue Date" = 2026-03-31
"Extra: Channel" = "ERP"
[lines.columns]
"Custom: colour" = "Farbe"
"Custom: size" = "Size"
[lines.constants]
Quantity = 1
"""
    path = book(
        tmp_path / "b.xlsx",
        Invoices=[["Invoice Number", "Betrag", "Vorhaben"], ["R1", 12, "Dock"], ["R2", 1.5, None]],
        Line_Items=[["Invoice Number", "SKU", "Price", "Farbe"], ["R1", "A", 12, "red"]],
    )
    with pytest.raises(WorkbookError, match="“Size”"):
        bodies(path, mapping)
    mapping = mapping.replace('"Custom: size" = "Size"\n', "")
    first, second = bodies(path, mapping)
    assert first["originalBalance"] == {"code": "JPY", "value": 12}
    assert (first["customerId"], first["issuedAt"]) == ("1001", 1774915200)
    assert first["extraFields"] == [
        {"fieldName": "Project", "fieldValue": "Dock"},
        {"fieldName": "Channel", "fieldValue": "ERP"},
    ]
    assert second["extraFields"] == [{"fieldName": "Channel", "fieldValue": "ERP"}]
    (line,) = first["details"]["details"]["lineItems"]
    assert (line["quantity"], line["customFields"]) == ("1", {"colour": "red"})
    assert cells(path, mapping) == [("Invoices!B3", "amount-too-precise")]


def test_extra_and_custom_headers_need_no_mapping(tmp_path: Path) -> None:
    path = book(
        tmp_path / "b.xlsx",
        Invoices=[
            ["Invoice Number", "Company ID", "Currency", "Total", "extra:  Cost Center"],
            ["R1", "1001", "EUR", 5, "0410"],
        ],
        Lines=[["Invoice", "SKU", "Qty", "Price", "Custom: colour"], ["R1", "A", 1, 5, "red"]],
    )
    (body,) = bodies(path)
    assert body["extraFields"] == [{"fieldName": "Cost Center", "fieldValue": "0410"}]
    assert body["details"]["details"]["lineItems"][0]["customFields"] == {"colour": "red"}


def test_a_sheet_without_a_header_is_read_by_letters(tmp_path: Path) -> None:
    mapping = """
[invoices]
sheet = "Rechnungen"
header_row = 0
columns = { "Invoice Number" = "=A", "Company ID" = "=b", "Original Balance" = "=D", "PO" = "=H" }
constants = { Currency = "EUR" }
"""
    path = one(tmp_path, ["R1", "1001", None, 5, *[None] * 3, "P"], ["R2", "1001", None, "x"])
    assert [body["invoiceNumber"] for body in bodies(path, mapping)] == ["R1", "R2"]
    assert cells(path, mapping) == [("Rechnungen!D2", "amount-not-a-number")]


def test_what_the_mapping_names_goes_before_what_bears_the_name(tmp_path: Path) -> None:
    mapping = """
ignore_sheets = ["Totals"]
[invoices]
ignore = ["Status"]
columns = { "Original Balance" = "Gross" }
"""
    path = book(
        tmp_path / "b.xlsx",
        Invoices=[
            ["Invoice Number", "Company ID", "Currency", "Amount", "Gross", "Status"],
            ["R1", "1001", "EUR", 1, 2, "whatever"],
        ],
        Totals=[["a pivot"]],
    )
    ready = prepared(path, mapping)
    (verdict,) = ready.verdicts()
    assert verdict.payload.body["originalBalance"]["value"] == 2
    assert "status" not in verdict.payload.body
    assert [(f.column, f.code) for f in ready.found.rest] == [("Amount", "column-unknown")]


def test_flags_go_before_the_mapping(tmp_path: Path) -> None:
    path = one(tmp_path, HEAD, [*ROW[:3], "1,250.00", "03/31/2026", ""])
    flags = {"locale": "en_US", "date_formats": ("%m/%d/%Y",)}
    (body,) = bodies(path, MAPPING, **flags)
    assert (body["originalBalance"]["value"], body["issuedAt"]) == (1250.0, 1774915200)


def test_two_columns_of_one_header_are_told_apart_by_letter(tmp_path: Path) -> None:
    path = one(tmp_path, [*HEAD, "Betrag"], [*ROW, "7,00"])
    with pytest.raises(WorkbookError, match=r"D1 and Rechnungen!G1 both") as caught:
        bodies(path, MAPPING)
    assert '"=D"' in caught.value.remedy
    assert bodies(path, MAPPING.replace('"Betrag"', '"=G"'))[0]["originalBalance"]["value"] == 7


@pytest.mark.parametrize(
    ("change", "said", "remedy"),
    [
        (('"Betrag"', '"Beträge"'), "Original Balance from the column “Beträge”", "“Betrag”"),
        (('"rechnungen"', '"Facturas"'), "“Facturas”, but b.xlsx has “Rechnungen”", "title"),
        (('"Currency" = "WÄHRUNG"', ""), "no column Currency", "Say in the mapping"),
        (("[invoices]", "[invoices]\nheader_row = 9"), "ends before row 9", "header_row"),
    ],
)
def test_a_mapping_that_does_not_fit_the_workbook_is_told_in_one_sentence(
    tmp_path: Path, change: tuple[str, str], said: str, remedy: str
) -> None:
    with pytest.raises(WorkbookError) as caught:
        bodies(one(tmp_path), MAPPING.replace(*change))
    assert said in str(caught.value)
    assert remedy in caught.value.remedy


def test_headers_that_are_not_known_lead_to_map(tmp_path: Path) -> None:
    with pytest.raises(WorkbookError) as caught:
        bodies(one(tmp_path))
    assert "importer map b.xlsx" in caught.value.remedy


@pytest.mark.parametrize(
    ("toml", "said", "remedy"),
    [
        ("loclae = 'de_DE'", "loclae is not known", "“locale”"),
        ("[invoice]", "invoice is not known", "“invoices”"),
        ("[invoices]\ncolums = {}", "invoices.colums is not known", "“columns”"),
        ("[invoices.columns]\n'Isue Date' = 'x'", 'invoices.columns."Isue Date"', "“Issue Date”"),
        ("[lines.columns]\nColour = 'x'", "lines.columns.Colour is not a column", "It has"),
        ("[invoices.columns]\nPO = 3", "invoices.columns.PO must be text", ""),
        ("[invoices.columns]\nPO = 'a'\n'PO No' = 'b'", "is given twice", ""),
        ("[invoices]\ncolumns.PO = 'a'\nconstants.PO = 'b'", "constants.PO is given twice", ""),
        ("[invoices.constants]\nCurrency = 'EURO'", "“EURO” is not a currency code", "ISO"),
        ("[invoices.constants]\nStatus = 'Paid'", "not one of the choices", "Completed"),
        ("[invoices.values.Status]\nBezahlt = 'Paid'", "values.Status.Bezahlt can't", "Completed"),
        ("[invoices.values.Status]\nA = 'Open'\n' a' = 'Open'", "appears twice", ""),
        ("[invoices]\nheader_row = 99", "invoices.header_row must be a row number", ""),
        ("[invoices]\nheader_row = true", "invoices.header_row must be a row number", ""),
        ("locale = 'xx_YY'", "locale can't be used: 'xx_YY'", ""),
        ("date_formats = ['DD.MM']", "date_formats[0] can't be used", ""),
        ("date_formats = 'DD.MM.YYYY'", "date_formats must be a list", ""),
        ("invoices = 3", "invoices must be a table", ""),
        ("[flat]\nsheet = 'x'", "flat.invoices.columns is missing", ""),
        ("[flat]\nsheet = 'x'\ninvoices.columns.PO = 'P'", "Invoice Number", ""),
        (
            "[flat]\nsheet = 'x'\ninvoices.columns.'Invoice Number' = 'N'\naddresses.home = {}",
            "flat.addresses.home is not a kind of address",
            "billing",
        ),
        (
            "[flat]\nsheet = 'x'\ninvoices.columns.'Invoice Number' = 'N'\n[invoices]",
            "[invoices] can't be used together with [flat.invoices]",
            "Keep one",
        ),
        (
            "[flat]\nsheet = 'x'\ninvoices.columns.'Invoice Number' = 'N'\n"
            "costs.Tax = { columns = { Amount = 'T', Description = 'D' } }",
            "flat.costs.Tax gives Description",
            "Leave it out",
        ),
        ("[invoices\n", "not valid TOML", ""),
    ],
)
def test_a_mapping_with_a_mistake_names_its_key_and_exits_with_2(
    tmp_path: Path, toml: str, said: str, remedy: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "m.toml"
    path.write_text(toml, encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        load(path)
    assert said in str(caught.value)
    assert str(caught.value).startswith("The mapping m.toml")
    assert remedy in caught.value.remedy
    assert cli.main(["check", str(one(tmp_path)), "--mapping", str(path)]) == 2
    assert said in capsys.readouterr().err


def test_a_mapping_that_is_not_there_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        load(tmp_path / "none.toml")
    assert "importer map" in caught.value.remedy
    with pytest.raises(SettingsError, match="can't be read"):
        load(tmp_path)


def test_a_run_remembers_the_mapping_with_its_flags(tmp_path: Path) -> None:
    path = tmp_path / "m.toml"
    path.write_text(MAPPING + "[invoices.constants]\n'Due Date' = 2026-04-30\n", encoding="utf-8")
    mapping = load(path)
    kept = remembered(mapping, ReadOptions(locale="fr_FR", date_formats=("%d.%m.%Y",)))
    again = parse(json.loads(json.dumps(kept)))
    assert (again.locale, again.date_formats) == ("fr_FR", ("%d.%m.%Y",))
    assert again.sheets["invoices"].columns == mapping.sheets["invoices"].columns
    assert str(again.sheets["invoices"].constants["due"]) == "2026-04-30"
    assert remembered(None, ReadOptions()) is None


def test_check_names_the_mapping_in_the_next_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mapping = tmp_path / "m.toml"
    mapping.write_text(MAPPING.replace('locale = "de-DE"\n', ""), encoding="utf-8")
    args = ["check", str(one(tmp_path)), "--mapping", str(mapping), "--locale", "de-DE"]
    assert cli.main([*args, "--time-zone", "Europe/Berlin"]) == 0
    said = capsys.readouterr().out
    assert f"--mapping {mapping}" in said
    assert "--locale de_DE" in said
