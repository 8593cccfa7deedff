"""Whatever is in a workbook: what was meant comes back, and nothing is lost or thrown.

More examples: `IMPORTER_EXAMPLES=1000 pytest tests/workbook/test_properties.py`.
"""

from __future__ import annotations

import copy
import datetime as dt
import os
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from importer.runs.preparing import prepare
from importer.validation.schema import authority, quick_refusals, refusals, screen
from importer.workbook.layout import BY_SHEET, INVOICES, LINES
from importer.workbook.options import ReadOptions

from .books import judged, write

EXAMPLES = int(os.environ.get("IMPORTER_EXAMPLES", "40"))
few = settings(
    max_examples=EXAMPLES,
    derandomize="IMPORTER_EXAMPLES" not in os.environ,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)

words = st.text(
    st.characters(codec="utf-8", categories=["L", "N", "P", "S"]), min_size=1, max_size=20
)
plain_words = words.filter(lambda text: not text.startswith("=") and "_x" not in text)
numbers = st.from_regex(r"[A-Z]{1,3}-?0{0,3}[0-9]{1,6}", fullmatch=True)
days = st.dates(dt.date(2000, 1, 1), dt.date(2090, 1, 1))
cents = st.integers(0, 10**11)


@st.composite
def invoice_sets(draw: st.DrawFn) -> list[dict[str, Any]]:
    return [
        {
            "number": number,
            "company": draw(numbers),
            "code": draw(st.sampled_from(["USD", "JPY", "KWD"])),
            "units": draw(cents),
            "issued": draw(st.none() | days),
            "terms": draw(st.none() | plain_words),
            "lines": [
                {"sku": draw(numbers), "quantity": draw(st.integers(1, 999)), "units": draw(cents)}
                for _ in range(draw(st.integers(0, 3)))
            ],
        }
        for number in draw(st.lists(numbers, min_size=1, max_size=5, unique=True))
    ]


DECIMALS = {"USD": 2, "JPY": 0, "KWD": 3}


def money(units: int, code: str) -> Decimal:
    return Decimal(units).scaleb(-DECIMALS[code])


@given(invoice_sets())
@few
def test_any_set_of_invoices_comes_back_as_it_was_written(wanted: list[dict[str, Any]]) -> None:
    heads = [
        ("Invoice Number", "Company ID", "Currency", "Original Balance", "Issue Date", "Terms")
    ]
    rows = [
        (
            i["number"],
            i["company"],
            i["code"],
            float(money(i["units"], i["code"])),
            i["issued"],
            i["terms"],
        )
        for i in wanted
    ]
    lines = [
        (i["number"], line["sku"], line["quantity"], float(money(line["units"], i["code"])), "x")
        for i in reversed(wanted)
        for line in i["lines"]
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = write(
            Path(folder, "a.xlsx"),
            {
                "Invoices": heads + rows,
                "Line Items": [
                    ("Invoice Number", "SKU", "Quantity", "Unit Price", "Description"),
                    *lines,
                ],
            },
        )
        bodies, faults = judged(path)
    assert {code for code, _ in faults} <= {"date-far-away", "lines-against-balance"}
    for body, invoice in zip(bodies, wanted, strict=True):
        code = invoice["code"]
        assert body["invoiceNumber"] == invoice["number"]
        assert body["customerId"] == invoice["company"]
        assert Decimal(repr(body["originalBalance"]["value"])) == money(invoice["units"], code)
        assert body.get("termsConditions") == invoice["terms"]
        day = invoice["issued"]
        midnight = day and dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC).timestamp()
        assert body.get("issuedAt") == midnight
        found = body.get("details", {}).get("details", {}).get("lineItems", [])
        assert [
            (line["sku"], line["quantity"], line["unitPrice"]["code"], line["unitPrice"]["value"])
            for line in found
        ] == [
            (line["sku"], str(line["quantity"]), code, f"{money(line['units'], code):f}")
            for line in invoice["lines"]
        ]


anything = st.one_of(
    st.none(),
    st.text(max_size=12).filter(lambda t: not openpyxl.cell.cell.ILLEGAL_CHARACTERS_RE.search(t)),
    st.sampled_from(
        ["1,234.50", "(5)", "1.234", "03/04/2026", "'1", "-", "%", "=1+1", "\u200b", "NaN"]
    ),
    st.floats(),
    st.integers(-(10**18), 10**18),
    st.booleans(),
    st.datetimes(dt.datetime(1900, 3, 1), dt.datetime(9999, 12, 31)),
    st.times(),
    st.timedeltas(dt.timedelta(0), dt.timedelta(9999)),
    st.sampled_from(["#REF!", "#N/A", "#DIV/0!"]),
)
formats = st.sampled_from(
    ["General", "0%", "00000", "yyyy-mm-dd", "[h]:mm", "@", "#,##0.00 [$€-407]"]
)


