"""An invoice stands in a report with every row that it was made from, or not at all.

So a report that is uploaded again gives the very payloads of the first workbook.
"""

from __future__ import annotations

import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import requests

from importer import settings
from importer.errors import StoreUnreachable
from importer.ledger import Ledger
from importer.model import Counts, Fault, Json, Part, Result, State, Store
from importer.posting import PostOptions
from importer.runs import Steps, check, history, report, run, show, verify
from importer.runs.history import recall_from
from importer.runs.places import place_for
from importer.runs.preparing import prepare
from importer.runs.reports import Source, make_report, views_of
from importer.runs.selecting import Candidate, whole
from importer.sandbox.server import Sandbox
from importer.workbook.mapping import parse
from importer.workbook.options import ReadOptions
from tests.odd.make_odd import HERE as ODD
from tests.odd.make_odd import KINDS
from tests.waiting import until
from tests.workbook.mapped import book

from .conftest import Make

QUICK = PostOptions(settle=0.3, first_look=0.02, backoff=0.01, poll=0.05, in_flight=1)
HEAD = ["Invoice Number", "Company ID", "Currency", "Original Balance", "Status",
        "Billing Address Code", "Shipping Address Code", "Extra: Cost Center"]  # fmt: skip
ADDRESS = ["Invoice Number", "Address Code", "Address Type", "Last Name", "City"]
BALANCE = "D"

Sheets = dict[str, list[list[Any]]]


def full(numbers: Sequence[str] = ("A", "B", "C", "D"), **changed: Any) -> Sheets:
    """Invoices with two lines each, costs, a shipment, a billing address and a shared one.

    Their rows stand in another order on each sheet. `changed` gives a column's value by invoice;
    one that names a billing address by its code has none of its own.
    """
    status, billing = changed.get("status", {}), changed.get("billing", {})
    return {
        "Invoices": [HEAD] + [
            [n, "1001", "EUR", 30, status.get(n), billing.get(n), "DEPOT", "North"]
            for n in numbers
        ],
        "Line_Items": [["Invoice Number", "SKU", "Quantity", "Unit Price", "Description"]] + [
            [n, f"{n}-{sku}", 1, price, "A thing"]
            for sku, price in (("X", 10), ("Y", 20))
            for n in reversed(numbers)
        ],
        "Addresses": [
            ADDRESS,
            [None, "DEPOT", None, "Brandt", "Bonn"],
            *([n, None, "Billing", f"Own of {n}", "Kiel"] for n in numbers if n not in billing),
            [None, "HQ", None, "Reyes", "Portland"],
        ],
        "Cost_Lines": [["Invoice Number", "Description", "Amount"]] + [
            [n, "Subtotal", 30] for n in reversed(numbers)
        ],
        "Shipments": [["Invoice Number", "Address Index", "Ship Via", "Tracking Number"]] + [
            [n, "0", "UPS", f"T-{n}"] for n in numbers
        ],
    }  # fmt: skip


def bodies(path: Path, **options: Any) -> dict[str, Json]:
    """Give the payloads of a workbook by invoice number, with the mapping of the report's run."""
    prepared = prepare(path, ReadOptions(**options), recall=recall_from(None))
    return {payload.number: payload.body for payload in prepared.groups}


def errors(path: Path, **options: Any) -> Counter[tuple[str, str | None]]:
    """Give what is wrong with a workbook by code and column, each with how often."""
    found = check(path, write_report=False, options=ReadOptions(**options)).faults
    return Counter((fault.code, fault.column) for fault in found if fault.is_error)


def assert_whole(written: Path | None, original: Path, expected: set[str], **options: Any) -> None:
    """The report holds these invoices, and each is what the first workbook made of it."""
    assert written is not None
    before, again = bodies(original, **options), bodies(written)
    assert again == {number: before[number] for number in expected}
    assert all(body["details"] for body in again.values())


def cells(path: Path | None, sheet: str, header: str) -> dict[Any, Any]:
    """Give the values of one column by the first one."""
    assert path is not None
    rows = openpyxl.load_workbook(path)[sheet].iter_rows(values_only=True)
    at = next(rows).index(header)
    return {row[0]: row[at] for row in rows}


@pytest.fixture
def workbook(tmp_path: Path) -> Path:
    return book(tmp_path / "book.xlsx", **full())


