"""Turn one call of a method into the bytes that leave, all but the credentials."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from msgspec import Struct

from waypost.base.errors import InvalidRequest
from waypost.engine.body import build_body
from waypost.engine.manifest.integration import Integration, Method
from waypost.engine.outgoing_headers import merge_headers
from waypost.engine.paging.page import PageRequest
from waypost.engine.placeholders import can_fill, fill, names
from waypost.engine.query import encode_query, parse_query
from waypost.engine.retry import REFUSED_STATUSES
from waypost.engine.transport import Headers, OutgoingRequest

MOST_OUTLINES = 4096
_OURS = frozenset({"integrated_account_id", "remote_query"})
_PAGING = frozenset({"limit", "next_cursor", "prev_cursor"})
_ACCEPT = {"json": "application/json", "xml": "application/xml"}
_USUAL_TYPES = (None, "application/json")


class CallInput(Struct, frozen=True):
    """What a caller of a method gave; `body` is a JSON value, bytes, chunks of bytes, or None."""

    id: str | None = None
    query: Mapping[str, Any] = {}
    body: Any = None
    headers: Headers = ()
    context: Mapping[str, Any] = {}
    raw_body_type: str | None = None

    def __repr__(self) -> str:  # queries, bodies and context hold people's data
        return f"CallInput(id={self.id!r})"


class Outline:
    """What all calls of a method have in common, read out of its manifest once."""

    __slots__ = (
        "accept",
        "array_format",
        "fixed_path",
        "has_fixed_headers",
        "headers",
        "integration",
        "method",
        "paging_names",
        "refused_statuses",
        "used_in_path",
    )

    def __init__(self, integration: Integration, method: Method) -> None:
        self.integration = integration
        self.method = method
        self.array_format = method.query_array_format or integration.query_array_format
        self.accept = _ACCEPT.get(method.response_format, "*/*")
        self.fixed_path = None if names(method.path) else fill_path(method.path, {})
        self.used_in_path = tuple(_used_in_path(method.path))
        self.paging_names = _declared_paging_names(method)
        self.refused_statuses = _refused_statuses(integration)
        self.has_fixed_headers = not names(
            [*integration.headers.values(), *method.headers.values()]
        )
        self.headers: dict[str | None, Headers] = {}
        """By the body's type, for calls that add none of their own."""


def _refused_statuses(integration: Integration) -> frozenset[int]:
    # A manifest may add statuses that refuse; a 5xx never proves that nothing happened.
    limits = integration.rate_limit
    declared = limits.limited_statuses if limits else ()
    return REFUSED_STATUSES | {status for status in declared if status < 500}


_OUTLINES: dict[int, Outline] = {}


def outline_of(integration: Integration, method: Method) -> Outline:
    """Return what all calls of a method have in common."""
    # Known by identity: a method is one object for as long as its catalogue is served, and an
    # outline that is kept here holds it, so that no other gets its identity.
    known = _OUTLINES.get(id(method))
    if known is None or known.integration is not integration:
        if len(_OUTLINES) >= MOST_OUTLINES:
            _OUTLINES.clear()
        known = _OUTLINES[id(method)] = Outline(integration, method)
    return known


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
    outline = outline_of(integration, method)
    scope = {"id": call.id, "query": call.query, "body": call.body, "context": call.context}
    defaults = _defaults(method, scope) if method.query else {}
    path = outline.fixed_path
    if path is None:
        path = fill_path(method.path, {**scope, "query": {**defaults, **call.query}})
    query = _outgoing_query(outline, defaults, call.query, paging)
    body = build_body(method, call.body, call.raw_body_type, outline.array_format)
    paged = paging.headers if paging else ()
    headers = _headers(outline, scope, call.headers, body.content_type, paged)
    url = _join(base_url, path, encode_query(query, outline.array_format) if query else "")
    return OutgoingRequest(method.verb, url, headers, body.content)


def _headers(
    outline: Outline,
    scope: Mapping[str, Any],
    given: Headers,
    body_type: str | None,
    paging: Headers,
) -> Headers:
    is_usual = outline.has_fixed_headers and not given and not paging
    known = outline.headers.get(body_type) if is_usual else None
    if known is not None:
        return known
    made = merge_headers(
        outline.integration,
        outline.method,
        scope=scope,
        given=given,
        body_type=body_type,
        accept=outline.accept,
        paging=paging,
    )
    if is_usual and body_type in _USUAL_TYPES:
        outline.headers[body_type] = made
    return made


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
    outline: Outline,
    defaults: Mapping[str, Any],
    given: Mapping[str, Any],
    paging: PageRequest | None,
) -> dict[str, Any]:
    query = dict(defaults)
    if given:
        kept = outline.paging_names if paging is None else frozenset()
        query |= {
            name: value for name, value in given.items() if name in kept or not _is_ours(name)
        }
    if outline.used_in_path:
        query = _without(query, outline.used_in_path)
    remote = given.get("remote_query")
    if remote:
        if not isinstance(remote, Mapping):
            raise InvalidRequest("remote_query is an object: remote_query[name]=value.")
        query |= remote
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
