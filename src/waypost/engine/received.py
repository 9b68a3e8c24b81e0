"""Read a provider's webhook: which kind it is, what it calls itself, what our event says."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from waypost.base.errors import InvalidRequest, ManifestError
from waypost.engine.expressions import compile_expression
from waypost.engine.json_text import parse_json
from waypost.engine.manifest.webhooks import InboundWebhook

UNKNOWN = "provider.event"
"""The type of an event whose kind the manifest does not name; its raw body says the rest."""


@dataclass(frozen=True, slots=True)
class Received:
    """One webhook, read; `kind` is None when no kind of the manifest applies.

    `fault` is the expression that failed: the event is kept all the same, with its raw body.
    """

    body: Any
    kind: InboundWebhook | None
    is_ping: bool = False
    native_type: str | None = None
    event_type: str = UNKNOWN
    event_id: str = ""
    occurred_at: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    fault: str | None = None


def read_received(
    webhooks: Sequence[InboundWebhook], raw: bytes, headers: Mapping[str, str]
) -> Received:
    """Read a webhook by its integration's manifest; `headers` have lower-case names.

    Nothing is verified here. Raises InvalidRequest for a body that is no JSON object.
    """
    try:
        body = parse_json(raw)
    except ValueError:
        raise InvalidRequest("The body is not JSON.") from None
    if not isinstance(body, dict):
        raise InvalidRequest("The body is not a JSON object.")
    scope = {"body": body, "headers": dict(headers)}
    digest = "sha256:" + hashlib.sha256(raw).hexdigest()
    ping = next((each for each in webhooks if _is_ping(each, scope)), None)
    if ping is not None:
        return Received(body, ping, is_ping=True, event_id=digest)
    kind = next((each for each in webhooks if _applies(each, scope)), None)
    if kind is None:
        return Received(body, None, event_id=digest)
    try:
        return _read(kind, body, scope, digest)
    except ManifestError as error:
        return Received(body, kind, event_id=digest, fault=error.message)


def _read(kind: InboundWebhook, body: Any, scope: dict[str, Any], digest: str) -> Received:
    native = _text(_value(kind.event_type, scope))
    found = _value(kind.data, scope)
    data = {name: value for name, value in found.items() if value is not None} if found else {}
    return Received(
        body=body,
        kind=kind,
        native_type=native,
        event_type=kind.events.get(native or "", UNKNOWN),
        event_id=_text(_value(kind.event_id, scope)) or digest,
        occurred_at=_text(_value(kind.occurred_at, scope)),
        data=data,
    )


def _is_ping(webhook: InboundWebhook, scope: Mapping[str, Any]) -> bool:
    return webhook.ping is not None and _holds(webhook.ping.when, scope)


def _applies(webhook: InboundWebhook, scope: Mapping[str, Any]) -> bool:
    return webhook.applies is None or _holds(webhook.applies, scope)


def _holds(expression: str, scope: Mapping[str, Any]) -> bool:
    # What the expression cannot be asked of (a body of another shape) is not of this kind.
    try:
        return _value(expression, scope) is True
    except ManifestError:
        return False


def _value(expression: str | None, scope: Mapping[str, Any]) -> Any:
    return None if expression is None else compile_expression(expression).evaluate(scope)


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
