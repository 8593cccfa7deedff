"""One flat sheet, in which the invoice's values repeat on every line, split into invoices."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from importer import cli, runs, sandbox
from importer.model import State, Store
from importer.workbook.mapping import load
from importer.workbook.options import ReadOptions
from tests.conftest import ROOT
from tests.workbook.mapped import bodies, book, cells, faults, prepared, verdicts

HEAD = ["Beleg", "Kd", "Datum", "Brutto", "Art", "Mge", "EP", "Text", "RE-Ort", "LI-Ort", "Fracht",
        "KSt", "Farbe"]  # fmt: skip
DAY = dt.date(2026, 3, 1)
MAPPING = """
[flat]
sheet = "Export"
ignore = []
invoices.constants = { Currency = "EUR", "Extra: Source System" = "ERP" }
[flat.invoices.columns]
"Invoice Number" = "Beleg"
"Company ID" = "Kd"
"Issue Date" = "Datum"
"Original Balance" = "Brutto"
"Extra: Cost Center" = "KSt"
[flat.lines.columns]
SKU = "Art"
Quantity = "Mge"
"Unit Price" = "EP"
Description = "Text"
"Custom: colour" = "Farbe"
[flat.addresses.billing.columns]
City = "RE-Ort"
[flat.addresses.shipping.columns]
City = "LI-Ort"
[flat.costs.Freight.columns]
Amount = "Fracht"
"""


def row(number: Any, sku: Any, **more: Any) -> list[Any]:
    """One row of the export, with what belongs to the invoice filled in unless said otherwise."""
    values = {"Beleg": number, "Kd": 1001, "Datum": DAY, "Brutto": 12.5, "Art": sku, "Mge": 1,
              "EP": 12.5, "Text": "A thing", "RE-Ort": "Bonn", **more}  # fmt: skip
    return [values.get(header.replace("-", "_"), values.get(header)) for header in HEAD]


def bare(number: Any, sku: Any, **more: Any) -> list[Any]:
    """One row that repeats nothing of the invoice but its number."""
    return row(number, sku, **{"Kd": None, "Datum": None, "Brutto": None, "RE-Ort": None, **more})


def export(tmp_path: Path, *rows: list[Any]) -> Path:
    return book(tmp_path / "export.xlsx", Export=[["An export"], [], HEAD, *rows])


def test_rows_become_invoices_and_lines_wherever_they_stand(tmp_path: Path) -> None:
    path = export(tmp_path, row("R1", "A"), row("R2", "B"), row("R1", "C", Farbe="red"))
    first, second = verdicts(path, MAPPING)
    assert first.valid
    assert second.valid
    body = first.payload.body
    assert (body["invoiceNumber"], body["customerId"]) == ("R1", "1001")
    assert body["originalBalance"] == {"code": "EUR", "value": 12.5}
    items = body["details"]["details"]["lineItems"]
    assert [item["sku"] for item in items] == ["A", "C"]
    assert items[0]["unitPrice"] == {"code": "EUR", "value": "12.50"}
    assert items[1]["customFields"] == {"colour": "red"}
    origins = first.payload.origins
    for json_path, cell in {
        "/details/details/lineItems/1/sku": "Export!E6",
        "/details/details/lineItems/1/unitPrice/value": "Export!G6",
        "/details/details/lineItems/1/customFields/colour": "Export!M6",
        "/details/header/billingAddress/city": "Export!I4",
        "/issuedAt": "Export!C4",
        "/originalBalance/value": "Export!D4",
    }.items():
        found = origins.find(json_path)
        assert found is not None
        assert found.address == cell
    assert origins.rows()["Export"][:2] == [4, 6]


def test_empty_repeats_are_fine_and_a_value_is_taken_from_where_it_stands(tmp_path: Path) -> None:
    path = export(tmp_path, bare("R1", "A", KSt="4711"), row("R1", "B", LI_Ort="Köln", Fracht=3))
    (verdict,) = verdicts(path, MAPPING)
    assert verdict.valid
    body, origins = verdict.payload.body, verdict.payload.origins
    assert body["customerId"] == "1001"
    assert body["details"]["header"]["shippingAddresses"][0]["city"] == "Köln"
    assert body["details"]["header"]["costLines"] == [
        {"description": "Freight", "amount": {"code": "EUR", "value": "3.00"}}
    ]
    assert {field["fieldName"]: field["fieldValue"] for field in body["extraFields"]} == {
        "Cost Center": "4711",
        "Source System": "ERP",
    }
    for json_path, cell in {
        "/invoiceNumber": "Export!A4",
        "/customerId": "Export!B5",
        "/originalBalance/value": "Export!D5",
        "/extraFields/0/fieldValue": "Export!L4",
        "/details/header/shippingAddresses/0/city": "Export!J5",
        "/details/header/costLines/0/amount/value": "Export!K5",
    }.items():
        found = origins.find(json_path)
        assert found is not None
        assert found.address == cell


def test_values_that_differ_within_an_invoice_are_faults_where_they_differ(tmp_path: Path) -> None:
    path = export(
        tmp_path,
        row("R1", "A"),
        row("R1", "B", Datum=DAY + dt.timedelta(days=1), Kd=1002, Brutto="12.50"),
        row("R2", "C"),
        row("R1", "D", KSt="x"),
    )
    found = faults(path, MAPPING, time_zone="Pacific/Auckland")
    assert [(f.cell, f.code, f.invoice) for f in found] == [
        ("Export!B5", "header-differs", "R1"),
        ("Export!C5", "header-differs", "R1"),
    ]
    assert found[0].message == ("Kd is “1002” here, but “1001” in row 4 of the same invoice R1.")
    assert "“2026-03-02” here, but “2026-03-01” in row 4" in found[1].message
    assert [v.valid for v in verdicts(path, MAPPING)] == [False, True]


def test_a_bad_cell_on_any_row_keeps_its_invoice_from_going_out(tmp_path: Path) -> None:
    path = export(
        tmp_path,
        row("R1", "A"),
        row("R1", "B", Mge="x"),
        row("R2", "C"),
        row("R2", "D", Brutto="y"),
    )
    assert cells(path, MAPPING) == [
        ("Export!F5", "amount-not-a-number"),
        ("Export!D7", "amount-not-a-number"),
    ]
    assert [v.valid for v in verdicts(path, MAPPING)] == [False, False]


def test_a_row_without_a_number_is_told_once_and_filled_down_on_request(tmp_path: Path) -> None:
    path = export(tmp_path, row("R1", "A"), bare(None, "B"), row("R2", "C"))
    assert cells(path, MAPPING) == [("Export!A5", "required-missing")]
    assert len(bodies(path, MAPPING)) == 2
    filled = MAPPING.replace("ignore = []", "fill_down = true")
    assert cells(path, filled) == []
    lines = [len(body["details"]["details"]["lineItems"]) for body in bodies(path, filled)]
    assert lines == [2, 1]


def test_a_row_without_a_line_adds_none(tmp_path: Path) -> None:
    nothing = {"Mge": None, "EP": None, "Text": None}
    path = export(tmp_path, row("R1", None, **nothing), row("R1", "B"))
    (verdict,) = verdicts(path, MAPPING)
    assert verdict.valid
    items = verdict.payload.body["details"]["details"]["lineItems"]
    assert [item["sku"] for item in items] == ["B"]


def test_sums_of_an_invoice_become_one_cost_line_each(tmp_path: Path) -> None:
    mapping = MAPPING + '[flat.costs.Tax]\ncolumns = { Amount = "KSt" }\n'
    mapping = mapping.replace('"Extra: Cost Center" = "KSt"\n', "")
    path = export(tmp_path, row("R1", "A", Fracht=3, KSt=2), row("R1", "B", KSt=2))
    (verdict,) = verdicts(path, mapping)
    header = verdict.payload.body["details"]["header"]
    assert [c["amount"]["value"] for c in header["costLines"]] == ["3.00", "2.00"]
    cell = verdict.payload.origins.find("/details/header/costLines/1/amount/value")
    assert cell is not None
    assert cell.address == "Export!L4"


def test_other_sheets_may_stand_beside_a_flat_one(tmp_path: Path) -> None:
    mapping = MAPPING.replace('"Issue Date"', '"Billing Address Code" = "KSt"\n"Issue Date"', 1)
    mapping = mapping.replace('"Extra: Cost Center" = "KSt"\n', "")
    mapping = mapping.replace('[flat.addresses.billing.columns]\nCity = "RE-Ort"\n', "")
    path = book(
        tmp_path / "two.xlsx",
        Export=[HEAD, row("R1", "A", KSt="HQ"), row("R1", "B")],
        Addresses=[["Address Code", "City"], ["HQ", "Bonn"]],
    )
    (verdict,) = verdicts(path, mapping)
    assert verdict.valid
    assert verdict.payload.body["details"]["header"]["billingAddress"]["city"] == "Bonn"


def test_a_thousand_invoices_of_many_rows_add_up(tmp_path: Path) -> None:
    rows = [row(f"R{n % 1000}", f"S{n}") for n in range(3000)]
    ready = prepared(export(tmp_path, *rows), MAPPING)
    made = [verdict.payload.body for verdict in ready.verdicts()]
    assert len(made) == 1000
    assert [item["sku"] for item in made[7]["details"]["details"]["lineItems"]] == [
        "S7",
        "S1007",
        "S2007",
    ]


# The circle: check, run, mend, upload again


@pytest.fixture
def example(examples: Path) -> tuple[Path, Path]:
    return examples / "flat-export.xlsx", examples / "flat-export-mapping.toml"


def test_the_example_is_what_its_script_makes(tmp_path: Path, examples: Path) -> None:
    import importlib.util
    import sys

    place = ROOT / "examples" / "make_flat_example.py"
    spec = importlib.util.spec_from_file_location("make_flat_example", place)
    assert spec
    assert spec.loader
    script = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = script
    spec.loader.exec_module(script)
    script.main(tmp_path)
    made, kept = load_workbook(tmp_path / script.NAME), load_workbook(examples / script.NAME)
    assert [list(sheet.values) for sheet in made] == [list(sheet.values) for sheet in kept]


def test_the_example_is_clean_with_its_mapping(example: tuple[Path, Path]) -> None:
    workbook, mapping = example
    options = ReadOptions(mapping=load(mapping))
    result = runs.check(workbook, options=options, write_report=False)
    assert (result.invoices.read, result.invoices.valid) == (15, 15)
    assert list(result.faults) == []
    ready = list(prepared(workbook, mapping.read_text("utf-8")).verdicts())
    lines = [v.payload.body["details"]["details"]["lineItems"] for v in ready]
    assert sum(map(len, lines)) == 40
    assert lines[0][0]["sku"].startswith("00")


def test_a_report_of_a_mapped_run_is_uploaded_again_without_the_mapping(
    tmp_path: Path, example: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    source, mapping = example
    workbook = tmp_path / "export.xlsx"
    book_ = load_workbook(source)
    sheet = book_.active
    assert sheet is not None
    headers = [cell.value for cell in sheet[4]]
    letters = {text: column for column, text in enumerate(headers, 1)}
    numbers = [cell.value for cell in sheet["B"]]
    third = numbers.index("0026102") + 1
    sheet.cell(third, letters["Menge"]).value = "zwei"
    sheet.cell(numbers.index("0026104") + 1, letters["Kd.-Nr."]).value = "D-99999"
    book_.save(workbook)

    flags = ["--sandbox", "--yes", "--json"]
    code = cli.main(["run", str(workbook), *flags, "--mapping", str(mapping)])
    first = json.loads(capsys.readouterr().out)
    assert code == 1
    assert (first["invoices"]["created"], first["invoices"]["invalid"]) == (13, 2)
    assert {(f["code"], f["invoice"]) for f in first["faults"]} == {
        ("amount-not-a-number", "0026102"),
        ("value-not-mapped", "0026104"),
        ("header-differs", "0026104"),  # it is the external customer ID too
    }

    report = Path(first["report"])
    assert cli.main(["run", str(report), *flags, "--no-report"]) == 1
    assert json.loads(capsys.readouterr().out)["invoices"]["invalid"] == 2
    mended = load_workbook(report)
    rows = mended["Fakturaexport"]
    at = {str(cell.value): cell.column for cell in rows[1]}
    assert list(at)[: len(headers)] == headers
    for line in range(2, rows.max_row + 1):
        if rows.cell(line, at["Menge"]).value == "zwei":
            rows.cell(line, at["Menge"]).value = 2
        if rows.cell(line, at["Kd.-Nr."]).value == "D-99999":
            rows.cell(line, at["Kd.-Nr."]).value = "D-20017"
    for line in range(2, rows.max_row + 1):
        if rows.cell(line, at["Beleg-Nr."]).value == "0026104":
            rows.cell(line, at["Kd.-Nr."]).value = "D-20017"
    mended.save(report)
    code = cli.main(["run", str(report), *flags])
    second = json.loads(capsys.readouterr().out)
    assert (code, second["invoices"]["created"]) == (0, 2), second["faults"]
    assert second["parent"]


def test_a_report_of_an_unknown_run_asks_for_its_mapping(
    tmp_path: Path, example: tuple[Path, Path], home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    workbook, mapping = example
    report = tmp_path / "report.xlsx"
    cli.main(["check", str(workbook), "--mapping", str(mapping), "--report", str(report)])
    capsys.readouterr()
    assert cli.main(["check", str(report)]) == 2
    said = capsys.readouterr().err
    assert "no sheet named Invoices" in said
    assert "report of a check" in said
    assert "--mapping FILE" in said
    assert not (home / "ledger.db").exists()


def test_python_takes_a_mapping_too(example: tuple[Path, Path], tmp_path: Path) -> None:
    workbook, mapping = example
    with sandbox.running(tmp_path / "store.db") as store:
        result = runs.run(
            workbook,
            store=Store("sandbox", store.store_hash, store.base_url),
            token=store.token,
            options=ReadOptions(mapping=load(mapping)),
            ledger=tmp_path / "ledger.db",
        )
        held = store.invoices()
    assert result.invoices[State.CREATED] == 15
    assert {invoice["invoiceNumber"] for invoice in held} == {f"{26100 + n:07}" for n in range(15)}
