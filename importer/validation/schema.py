"""Pure: payload → faults, by JSON Schema, in a clerk's words at a cell.

A screen (jsonschema-rs) lets the valid ones pass and explains what is often wrong with the others;
`jsonschema` explains the rest and stays the authority, with which the screen must agree. The schema
is `schema/invoice.json`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, NamedTuple

from importer.codes import Place, fault
from importer.model import Fault, Json, Payload

if TYPE_CHECKING:
    import jsonschema
    import jsonschema_rs

_PLAIN = frozenset({"required", "minLength", "maxLength", "minimum", "pattern", "type"})
"""The keywords of the schema whose refusals we put into words of our own."""


@cache
def invoice_schema() -> Json:
    """Give the JSON Schema of one invoice as the API takes it."""
    file = resources.files("importer.validation") / "schema" / "invoice.json"
    schema: Json = json.loads(file.read_text("utf-8"))
    return schema


@cache
def screen(*, coded: bool = True) -> jsonschema_rs.Validator:
    """Give the quick validator. Unless `coded`, it lets amounts pass that have no currency."""
    import jsonschema_rs

    schema = invoice_schema()
    return jsonschema_rs.validator_for(schema if coded else _without_codes(schema))


def _without_codes(schema: Any) -> Any:
    """Give the schema without the demand for a currency at every amount."""
    if isinstance(schema, list):
        return [_without_codes(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: [name for name in value if name != "code"]
        if key == "required"
        else _without_codes(value)
        for key, value in schema.items()
    }


@cache
def authority() -> jsonschema.Draft202012Validator:
    """Give the validator that explains."""
    import jsonschema

    return jsonschema.Draft202012Validator(invoice_schema())


def check_schema(payload: Payload) -> list[Fault]:
    """Give a fault for each place where a payload isn't what the API takes; [] when it is."""
    if screen().is_valid(payload.body):
        return []
    return list(explain(payload))


class Refusal(NamedTuple):
    """What is wrong at one place of a body: the schema's keyword, its value there, and the words.

    For `required` the value is the property that is missing.
    """

    keyword: str
    path: str
    instance: Any
    value: Any
    message: str = ""


def explain(payload: Payload) -> Iterator[Fault]:
    """Say what is wrong with a payload, one fault for each cell and cause.

    Every amount takes the invoice's currency: that it is missing is said once, not at each line.
    """
    coded = "code" in payload.body.get("originalBalance", {})
    if not coded and "originalBalance" in payload.body:
        yield fault("required-missing", place_of(payload, "/originalBalance/code"))
    for refusal in quick_refusals(payload.body, coded=coded):
        if refusal.keyword != "required":
            yield _wrong(payload, refusal)
        elif not _follows_from_another(payload.body, refusal.path):
            place = place_of(payload, f"{refusal.path}/{refusal.value}")
            yield fault("required-missing", place)


def quick_refusals(body: Json, *, coded: bool = True) -> Iterator[Refusal]:
    """Say what is wrong by the screen's own account; by the authority's where words are needed.

    Unless `coded`, amounts without a currency are no matter.
    """
    wordy = False
    for error in screen(coded=coded).iter_errors(body):
        keyword, value = error.kind.name, error.kind.value
        if keyword not in _PLAIN:
            wordy = True
            continue
        if keyword == "type" and len(value) == 1:
            value = value[0]
        instance = None if keyword == "required" else error.instance
        yield Refusal(keyword, _joined(error.instance_path), instance, value)
    if wordy:
        yield from (refusal for refusal in refusals(body) if refusal.keyword not in _PLAIN)


def refusals(body: Json) -> Iterator[Refusal]:
    """Say what is wrong by the authority's account."""
    for error in authority().iter_errors(body):
        keyword, value, instance = str(error.validator), error.validator_value, error.instance
        if keyword == "required":
            value, instance = error.message.split("'")[1], None
        path = _joined(error.absolute_path)
        yield Refusal(keyword, path, instance, value, error.message)


def _joined(path: Iterable[str | int]) -> str:
    return "".join(f"/{step}" for step in path)


def _follows_from_another(body: Json, path: str) -> bool:
    """Whether a value is only missing because another cell is.

    An empty open balance is the original balance.
    """
    original = body.get("originalBalance", {})
    return path == "/openBalance" and "value" not in original


def _wrong(payload: Payload, error: Refusal) -> Fault:
    place = place_of(payload, error.path)
    match error.keyword:
        case "maxLength":
            return fault(
                "text-too-long",
                place,
                length=f"{len(str(error.instance)):,}",
                limit=f"{error.value:,}",
            )
        case "minLength":
            return fault("required-missing", place)
        case "minimum":
            reason = f"{_shown(error.instance)} is less than {error.value}"
        case "pattern":
            reason = f"“{_shown(error.instance)}” is not in the required form"
        case "type":
            reason = f"“{_shown(error.instance)}” is not {_type_words(error.value)}"
        case _:
            reason = error.message[:200]
    return fault("value-not-allowed", place, reason=reason)


def place_of(payload: Payload, path: str) -> Place:
    """Give the place of a JSON path of a payload: the cell it came from, or should come from."""
    cell = payload.origins.find(path)
    number = payload.number or None
    if cell is None:
        return Place(invoice=number)
    return Place(cell.sheet, cell.row, cell.header, cell.column, number)


def _type_words(kind: Any) -> str:
    words = {"string": "text", "number": "a number", "integer": "a whole number"}
    return words.get(str(kind), str(kind))


def _shown(value: Any) -> str:
    return str(value)[:80]
