"""The rules of the trade: what is stopped, what is only told, and what may be set otherwise."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from importer.codes import CODES
from importer.errors import SettingsError
from importer.model import Fault, Origins, Part, Payload, Severity
from importer.validation.rules import Context, check_rules
from importer.validation.schema import check_schema
from importer.validation.severities import LOWERABLE, Severities
from importer.validation.verdicts import FaultsByInvoice, judge

TODAY = dt.date(2026, 3, 1)
NOW = 1772323200


def payload(**more: Any) -> Payload:
    body = {
        "invoiceNumber": "I-1",
        "customerId": "1",
        "originalBalance": {"code": "USD", "value": 100.0},
        "openBalance": {"code": "USD", "value": 100.0},
    }
    return Payload("I-1", body | more, Origins((Part("", "Invoices", (2,), False),), {}))


def money(value: float) -> dict[str, Any]:
    return {"code": "USD", "value": value}


def details(lines: list[tuple[str, str, str]], costs: dict[str, str] | None = None) -> Any:
    items = [
        {
            "sku": "A",
            "description": "x",
            "quantity": quantity,
            "unitPrice": {"code": "USD", "value": price},
            "unitDiscount": {"code": "USD", "value": discount},
        }
        for quantity, price, discount in lines
    ]
    header = {
        "costLines": [
            {"description": label, "amount": {"code": "USD", "value": value}}
            for label, value in (costs or {}).items()
        ]
    }
    return {"header": header, "details": {"lineItems": items}}


def codes(one: Payload, context: Context | None = None) -> list[str]:
    assert not check_schema(one)
    return [fault.code for fault in check_rules(one, context or Context(TODAY))]


@pytest.mark.parametrize(
    ("original", "remaining", "more", "wanted"),
    [
        (100.0, 100.0, {}, []),
        (100.0, 0, {}, []),
        (100.0, 100.01, {}, ["open-above-original"]),
        (100.0, -1.0, {}, ["open-below-zero"]),
        (-100.0, -100.0, {}, []),
        (-100.0, -100.0, {"status": 0}, []),
        (-100.0, 0, {}, []),
        (-100.0, 5.0, {}, ["open-above-original"]),
        (0.3, 0.1, {"status": 1}, []),
        (100.0, 100.0, {"status": 1}, ["status-against-balance"]),
        (100.0, 50.0, {"status": 2}, ["status-against-balance"]),
        (-100.0, -50.0, {"status": 2}, []),
        (100.0, 0, {"status": 0}, ["status-against-balance"]),
        (100.0, 0, {"status": 2}, []),
        (0, 0, {"status": 0}, []),
    ],
)
def test_balances_and_status(
    original: float, remaining: float, more: dict[str, Any], wanted: list[str]
) -> None:
    one = payload(originalBalance=money(original), openBalance=money(remaining), **more)
    assert codes(one) == wanted


def test_dates_out_of_order_and_far_away() -> None:
    day = 86400
    assert codes(payload(issuedAt=NOW, dueDate=NOW)) == []
    assert codes(payload(issuedAt=NOW, dueDate=NOW - day)) == ["due-before-issue"]
    assert codes(payload(issuedAt=NOW - 4000 * day)) == ["date-far-away"]
    assert codes(payload(dueDate=NOW + 4000 * day)) == ["date-far-away"]


@pytest.mark.parametrize(
    ("line", "original", "wanted"),
    [
        (("1", "5.00", "0.00"), 100.0, []),
        (("0", "5.00", "0.00"), 100.0, ["quantity-not-positive"]),
        (("-1", "5.00", "0.00"), 100.0, ["quantity-not-positive"]),
        (("1", "-5.00", "0.00"), 100.0, ["price-negative"]),
        (("-1", "5.00", "0.00"), -100.0, []),
        (("1", "-5.00", "0.00"), -100.0, []),
        (("-1", "-5.00", "0.00"), -100.0, ["quantity-not-positive", "price-negative"]),
    ],
)
def test_lines_may_be_negative_on_credit_notes_only(
    line: tuple[str, str, str], original: float, wanted: list[str]
) -> None:
    one = payload(
        originalBalance=money(original), openBalance=money(original), details=details([line])
    )
    assert [code for code in codes(one) if code != "lines-against-balance"] == wanted


@pytest.mark.parametrize(
    ("lines", "costs", "wanted"),
    [
        ([("2", "50.00", "0.00")], {"Subtotal": "100.00"}, []),
        ([("3", "30.00", "0.10")], {"Sub-Total:": "89.70", "Tax": "10.30"}, []),
        ([("2", "50.00", "0.00")], {"Subtotal": "100.00", "Total": "100.00"}, []),
        ([("0.333", "0.05", "0")], {"Subtotal": "0.02", "Tax": "99.98"}, []),
        ([("0.5", "0.05", "0")], {"Subtotal": "0.03", "Tax": "99.97"}, []),
        ([("0.5", "0.05", "0"), ("0.5", "0.05", "0")], {"Subtotal": "0.06", "Tax": "99.94"}, []),
        ([("2", "49.00", "0.00")], {"Subtotal": "100.00"}, ["lines-against-subtotal"]),
        ([("2", "50.00", "0.00")], {"Subtotal": "100.00", "Tax": "1"}, ["costs-against-balance"]),
        ([("9" * 15, "9" * 15, "0")], {"Subtotal": "100.00"}, ["lines-against-subtotal"]),
        ([], {"Tax": "7.00"}, []),
    ],
)
def test_sums_tie_in_decimals(lines: Any, costs: dict[str, str], wanted: list[str]) -> None:
    assert codes(payload(details=details(lines, costs))) == wanted


@pytest.mark.parametrize(
    ("currency", "original", "open_", "says"),
    [
        ("USD", 108.0, 120.0, "The open balance 120.00 is more than the original balance 108.00."),
        ("JPY", 108.0, 120.0, "The open balance 120 is more than the original balance 108."),
        ("KWD", 1.5, 2.25, "The open balance 2.250 is more than the original balance 1.500."),
        (
            "USD",
            100.1,
            -5.0,
            "The open balance is -5.00: more was paid than the invoice total of 100.10.",
        ),
    ],
)
def test_balances_are_told_with_their_currencys_decimals(
    currency: str, original: float, open_: float, says: str
) -> None:
    balances = {"originalBalance": original, "openBalance": open_}
    one = payload(**{name: {"code": currency, "value": v} for name, v in balances.items()})
    (found,) = check_rules(one, Context(TODAY))
    assert found.message == says


def test_cost_lines_are_told_with_their_currencys_decimals() -> None:
    costs = {"Subtotal": "100", "Tax": "8"}
    one = payload(originalBalance=money(110.0), details=details([("2", "50", "0")], costs))
    (found,) = check_rules(one, Context(TODAY))
    assert found.message == "The cost lines add up to 108.00, but the original balance is 110.00."


@pytest.mark.parametrize(
    ("lines", "costs", "original", "added"),
    [
        ([("2", "50.00", "0.00")], {}, 100.0, None),
        ([("2", "50.00", "0.00")], {}, 100.01, "The lines alone add up to 100.00, but"),
        ([("2", "50.00", "0.00")], {}, 119.0, "The lines alone add up to 100.00, but"),
        ([("2", "50.00", "5.00")], {}, 100.0, "The lines alone add up to 90.00, but"),
        ([("2", "50.00", "0.00")], {"VAT": "19.00"}, 119.0, None),
        (
            [("2", "50.00", "0.00")],
            {"VAT": "19.00", "Freight": "1"},
            119.0,
            "The lines and the cost lines “VAT”, “Freight” add up to 120.00, but",
        ),
        ([("2", "50.00", "0.00")], {"VAT": "19.00"}, 100.0, "the cost line “VAT” add up to 119.00"),
        ([("2", "50.00", "0.00")], {"Total": "100.00"}, 100.0, None),
        (
            [("1", "99.99", "0")],
            {"Zwischensumme": "99.99", "USt": "0.01", "Summe": "1"},
            100.0,
            None,
        ),
        ([("2", "50.00", "0.00")], {"incl. VAT": "15.97"}, 100.0, None),
        ([("2", "50.00", "0.00")], {"Discount": "10.00"}, 90.0, None),
        ([("2", "50.00", "0.00")], {"Discount": "-10.00"}, 90.0, None),
        ([("0.333", "0.05", "0")] * 3, {}, 0.06, None),
        ([("0.333", "0.05", "0")] * 3, {}, 0.05, None),
        ([("0.333", "0.05", "0")] * 3, {}, 0.09, "The lines alone add up to 0.05, but"),
        ([("2", "50.00", "0.00")], {}, -100.0, None),
        ([("-2", "50.00", "0.00")], {}, -100.0, None),
        ([("1", "0.10", "0")] * 3, {}, 0.3, None),
        ([("1", "999999999999.99", "0")], {}, 999999999999.98, "999999999999.99, but"),
    ],
)
def test_lines_and_cost_lines_are_the_balance(
    lines: Any, costs: dict[str, str], original: float, added: str | None
) -> None:
    one = payload(originalBalance=money(original), details=details(lines, costs))
    found = [f for f in check_rules(one, Context(TODAY)) if f.code == "lines-against-balance"]
    assert [f.severity for f in found] == ([] if added is None else [Severity.WARNING])
    assert added is None or added in found[0].message


def test_a_line_that_repeats_the_lines_above_is_no_line() -> None:
    one = payload(details=details([("2", "40.00", "0"), ("2", "10.00", "0"), ("1", "100.00", "0")]))
    items = one.body["details"]["details"]["lineItems"]
    assert codes(one) == ["lines-against-balance"]
    items[2]["sku"] = "Total"
    assert codes(one) == ["row-looks-like-total"]
    items[2]["sku"], items[2]["description"] = "S", "Subtotal:"
    one.body["details"]["header"]["costLines"] = details([], {"Subtotal": "100.00"})["header"][
        "costLines"
    ]
    assert codes(one) == ["row-looks-like-total"]


def _severities(context: Context) -> dict[str, Severity]:
    one = payload(
        issuedAt=NOW, dueDate=NOW - 1, details=details([("2", "49.00", "0")], {"Subtotal": "100"})
    )
    found = FaultsByInvoice.sort([], "Invoices", [(2, "I-1")])
    return {fault.code: fault.severity for v in judge([one], found, context) for fault in v.faults}


def test_money_ties_are_warnings_and_errors_when_strict() -> None:
    loose, strict = _severities(Context(TODAY)), _severities(Context(TODAY, strict=True))
    assert loose["lines-against-subtotal"] is Severity.WARNING
    assert strict["lines-against-subtotal"] is Severity.ERROR


def test_severities_can_be_set() -> None:
    levels = {"due-before-issue": "off", "lines-against-subtotal": "warning"}
    found = _severities(Context(TODAY, True, levels))
    assert found == {"lines-against-subtotal": Severity.WARNING}
    assert (
        _severities(Context(TODAY, levels={"due-before-issue": "warning"}))["due-before-issue"]
        is Severity.WARNING
    )


def test_faults_found_before_judging_are_set_too() -> None:
    fault = Fault("order-duplicate", "m", "r", sheet="Invoices", row=2, invoice="I-1")
    for level, left in (("off", 0), ("warning", 1)):
        severities = Severities({"order-duplicate": level})
        found = FaultsByInvoice.sort([fault], "Invoices", [(2, "I-1")], severities)
        (verdict,) = judge([payload()], found, Context(TODAY))
        assert verdict.valid
        assert len(verdict.faults) == left


@pytest.mark.parametrize(
    ("code", "level"),
    [
        ("identifier-rounded", "warning"),
        ("amount-ambiguous", "off"),
        ("invoice-duplicate", "warning"),
        ("cell-error", "off"),
        ("required-missing", "warning"),
        ("no-such-code", "error"),
        ("due-before-issue", "fatal"),
    ],
)
def test_what_isnt_safe_to_lower_is_refused_by_name(code: str, level: str) -> None:
    with pytest.raises(SettingsError, match=code):
        Severities({code: level})


def test_every_code_that_may_be_lowered_is_a_known_one() -> None:
    assert set(CODES) > LOWERABLE
    assert not {code for code in LOWERABLE if code.startswith(("identifier", "amount", "cell"))}


def test_the_words_of_every_code_can_be_filled(tmp_path: Path) -> None:
    for code in CODES.values():
        assert code.message.endswith((".", "?", ")"))
        assert code.remedy.endswith(".")
