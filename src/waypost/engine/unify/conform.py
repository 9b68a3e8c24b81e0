"""Whether a unified record fits its model: what does not is a visible warning, never a silent drop."""

from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass
from typing import Any

from waypost.engine.json_text import encode_json
from waypost.engine.schemas import Schema, dotted

MOST_WARNINGS = 50


@dataclass(frozen=True, slots=True)
class Misfit:
    """One place where a record does not fit."""

    record: str | None
    field: str
    message: str

    def to_json(self) -> dict[str, Any]:
        """Return the wire's form."""
        return {"record": self.record, "field": self.field, "message": self.message}


def conform(schema: AnyMapping[str, Any], records: list[dict[str, Any]]) -> list[Misfit]:
    """Return what does not fit, at most `MOST_WARNINGS`; a null counts as absent."""
    one, many = _compiled(schema)
    if many is not None and many.accepts(records):
        return []
    misfits: list[Misfit] = []
    for record in records:
        if one.accepts(record):
            continue
        present = _without_nulls(record)
        identifier = None if record.get("id") is None else str(record["id"])
        for problem in one.problems(present):
            misfits.append(Misfit(identifier, dotted(problem.path) or "(record)", problem.message))
            if len(misfits) >= MOST_WARNINGS:
                return misfits
    return misfits


_SEEN: dict[int, tuple[AnyMapping[str, Any], tuple[Schema, Schema | None]]] = {}
_MOST_SEEN = 256


def _compiled(schema: AnyMapping[str, Any]) -> tuple[Schema, Schema | None]:
    """Return what checks one record, and what checks a whole page at once: half the time."""
    # Known by identity, since a model's schema is one object as long as its catalog is served;
    # keeping it here keeps the identity from being given to another.
    seen = _SEEN.get(id(schema))
    if seen is None:
        if len(_SEEN) >= _MOST_SEEN:
            _SEEN.clear()
        # References count from the top of a schema: such a one cannot be put into another.
        alone = b'"$ref"' in encode_json(schema)
        page = None if alone else Schema({"type": "array", "items": schema})
        seen = _SEEN[id(schema)] = (schema, (Schema(schema), page))
    return seen[1]


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_without_nulls(item) for item in value]
    return value