def change(shop: Sandbox, number: str, method: str = "PUT", **body: object) -> None:
    """Change or delete an invoice in the store behind our back."""
    [found] = [one for one in shop.invoices() if one["invoiceNumber"] == number]
    done = requests.request(
        method,
        f"{shop.base_url}/ip/invoices/{found['id']}",
        json=body or None,
        headers={"X-Auth-Token": shop.token, "X-Store-Hash": shop.store_hash},
        timeout=10,
    )
    assert done.json()["code"] == 200


def test_created_invoices_that_the_store_lost_or_changed_come_with_all_their_rows(
    workbook: Path, shop: Sandbox, store: Store, tmp_path: Path
) -> None:
    done = run(workbook, store=store, token=shop.token)
    assert done.invoices.by_state == {State.CREATED: 4}
    change(shop, "B", originalBalance={"code": "EUR", "value": "31"})
    change(shop, "D", method="DELETE")
    written = verify(done.run or "", store=store, token=shop.token, report=tmp_path / "v.xlsx")
    assert_whole(written.report, workbook, {"B", "D"})
    assert cells(written.report, "Invoices", "Import Status") == {"B": "Created", "D": "Missing"}


def test_a_run_of_which_some_failed_shows_those_alone_and_whole(
    tmp_path: Path, shop: Sandbox, store: Store
) -> None:
    workbook = book(tmp_path / "book.xlsx", **full(status={"B": "Opne"}))
    shop.set_fault("body-400", count=1, method="POST")
    result = run(workbook, store=store, token=shop.token, steps=Steps(posting=QUICK))
    assert result.invoices.by_state == {State.CREATED: 2, State.INVALID: 1, State.REJECTED: 1}
    assert_whole(result.report, workbook, {"A", "B"})


def test_conflicts_and_skipped_ones(workbook: Path, shop: Sandbox, store: Store) -> None:
    run(workbook, store=store, token=shop.token)
    changed = full()
    changed["Invoices"][2][3] = 99
    other = book(workbook.with_name("other.xlsx"), **changed)
    result = run(other, store=store, token=shop.token)
    assert result.invoices.by_state == {State.SKIPPED: 3, State.CONFLICT: 1}
    assert_whole(result.report, other, {"B"})


def test_a_report_that_is_asked_for_when_all_is_well_shows_no_rows(
    workbook: Path, shop: Sandbox, store: Store, tmp_path: Path
) -> None:
    sheets = full()
    sheets["Cost_Lines"][1][2] = 31  # a sum that doesn't tie is a warning
    warned = book(tmp_path / "warned.xlsx", **sheets)
    checked = check(warned, report=tmp_path / "c.xlsx")
    assert checked.well
    assert checked.faults
    assert cells(checked.report, "Invoices", "Company ID") == {}
    assert cells(checked.report, "Cost Lines", "Amount") == {}


def test_a_shared_address_goes_with_each_invoice_that_names_it(tmp_path: Path) -> None:
    workbook = book(
        tmp_path / "book.xlsx",
        **full(status={"B": "Opne", "C": "Opne"}, billing={"B": "HQ", "D": "HQ"}),
    )
    written = check(workbook).report
    assert_whole(written, workbook, {"B", "C"})
    assert bodies(workbook)["B"]["details"]["header"]["billingAddress"]["city"] == "Portland"


def test_a_shared_address_at_fault_keeps_back_all_that_name_it(tmp_path: Path) -> None:
    sheets = full(billing={"A": "HQ", "D": "HQ"})
    sheets["Addresses"][-1][3] = "=1/0"
    workbook = book(tmp_path / "book.xlsx", **sheets)
    made = openpyxl.load_workbook(workbook)
    bad = made["Addresses"]["D5"]
    bad.value, bad.data_type = "#DIV/0!", "e"
    made.save(workbook)
    result = check(workbook)
    assert result.invoices.by_state == {State.PENDING: 2, State.INVALID: 2}
    assert_whole(result.report, workbook, {"A", "D"})


@pytest.mark.parametrize("posted", [False, True])
def test_an_address_that_bears_the_number_of_another_invoice_brings_that_one_along(
    tmp_path: Path, shop: Sandbox, store: Store, posted: bool
) -> None:
    """D sends to an address of B, who bills to one of A; only D is invalid."""
    sheets = full(status={"D": "Opne"}, billing={"B": "OF-A"})
    sheets["Addresses"][2][1] = "OF-A"
    sheets["Addresses"].append(["B", "OF-B", "Shipping", "Second of B", "Ulm"])
    sheets["Invoices"][2][6], sheets["Invoices"][4][6] = None, "OF-B"
    workbook = book(tmp_path / "book.xlsx", **sheets)
    result = run(workbook, store=store, token=shop.token) if posted else check(workbook)
    assert_whole(result.report, workbook, {"A", "B", "D"})
    word = "Created" if posted else "Ready"
    states = cells(result.report, "Invoices", "Import Status")
    assert states == {"A": word, "B": word, "D": "Invalid"}
    assert result.report
    assert errors(result.report) == Counter({("choice-unknown", "Status"): 1})


