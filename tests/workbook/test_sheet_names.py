"""Which sheet is which: by titles, by names of files, by headers, and what is left alone."""

from __future__ import annotations

import unicodedata
import zipfile
from pathlib import Path

import pytest

from importer import runs
from importer.errors import WorkbookError
from importer.model import Fault
from tests.workbook.mapped import bodies, book, prepared

HEAD = "Invoice Number,Company ID,Currency,Original Balance\n"
LINES = "Invoice Number,SKU,Quantity,Unit Price\nA,X,2,0.5\n"
INVOICES = [["Invoice Number", "Company ID", "Currency", "Original Balance"], ["A", "1", "USD", 1]]


def folder(path: Path, **files: str) -> Path:
    path.mkdir()
    for name, text in files.items():
        (path / f"{name}.csv").write_text(text, encoding="utf-8")
    return path


def said(path: Path) -> list[Fault]:
    return [fault for fault in prepared(path).found.rest if fault.code.startswith("sheet-")]


@pytest.mark.parametrize(
    ("invoices", "lines"),
    [
        ("AR March - Invoices", "AR March - Line Items"),  # Google Sheets
        ("AR - 2026 - March - invoices", "AR - 2026 - March - line items"),
        ("Invoices-Table 1", "Line Items-Table 1"),  # Numbers
        ("Invoices-Tabelle 1-1", "Line Items-Tabelle 1-1"),
        ("Invoices (1)", "Line Items (12)"),  # browsers
        ("AR March - Invoices (1)", "AR March - Lines (1)"),
        ("invoices - Copy", "line_items - Copy (2)"),  # Windows
        ("Invoices copy", "Line Items copy 2"),  # macOS
        ("Copy of Invoices", "Copy of Line Items"),
        ("Invoices - Kopie", "Kopie von Line Items"),
        ("march-Invoices", "march-Line Items"),  # LibreOffice
        ("march_invoices", "march_line_items"),
        ("Acme Company Ltd, customers - Invoices", "Acme Company Ltd, customers - Line Items"),
        ("Invoices - Sheet1", "Line Items - Tabellenblatt1"),
        ("Invoices.xlsx - Sheet1 (1)", "AR.xlsx - Line Items"),
        ("Invoices_2026-03-31", "2026-03 Line Items"),
        ("Invoices 20260331 (2)", "Line Items.csv"),
    ],
)
def test_files_are_known_under_the_names_that_programs_give_them(
    tmp_path: Path, invoices: str, lines: str
) -> None:
    path = folder(tmp_path / "f", **{invoices: HEAD + "A,1,USD,1\n", lines: LINES})
    (body,) = bodies(path)
    assert body["details"]["details"]["lineItems"][0]["sku"] == "X"
    assert said(path) == []
    with zipfile.ZipFile(tmp_path / "f.zip", "w") as package:
        for file in path.iterdir():
            package.write(file, f"export/{file.name}")
    assert bodies(tmp_path / "f.zip") == [body]


def test_the_report_of_such_files_is_read_like_them(tmp_path: Path) -> None:
    name = "Accounts receivable North America March 2026 - "
    files = {f"{name}Invoices": HEAD + "A,1,USD,1\nB,1,XXQ,1\n", f"{name}Line Items": LINES}
    path = folder(tmp_path / "f", **files)
    (path / f"{name}Line Items.csv").write_text(LINES + "B,X,2,0.5\n", encoding="utf-8")
    report = runs.check(path, report=tmp_path / "r.xlsx").report
    assert report
    (body,) = bodies(report)
    assert body["invoiceNumber"] == "B"
    assert len(body["details"]["details"]["lineItems"]) == 1


@pytest.mark.parametrize(
    ("one", "other"), [("Invoices", "Invoices (1)"), ("Feb - Invoices", "March - Invoices")]
)
def test_two_files_that_claim_one_sheet_are_refused(tmp_path: Path, one: str, other: str) -> None:
    path = folder(tmp_path / "f", **{one: HEAD + "A,1,USD,1\n", other: HEAD + "B,1,USD,1\n"})
    with pytest.raises(WorkbookError, match="both hold Invoices") as caught:
        prepared(path)
    assert one in str(caught.value)
    assert other in str(caught.value)


def test_a_mapping_names_the_sheet_and_the_file_may_have_more_in_its_name(tmp_path: Path) -> None:
    path = folder(tmp_path / "f", **{"AR - Rechnungen (1)": HEAD + "A,1,USD,1\n"})
    (body,) = bodies(path, '[invoices]\nsheet = "Rechnungen"')
    assert body["invoiceNumber"] == "A"
    (path / "AR - Rechnungen.csv").write_text(HEAD + "B,1,USD,1\n", encoding="utf-8")
    with pytest.raises(WorkbookError, match="could be either of"):
        prepared(path, '[invoices]\nsheet = "Rechnungen"')


