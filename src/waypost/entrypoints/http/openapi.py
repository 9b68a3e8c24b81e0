"""The API reference's whole: the framework's routes, and the surfaces served beside it."""

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

Json = dict[str, Any]

_ACCOUNT: Json = {
    "name": "integrated_account_id",
    "in": "query",
    "required": False,
    "schema": {"type": "string"},
    "description": "The account to call as. An account token has it already.",
}
_PAGING: list[Json] = [
    {
        "name": "limit",
        "in": "query",
        "schema": {"type": "integer", "minimum": 1},
        "description": "Records per page, whatever pages the provider gives.",
    },
    {
        "name": "next_cursor",
        "in": "query",
        "schema": {"type": "string"},
        "description": "The `next_cursor` of the page before.",
    },
]
_REMOTE_QUERY: Json = {
    "name": "remote_query",
    "in": "query",
    "style": "deepObject",
    "explode": True,
    "schema": {"type": "object", "additionalProperties": True},
    "description": "Parameters for the provider, untouched: `remote_query[name]=value`.",
}
_IDEMPOTENCY: Json = {
    "name": "Idempotency-Key",
    "in": "header",
    "schema": {"type": "string"},
    "description": "Ours; not forwarded.",
}
_PREFER: Json = {
    "name": "Prefer",
    "in": "header",
    "schema": {"type": "string"},
    "description": "`wait=N`: how many seconds the call may wait for the account's rate budget.",
}
_BODY: Json = {"content": {"application/json": {"schema": {}}}}
_PROBLEM: Json = {
    "description": "Who must act, and why.",
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
_PAGE_SCHEMA: Json = {
    "type": "object",
    "required": ["result", "next_cursor"],
    "properties": {
        "result": {"type": "array", "items": {}},
        "next_cursor": {"type": ["string", "null"]},
        "prev_cursor": {"type": ["string", "null"]},
        "result_count": {"type": "integer"},
        "is_partial_response": {"type": "boolean"},
    },
}
_PROBLEM_SCHEMA: Json = {
    "type": "object",
    "required": ["statusCode", "error", "message"],
    "properties": {
        "statusCode": {"type": "integer"},
        "error": {"type": "string"},
        "message": {"type": "string"},
        "code": {"type": "string", "description": "One of docs/reference/errors.md."},
        "details": {"type": "object"},
        "truto_is_remote_error": {"type": "boolean"},
        "raw_response": {"description": "The provider's own body."},
        "truto_error_insight": {"type": "object"},
    },
}


def describe(app: FastAPI) -> Callable[[], Json]:
    """Return the function that makes `app`'s OpenAPI document, once."""

    def document() -> Json:
        if app.openapi_schema is None:
            made = get_openapi(
                title=app.title,
                version=app.version,
                description=app.description,
                routes=app.routes,
            )
            app.openapi_schema = with_data_plane(made)
        return app.openapi_schema

    return document


def _name_by_docstring(operation: Json) -> None:
    """Let an operation without a summary of its own be named by what its code says of itself."""
    made = str(operation.get("summary", "")).lower().replace(" ", "_")
    described = str(operation.get("description", ""))
    if described and str(operation.get("operationId", "")).startswith(f"{made}_"):
        first, _, rest = described.partition("\n\n")
        operation["summary"] = " ".join(first.split()).rstrip(".")
        operation["description"] = rest


def with_data_plane(document: Json) -> Json:
    """Add the data plane's paths, the bearer token and the error's shape to a document."""
    paths: Json = document.setdefault("paths", {})
    for path, item in (*_unified(), *_proxy(), *_custom(), *_passthrough()):
        paths[path] = item
    components: Json = document.setdefault("components", {})
    components.setdefault("schemas", {}).update(Problem=_PROBLEM_SCHEMA, Page=_PAGE_SCHEMA)
    components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    document["security"] = [{"token": []}]
    for item in paths.values():
        for operation in item.values():
            if isinstance(operation, dict):
                _name_by_docstring(operation)
                operation.setdefault("responses", {}).setdefault("4XX", _PROBLEM)
                operation["responses"].pop("422", None)
    return document


def _unified() -> list[tuple[str, Json]]:
    tag = "unified"
    place = [_part("model", "Such as user-directory."), _part("resource", "Such as users.")]
    one = [*place, _part("id", "The record's id.")]
    switches = [_ACCOUNT, _REMOTE_QUERY, *_unified_switches(), _PREFER]
    path = "/unified/{model}/{resource}"
    return [
        (
            path,
            {
                "get": _operation(
                    tag, "List unified records", [*place, *switches, *_PAGING], page=True
                ),
                "post": _operation(
                    tag, "Create a unified record", [*place, *switches, _IDEMPOTENCY], body=True
                ),
            },
        ),
        (
            path + "/{id}",
            {
                "get": _operation(tag, "Get a unified record", [*one, *switches]),
                "patch": _operation(
                    tag, "Change a unified record", [*one, *switches, _IDEMPOTENCY], body=True
                ),
                "delete": _operation(
                    tag, "Delete a unified record", [*one, *switches, _IDEMPOTENCY]
                ),
            },
        ),
        (
            path + "/meta/{method}",
            {
                "get": _operation(
                    tag,
                    "Describe a unified method for an account",
                    [*place, _part("method", "Such as list."), _ACCOUNT],
                )
            },
        ),
        (
            "/unified/meta/{model}/{integration}",
            {
                "get": _operation(
                    tag,
                    "Describe what an integration offers of a model",
                    [place[0], _part("integration", "Its name."), _format()],
                )
            },
        ),
    ]


def _proxy() -> list[tuple[str, Json]]:
    tag = "proxy"
    place = [_part("resource", "The integration's own name of it; /capabilities lists them.")]
    one = [*place, _part("id", "The record's id; for POST the name of a custom method.")]
    also = [_ACCOUNT, _REMOTE_QUERY, _PREFER]
    return [
        (
            "/proxy/{resource}",
            {
                "get": _operation(
                    tag, "List a provider's records", [*place, *also, *_PAGING], page=True
                ),
                "post": _operation(
                    tag, "Create a record at the provider", [*place, *also, _IDEMPOTENCY], body=True
                ),
            },
        ),
        (
            "/proxy/{resource}/{id}",
            {
                "get": _operation(tag, "Get a provider's record", [*one, *also]),
                "post": _operation(
                    tag, "Call a custom method", [*one, *also, _IDEMPOTENCY], body=True
                ),
                "patch": _operation(
                    tag, "Change a record at the provider", [*one, *also, _IDEMPOTENCY], body=True
                ),
                "delete": _operation(
                    tag, "Delete a record at the provider", [*one, *also, _IDEMPOTENCY]
                ),
            },
        ),
    ]


def _custom() -> list[tuple[str, Json]]:
    path = [_part("path", "Relative to the integration's base URL; may have slashes.")]
    return [
        (
            "/custom/{path}",
            _any_verb(
                "custom", "a path of the provider, JSON in the envelope", [*path, _ACCOUNT, _PREFER]
            ),
        )
    ]


def _passthrough() -> list[tuple[str, Json]]:
    place = [
        _part("account_id", "The account to call as."),
        _part("path", "Relative to the integration's base URL; may have slashes."),
    ]
    what = "a path of the provider, byte for byte"
    return [("/passthrough/{account_id}/{path}", _any_verb("passthrough", what, [*place, _PREFER]))]


def _any_verb(tag: str, what: str, parameters: list[Json]) -> Json:
    verbs = ("get", "post", "put", "patch", "delete")
    return {
        verb: _operation(
            tag, f"{verb.upper()} {what}", parameters, body=verb not in ("get", "delete")
        )
        for verb in verbs
    }


def _operation(
    tag: str, summary: str, parameters: list[Json], *, page: bool = False, body: bool = False
) -> Json:
    schema: Json = {"$ref": "#/components/schemas/Page"} if page else {}
    operation: Json = {
        "tags": [tag],
        "summary": summary,
        "parameters": parameters,
        "responses": {
            "200": {"description": "OK", "content": {"application/json": {"schema": schema}}}
        },
    }
    if body:
        operation["requestBody"] = _BODY
    return operation


def _unified_switches() -> list[Json]:
    forms = ["unified", "raw", "normalized", "stream"]
    switches: dict[str, Json] = {
        "truto_response_format": {"type": "string", "enum": forms, "default": "unified"},
        "truto_ignore_remote_data": {"type": "boolean", "default": False},
        "truto_exclude_fields": {"type": "string", "description": "Comma list."},
        "truto_key_by": {"type": "string"},
    }
    return [
        {"name": name, "in": "query", "required": False, "schema": schema}
        for name, schema in switches.items()
    ]


def _format() -> Json:
    schema = {"type": "string", "enum": ["json", "md"], "default": "json"}
    return {"name": "format", "in": "query", "required": False, "schema": schema}


def _part(name: str, description: str) -> Json:
    return {
        "name": name,
        "in": "path",
        "required": True,
        "schema": {"type": "string"},
        "description": description,
    }
