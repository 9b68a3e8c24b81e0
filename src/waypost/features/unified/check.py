"""Whether a question fits what a unified method takes, before any expression sees it."""

from collections.abc import Mapping
from typing import Any

import orjson

from waypost.base.errors import InvalidRequest
from waypost.engine.manifest.problem import nearest
from waypost.engine.schemas import Schema, dotted

MOST_FAILURES = 20


def check_query(
    query: Mapping[str, Any],
    schema: Mapping[str, Any] | None,
    model: Mapping[str, Any] | None = None,
) -> None:
    """Raise InvalidRequest for a filter that nobody knows, a value nobody lists, or a wrong kind.

    `schema` is the mapping's query_schema, `model` that of the model's method. A mapping without
    a schema has not said what it reads, so everything passes.
    """
    if schema is None or not query:
        return
    works, known = _properties(schema), _properties(model)
    for name, value in query.items():
        if name not in works and name not in known:
            raise InvalidRequest(_unknown(name, sorted(works), sorted(known)))
        kind = works.get(name, {}).get("type")
        if kind in ("string", "integer", "number", "boolean") and not isinstance(value, str):
            raise InvalidRequest(f"{name} is given once, as a plain value: {name}=…")
        _check_word(name, value, works.get(name, {}), known.get(name, {}))


def ignored_filters(query: Mapping[str, Any], schema: Mapping[str, Any] | None) -> list[str]:
    """Return the filters that this mapping does not apply, though the model knows them."""
    return [] if schema is None or not query else sorted(set(query) - set(_properties(schema)))


def _properties(schema: Mapping[str, Any] | None) -> Mapping[str, Any]:
    found: Mapping[str, Any] = (schema or {}).get("properties", {})
    return found


def _unknown(name: str, works: list[str], known: list[str]) -> str:
    close = nearest(name, [*works, *known])
    if not close.startswith("; did you mean"):
        close = f"; filters here: {', '.join(works)}." if works else "; there are no filters here."
    return (
        f"There is no filter {name!r}{close} For a parameter of the provider's own write "
        f"remote_query[{name}]=…"
    )


def _check_word(name: str, value: Any, *schemas: Mapping[str, Any]) -> None:
    """Refuse a value that no list of values has; one that only the model lists finds nothing."""
    listed = [schema["enum"] for schema in schemas if "enum" in schema]
    if not listed or not isinstance(value, str):
        return
    words = list(dict.fromkeys(str(word) for each in listed for word in each))
    # What filters compare they compare without regard to case.
    if value and value.lower() not in {word.lower() for word in words}:
        close = nearest(value, words, called="possible")
        raise InvalidRequest(
            f"{name} is never {value!r}{close}{'' if close.endswith('?') else '.'}"
        )


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
