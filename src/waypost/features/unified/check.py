"""Whether a question fits what a unified method takes, before any expression sees it."""

from collections.abc import Mapping
from typing import Any

import orjson

from waypost.base.errors import InvalidRequest
from waypost.engine.schemas import Schema, dotted

MOST_FAILURES = 20


def check_query(query: Mapping[str, Any], schema: Mapping[str, Any] | None) -> None:
    """Raise InvalidRequest for a filter of the wrong kind, such as `status[gt]=` for a text."""
    declared = (schema or {}).get("properties", {})
    for name, value in query.items():
        kind = declared.get(name, {}).get("type")
        if kind in ("string", "integer", "number", "boolean") and not isinstance(value, str):
            raise InvalidRequest(f"{name} is given once, as a plain value: {name}=…")


def check_body(body: Any, schema: Mapping[str, Any] | None) -> None:
    """Raise InvalidRequest with every place where a JSON body does not fit the method's schema."""
    if schema is None or isinstance(body, bytes):
        return
    problems = list(
        Schema(orjson.loads(orjson.dumps(schema))).problems({} if body is None else body)
    )
    if not problems:
        return
    failures = [
        {"field": dotted(problem.path) or "body", "message": problem.message}
        for problem in problems[:MOST_FAILURES]
    ]
    first = failures[0]
    raise InvalidRequest(f"{first['field']}: {first['message']}", details={"failures": failures})
