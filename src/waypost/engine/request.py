"""Turn one call of a method into the bytes that leave, all but the credentials."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from waypost.base.errors import InvalidRequest
from waypost.engine.body import build_body
from waypost.engine.manifest.integration import Integration, Method
from waypost.engine.outgoing_headers import merge_headers
from waypost.engine.paging.page import PageRequest
from waypost.engine.placeholders import can_fill, fill, names
from waypost.engine.query import encode_query, parse_query
from waypost.engine.transport import Headers, OutgoingRequest

_OURS = frozenset({"integrated_account_id", "remote_query"})
_PAGING = frozenset({"limit", "next_cursor", "prev_cursor"})
_ACCEPT = {"json": "application/json", "xml": "application/xml"}


@dataclass(frozen=True, slots=True)
class CallInput:
    """What a caller of a method gave; `body` is a JSON value, bytes, chunks of bytes, or None."""

    id: str | None = None
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Any = None
    headers: Headers = ()
    context: Mapping[str, Any] = field(default_factory=dict)
    raw_body_type: str | None = None

    def __repr__(self) -> str:  # queries, bodies and context hold people's data
        return f"CallInput(id={self.id!r})"


def build_request(
    integration: Integration,
    method: Method,
    base_url: str,
    call: CallInput,
    *,
    paging: PageRequest | None = None,
) -> OutgoingRequest:
    """Return the request of one call, without credentials.

    Raises `InvalidRequest` naming every missing path placeholder, and for an id that is no
    path segment, a body that its format cannot carry, or a header that is not one.
    """
    scope = {"id": call.id, "query": call.query, "body": call.body, "context": call.context}
    defaults = _defaults(method, scope)
    path = fill_path(method.path, {**scope, "query": {**defaults, **call.query}})
    query = _outgoing_query(method, defaults, call.query, paging)
    array_format = method.query_array_format or integration.query_array_format
    body = build_body(method, call.body, call.raw_body_type, array_format)
    headers = merge_headers(
        integration,
        method,
        scope=scope,
        given=call.headers,
        body_type=body.content_type,
        accept=_ACCEPT.get(method.response_format, "*/*"),
        paging=paging.headers if paging else (),
    )
    url = _join(base_url, path, encode_query(query, array_format))
    return OutgoingRequest(method.verb, url, headers, body.content)


def fill_path(template: str, scope: Mapping[str, Any]) -> str:
    """Return a path with its placeholders percent-encoded; no value can leave its segment."""
    filled: str = fill(template, scope, encode=_encode_segment)
    path = filled.partition("?")[0]
    if any(segment in {".", ".."} for segment in path.split("/")):
        raise InvalidRequest("'.' and '..' are not ids.")
    return filled


def _encode_segment(text: str) -> str:
    try:
        return quote(text, safe="")
    except UnicodeEncodeError:
        raise InvalidRequest("An id is not valid text.") from None


def _defaults(method: Method, scope: Mapping[str, Any]) -> dict[str, Any]:
    """Return the method's own query; an entry whose placeholders have no value is left out."""
    return {
        name: fill(template, scope)
        for name, template in method.query.items()
        if can_fill(template, scope)
    }


def _outgoing_query(
    method: Method,
    defaults: Mapping[str, Any],
    given: Mapping[str, Any],
    paging: PageRequest | None,
) -> dict[str, Any]:
    kept = _declared_paging_names(method) if paging is None else frozenset()
    own = {name: value for name, value in given.items() if name in kept or not _is_ours(name)}
    remote = given.get("remote_query") or {}
    if not isinstance(remote, Mapping):
        raise InvalidRequest("remote_query is an object: remote_query[name]=value.")
    query = _without({**defaults, **own}, _used_in_path(method.path)) | dict(remote)
    return query | paging.query if paging else query


def _is_ours(name: str) -> bool:
    return name in _OURS or name in _PAGING or name.startswith("truto_")


def _declared_paging_names(method: Method) -> frozenset[str]:
    """Return `limit` and its like where this provider's method has a parameter of that name."""
    properties = (method.query_schema or {}).get("properties", {})
    return _PAGING & frozenset(properties)


def _used_in_path(path: str) -> Iterable[tuple[str, ...]]:
    return [
        candidate.keys[1:]
        for placeholder in names(path)
        for candidate in placeholder.candidates
        if candidate.keys[0] == "query" and len(candidate.keys) > 1
    ]


def _without(query: Mapping[str, Any], paths: Iterable[tuple[str, ...]]) -> dict[str, Any]:
    result = dict(query)
    for first, *rest in paths:
        inner = result.pop(first, None)
        if rest and isinstance(inner, Mapping):
            result[first] = _without(inner, [tuple(rest)])
    return result


def _join(base_url: str, path: str, query: str) -> str:
    url = base_url.rstrip("/") + ("/" + path.lstrip("/") if path else "")
    if not query:
        return url
    return f"{url}{'&' if '?' in path else '?'}{query}"


__all__ = ["CallInput", "build_request", "encode_query", "fill_path", "parse_query"]
