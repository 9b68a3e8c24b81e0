"""JSON Schemas of the files of a catalogue, for editors that complete and check while one types."""

import json
from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter

from waypost.engine.manifest.integration import Integration, Probe, Resource
from waypost.engine.manifest.strict import with_models
from waypost.engine.manifest.unified import MappingFile, UnifiedModel
from waypost.engine.manifest.webhooks import InboundWebhook

DIALECT = "https://json-schema.org/draft/2020-12/schema"
ELSEWHERE = ("resources", "probes", "webhooks")
"""Fields of an integration that have files of their own."""


def schema_texts() -> dict[str, str]:
    """Return the text of each schema by its file's name, `integration.schema.json` and others."""
    return {
        f"{name}.schema.json": json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
        for name, schema in _schemas().items()
    }


def _schemas() -> dict[str, dict[str, Any]]:
    integration = _schema(Integration, "integration.yaml")
    integration["properties"] = _without(integration["properties"], ELSEWHERE)
    link = _schema(list[Probe], "link.yaml")
    link["properties"] = {"probes": {"type": "array", "items": link.pop("items")}}
    return {
        "integration": _used_only(integration),
        "resources": _schema(dict[str, Resource], "resources/*.yaml"),
        "link": {**link, "type": "object", "additionalProperties": False},
        "webhooks": _schema(list[InboundWebhook], "webhooks.yaml"),
        "mapping": _schema(MappingFile, "mappings/*.yaml"),
        "model": _schema(UnifiedModel, "models/*/model.yaml"),
    }


def _schema(annotation: Any, title: str) -> dict[str, Any]:
    schema = TypeAdapter(with_models(annotation)).json_schema(by_alias=True)
    return {"$schema": DIALECT, "title": title, **_plain(schema, named=False)}


def _plain(value: Any, *, named: bool) -> Any:
    """Drop the titles pydantic derives from names and the keyword that only OpenAPI knows.

    `named` says that the keys are the author's names and not keywords.
    """
    if isinstance(value, list):
        return [_plain(item, named=False) for item in value]
    if not isinstance(value, Mapping):
        return value
    dropped = () if named else ("title", "discriminator")
    return {
        key: _plain(item, named=not named and key in ("properties", "$defs"))
        for key, item in value.items()
        if key not in dropped and not (key == "default" and item is None and not named)
    }


def _used_only(schema: dict[str, Any]) -> dict[str, Any]:
    """Keep only the definitions that are still referred to."""
    definitions: dict[str, Any] = schema["$defs"]
    used: set[str] = set()
    waiting = [_without(schema, ("$defs",))]
    while waiting:
        text = json.dumps(waiting.pop())
        for name in definitions.keys() - used:
            if f'"#/$defs/{name}"' in text:
                used.add(name)
                waiting.append(definitions[name])
    return {**schema, "$defs": {name: definitions[name] for name in definitions if name in used}}


def _without(mapping: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {key: item for key, item in mapping.items() if key not in names}
