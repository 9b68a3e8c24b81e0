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
MOST_DEEP = 100
"""How many levels a body may nest: what is kept is read again, by programs that allow fewer than ours."""
MOST_ID = 200
"""The longest name of an event that is kept as it is; a database's index takes no very long text."""
_TOO_DEEP = f"The body nests more than {MOST_DEEP} levels."


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

    Nothing is verified here. Raises InvalidRequest for a body that is no JSON object, or too deep.
    """
    try:
        body = parse_json(raw)
    except ValueError:
        raise InvalidRequest("The body is not JSON.") from None
    except RecursionError:
        raise InvalidRequest(_TOO_DEEP) from None
    if raw.count(b"[") + raw.count(b"{") > MOST_DEEP and _is_deep(body):
        raise InvalidRequest(_TOO_DEEP)
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
        event_id=_name(_text(_value(kind.event_id, scope))) or digest,
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


def _name(event_id: str | None) -> str | None:
    if event_id is None or len(event_id) <= MOST_ID:
        return event_id
    return "sha256:" + hashlib.sha256(event_id.encode()).hexdigest()


def _is_deep(body: Any) -> bool:
    """Say whether a value nests too deeply, level by level, so without nesting calls."""
    level = [body]
    for _ in range(MOST_DEEP):
        inner = (each.values() if isinstance(each, dict) else each for each in level)
        level = [each for values in inner for each in values if isinstance(each, dict | list)]
        if not level:
            return False
    return True


def _text(value: Any) -> str | None:
    # A NUL is JSON, and no text that PostgreSQL keeps.
    return value if isinstance(value, str) and value and "\0" not in value else None
