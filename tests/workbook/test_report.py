"""The report as a clerk meets it: written from a real workbook, read back from the file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import python_calamine
from openpyxl.worksheet.worksheet import Worksheet

from importer.errors import WorkbookError
from importer.model import Counts, Fault, Result, Severity, State, Total
from importer.workbook import report
from importer.workbook.cells import original_cells
from importer.workbook.layout import LAYOUT_VERSION
from importer.workbook.package import Package
from importer.workbook.report import InvoiceLine, ReportData, ReportSheet
from importer.workbook.report.rows import COMMENT_LIMIT
from importer.workbook.seal import untouched
from importer.workbook.stamps import find_parent

HEADERS = ["Inv No", "Zip Code", "Original Balance", "Issue Date", "Sales Rep (ours)", "PO Number"]
MADE = datetime(2026, 4, 1, 9, 30, tzinfo=UTC)


SAVED_BY_LIBREOFFICE = Path(__file__).parent / "saved-by-libreoffice.xlsx"
"""Made by `python -m tests.workbook.resave`."""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return make_source(tmp_path)


def make_source(folder: Path) -> Path:
    """A clerk's workbook: row n holds invoice INV-n; rows 4 and 7 are odd."""
    book = openpyxl.Workbook()
    sheet: Any = book.active
    sheet.title = "Invoices"
    sheet.append(HEADERS)
    for row in range(2, 11):
        sheet.append([f"INV-{row}", f"0410{row}", 100.5 + row, datetime(2026, 3, row), "Dana", "1"])
        sheet.cell(row, 3).number_format = '#,##0.00 "EUR"'
        sheet.cell(row, 4).number_format = "dd.mm.yyyy"
    for cell, text in (("E4", "=cmd|'/C calc'!A0"), ("F4", "-2+3"), ("B7", "@home"), ("F7", "+1")):
        sheet[cell].value = text
        sheet[cell].data_type = "s"
    sheet["C7"] = "twelve"
    book.save(folder / "march.xlsx")
    return folder / "march.xlsx"


def fault(
    row: int | None, letter: str | None, message: str = "This is wrong.", **changes: Any
) -> Fault:
    header = dict(zip("ABCDEF", HEADERS, strict=True)).get(letter or "")
    found = Fault("some-code", message, "Do this.", Severity.ERROR, "Invoices", row, header, letter)
    return replace(found, **changes)


def result(*faults: Fault, **changes: Any) -> Result:
    counts = Counts({State.PENDING: 7, State.INVALID: 2}, 7)
    return replace(Result("march.xlsx", True, counts, faults), **changes)


def sheet_of(rows: Iterable[int] = (4, 7), **changes: Any) -> ReportSheet:
    rows = list(rows)
    sheet = ReportSheet(
        title="Invoices",
        header_row=1,
        headers=dict(zip("ABCDEF", HEADERS, strict=True)),
        key="invoices",
        rows=rows,
        status=dict.fromkeys(rows, "invalid"),
        error={rows[0]: ["C4: This is wrong."]},
        values=lambda row: {},
    )
    return replace(sheet, **changes)


def write(
    source: Path,
    result: Result,
    *sheets: ReportSheet,
    outcomes: Iterable[InvoiceLine] = (),
) -> Path:
    path = source.with_name("report.xlsx")
    report.write(ReportData(result, source, sheets, outcomes, made=MADE), path)
    return path


def load(path: Path) -> openpyxl.Workbook:
    return openpyxl.load_workbook(path)


def texts(sheet: Worksheet) -> list[list[Any]]:
    """The filled cells of each row that has any."""
    rows = ([cell.value for cell in row if cell.value is not None] for row in sheet.iter_rows())
    return [row for row in rows if row]