def test_a_copy_of_a_sheet_in_a_workbook_is_no_sheet_of_ours(tmp_path: Path) -> None:
    path = book(tmp_path / "b.xlsx", **{"Invoices": INVOICES, "Invoices_(2)": INVOICES})
    assert len(bodies(path)) == 1
    assert [(f.code, f.sheet) for f in said(path)] == [("sheet-unknown", "Invoices (2)")]


@pytest.mark.parametrize(
    ("title", "rows"),
    [
        ("Totals", [["Currency", "Amount"], ["USD", 100]]),
        ("Totals", [["Invoice Number", "Total"], ["A", 1]]),
        ("Totals", [["All of March", None], [None, 17.5]]),
        ("Totals", []),
        ("Charges", [["Customer", "Amount", "Description"], ["Acme", 5, "late"]]),
        ("Items", [["SKU", "Price", "Quantity"], ["X", 5, 100]]),
        ("Address", [["Customer", "Street", "City"], ["Acme", "1 Main St", "Salem"]]),
        ("Deliveries", [["Date", "Carrier"], ["2026-03-01", "UPS"]]),
    ],
)
def test_a_sheet_of_the_users_own_is_left_alone_and_said(
    tmp_path: Path, title: str, rows: list[list[object]]
) -> None:
    path = book(tmp_path / "b.xlsx", Invoices=INVOICES, **{title: rows})
    (body,) = bodies(path)
    assert "details" not in body
    assert [(f.code, f.sheet, f.is_error) for f in said(path)] == [("sheet-unlike", title, False)]


@pytest.mark.parametrize(
    ("ours", "title", "rows"),
    [
        ("Cost Lines", "Totals", [["Currency", "Amount"], ["USD", 100]]),
        ("Line Items", "Items", [["SKU", "Price"], ["X", 5]]),
        ("Line Items", "Positions", [["Invoice No", "SKU", "Stock"], ["A", "X", 5]]),
        ("Addresses", "Address", [["Customer", "City"], ["Acme", "Salem"]]),
    ],
)
def test_a_sheet_of_the_users_own_is_left_alone_beside_ours(
    tmp_path: Path, ours: str, title: str, rows: list[list[object]]
) -> None:
    sheets = {
        "Cost Lines": [["Invoice Number", "Description", "Amount"], ["A", "Subtotal", 1]],
        "Line Items": [["Invoice Number", "SKU", "Quantity", "Unit Price"], ["A", "X", 1, 1]],
        "Addresses": [["Invoice Number", "Address Type", "City"], ["A", "Billing", "York"]],
    }
    path = book(tmp_path / "b.xlsx", Invoices=INVOICES, **{title: rows, ours: sheets[ours]})
    (body,) = bodies(path)
    assert "details" in body
    assert [(f.code, f.sheet) for f in said(path)] == [("sheet-unknown", title)]
    both = book(tmp_path / "c.xlsx", Invoices=INVOICES, **{title: sheets[ours], ours: sheets[ours]})
    with pytest.raises(WorkbookError, match=f"both hold {ours}"):
        prepared(both)


def test_a_sheet_with_our_rows_under_another_of_its_names_is_read_whole_or_refused(
    tmp_path: Path,
) -> None:
    costs = [["Invoice No", "Label", "Value"], ["A", "Subtotal", 1]]
    (body,) = bodies(book(tmp_path / "b.xlsx", Invoices=INVOICES, Totals=costs))
    assert body["details"]["header"]["costLines"][0]["description"] == "Subtotal"
    lines = [["Invoice No", "SKU", "Qty"], ["A", "X", 1]]
    with pytest.raises(WorkbookError, match="no column Unit Price"):
        prepared(book(tmp_path / "c.xlsx", Invoices=INVOICES, Items=lines))


def test_one_sheet_with_all_columns_of_an_invoice_is_taken_and_said(tmp_path: Path) -> None:
    path = book(tmp_path / "b.xlsx", Sheet1=INVOICES, Notes=[["x"]])
    assert len(bodies(path)) == 1
    assert {(f.code, f.sheet) for f in said(path)} == {
        ("sheet-taken", "Sheet1"), ("sheet-unknown", "Notes")
    }  # fmt: skip
    (tmp_path / "export.csv").write_text(HEAD + "A,1,USD,1\n", encoding="utf-8")
    assert [f.code for f in said(tmp_path / "export.csv")] == ["sheet-taken"]
    with pytest.raises(WorkbookError, match="“Sheet1”, “Sheet2” all have"):
        prepared(book(tmp_path / "c.xlsx", Sheet1=INVOICES, Sheet2=INVOICES))


@pytest.mark.parametrize(
    "title", ["Credit notes", "Customers", "Payments", "Orders", "Quotes", "Old", "Gutschriften"]
)
def test_a_title_that_says_something_else_counts_for_more_than_columns(
    tmp_path: Path, title: str
) -> None:
    with pytest.raises(WorkbookError, match="no sheet named Invoices"):
        prepared(book(tmp_path / "b.xlsx", **{title: INVOICES}))


