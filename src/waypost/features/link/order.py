"""Read what a link token is asked for, refusing what is wrong by name."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from waypost.base.errors import InvalidRequest
from waypost.engine.manifest.problem import nearest
from waypost.features.link.model import LinkOrder
from waypost.kernel.wire import unkeepable

_REGIONS = ("wnam", "enam", "apac", "eu")
_IGNORED = ("unified_model_id", "truto_static_gate_id", "is_sandbox")
"""Spellings of published clients that have no meaning here: accepted, without effect."""

ORDER_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "Exactly one of `tenant_id` and `integrated_account_id` is needed.",
    "additionalProperties": False,
    "properties": {
        "tenant_id": {
            "type": "string",
            "minLength": 1,
            "maxLength": 256,
            "description": "Whose account it will be: a new account is linked.",
        },
        "integrated_account_id": {
            "type": "string",
            "minLength": 1,
            "maxLength": 256,
            "description": "The account to link again; it keeps its id.",
        },
        "context": {
            "type": "object",
            "maxProperties": 100,
            "description": "Values the account will have; they win over what is typed.",
        },
        "redirect_uri": {
            "type": "string",
            "format": "uri",
            "maxLength": 2000,
            "description": "Where the person goes afterwards, in same-window mode.",
        },
        "scopes": {"type": "array", "items": {"type": "string"}},
        "environment_unified_model_id": {
            "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}],
            "description": "Offer only integrations that serve one of these unified models.",
        },
        "persist_previous_context": {"type": "boolean", "default": False},
        "region": {"type": "string", "enum": list(_REGIONS)},
        "unified_model_id": {"deprecated": True},
        "truto_static_gate_id": {"deprecated": True},
        "is_sandbox": {"deprecated": True},
    },
}
"""What `POST /link-token` takes, for the API's description; `read_order` decides."""

_MOST_CONTEXT_KEYS = 100
Fault = str | None


def read_order(body: Any) -> LinkOrder:
    """Return the order that a parsed `POST /link-token` body means.

    Raises InvalidRequest whose `details.failures` lists every fault as `{field, message}`.
    """
    if not isinstance(body, Mapping):
        raise InvalidRequest("The body must be a JSON object.")
    failures = [*_unknown(body), *_wrong(body)]
    if not failures:
        failures = list(_contradictions(body))
    if failures:
        message = failures[0]["message"] if len(failures) == 1 else _gathered(failures)
        raise InvalidRequest(message, details={"failures": failures})
    models = body.get("environment_unified_model_id") or ()
    return LinkOrder(
        tenant_id=body.get("tenant_id"),
        account_id=body.get("integrated_account_id"),
        context=dict(body.get("context") or {}),
        redirect_uri=body.get("redirect_uri"),
        scopes=tuple(body.get("scopes") or ()),
        unified_models=(models,) if isinstance(models, str) else tuple(models),
        persist_previous_context=bool(body.get("persist_previous_context")),
        region=body.get("region"),
    )


def _kept(value: Any) -> Fault:
    fault = unkeepable(value)
    return f"must not hold {fault}" if fault else None


def _text(value: Any) -> Fault:
    if not isinstance(value, str) or not value.strip():
        return "must be a text that is not empty"
    return "must be at most 256 characters" if len(value) > 256 else None


def _context(value: Any) -> Fault:
    if not isinstance(value, Mapping):
        return "must be an object"
    return f"may hold {_MOST_CONTEXT_KEYS} keys" if len(value) > _MOST_CONTEXT_KEYS else None


def _texts(value: Any) -> Fault:
    if not isinstance(value, list) or any(_text(item) for item in value):
        return "must be a list of texts"
    return None


def _text_or_texts(value: Any) -> Fault:
    if isinstance(value, str):
        return _text(value)
    return "must be a text or a list of texts" if _texts(value) else None


def _flag(value: Any) -> Fault:
    return None if isinstance(value, bool) else "must be true or false"


def _region(value: Any) -> Fault:
    return None if value in _REGIONS else f"must be one of {', '.join(_REGIONS)}"


def redirect_fault(value: Any) -> Fault:
    """Return why `value` cannot be where the person is sent afterwards, or None."""
    if not isinstance(value, str) or len(value) > 2000:
        return "must be a text of at most 2000 characters"
    if any(ord(character) <= 32 or ord(character) == 127 for character in value) or "\\" in value:
        return "must not hold spaces, control characters or backslashes"
    try:
        parts = urlsplit(value)
        port_is_fine = parts.port is None or parts.port > 0
    except ValueError:
        return "must be an absolute http or https URL"
    if parts.scheme not in ("http", "https") or not parts.hostname or not port_is_fine:
        return "must be an absolute http or https URL"
    return "must not hold a user name" if "@" in parts.netloc else None


_CHECKS: dict[str, Callable[[Any], Fault]] = {
    "tenant_id": _text,
    "integrated_account_id": _text,
    "context": _context,
    "redirect_uri": redirect_fault,
    "scopes": _texts,
    "environment_unified_model_id": _text_or_texts,
    "persist_previous_context": _flag,
    "region": _region,
}


def _unknown(body: Mapping[str, Any]) -> list[dict[str, str]]:
    return [
        _failure(str(name), f"'{name}' is not known{nearest(str(name), tuple(_CHECKS))}")
        for name in body
        if name not in _CHECKS and name not in _IGNORED
    ]


def _wrong(body: Mapping[str, Any]) -> list[dict[str, str]]:
    return [
        _failure(name, f"'{name}' {fault}")
        for name, check in _CHECKS.items()
        if body.get(name) is not None and (fault := _kept(body[name]) or check(body[name]))
    ]


def _contradictions(body: Mapping[str, Any]) -> list[dict[str, str]]:
    tenant, account = (
        body.get(name) is not None for name in ("tenant_id", "integrated_account_id")
    )
    found: list[dict[str, str]] = []
    if tenant == account:
        said = "both are" if tenant else "neither is"
        text = "give exactly one of 'tenant_id' (a new account) and 'integrated_account_id' (link it again)"
        found.append(_failure("tenant_id", f"{text}; {said} there"))
    if not account and body.get("persist_previous_context"):
        found.append(
            _failure(
                "persist_previous_context",
                "'persist_previous_context' needs 'integrated_account_id'",
            )
        )
    if account and body.get("region") is not None:
        found.append(_failure("region", "'region' is fixed once an account exists"))
    return found


def _failure(name: str, message: str) -> dict[str, str]:
    return {"field": name, "message": message}


def _gathered(failures: list[dict[str, str]]) -> str:
    return f"{len(failures)} things are wrong: " + "; ".join(item["message"] for item in failures)
