"""What a unified method takes and gives for one integration, merged over all layers."""

from typing import Any
from urllib.parse import unquote

from waypost.base.asgi import Answer, json_answer
from waypost.base.errors import InvalidRequest, NotFound
from waypost.engine.manifest.loaded import Catalog
from waypost.engine.query import parse_query
from waypost.features.unified.route import Target, find_model
from waypost.kernel.calls.cell import Cell

_COMMON_LIST = {
    "limit": {"type": "integer", "minimum": 1, "description": "Records per page."},
    "next_cursor": {"type": "string", "description": "Where the next page begins."},
}


def method_meta(target: Target, cell: Cell, *, with_responses: bool) -> dict[str, Any]:
    """Describe one method: schemas, mapping, notes, and which filters work."""
    method = target.meta_of or target.method
    resource = target.model.resources[target.resource]
    declared = resource.methods.get(method)
    mapping = cell.mapping
    query_schema = mapping.query_schema or {"type": "object", "properties": {}}
    if method == "list":
        properties = {**query_schema.get("properties", {}), **_COMMON_LIST}
        query_schema = {**query_schema, "properties": properties}
    meta: dict[str, Any] = {
        "method": method,
        "description": declared.description if declared else None,
        "schema": resource.schema_,
        "documentation_link": None,
        "response_mapping": mapping.response_mapping,
        "query_schema": query_schema,
        "supported_filters": sorted((mapping.query_schema or {}).get("properties", {})),
        "request_body_schema": mapping.request_body_schema
        or (declared.body_schema if declared else None),
        "default_query": mapping.query,
        "default_body": mapping.body,
        "layers": list(cell.layers),
        "notes": mapping.notes,
    }
    if with_responses:
        meta["response_schema"] = _response_schema(method, resource.schema_)
    return meta


def integration_meta(catalog: Catalog, tail: str, query_string: str) -> Answer:
    """Serve `/unified/meta/{model}/{integration}?format=json|md|html`."""
    parts = [unquote(part) for part in tail.strip("/").split("/")]
    if len(parts) != 2:
        raise NotFound("Use /unified/meta/{model}/{integration}.")
    model = find_model(catalog, parts[0])
    loaded = catalog.integrations.get(parts[1])
    if loaded is None:
        raise NotFound(f"There is no integration {parts[1]!r}.")
    file = loaded.mappings.get(model.name)
    described: dict[str, Any] = {
        "model": model.name,
        "integration": loaded.integration.name,
        "label": loaded.integration.label,
        "resources": {
            name: {
                method: {
                    "description": _description(model.resources[name].methods.get(method)),
                    "query_schema": mapping.query_schema,
                    "request_body_schema": mapping.request_body_schema,
                    "notes": mapping.notes,
                }
                for method, mapping in methods.items()
            }
            for name, methods in (file.resources if file else {}).items()
        },
    }
    form = str(parse_query(query_string).get("format") or "json")
    if form == "json":
        return json_answer(200, described)
    if form == "md":
        return Answer(
            200,
            [(b"content-type", b"text/markdown; charset=utf-8")],
            _markdown(described).encode(),
        )
    if form == "html":
        page = [(b"content-type", b"text/html; charset=utf-8")]
        return Answer(200, page, _html(described).encode())
    raise InvalidRequest("format is json, md or html.")


def _description(method: Any) -> str | None:
    return None if method is None else str(method.description)


def _response_schema(method: str, record: dict[str, Any]) -> dict[str, Any]:
    if method == "delete":
        return {"type": "object", "properties": {"id": {"type": "string"}}}
    if method != "list":
        return record
    text_or_null = {"type": ["string", "null"]}
    return {
        "type": "object",
        "properties": {
            "result": {"type": "array", "items": record},
            "next_cursor": text_or_null,
            "prev_cursor": text_or_null,
            "result_count": {"type": "integer"},
            "is_partial_response": {"type": "boolean"},
        },
    }


def _html(described: dict[str, Any]) -> str:
    # Two thousand names of characters, for the few who ask for a page: decision 0017.
    from html import escape  # noqa: PLC0415

    title = escape(f"{described['label']}: {described['model']}")
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        f"<pre>{escape(_markdown(described))}</pre></html>"
    )


def _markdown(described: dict[str, Any]) -> str:
    lines = [f"# {described['label']}: {described['model']}", ""]
    for resource, methods in described["resources"].items():
        lines += [f"## {resource}", ""]
        for method, cell in methods.items():
            lines.append(f"- **{method}**: {cell['description'] or ''}")
            filters = sorted((cell["query_schema"] or {}).get("properties", {}))
            if filters:
                lines.append(f"  Filters: {', '.join(filters)}.")
            if cell["notes"]:
                lines.append(f"  {cell['notes'].strip()}")
        lines.append("")
    return "\n".join(lines)
