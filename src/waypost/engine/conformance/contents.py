"""Every expression must compile and every JSON Schema must be one."""

from collections.abc import Iterator, Mapping
from typing import Any

from waypost.base.errors import ManifestError
from waypost.engine.conformance.references import unknown
from waypost.engine.expressions import compile_expression
from waypost.engine.manifest.node import Node
from waypost.engine.manifest.places import Path, Places
from waypost.engine.manifest.problem import Problem, nearest
from waypost.engine.manifest.scopes import SCOPES
from waypost.engine.manifest.walk import Found, kinds_within
from waypost.engine.schemas import InvalidSchema, Schema

_KEYWORDS = (
    *("$schema", "$id", "$ref", "$defs", "$comment", "title", "description", "default"),
    *("deprecated", "readOnly", "writeOnly", "examples", "type", "enum", "const"),
    *("multipleOf", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum"),
    *("maxLength", "minLength", "pattern", "format", "contentEncoding", "contentMediaType"),
    *("maxItems", "minItems", "uniqueItems", "prefixItems", "items", "contains"),
    *("maxContains", "minContains", "maxProperties", "minProperties", "required"),
    *("dependentRequired", "dependentSchemas", "properties", "patternProperties"),
    *("additionalProperties", "propertyNames", "unevaluatedItems", "unevaluatedProperties"),
    *("allOf", "anyOf", "oneOf", "not", "if", "then", "else"),
)
_ONE = ("items", "contains", "additionalProperties", "propertyNames", "unevaluatedItems")
_ONE_MORE = ("unevaluatedProperties", "not", "if", "then", "else")
_NAMED = ("properties", "patternProperties", "dependentSchemas", "$defs")
_LISTED = ("allOf", "anyOf", "oneOf", "prefixItems")


def check_contents(node: Node, places: Places) -> Iterator[Problem]:
    """Yield what is wrong inside expressions and schemas."""
    for found in kinds_within(node):
        if found.kind == "expression":
            yield from _expression(found, places)
        elif found.kind == "json_schema":
            yield from _schema(found, places)


def _expression(found: Found, places: Places) -> Iterator[Problem]:
    place = places.value(found.path)
    try:
        compiled = compile_expression(found.value, where=str(place))
    except ManifestError as error:
        reason = str(error).removeprefix(f"{place}: ")
        yield Problem(place, f"'{found.path[-1]}': {reason}")
        return
    known = SCOPES[found.field]
    for name in sorted(compiled.names() - set(known)):
        yield Problem(place, f"'{found.path[-1]}': {unknown('input', name, known)}")


def _schema(found: Found, places: Places) -> Iterator[Problem]:
    # A body may be a bare list, as bulk calls take it; everything else is named fields.
    kinds = ("object", "array") if found.path[-1] == "body_schema" else ("object",)
    if found.path[-1] != "schema" and found.value.get("type") not in kinds:
        text = f"'{found.path[-1]}' must say `type: object` at its top"
        yield Problem(places.value(found.path), text)
    try:
        Schema(found.value)
    except InvalidSchema as error:
        yield Problem(places.value((*found.path, *error.path)), f"not a JSON Schema: {error}")
    for path in _unknown_keywords(found.value, found.path):
        key = str(path[-1])
        yield Problem(places.key(path), f"unknown JSON Schema keyword '{key}'{_hint(key)}")


def _hint(keyword: str) -> str:
    tail = nearest(keyword, _KEYWORDS)
    return tail if "did you mean" in tail else ""


def _unknown_keywords(schema: Any, path: Path) -> Iterator[Path]:
    if not isinstance(schema, Mapping):
        return
    for keyword, value in schema.items():
        here = (*path, keyword)
        if keyword not in _KEYWORDS and not keyword.startswith("x-"):
            yield here
        elif keyword in (*_ONE, *_ONE_MORE):
            yield from _unknown_keywords(value, here)
        elif keyword in _NAMED and isinstance(value, Mapping):
            for name, inner in value.items():
                yield from _unknown_keywords(inner, (*here, name))
        elif keyword in _LISTED and isinstance(value, list):
            for index, inner in enumerate(value):
                yield from _unknown_keywords(inner, (*here, index))