def test_only_the_given_rows_in_the_users_own_columns_and_order(source: Path) -> None:
    book = load(write(source, result(), sheet_of()))
    sheet = book["Invoices"]
    assert [cell.value for cell in sheet[1]] == [
        *HEADERS, "Import Status", "Import Error", "Original Row"
    ]  # fmt: skip
    assert [(row[0].value, row[4].value, row[8].value) for row in sheet.iter_rows(min_row=2)] == [
        ("INV-4", "=cmd|'/C calc'!A0", 4),
        ("INV-7", "Dana", 7),
    ]
    assert [cell.value for cell in sheet["G"]] == ["Import Status", "Invalid", "Invalid"]
    assert sheet["H2"].value == "C4: This is wrong."
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("B2", "A1:I3")


def test_values_stay_what_they_were_with_their_formats(source: Path) -> None:
    row = load(write(source, result(), sheet_of()))["Invoices"][2]
    assert row[1].value == "04104"
    assert (row[2].value, row[2].number_format) == (104.5, '#,##0.00 "EUR"')
    assert (row[3].value, row[3].number_format) == (datetime(2026, 3, 4), "dd.mm.yyyy")


def test_text_that_could_be_a_formula_is_text_and_stays_so_when_edited(source: Path) -> None:
    message = '=HYPERLINK("http://evil") can\'t be read.'
    line = InvoiceLine("=1+1", 4, State.FAILED, "-5", 3, "@SUM(1)")
    path = write(
        source,
        result(fault(4, "E", message, invoice="+1", column="-x"), workbook="=evil.xlsx"),
        sheet_of(headers={"A": "=Inv", "E": "@ours", "F": "PO Number"}, error={4: ["=1"]}),
        outcomes=[line],
    )
    seen = set()
    for sheet in load(path).worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type != "f", cell
                if isinstance(cell.value, str) and cell.value[:1] in "=+-@":
                    assert cell.quotePrefix, (sheet.title, cell)
                    seen.add(cell.value)
    assert {"=cmd|'/C calc'!A0", "-2+3", "+1", message, "=1+1", "@SUM(1)", "=evil.xlsx", "=Inv",
            "@ours", "-x", "=1"} <= seen  # fmt: skip


def test_bad_cells_are_coloured_and_say_why(source: Path) -> None:
    faults = (
        fault(7, "C", "“twelve” is no amount."),
        fault(7, "C", "And another.", severity=Severity.WARNING),
        fault(4, "D", severity=Severity.WARNING),
        fault(None, "E", "Unknown column.", severity=Severity.WARNING),
        fault(9, "A", "Its row isn't in the report."),
    )
    sheet = load(write(source, result(*faults), sheet_of()))["Invoices"]
    comments = {c.coordinate: c.comment.text for row in sheet.iter_rows() for c in row if c.comment}
    assert set(comments) == {"C3", "D2", "E1"}
    assert comments["C3"] == "“twelve” is no amount.\nDo this.\n\nAnd another.\nDo this."
    error, warning = sheet["C3"].fill.fgColor.rgb, sheet["D2"].fill.fgColor.rgb
    assert sheet["E1"].fill.fgColor.rgb == warning != error
    assert sheet["A2"].fill.fill_type is None
    assert sheet["C3"].number_format == '#,##0.00 "EUR"'


def test_each_error_links_to_its_cell_in_the_report(source: Path) -> None:
    faults = (fault(7, "C"), fault(None, "E"), fault(4, None), fault(9, "A"), fault(None, None))
    errors = load(write(source, result(*faults), sheet_of()))["Errors"]
    found = [
        (cell.value, cell.hyperlink.location if cell.hyperlink else None, errors.cell(row, 4).value)
        for row, cell in enumerate(errors["B"][1:], 2)
    ]
    assert found == [
        ("Invoices!C3", "'Invoices'!C3", 7),
        ("Invoices!E1", "'Invoices'!E1", None),
        ("Invoices!H2", "'Invoices'!H2", 4),
        (None, None, 9),
        ("Invoices!A1", "'Invoices'!A1", None),
    ]
    assert [cell.value for cell in errors[2]][4:] == [
        "Original Balance", None, "This is wrong.", "Do this.", "some-code"
    ]  # fmt: skip
    assert (errors.freeze_panes, errors.auto_filter.ref) == ("A2", "A1:I6")