@given(st.data())
@few
def test_any_cell_reaches_the_payload_or_is_named_by_a_fault(data: st.DataObject) -> None:
    book = openpyxl.Workbook()
    book.remove(book.active)
    filled: set[str] = set()
    for layout in (INVOICES, LINES):
        sheet = book.create_sheet(layout.title)
        sheet.append([column.header for column in layout.columns])
        for row in range(2, 5):
            for at in range(1, len(layout.columns) + 1):
                value = data.draw(anything)
                if value is None:
                    continue
                cell = sheet.cell(row, at)
                cell.value = value
                cell.number_format = data.draw(formats)
                if isinstance(value, float | int) and not abs(value) < 1e9:
                    cell.number_format = "General"  # a time that long is refused as a whole
                blank = isinstance(value, str) and not value.strip()
                if not blank and value == value and value not in (float("inf"), float("-inf")):
                    filled.add(f"{layout.title}!{cell.coordinate}")
    book["Invoices"]["A5"].value = "INV-0"  # at least one invoice
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a.xlsx")
        book.save(path)
        prepared = prepare(path, ReadOptions())
        verdicts = list(prepared.verdicts())
    faults = [f for verdict in verdicts for f in verdict.faults] + prepared.found.rest
    named = {fault.cell for fault in faults}
    lost_with_their_row = {(f.sheet, f.row) for f in faults if f.letter == "A" and f.is_error}
    for table in prepared.groups.records.values():
        for key, (letter, _) in table.places.items():
            for row, value in zip(table.rows, table.get(key), strict=True):
                if value is not None:
                    named.add(f"{table.title}!{letter}{row}")
    assert {
        place
        for place in filled - named
        if (place.partition("!")[0], int(place.partition("!")[2].lstrip("ABCDEFGHIJKLMNOPQRS")))
        not in lost_with_their_row
    } == set()


VALID: dict[str, Any] = {
    "invoiceNumber": "INV-1",
    "customerId": "1001",
    "originalBalance": {"code": "USD", "value": 100.5},
    "openBalance": {"code": "USD", "value": 0},
    "issuedAt": 1772323200,
    "status": 1,
    "externalPdfUrl": "https://a.example/x.pdf",
    "details": {
        "header": {
            "costLines": [{"description": "Subtotal", "amount": {"code": "USD", "value": "1.00"}}],
            "billingAddress": dict.fromkeys(
                (
                    "firstName",
                    "lastName",
                    "street1",
                    "street2",
                    "city",
                    "state",
                    "zipCode",
                    "country",
                ),
                "",
            ),
        },
        "details": {
            "lineItems": [
                {"sku": "A", "quantity": "1", "unitPrice": {"code": "USD", "value": "-1.5"}}
            ]
        },
    },
    "extraFields": [{"fieldName": "a", "fieldValue": ""}],
}
junk = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=5),
    st.sampled_from(
        [
            "",
            "USD",
            "usd",
            "1.",
            "-",
            "x" * 256,
            "é" * 255,
            "https://",
            "HTTP://x",
            1.0,
            -0.0,
            [],
            {},
        ]
    ),
)


def _steps(body: Any) -> list[tuple[Any, Any]]:
    items = body.items() if isinstance(body, dict) else enumerate(body)
    return [
        place
        for key, value in list(items)
        for place in [(body, key), *(_steps(value) if isinstance(value, dict | list) else [])]
    ]


@given(st.data())
@settings(few, max_examples=EXAMPLES * 5)
def test_the_screen_and_the_authority_agree(data: st.DataObject) -> None:
    body = copy.deepcopy(VALID)
    assert screen().is_valid(body)
    for _ in range(data.draw(st.integers(1, 3))):
        holder, key = data.draw(st.sampled_from(_steps(body)))
        match data.draw(st.sampled_from(["set", "delete", "add"])):
            case "set":
                holder[key] = data.draw(junk)
            case "delete":
                del holder[key]
            case "add" if isinstance(holder, dict):
                holder[data.draw(st.text(max_size=4))] = data.draw(junk)
        if not _steps(body):
            break
    assert screen().is_valid(body) == authority().is_valid(body)
    quick, known = quick_refusals(body), refusals(body)
    assert sorted(repr(one[:4]) for one in quick) == sorted(repr(one[:4]) for one in known)


def test_every_known_sheet_takes_part() -> None:
    assert {"invoices", "lines", "addresses", "costs", "shipments"} == set(BY_SHEET)
