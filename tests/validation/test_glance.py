"""Judged at a glance, by whole columns: never sure of what the schema or a rule speaks against.

More examples: `IMPORTER_EXAMPLES=1000 pytest tests/validation/test_glance.py`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import Any

import pytest

from importer.blocks import Values
from importer.model import Json, Payload, Verdict
from importer.validation.glance import surely_valid
from importer.validation.rules import Context, check_rules
from importer.validation.schema import authority, check_schema, invoice_schema, screen
from importer.validation.shape import Leaf
from importer.validation.verdicts import FaultsByInvoice, judge
from importer.workbook.grouping import Groups, group
from importer.workbook.layout import COSTS, INVOICES, LINES

from .random_invoices import TODAY, records, records_of

EXAMPLES = int(os.environ.get("IMPORTER_EXAMPLES", "40"))
CONTEXT = Context(TODAY)
STRICT = Context(TODAY, True, {"due-before-issue": "off", "line-without-description": "error"})


def fine(payload: Payload) -> bool:
    return not check_schema(payload) and not check_rules(payload, CONTEXT)


def sure_and_fine(groups: Groups) -> list[tuple[bool, bool]]:
    """Give for each invoice whether it is sure at a glance, and whether it has no fault at all."""
    sure = surely_valid(groups.blocks(), CONTEXT).tolist()
    return [(one, fine(payload)) for one, payload in zip(sure, groups, strict=True)]


def test_what_is_sure_has_no_fault_and_most_without_fault_is_sure() -> None:
    found = []
    for seed in range(EXAMPLES):
        groups = group(records(Random(seed), 60))
        judged = sure_and_fine(groups)
        assert wrongly_sure(groups, judged) == []
        found += judged
    without = sum(ok for _, ok in found)
    assert 0.3 < without / len(found) < 0.8
    assert sum(sure for sure, _ in found) > 0.8 * without


def wrongly_sure(groups: Groups, judged: list[tuple[bool, bool]]) -> list[Json]:
    wrong = [at for at, (sure, ok) in enumerate(judged) if sure and not ok]
    return [payload.body for payload in groups.at(wrong)]


Line = tuple[str, str, str | None]
"""Quantity, unit price, unit discount."""


def one(original: str, lines: Sequence[Line], costs: dict[str, str]) -> Groups:
    """Give an invoice in USD with these lines and cost lines, and nothing else."""
    head = {"number": "A", "company": "1", "currency": "USD", "original": original}
    more = {"number": "A", "sku": "s", "description": "x"}
    keys = ("quantity", "price", "discount")
    items = [more | dict(zip(keys, line, strict=True)) for line in lines]
    sums = [more | {"description": label, "amount": amount} for label, amount in costs.items()]
    tables = ((INVOICES, [head]), (LINES, items), (COSTS, sums))
    return group({layout.key: records_of(layout, rows) for layout, rows in tables})


RIGHT: list[tuple[str, list[Line], dict[str, str]]] = [
    ("100.00", [("2", "50.00", None)], {}),
    ("100.00", [("3", "33.33", None), ("1", "0.01", "0.00")], {}),
    ("12.44", [("1.25", "9.95", None)], {}),
    ("-100.00", [("2", "50.00", None)], {}),
    ("-100.00", [("-2", "50.00", None)], {}),
    ("119.00", [("2", "50.00", None)], {"VAT": "19.00"}),
    ("119.00", [("2", "50.00", None)], {"Subtotal": "100.00", "VAT": "19.00", "Total": "119.00"}),
    ("90.00", [("2", "50.00", None)], {"Discount": "10.00"}),
    ("90.00", [("2", "50.00", None)], {"Discount": "-10.00"}),
    ("100.00", [("2", "50.00", None)], {"incl. VAT": "15.97"}),
    ("-119.00", [("2", "50.00", None)], {"VAT": "19.00"}),
    ("7.00", [], {}),
    ("7.00", [], {"Freight": "9.00"}),
    ("99999999999.99", [("1", "99999999999.99", None)], {}),
]
NEARLY: list[tuple[str, list[Line], dict[str, str]]] = [
    ("100.01", [("2", "50.00", None)], {}),
    ("100.00", [("1", "50.00", "150.00")], {}),
    ("119.00", [("1", "50.00", "150.00")], {"VAT": "-19.00"}),
    ("81.00", [("2", "50.00", None)], {"VAT": "19.00"}),
    ("80.00", [("2", "50.00", None)], {"Discount": "10.00", "VAT": "10.00"}),
    ("100.00", [("2", "50.00", None)], {"Subtotal": "100.00", "VAT": "0.01"}),
    ("100.00", [("2", "49.00", None)], {"Subtotal": "100.00"}),
    ("7.00", [], {"Subtotal": "9.00"}),
    ("100.00", [("2", "50.00", None), ("0", "5.00", None)], {}),
    ("100.00", [("2", "50.00", None), ("-1", "-5.00", None), ("1", "5.00", "10.00")], {}),
    (
        "21.80",
        [
            ("9", "1973513380683.67", "1973513380683.10"),
            ("9", "2215196933808.85", "2215196933808.64"),
            ("7", "5427674911417.58", "5427674911417.10"),
            ("3", "1332977336837.79", "1332977336837.18"),
            ("9", "8919374599313.50", "8919374599312.71"),
            ("3", "5431529138805.89", "5431529138805.06"),
        ],
        {},
    ),
]


@pytest.mark.parametrize(("original", "lines", "costs"), RIGHT)
def test_sums_that_tie_are_sure(original: str, lines: list[Line], costs: dict[str, str]) -> None:
    assert sure_and_fine(one(original, lines, costs)) == [(True, True)]


@pytest.mark.parametrize(("original", "lines", "costs"), NEARLY)
def test_sums_that_nearly_tie_are_not(
    original: str, lines: list[Line], costs: dict[str, str]
) -> None:
    assert sure_and_fine(one(original, lines, costs)) == [(False, False)]


@pytest.mark.parametrize("context", [CONTEXT, STRICT], ids=["loose", "strict"])
def test_verdicts_are_the_same_at_a_glance_and_one_by_one(context: Context) -> None:
    for seed in range(max(EXAMPLES // 4, 2)):
        groups = group(records(Random(f"verdicts {seed}"), 60))
        invoices = groups.records["invoices"]
        places = zip(invoices.rows, invoices.numbers, strict=True)
        found = FaultsByInvoice.sort(groups.faults, invoices.title, places, context.severities)
        sure = surely_valid(groups.blocks(found.cells_at_fault), context).tolist()
        assert {True, False} <= set(sure)
        assert said(judge(groups, found, context, sure)) == said(judge(groups, found, context))


def said(verdicts: Iterator[Verdict]) -> list[tuple[str, tuple[Any, ...]]]:
    return [(verdict.payload.number, verdict.faults) for verdict in verdicts]


@pytest.fixture
def schema() -> Iterator[Json]:
    """The schema as all judges have it, to be changed; as it was again afterwards."""
    judges = (invoice_schema, screen, authority)
    for judge_ in judges:
        judge_.cache_clear()
    yield invoice_schema()
    for judge_ in judges:
        judge_.cache_clear()


LINE, HEADER = ("$defs", "lineItem"), ("properties", "details", "properties", "header")
KNOWN: dict[str, Callable[[Json], None]] = {
    "shorter names": lambda s: at(s, "$defs", "name").update(maxLength=7),
    "a pattern": lambda s: at(s, "$defs", "text").update(pattern="^[^x]*$"),
    "plainer currencies": lambda s: at(s, "$defs", "currency").update(enum=["USD", "EUR"]),
    "cheap amounts": lambda s: at(s, "$defs", "balance", "properties", "value").update(maximum=900),
    "amounts need a symbol": lambda s: at(s, "$defs", "money")["required"].append("symbol"),
    "lines need comments": lambda s: at(s, *LINE)["required"].append("comments"),
    "lines have no discount": lambda s: at(s, *LINE, "properties").pop("unitDiscount"),
    "invoices need a status": lambda s: s["required"].append("status"),
    "headers need cost lines": lambda s: at(s, *HEADER).update(required=["costLines"]),
    "open balances may be left out": lambda s: s["required"].remove("openBalance"),
    "no custom fields": lambda s: at(s, *LINE, "properties", "customFields").update(
        additionalProperties=False
    ),
    "a custom field of its own": lambda s: at(s, *LINE, "properties", "customFields").update(
        properties={"Your custom": {"enum": ["blue"]}}
    ),
    "anything goes in a header": lambda s: at(s, *HEADER).update(additionalProperties=True),
}
LOOSER = (KNOWN["open balances may be left out"], KNOWN["anything goes in a header"])
UNKNOWN: dict[str, Callable[[Json], None]] = {
    "few properties": lambda s: s.update(maxProperties=9),
    "many lines": lambda s: at(
        s, "properties", "details", "properties", "details", "properties", "lineItems"
    ).update(minItems=2),
    "one of two": lambda s: at(s, "$defs", "name").update(anyOf=[{"maxLength": 400}]),
    "what depends": lambda s: at(s, *LINE).update(dependentRequired={"sku": ["comments"]}),
    "custom fields of one kind": lambda s: at(s, *LINE, "properties", "customFields").update(
        additionalProperties={"maxLength": 2}
    ),
    "a word beside a reference": lambda s: at(s, "properties", "type").update(maxLength=4),
    "a reference elsewhere": lambda s: at(s, "properties").update(
        {"name": {"maxLength": 2}, "type": {"$ref": "#/properties/name"}}
    ),
    "nothing at all": lambda s: s["properties"].update(type=False),
}


def test_true_is_no_number_beside_equal_ones() -> None:
    values = Values([1, None, True, 1.0, 1])
    assert Leaf({"type": "integer"}, {}).refused(values.distinct) == {True}
    assert values.among({True}).tolist() == [True, False, True, True, True]  # none of them is sure


def at(schema: Json, *steps: str) -> Any:
    for step in steps:
        schema = schema[step]
    return schema


@pytest.mark.parametrize("change", KNOWN.values(), ids=KNOWN)
def test_another_schema_is_obeyed_at_a_glance(schema: Json, change: Callable[[Json], None]) -> None:
    before = sure_and_fine(mostly_right())
    change(schema)
    screen.cache_clear()
    authority.cache_clear()
    groups = mostly_right()
    after = sure_and_fine(groups)
    assert wrongly_sure(groups, after) == []
    assert any(sure for sure, _ in after)
    assert (after != before) is (change not in LOOSER)


@pytest.mark.parametrize("change", UNKNOWN.values(), ids=UNKNOWN)
def test_of_a_schema_that_says_what_it_doesnt_know_nothing_is_sure(
    schema: Json, change: Callable[[Json], None]
) -> None:
    change(schema)
    screen.cache_clear()
    authority.cache_clear()
    assert not any(sure for sure, _ in sure_and_fine(mostly_right()))


def mostly_right() -> Groups:
    return group(records(Random("right for the most part"), 80, wrong=0.2))