def test_links_reach_sheets_with_quotes_in_their_names(source: Path) -> None:
    sheet = sheet_of(title="Dana's rows", values=lambda row: {"A": f"INV-{row}"})
    book = load(write(source, result(fault(4, "A", sheet="Dana's rows")), sheet))
    assert book["Errors"]["B2"].hyperlink.location == "'Dana''s rows'!A2"


def test_the_original_row_is_that_of_the_clerks_first_workbook(source: Path) -> None:
    path = write(source, result(fault(7, "C")), sheet_of(original={4: 31, 7: 98}))
    book = load(path)
    assert [cell.value for cell in book["Invoices"]["I"][1:]] == [31, 98]
    assert book["Errors"]["D2"].value == 98


def test_counts_add_up_and_are_said_as_a_sum(source: Path) -> None:
    counts = Counts({State.CREATED: 1200, State.SKIPPED: 3, State.REJECTED: 2, State.INVALID: 5})
    totals = (Total("EUR", 1000, Decimal("1234567.89")), Total("JPY", 210, Decimal(500)))
    done = result(
        dry_run=False, invoices=counts, totals=totals, run="20260401-0930-abcd", store="Acme"
    )
    summary = load(write(source, done))["Summary"]
    rows = texts(summary)
    figures = {row[0]: row[1] for row in rows if len(row) == 3 and isinstance(row[1], int)}
    assert figures == {
        "Created": 1200, "Skipped": 3, "Invalid": 5, "Rejected": 2, "Read": 1210,
        "EUR": 1000, "JPY": 210,
    }  # fmt: skip
    sums = "1,210 invoices read = 1,200 created + 3 skipped + 5 invalid + 2 rejected."
    assert ["Read", 1210, sums] in rows
    assert ["EUR", 1000, 1234567.89] in rows
    assert ["Store", "Acme"] in rows
    assert ["1,203 of 1,210 invoices posted, 7 to look at."] in rows
    assert len(summary._charts) == 1
    (chart,) = summary._charts
    charted = summary[chart.series[0].val.numRef.f.partition("!")[2].replace("$", "")]
    assert sum(cell.value for (cell,) in charted) == 1210
    assert not summary.sheet_view.showGridLines


def test_the_most_frequent_causes_come_with_cells_and_remedy(source: Path) -> None:
    faults = [fault(row, "C", "No amount.") for row in range(2, 9)] + [fault(4, "A", "Twice.")]
    rows = texts(load(write(source, result(*faults), sheet_of()))["Summary"])
    cells = "Invoices!C2, Invoices!C3, ..."  # the report's own; it holds two of the seven
    assert ["Error", 7, "Invoices, Original Balance", "No amount.", "Do this.", cells] in rows
    assert ["What went wrong most: 8 faults, 2 causes"] in rows


def test_a_stopped_run_says_so(source: Path) -> None:
    stopped = result(dry_run=False, stopped="The store refused the token.")
    rows = texts(load(write(source, stopped))["Summary"])
    assert ["Posting stopped early: The store refused the token."] in rows


def parent_of(path: Path, package: Package) -> str | None:
    book = python_calamine.CalamineWorkbook.from_path(path)
    return find_parent(
        package, book.sheet_names, lambda title: book.get_sheet_by_name(title).iter_rows()
    )


def test_a_report_is_known_again_by_its_run(source: Path) -> None:
    path = write(source, result(run="20260401-0930-abcd", dry_run=False), sheet_of())
    with Package(path) as package:
        assert package.properties["importer.run"] == "20260401-0930-abcd"
        assert package.properties["importer.layout"] == LAYOUT_VERSION
    assert untouched(path)
    book = load(path)
    book.custom_doc_props.props.clear()
    book.save(path)  # as a program would that drops the properties
    assert not untouched(path)
    with Package(path) as package:
        assert parent_of(path, package) == "20260401-0930-abcd"


