"""Pure: the schema as columns can be judged by it: what objects there are, and their plain values.

Nothing of the schema is repeated here. Whoever gives it a keyword that isn't known here loses the
quick way, and nothing else.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from importer.blocks import Path
from importer.model import Json

if TYPE_CHECKING:
    import jsonschema_rs

_WORDS = frozenset({"title", "description", "$comment", "examples", "default", "deprecated"})
_ROOT = frozenset({"$schema", "$defs"})
_OF_OBJECTS = frozenset({"type", "properties", "required", "additionalProperties"})
_OF_LISTS = frozenset({"type", "items"})
_OF_TEXTS = frozenset({"minLength", "maxLength", "pattern", "format"})
_OF_NUMBERS = frozenset(
    {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}
)
_OF_VALUES = frozenset({"type", "enum", "const"}) | _OF_TEXTS | _OF_NUMBERS
_DEEPEST = 20


class UnknownKeywordError(Exception):
    """The schema says something that isn't known here."""


@dataclass(frozen=True)
class Leaf:
    """The schema of a plain value. `dialect` is what says by which version of JSON Schema."""

    schema: Json
    dialect: Json

    def refused(self, values: Collection[Any]) -> set[Any]:
        """Give those of some values that the schema refuses."""
        if self._takes([*values], self._of_all):
            return set()
        return {value for value in values if not self._takes(value, self._of_one)}

    def _takes(self, value: Any, validator: jsonschema_rs.Validator) -> bool:
        try:
            return validator.is_valid(value)
        except (ValueError, OverflowError):  # what can't even be asked is left to the authority
            return False

    @cached_property
    def _of_one(self) -> jsonschema_rs.Validator:
        import jsonschema_rs

        return jsonschema_rs.validator_for({**self.dialect, **self.schema})

    @cached_property
    def _of_all(self) -> jsonschema_rs.Validator:
        """The validator of a list of them: one call for a hundred thousand."""
        import jsonschema_rs

        return jsonschema_rs.validator_for({**self.dialect, "type": "array", "items": self.schema})


@dataclass(frozen=True)
class Shape:
    """The schema of an object, or with `many` of a list of such.

    `required` are the properties that must be there, `inner` those that are known; where it is
    `open`, any other may be there as well.
    """

    required: frozenset[str]
    inner: Mapping[str, Shape | Leaf]
    open: bool
    many: bool = False

    def at(self, path: Path) -> Shape | Leaf | None:
        """Give what is known of a path below the object; None: nothing. Lists end a path."""
        found: Shape | Leaf | None = self
        for at, step in enumerate(path):
            if not isinstance(found, Shape) or (found.many and at):
                return None
            found = found.inner.get(step)
        return found


def shape_of(schema: Json) -> Shape | None:
    """Give a schema's shape; None when it says anything that isn't known here."""
    try:
        found = _Reading(schema).shape(schema)
    except UnknownKeywordError:
        return None
    return found if isinstance(found, Shape) and not found.many else None


class _Reading:
    """Reads one schema; its references are looked up among its own definitions."""

    def __init__(self, root: Json) -> None:
        self._root = root
        self._dialect = {key: root[key] for key in ("$schema",) if key in root}

    def shape(self, schema: Any, depth: int = 0) -> Shape | Leaf:
        schema = self._resolved(schema)
        keywords = schema.keys() - _WORDS - (set() if depth else _ROOT)
        if depth > _DEEPEST:
            raise UnknownKeywordError
        if schema.get("type") == "array":
            _refuse(keywords - _OF_LISTS)
            return self._list(schema, depth)
        if schema.get("type") == "object":
            _refuse(keywords - _OF_OBJECTS)
            return self._object(schema, depth)
        _refuse(keywords - _OF_VALUES)
        return Leaf(schema, self._dialect)

    def _object(self, schema: Json, depth: int) -> Shape:
        more = schema.get("additionalProperties", True)
        if not isinstance(more, bool):
            raise UnknownKeywordError
        inner = {
            name: self.shape(one, depth + 1) for name, one in schema.get("properties", {}).items()
        }
        return Shape(frozenset(schema.get("required", ())), inner, more)

    def _list(self, schema: Json, depth: int) -> Shape:
        items = self.shape(schema.get("items"), depth + 1)
        if isinstance(items, Leaf) or items.many:
            raise UnknownKeywordError
        return Shape(items.required, items.inner, items.open, many=True)

    def _resolved(self, schema: Any) -> Json:
        """Follow references; one with anything beside it that is more than words isn't known."""
        for _ in range(_DEEPEST):
            if not isinstance(schema, dict):
                raise UnknownKeywordError
            if "$ref" not in schema:
                return schema
            _refuse(schema.keys() - _WORDS - {"$ref"})
            before, _, name = str(schema["$ref"]).rpartition("/")
            if before != "#/$defs":
                raise UnknownKeywordError
            schema = self._root.get("$defs", {}).get(name)
        raise UnknownKeywordError


def _refuse(keywords: Iterable[str]) -> None:
    if [*keywords]:
        raise UnknownKeywordError