@pytest.mark.parametrize(
    "name", ["supplier_invoices", "Credit notes - Invoices", "draft-invoices", "Void Invoices (1)"]
)
def test_a_file_of_other_invoices_is_not_taken_for_invoices(tmp_path: Path, name: str) -> None:
    (tmp_path / f"{name}.csv").write_text(HEAD + "A,1,USD,1\n", encoding="utf-8")
    with pytest.raises(WorkbookError, match="no sheet named Invoices"):
        prepared(tmp_path / f"{name}.csv")


@pytest.mark.parametrize(
    "theirs",
    [
        unicodedata.normalize("NFD", "Käufer"),
        "KÄUFER",
        unicodedata.normalize("NFD", "KÄUFER"),
        "käu\u00adfer",
        "\u00a0Käufer\u200b ",
        "Ｋäufer",
    ],
)
def test_headers_and_titles_are_the_same_in_any_unicode_form(tmp_path: Path, theirs: str) -> None:
    head = [["Beleg", "Betrag", theirs, "Währung"], ["A", 1, "1001", "EUR"]]
    mapping = (
        '[invoices]\nsheet = "Verkäufe"\n[invoices.columns]\n"Invoice Number" = "Beleg"\n'
        '"Original Balance" = "Betrag"\n"Company ID" = "Käufer"\n"Currency" = "Währung"\n'
    )
    title = unicodedata.normalize("NFD", "Verkäufe")
    for text in (mapping, unicodedata.normalize("NFD", mapping)):
        (body,) = bodies(book(tmp_path / "b.xlsx", **{title: head}), text)
        assert body["customerId"] == "1001"


def test_values_and_our_own_headers_are_the_same_with_blanks_and_dashes(tmp_path: Path) -> None:
    head = [["INVOICE\u00a0NUMBER", "Company‑ID", "Currency", "Original – Balance", "Status"],
            ["A", "1001", "EUR", 1, unicodedata.normalize("NFD", "Überfällig")]]  # fmt: skip
    mapping = '[invoices.values.Status]\n"überfällig" = "Open"\n'
    (body,) = bodies(book(tmp_path / "b.xlsx", Invoices=head), mapping)
    assert (body["customerId"], body["status"]) == ("1001", 0)


@pytest.mark.parametrize(
    ("headers", "named"),
    [
        (["Amount", "Amount Including VAT"], "Amount Including VAT"),
        (["Amount", "Tax Amount"], "Tax Amount"),
        (["Amount", "Net Amount"], "Net Amount"),
        (["Total", "Gross Total"], "Gross Total"),
        (["Total", "Total incl. GST"], "Total incl. GST"),
        (["Original Balance", "Amount Due", "Amount Remaining"], "Amount Remaining"),
        (["Original Balance", "Balance Due", "Remaining Amount"], "Remaining Amount"),
        (["Original Balance", "Payment Due", "Net Due Date"], "Net Due Date"),
    ],
)
def test_a_column_under_another_of_its_names_is_refused_where_a_rival_is(
    tmp_path: Path, headers: list[str], named: str
) -> None:
    head = ["Invoice Number", "Company ID", "Currency", *headers]
    path = book(tmp_path / "b.xlsx", Invoices=[head, ["A", "1", "USD", *([1] * len(headers))]])
    with pytest.raises(WorkbookError, match="but so may") as caught:
        prepared(path)
    assert named in str(caught.value)


@pytest.mark.parametrize(
    "headers",
    [
        ["Total", "Subtotal", "Tax", "Amount Due", "Amount Paid"],
        ["Original Balance", "Balance Due", "Gross Amount"],
        ["Invoice Total", "Net Total", "VAT"],
        ["Total", "Total (BCY)"],
    ],
)
def test_what_is_plainly_the_total_is_taken_beside_other_sums(
    tmp_path: Path, headers: list[str]
) -> None:
    head = ["Invoice Number", "Company ID", "Currency", *headers]
    row = ["A", "1", "USD", *range(9, 9 - len(headers), -1)]
    (body,) = bodies(book(tmp_path / "b.xlsx", Invoices=[head, row]))
    assert body["originalBalance"]["value"] == 9


@pytest.mark.parametrize("header", ["Billing Code", "Shipping Code"])
def test_a_postcode_is_not_taken_for_an_address_code(tmp_path: Path, header: str) -> None:
    rows = [[*INVOICES[0], header], [*INVOICES[1], "10001"]]
    found = prepared(book(tmp_path / "b.xlsx", Invoices=rows))
    assert [f.code for f in found.found.rest] == ["column-unknown"]


@pytest.mark.parametrize("header", ["Discount", "Discount %", "Unit Cost"])
def test_a_percentage_or_a_purchase_price_is_not_taken_for_money_of_a_line(
    tmp_path: Path, header: str
) -> None:
    lines = [["Invoice Number", "SKU", "Quantity", "Unit Price", header], ["A", "X", 1, 1, 10]]
    found = prepared(book(tmp_path / "b.xlsx", Invoices=INVOICES, Line_Items=lines))
    assert [(f.code, f.column) for f in found.found.rest] == [("column-unknown", header)]