def test_a_check_report_is_known_as_one(source: Path) -> None:
    path = write(source, result(), sheet_of())
    with Package(path) as package:
        assert parent_of(path, package) == ""
    book = load(path)
    book.custom_doc_props.props.clear()
    book.save(path)
    with Package(path) as package:
        assert parent_of(path, package) == ""


def test_results_list_every_invoice(source: Path) -> None:
    outcomes = (
        InvoiceLine("00012", 2, State.CREATED, "9001", 1),
        InvoiceLine("INV-7", 7, State.REJECTED, None, 2, "The store said no."),
    )
    book = load(write(source, result(), outcomes=iter(outcomes)))
    assert [[cell.value for cell in row] for row in book["Results"].iter_rows(min_row=2)] == [
        ["00012", 2, "Created", "9001", 1, None],
        ["INV-7", 7, "Rejected", None, 2, "The store said no."],
    ]
    assert book["Results"]["A2"].number_format == "@"
    assert "Results" not in load(write(source, result())).sheetnames


def test_characters_that_xml_forbids_and_very_long_texts_come_through(source: Path) -> None:
    values = {"A": "a\x01b", "B": "x" * 40_000, "C": "half \ud83d pair", "E": "lit _x0041_ eral",
              "F": "😀" * 16_384}  # fmt: skip
    path = write(
        source,
        result(fault(4, "A", "Bad: \x02 here."), workbook="odd\x03.xlsx"),
        sheet_of(title="Elsewhere", values=lambda row: values),
        outcomes=[InvoiceLine("\x04", 1, State.FAILED, None, 1, "\ufffe")],
    )
    read = python_calamine.CalamineWorkbook.from_path(path).get_sheet_by_name("Elsewhere")
    row = read.to_python()[1]
    assert row[0] == "a\x01b"
    assert row[1] == "x" * 32_766 + "…"
    assert row[2] == "half \ufffd pair"
    assert row[4] == "lit _x0041_ eral"
    assert len(row[5].encode("utf-16-le")) <= 2 * 32_767
    load(path)


def test_values_as_read_are_used_where_cells_cannot_be_read_again(tmp_path: Path) -> None:
    source = tmp_path / "march.csv"
    source.write_text("unused\n")
    values = {"A": "00012", "C": Decimal("10.50"), "D": date(2026, 3, 31), "E": float("nan")}
    row = load(write(source, result(), sheet_of([4], values=lambda row: values)))["Invoices"][2]
    assert [cell.value for cell in row[:5]] == ["00012", None, 10.5, datetime(2026, 3, 31), None]
    assert row[3].number_format == "yyyy-mm-dd"


def test_error_values_stay_errors_so_that_they_are_found_again(source: Path) -> None:
    book = load(source)
    book["Invoices"]["C4"].value = "#REF!"
    book["Invoices"]["C4"].data_type = "e"
    book.save(source)
    cell = load(write(source, result(), sheet_of()))["Invoices"]["C2"]
    assert (cell.value, cell.data_type) == ("#REF!", "e")


def test_empty_cells_of_known_columns_take_what_the_clerk_types_as_it_is_meant(
    source: Path,
) -> None:
    sheet = load(write(source, result(), sheet_of()))["Invoices"]
    assert sheet.column_dimensions["A"].number_format == "@"
    assert sheet.column_dimensions["D"].number_format == "yyyy-mm-dd"


def test_choices_can_be_mended_from_a_drop_down(source: Path) -> None:
    sheet = sheet_of(headers={"A": "Inv No", "E": "Payment Status"})
    rules = load(write(source, result(), sheet))["Invoices"].data_validations.dataValidation
    assert [(str(rule.sqref), rule.formula1) for rule in rules] == [
        ("B2:B1048576", '"Open,Partially paid,Completed"')
    ]


