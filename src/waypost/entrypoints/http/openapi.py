"""The API reference's whole: the framework's routes, and the surfaces served beside it."""

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from waypost.entrypoints.http.operators import SUMMARIES

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
    """Add the paths served without the framework, the bearer token and the error's shape to a document."""
    paths: Json = document.setdefault("paths", {})
    for path, item in (*_system(), *_unified(), *_proxy(), *_custom(), *_passthrough()):
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


def _system() -> list[tuple[str, Json]]:
    return [(path, _item("system", [], {"get": said})) for path, said in SUMMARIES.items()]


def _unified() -> list[tuple[str, Json]]:
    place = [_part("model", "Such as user-directory."), _part("resource", "Such as users.")]
    one = [*place, _part("id", "The record's id.")]
    also = [_ACCOUNT, _REMOTE_QUERY, *_unified_switches(), _PREFER]
    path = "/unified/{model}/{resource}"
    many = {"get": "List unified records", "post": "Create a unified record"}
    single = {
        "get": "Get a unified record",
        "patch": "Change a unified record",
        "delete": "Delete a unified record",
    }
    method = _part("method", "Such as list.")
    of_account = {"get": "Describe a unified method for an account"}
    integration = _part("integration", "Its name.")
    of_integration = {"get": "Describe what an integration offers of a model"}
    return [
        (path, _item("unified", [*place, *also], many, lists=True)),
        (path + "/{id}", _item("unified", [*one, *also], single)),
        (path + "/meta/{method}", _item("unified", [*place, method, _ACCOUNT], of_account)),
        (
            "/unified/meta/{model}/{integration}",
            _item("unified", [place[0], integration, _format()], of_integration),
        ),
    ]


def _proxy() -> list[tuple[str, Json]]:
    place = [_part("resource", "The integration's own name of it; /capabilities lists them.")]
    one = [*place, _part("id", "The record's id; for POST the name of a custom method.")]
    also = [_ACCOUNT, _REMOTE_QUERY, _PREFER]
    many = {"get": "List a provider's records", "post": "Create a record at the provider"}
    single = {
        "get": "Get a provider's record",
        "post": "Call a custom method",
        "patch": "Change a record at the provider",
        "delete": "Delete a record at the provider",
    }
    return [
        ("/proxy/{resource}", _item("proxy", [*place, *also], many, lists=True)),
        ("/proxy/{resource}/{id}", _item("proxy", [*one, *also], single)),
    ]


def _custom() -> list[tuple[str, Json]]:
    path = _part("path", "Relative to the integration's base URL; may have slashes.")
    summaries = _any_verb("a path of the provider, JSON in the envelope")
    return [("/custom/{path}", _item("custom", [path, _ACCOUNT, _PREFER], summaries))]


def _passthrough() -> list[tuple[str, Json]]:
    account = _part("account_id", "The account to call as.")
    path = _part("path", "Relative to the integration's base URL; may have slashes.")
    summaries = _any_verb("a path of the provider, byte for byte")
    item = _item("passthrough", [account, path, _PREFER], summaries)
    return [("/passthrough/{account_id}/{path}", item)]


def _any_verb(what: str) -> dict[str, str]:
    return {verb: f"{verb.upper()} {what}" for verb in ("get", "post", "put", "patch", "delete")}


def _item(
    tag: str, parameters: list[Json], summaries: dict[str, str], *, lists: bool = False
) -> Json:
    """Return a path's operations; with `lists`, GET answers a page."""
    operations: Json = {}
    for verb, summary in summaries.items():
        page = lists and verb == "get"
        schema: Json = {"$ref": "#/components/schemas/Page"} if page else {}
        answer = {"description": "OK", "content": {"application/json": {"schema": schema}}}
        operations[verb] = {
            "tags": [tag],
            "summary": summary,
            "parameters": [*parameters, *(_PAGING if page else ())],
            "responses": {"200": answer},
        }
        if verb in ("post", "put", "patch"):
            operations[verb]["requestBody"] = _BODY
    return operations


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
