"""What a customer's endpoint receives: the body, and two signatures over its bytes.

Standard Webhooks is what we recommend; X-Truto-Signature is what Truto's consumers verify.
"""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from typing import Literal

from waypost.base.clock import iso
from waypost.base.secret import Secret
from waypost.engine.json_text import encode_json
from waypost.engine.transport import Headers
from waypost.kernel.events import Event

Encoding = Literal["base64", "hex"]
_PREFIX = "whsec_"


def envelope(event: Event, webhook_id: str) -> bytes:
    """Return the exact body; every attempt and every replay sends the same bytes."""
    return encode_json(
        {
            "id": event.id,
            "event": event.type,
            "event_type": event.type,
            "payload": event.payload,
            "tenant_id": event.payload.get("tenant_id"),
            "environment_id": event.environment_id,
            "webhook_id": webhook_id,
            "created_at": iso(event.created_at),
        }
    )


def signed_headers(
    event_id: str, body: bytes, secrets: Sequence[Secret], *, now: float, encoding: Encoding
) -> Headers:
    """Return the headers of one attempt; the first secret is the current one.

    `webhook-signature` holds one signature for each secret, so that a rotation overlaps.
    """
    at = int(now)
    return (
        ("content-type", "application/json"),
        ("user-agent", "waypost"),
        ("webhook-id", event_id),
        ("webhook-timestamp", str(at)),
        ("webhook-signature", " ".join(_standard(each, event_id, at, body) for each in secrets)),
        ("x-truto-signature", f"format=sha256,v={_truto(secrets[0], body, encoding)}"),
    )


def _standard(secret: Secret, event_id: str, at: int, body: bytes) -> str:
    key = base64.b64decode(secret.reveal().removeprefix(_PREFIX))
    signed = f"{event_id}.{at}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


def _truto(secret: Secret, body: bytes, encoding: Encoding) -> str:
    digest = hmac.digest(secret.reveal().encode(), body, hashlib.sha256)
    return digest.hex() if encoding == "hex" else base64.b64encode(digest).decode()


__all__ = ["Encoding", "envelope", "signed_headers"]