def test_comments_are_capped_but_every_bad_cell_is_coloured(tmp_path: Path) -> None:
    rows = range(2, COMMENT_LIMIT + 12)
    faults = [fault(row, "A") for row in rows]
    sheet = sheet_of(rows, values=lambda row: {"A": f"INV-{row}"})
    book = load(write(tmp_path / "gone.xlsx", result(*faults), sheet))
    cells = book["Invoices"]["A"][1:]
    assert len({cell.fill.fgColor.rgb for cell in cells}) == 1
    assert cells[-1].fill.fill_type == "solid"
    assert sum(1 for cell in cells if cell.comment) == COMMENT_LIMIT
    assert any("10 more marked cells" in str(row[0]) for row in texts(book["Summary"]))


def test_titles_that_excel_refuses_are_made_fit_and_still_linked(source: Path) -> None:
    titles = ["Q1/Q2 [draft]", "A title that is far too long for Excel 1", "Summary"]
    titles.append(titles[1][:-1] + "2")
    sheets = [sheet_of(title=title, values=lambda row: {"A": "x"}) for title in titles]
    faults = [fault(4, "A", sheet=title) for title in titles]
    book = load(write(source, result(*faults), *sheets))
    made = book.sheetnames[2:]
    assert made == ["Q1_Q2 _draft_", "A title that is far too long fo", "Summary (2)",
                    "A title that is far too lon (2)"]  # fmt: skip
    links = [cell.hyperlink.location for cell in book["Errors"]["B"][1:]]
    assert links == [f"'{title}'!A2" for title in made]


def test_the_same_data_is_the_same_file(source: Path) -> None:
    first = write(source, result(fault(4, "A")), sheet_of()).read_bytes()
    assert write(source, result(fault(4, "A")), sheet_of()).read_bytes() == first


def test_nothing_is_left_behind_when_it_cannot_be_written(source: Path) -> None:
    place = source.with_name("taken.xlsx")
    place.mkdir()
    before = sorted(source.parent.iterdir())
    with pytest.raises(WorkbookError, match="can't be written"):
        report.write(ReportData(result(), source, (sheet_of(),)), place)
    assert sorted(source.parent.iterdir()) == before


def test_a_report_saved_by_libreoffice_keeps_what_the_way_back_needs() -> None:
    with Package(SAVED_BY_LIBREOFFICE) as package:
        assert package.properties["importer.run"] == "20260401-0930-abcd"
    book = load(SAVED_BY_LIBREOFFICE)
    sheet = book["Invoices"]
    assert sheet["B2"].value == "04104"
    assert sheet["D2"].value == datetime(2026, 3, 4)
    assert (sheet["E2"].value, sheet["E2"].data_type) == ("=cmd|'/C calc'!A0", "s")
    assert "No amount." in sheet["C3"].comment.text
    assert sheet["C3"].fill.fill_type == "solid"
    assert book["Errors"]["B2"].hyperlink.location.replace("'", "") == "Invoices!C3"
    ((_, cells),) = original_cells(SAVED_BY_LIBREOFFICE, "Invoices", [2])
    values = {cell.letter: cell.value for cell in cells}
    assert (values["B"], values["D"], values["F"]) == ("04104", datetime(2026, 3, 4), "-2+3")


def test_rows_that_the_words_of_a_fault_name_are_the_reports(source: Path) -> None:
    alike = "Invoice INV-4 looks like inv-4 in row 7, Inv-4 in row 9: one?"
    faults = [
        fault(4, "A", alike, code="invoice-numbers-alike"),
        fault(7, "A", "Invoice X appears in several rows (4, 7, 9).", code="invoice-duplicate"),
        fault(7, "C", "The store said: row 7 is wrong.", code="store-rejected"),
    ]
    book = load(write(source, result(*faults), sheet_of()))
    said = [row[6].value for row in book["Errors"].iter_rows(min_row=2)]
    assert said == [
        "Invoice INV-4 looks like inv-4 in row 3, Inv-4 in row 9 of your workbook: one?",
        "Invoice X appears in several rows (2, 3 and 9 of your workbook).",
        "The store said: row 7 is wrong.",
    ]