def test_a_row_that_belongs_to_nobody_stands_beside_whole_invoices(tmp_path: Path) -> None:
    sheets = full(status={"C": "Opne"})
    sheets["Line_Items"].append(["E", "E-X", 1, 10, "Whose?"])
    workbook = book(tmp_path / "book.xlsx", **sheets)
    written = check(workbook).report
    assert_whole(written, workbook, {"C"})
    assert cells(written, "Line Items", "SKU") == {"C": "C-Y", "E": "E-X"}


FLAT = """
[flat]
sheet = "Summary"
fill_down = true
invoices.constants = { Currency = "EUR" }
invoices.columns = { "Invoice Number" = "Beleg", "Company ID" = "Kd", "Original Balance" = "=C", \
"Extra: Cost Center" = "Projekt" }
lines.columns = { SKU = "Art", Quantity = "Mge", "Unit Price" = "EP" }
addresses.billing.columns = { City = "Ort" }
costs.Freight.columns = { Amount = "Fracht" }
"""


def test_a_flat_sheet_comes_back_with_every_row_of_its_invoices(
    tmp_path: Path, shop: Sandbox, store: Store
) -> None:
    """Its title is one of ours, too: in the report it has another."""
    workbook = book(
        tmp_path / "flat.xlsx",
        Summary=[
            ["An export"],
            ["Beleg", "Kd", "Brutto", "Art", "Mge", "EP", "Ort", "Fracht", "Projekt", "Notiz"],
            ["R1", 1001, 30, "A", 1, 10, "Bonn", 2, "North", None],
            [None, None, None, "B", 2, 10, None, None, None, None],
            ["R2", 1001, 31, "C", "two", 31, "Kiel", None, None, None],
            ["R3", 1001, 32, "D", 1, 32, "Ulm", None, None, None],
            ["R2", None, None, "E", 1, 0, None, 4, "P2", None],
            [None, None, None, None, None, None, None, None, None, "only a note"],
            ["R1", None, None, "F", 3, 1, None, None, None, None],
        ],
    )
    options = ReadOptions(mapping=parse(tomllib.loads(FLAT)))
    result = run(workbook, store=store, token=shop.token, options=options)
    assert result.invoices.by_state == {State.CREATED: 2, State.INVALID: 1}
    assert_whole(result.report, workbook, {"R2"}, mapping=options.mapping)
    change(shop, "R1", method="DELETE")
    checked = verify(result.run or "", store=store, token=shop.token, report=tmp_path / "v.xlsx")
    assert_whole(checked.report, workbook, {"R1", "R2"}, mapping=options.mapping)


def test_csv_files_come_back_as_they_were(tmp_path: Path, shop: Sandbox, store: Store) -> None:
    folder = tmp_path / "export"
    folder.mkdir()
    (folder / "Invoices.csv").write_text(
        "Invoice Number;Company ID;Currency;Original Balance;Due Date\n"
        "0001;1001;EUR;1.250,00;2026-05-01\n0002;1001;EUR;7,5;2026-05-01\n",
        encoding="cp1252",
    )
    (folder / "Line Items.csv").write_text(
        "Invoice Number;SKU;Quantity;Unit Price;Description\n"
        "0002;-A;1,5;5;Dübel\n0001;007;1;1.250,00;+49 é\n",
        encoding="cp1252",
    )
    options = ReadOptions(locale="de_DE", csv_encoding="cp1252", csv_delimiter=";")
    done = run(folder, store=store, token=shop.token, options=options)
    change(shop, "0001", method="DELETE")
    checked = verify(done.run or "", store=store, token=shop.token, report=tmp_path / "v.xlsx")
    original = {"csv_encoding": "cp1252", "csv_delimiter": ";", "locale": "de_DE"}
    assert_whole(checked.report, folder, {"0001"}, **original)


