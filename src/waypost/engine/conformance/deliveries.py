"""Every webhook example must verify, stop verifying when a byte changes, and be understood."""

import base64
import binascii
import json
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import structs

from waypost.base.errors import ManifestError
from waypost.base.secret import Secret
from waypost.engine.conformance.likeness import looks_secret, secret_places
from waypost.engine.expressions import compile_expression
from waypost.engine.manifest.loaded import LoadedIntegration
from waypost.engine.manifest.places import Path
from waypost.engine.manifest.problem import Problem
from waypost.engine.manifest.webhooks import (
    HmacSignature,
    InboundWebhook,
    UnsignedWebhook,
    WebhookExample,
)
from waypost.engine.schemas import InvalidSchema, Schema
from waypost.engine.signatures.verify import verify

_ANOTHER = "b3RoZXIgc2VjcmV0"
_URL = "https://waypost.example/webhooks/example"


def check_deliveries(loaded: LoadedIntegration) -> Iterator[Problem]:
    """Yield webhooks without an example, and examples that do not prove what they should."""
    for index, webhook in enumerate(loaded.integration.webhooks):
        path: Path = ("webhooks", index)
        if not webhook.examples:
            yield Problem(loaded.places.value(path), "there is no example")
        for number, example in enumerate(webhook.examples):
            here = (*path, "examples", number)
            place = loaded.places.value(here)
            texts = [*_signed(webhook, example), *_understood(loaded, webhook, example)]
            yield from (Problem(place, text) for text in texts)
            yield from _secrets(loaded, here, webhook, example)


def _signed(webhook: InboundWebhook, example: WebhookExample) -> Iterator[str]:
    body = example.raw.encode()
    if not _verifies(webhook, example, body):
        yield "the signature does not verify"
    if isinstance(webhook.signature, HmacSignature) and "$body" in webhook.signature.parts:
        for position in {0, len(body) // 2, len(body) - 1}:
            changed = body[:position] + bytes([body[position] ^ 1]) + body[position + 1 :]
            if _verifies(webhook, example, changed):
                yield f"the signature still verifies when byte {position} of the body changes"
    if not isinstance(webhook.signature, UnsignedWebhook):
        other = structs.replace(example, secret=_ANOTHER)
        if _verifies(webhook, other, body):
            yield "the signature verifies with another secret"


def _verifies(webhook: InboundWebhook, example: WebhookExample, body: bytes) -> bool:
    return verify(
        webhook.signature,
        secrets=[Secret(example.secret)],
        headers=example.headers,
        body=body,
        url=_URL,
        now=_sent_at(webhook, example),
    )


def _sent_at(webhook: InboundWebhook, example: WebhookExample) -> float:
    """Return the moment the example was signed, so that its age is no reason to refuse it."""
    name = getattr(webhook.signature, "timestamp_header", None)
    headers = {key.lower(): value for key, value in example.headers.items()}
    text = headers.get(name.lower(), "") if name else ""
    return float(text) if text.isdigit() else 0.0


def _understood(
    loaded: LoadedIntegration, webhook: InboundWebhook, example: WebhookExample
) -> Iterator[str]:
    scope = _scope(example)
    try:
        if webhook.ping is not None and _value(webhook.ping.when, scope) is True:
            return
        chosen = next((one for one in loaded.integration.webhooks if _applies(one, scope)), None)
        found = _value(webhook.event_type, scope)
        identity = _value(webhook.event_id, scope)
    except ManifestError as error:
        yield error.message
        return
    if chosen is not webhook:
        yield f"it is taken for {chosen.name if chosen else 'no known kind'}"
    if example.event_type is not None and found != example.event_type:
        yield f"event_type gives {found!r} and not '{example.event_type}'"
    if webhook.event_id is not None and not identity:
        yield "event_id gives nothing"
    if webhook.schema_ is not None:
        try:
            yield from (
                f"refused by schema: {one}"
                for one in Schema(webhook.schema_).problems(scope["body"])
            )
        except InvalidSchema:
            return  # reported with the schema itself


def _scope(example: WebhookExample) -> dict[str, Any]:
    try:
        body: Any = json.loads(example.raw)
    except ValueError:
        body = example.raw
    return {"body": body, "headers": {key.lower(): value for key, value in example.headers.items()}}


def _applies(webhook: InboundWebhook, scope: Mapping[str, Any]) -> bool:
    return webhook.applies is None or _value(webhook.applies, scope) is True


def _value(expression: str | None, scope: Mapping[str, Any]) -> Any:
    return None if expression is None else compile_expression(expression).evaluate(scope)


def _secrets(
    loaded: LoadedIntegration, path: Path, webhook: InboundWebhook, example: WebhookExample
) -> Iterator[Problem]:
    text = "this looks like a real secret; write one that says it is an example"
    if looks_secret(_readable(example.secret)) and not _is_published(webhook, example.secret):
        yield Problem(loaded.places.value((*path, "secret")), text)
    if any(True for _ in secret_places(_scope(example)["body"])):
        yield Problem(loaded.places.value((*path, "raw")), text)


def _is_published(webhook: InboundWebhook, secret: str) -> bool:
    return webhook.ping is not None and webhook.ping.secret == secret


def _readable(secret: str) -> str:
    """Return a secret as its author wrote it, where it is plain text in base64."""
    bare = secret.rpartition("_")[2]
    try:
        return base64.b64decode(bare, validate=True).decode("ascii")
    except (binascii.Error, UnicodeDecodeError):
        return secret
