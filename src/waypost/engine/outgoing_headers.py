"""Which headers a provider sees: the manifest's, the caller's as far as they may, and ours."""

import re
from collections.abc import Mapping
from typing import Any

from waypost.base.errors import InvalidRequest
from waypost.engine.manifest.credentials import HeaderAuthorization
from waypost.engine.manifest.integration import Integration, Method
from waypost.engine.placeholders import can_fill, fill
from waypost.engine.transport import Headers

_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9a-z]+")
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")

NEVER_FROM_CALLERS = frozenset(
    {
        # Hop-by-hop (RFC 9110 section 7.6.1): they belong to one connection, not to the call.
        *("connection", "keep-alive", "proxy-connection", "te", "trailer"),
        *("transfer-encoding", "upgrade", "expect", "content-length", "host"),
        # Whoever calls us proves who they are to us; the provider sees the account's credentials.
        *("authorization", "proxy-authorization", "proxy-authenticate", "cookie"),
        # What we can decode and what the body is are ours to say.
        *("accept-encoding", "content-type"),
    }
)


def merge_headers(
    integration: Integration,
    method: Method,
    *,
    scope: Mapping[str, Any],
    given: Headers,
    body_type: str | None,
    accept: str,
    paging: Headers,
) -> Headers:
    """Return the headers of a call, later sources replacing earlier ones by name.

    The order: integration, method, caller, paging. A manifest's null removes a header, also the
    defaults (`accept`, `content-type`). Callers' credentials, cookies, hop-by-hop headers and
    those their `Connection` header names are dropped without a word, as proxies do.
    """
    merged: dict[str, list[str]] = {"accept": [accept]}
    if body_type is not None:
        merged["content-type"] = [body_type]
    for source in (integration.headers, method.headers):
        _apply_manifest(merged, source, scope)
    for name, values in _allowed(given, _credential_headers(integration, method)).items():
        merged[name] = values
    for name, value in paging:
        merged[name.lower()] = [value]
    if body_type is None:
        merged.pop("content-type", None)
    return tuple((name, value) for name, values in merged.items() for value in values)


def _apply_manifest(
    merged: dict[str, list[str]],
    source: Mapping[str, str | None],
    scope: Mapping[str, Any],
) -> None:
    for name, template in source.items():
        if template is None:
            merged.pop(name.lower(), None)
        elif "{{" not in template:
            merged[name.lower()] = [_checked(name.lower(), template)]
        elif can_fill(template, scope):
            value = fill(template, scope)
            if value is not None:
                merged[name.lower()] = [_checked(name.lower(), str(value))]


def _allowed(given: Headers, credential_headers: frozenset[str]) -> dict[str, list[str]]:
    connection = ",".join(value for name, value in given if name.lower() == "connection")
    named = {token.strip().lower() for token in connection.split(",")} - {""}
    refused = NEVER_FROM_CALLERS | credential_headers | named
    allowed: dict[str, list[str]] = {}
    for name, value in given:
        lowered = name.lower()
        if lowered not in refused:
            allowed.setdefault(lowered, []).append(_checked(lowered, value))
    return allowed


def _credential_headers(integration: Integration, method: Method) -> frozenset[str]:
    authorizations = (integration.authorization, method.authorization)
    return frozenset(
        authorization.name.lower()
        for authorization in authorizations
        if isinstance(authorization, HeaderAuthorization)
    )


def _checked(name: str, value: str) -> str:
    if not _NAME.fullmatch(name):
        raise InvalidRequest("A header's name holds a character that is not allowed there.")
    if not _VALUE.fullmatch(value):
        raise InvalidRequest(f"The header {name} holds a character that is not allowed there.")
    return value.strip(" \t")