@pytest.mark.parametrize("name", sorted(p.name for kind in KINDS for p in ODD.glob(kind)))
def test_every_odd_workbook_comes_back_with_its_payloads_and_its_faults(
    name: str, tmp_path: Path
) -> None:
    """All of its invoices are shown; what was at fault is still at fault, for another reason."""
    prepared = prepare(ODD / name, ReadOptions())
    verdicts = list(prepared.verdicts())
    faults = [fault for one in verdicts for fault in one.faults] + prepared.found.rest
    all_of_them = [
        Candidate(one.payload.number, State.CONFLICT, one.payload.origins.parts) for one in verdicts
    ]
    source = Source(ODD / name, views_of(prepared.workbook), prepared.options)
    result = Result(name, True, Counts(), faults)
    place = place_for(ODD / name, tmp_path / "report.xlsx")
    make_report(result, source, all_of_them, place)
    again = list(prepare(tmp_path / "report.xlsx", ReadOptions()).verdicts())
    assert [one.payload.body for one in again] == [one.payload.body for one in verdicts]
    assert [at_fault(one.faults) for one in again] == [at_fault(one.faults) for one in verdicts]


def at_fault(faults: Sequence[Fault]) -> set[tuple[str | None, str | None]]:
    return {(fault.sheet, fault.column) for fault in faults if fault.is_error}


def killed(workbook: Path, store: Store, shop: Sandbox) -> str:
    """Kill a process that posts a workbook while the store works at its second invoice.

    Gives the run's ID. The store has that invoice; its answer never comes.
    """
    shop.set_fault("hang-after", count=1, seconds=30, method="POST")
    code = (
        "import sys; from importer import runs; from importer.model import Store;"
        "from importer.posting import PostOptions;"
        "runs.run(sys.argv[1], store=Store('sandbox', *sys.argv[2:4]), token=sys.argv[4],"
        " write_report=False, steps=runs.Steps(posting=PostOptions(in_flight=1)))"
    )
    given = [str(workbook), store.hash, store.base_url, shop.token]
    with subprocess.Popen([sys.executable, "-c", code, *given]) as process:
        until(lambda: shop.stats()["posts"] or process.poll() is not None)
        process.kill()
    [(found, counts)] = history()
    assert counts.by_state == {State.POSTING: 1, State.PENDING: 3}
    return found.id


def test_a_killed_run_s_report_says_that_nobody_knows_about_the_one_in_flight(
    workbook: Path, shop: Sandbox, store: Store, tmp_path: Path
) -> None:
    run_id = killed(workbook, store, shop)
    written = report(run_id, tmp_path / "killed.xlsx")
    assert_whole(written, workbook, {"A", "B", "C", "D"})
    assert cells(written, "Invoices", "Import Status")["A"] == "Posting"
    said = cells(written, "Invoices", "Import Error")
    assert "it isn't known yet whether the store holds it" in said["A"]
    assert f"importer resume {run_id}" in said["A"]
    assert {said[number] for number in "BCD"} == {None}
    assert cells(written, "Results", "Message")["A"] == said["A"]
    summary = openpyxl.load_workbook(written)["Summary"]
    words = [str(cell.value) for row in summary.iter_rows() for cell in row if cell.value]
    assert "0 of 4 invoices posted, 1 that the store may have, 3 still to be posted." in words


def test_the_report_of_a_killed_run_posts_nothing_anew_before_the_store_was_asked(
    workbook: Path, shop: Sandbox, store: Store, tmp_path: Path
) -> None:
    run_id = killed(workbook, store, shop)
    written = report(run_id, tmp_path / "killed.xlsx")
    shop.clear_faults()
    again = run(written, store=store, token=shop.token, steps=Steps(posting=QUICK))
    assert again.parent == run_id
    assert again.invoices.by_state == {State.CREATED: 3, State.SKIPPED: 1}
    assert show(run_id).invoices[State.CREATED] == 1
    assert Counter(one["invoiceNumber"] for one in shop.invoices()) == Counter("ABCD")
    assert shop.stats()["posts"] == 4
    with Ledger.open(settings.ledger_target()) as ledger:
        assert [one.kind for one in ledger.attempts(run_id, "A")] == ["post", "look-up"]
        assert ledger.attempts(again.run or "", "A") == []


def test_unknown_invoices_of_an_unfinished_run_are_looked_up_before_its_report_posts_them(
    workbook: Path, shop: Sandbox, store: Store
) -> None:
    """The store took A and B but its answers were lost, and then it could not be asked."""
    shop.set_fault("reset-after", count=2, method="POST")
    shop.set_fault("503", method="GET")
    impatient = Steps(posting=replace(QUICK, breaker=2, tries=2, give_up_after=0.1))
    with pytest.raises(StoreUnreachable) as stopped:
        run(workbook, store=store, token=shop.token, steps=impatient)
    first = stopped.value.result
    assert first is not None
    assert first.invoices[State.UNKNOWN] >= 1
    assert first.report is not None
    said = cells(first.report, "Invoices", "Import Error")
    assert "isn't known yet" in said["A"]
    shop.clear_faults()
    run(first.report, store=store, token=shop.token, steps=Steps(posting=QUICK))
    assert Counter(one["invoiceNumber"] for one in shop.invoices()) == Counter("ABCD")
    assert shop.stats()["posts"] == 4


