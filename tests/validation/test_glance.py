"""Judged at a glance, by whole columns: never sure of what the schema or a rule speaks against.

More examples: `IMPORTER_EXAMPLES=1000 pytest tests/validation/test_glance.py`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import pytest

from importer.model import Json, Payload, Verdict
from importer.validation.glance import surely_valid
from importer.validation.rules import Context, check_rules
from importer.validation.schema import authority, check_schema, invoice_schema, screen
from importer.validation.verdicts import FaultsByInvoice, judge
from importer.workbook.grouping import Groups, group

from .random_invoices import TODAY, records

EXAMPLES = int(os.environ.get("IMPORTER_EXAMPLES", "40"))
CONTEXT = Context(TODAY)
STRICT = Context(TODAY, True, {"due-before-issue": "off", "line-without-description": "error"})


def fine(payload: Payload) -> bool:
    return not check_schema(payload) and not check_rules(payload, CONTEXT)


def sure_and_fine(groups: Groups) -> list[tuple[bool, bool]]:
    """Give for each invoice whether it is sure at a glance, and whether it has no fault at all."""
    sure = surely_valid(groups.blocks, CONTEXT).tolist()
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


@pytest.mark.parametrize("context", [CONTEXT, STRICT], ids=["loose", "strict"])
def test_verdicts_are_the_same_at_a_glance_and_one_by_one(context: Context) -> None:
    for seed in range(max(EXAMPLES // 4, 2)):
        groups = group(records(Random(f"verdicts {seed}"), 60))
        invoices = groups.records["invoices"]
        places = zip(invoices.rows, invoices.numbers, strict=True)
        found = FaultsByInvoice.sort(groups.faults, invoices.title, places, context.severities)
        sure = surely_valid(groups.blocks, context).tolist()
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
    "one of two": lambda s: at(s, "$defs", "name").update(anyOf=[{"maxLength": 5}]),
    "what depends": lambda s: at(s, *LINE).update(dependentRequired={"sku": ["comments"]}),
    "custom fields of one kind": lambda s: at(s, *LINE, "properties", "customFields").update(
        additionalProperties={"maxLength": 2}
    ),
    "a word beside a reference": lambda s: at(s, "properties", "type").update(maxLength=4),
    "a reference elsewhere": lambda s: at(s, "properties", "type").update(
        {"$ref": "#/properties/externalPdfUrl"}
    ),
    "nothing at all": lambda s: s["properties"].update(type=False),
}


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
