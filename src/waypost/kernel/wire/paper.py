"""What the API reference says about bodies and lists that the framework does not parse itself."""

from collections.abc import Mapping
from typing import Any

from waypost.base.listing import MOST_ROWS, OPERATORS, Kind
from waypost.kernel.wire.body import Body

_SHAPES: dict[Kind, dict[str, Any]] = {
    "text": {"type": "string"},
    "moment": {"type": "string", "format": "date-time"},
    "boolean": {"type": "boolean"},
}
_PAGE: dict[str, Any] = {
    "type": "object",
    "required": ["result", "next_cursor", "limit"],
    "properties": {
        "result": {"type": "array", "items": {"type": "object"}},
        "next_cursor": {"type": ["string", "null"]},
        "limit": {"type": "integer"},
    },
}


def takes(model: type[Body]) -> dict[str, Any]:
    """Return the OpenAPI part that describes a JSON body."""
    schema = model.model_json_schema(by_alias=True)
    return {
        "requestBody": {
            "required": bool(schema.get("required")),
            "content": {"application/json": {"schema": schema}},
        }
    }


def lists(fields: Mapping[str, Kind], *, limit: int = MOST_ROWS) -> dict[str, Any]:
    """Return the OpenAPI part that describes a list's parameters."""
    operators = ", ".join(OPERATORS)
    filters = [
        _parameter(name, _SHAPES[kind], f"Equals; also `{name}[operator]=` with {operators}.")
        for name, kind in fields.items()
    ]
    counted = {"type": "integer", "minimum": 1, "maximum": limit, "default": limit}
    return {
        "parameters": [
            *filters,
            _parameter("sort", {"type": "string", "enum": ["created_at", "-created_at"]}, "Order."),
            _parameter("limit", counted, "The most rows of one page."),
            _parameter("next_cursor", {"type": "string"}, "Where the next page begins."),
        ],
        "responses": {
            "200": {"description": "A page.", "content": {"application/json": {"schema": _PAGE}}}
        },
    }


def _parameter(name: str, schema: dict[str, Any], description: str) -> dict[str, Any]:
    return {
        "name": name,
        "in": "query",
        "required": False,
        "schema": schema,
        "description": description,
    }