def test_what_the_store_refuses_lands_on_its_cell_in_a_flat_sheet_too(
    tmp_path: Path, shop: Sandbox, store: Store
) -> None:
    """Where a part of the payload stands is kept with the run, extra fields and flat parts too."""
    workbook = book(
        tmp_path / "flat.xlsx",
        Summary=[
            [],
            ["Beleg", "Kd", "Brutto", "Art", "Mge", "EP", "Ort", "Fracht", "Projekt"],
            ["R1", 1001, 30, "A", 1, 10, "Bonn", 2, "Nowhere"],
        ],
    )
    options = ReadOptions(mapping=parse(tomllib.loads(FLAT.replace("Cost Center", "No Such"))))
    result = run(workbook, store=store, token=shop.token, options=options)
    found = {(fault.code, fault.cell): fault.message for fault in result.faults}
    assert "No Such" in found["store-rejected", "Summary!I3"]


def test_every_address_in_a_report_is_its_own(make: Make) -> None:
    """Rows move when the rows of good invoices are left out; the original row stays a column."""
    rows = [("INV-1", "1001", "USD", 1), ("INV-2", "1001", "USD", 2), ("INV-2", "1001", "USD", 3)]
    lines = [("INV-1", "AB", 1, 1), ("INV-2", "AB", 1, 2), ("INV-2", "CD", "many", 2)]
    checked = check(make(rows, lines))
    assert checked.report is not None
    book = openpyxl.load_workbook(checked.report)
    errors = [[cell.value for cell in row] for row in book["Errors"].iter_rows(min_row=2)]
    assert sorted((row[1], row[3]) for row in errors if row[0] == "Error") == [
        ("Invoices!A2", 3),
        ("Invoices!A3", 4),
        ("Line Items!C3", 4),
    ]
    said = {row[6] for row in errors}
    assert "Invoice INV-2 appears in several rows (2, 3)." in said
    invoices = book["Invoices"]
    header = [cell.value for cell in invoices[1]]
    told = [row[header.index("Import Error")].value for row in invoices.iter_rows(min_row=2)]
    assert "several rows (2, 3)" in told[0]
    assert "Line Items!C3: “many”" in told[0]
    assert [row[header.index("Original Row")].value for row in invoices.iter_rows(min_row=2)] == [
        3,
        4,
    ]
    summary = [cell.value for row in book["Summary"].iter_rows() for cell in row if cell.value]
    assert "Invoices!A2, Invoices!A3" in summary
    assert not any("A4" in str(value) for value in summary)
    comments = [cell.comment.text for row in invoices.iter_rows() for cell in row if cell.comment]
    assert sum("several rows (2, 3)" in text for text in comments) == 2


def test_a_number_in_every_row_names_some_of_the_others_in_each(tmp_path: Path) -> None:
    rows = [("TBD", "1001", "USD", 10)] * 60
    head = ("Invoice Number", "Company ID", "Currency", "Original Balance")
    path = book(tmp_path / "a.xlsx", Invoices=[head, *rows])
    report = check(path).report
    assert report is not None
    sheet = openpyxl.load_workbook(report)["Invoices"]
    errors = next(c for c in sheet.iter_cols(values_only=True) if c[0] == "Import Error")
    assert len(errors) == 61
    for row, words in enumerate(errors[1:], start=2):
        first, *named, last = words.splitlines()
        assert first.startswith("Invoice TBD appears in several rows (2, 3, 4, ")
        assert len(named) == 19
        assert not [line for line in named if line.startswith(f"Invoices!A{row}:")]
        assert last == "… and 40 more."


def test_addresses_that_lead_from_invoice_to_invoice_are_followed_to_the_end() -> None:
    def one(at: int) -> Candidate:
        own = Part("/a", "Addresses", (100 + at,), many=False)
        named = Part("/b", "Addresses", (101 + at,), many=False, shared=True)
        head = Part("", "Invoices", (at,), many=False)
        return Candidate(f"I-{at}", State.PENDING, (head, own, named))

    everything = [one(at) for at in range(50)]
    shown = whole(everything[40:41], lambda: everything, [])
    assert {candidate.number for candidate in shown} == {f"I-{at}" for at in range(40, 50)}
