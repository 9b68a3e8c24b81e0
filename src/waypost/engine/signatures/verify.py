"""The one door: verify a webhook by the kind of signature its manifest names, or sign one."""

from collections.abc import Mapping, Sequence

from waypost.base.secret import Secret
from waypost.engine.manifest.webhooks import (
    BasicSignature,
    BearerSignature,
    HmacSignature,
    Signature,
    UnsignedWebhook,
)
from waypost.engine.signatures import basic, bearer, hmac, unsigned
from waypost.engine.signatures.delivery import Delivery


def verify(
    signature: Signature,
    *,
    secrets: Sequence[Secret],
    headers: Mapping[str, str],
    body: bytes,
    url: str,
    now: float,
) -> bool:
    """Say whether any of `secrets` vouches for this delivery; whatever arrives, nothing is raised.

    Several secrets make rotation ordinary. An empty secret never verifies. `now` is in Unix seconds.
    """
    delivery = Delivery(headers, body, url)
    texts = [text for secret in secrets if (text := secret.reveal())]
    match signature:
        case HmacSignature():
            return hmac.verify(signature, texts, delivery, now)
        case BasicSignature():
            return basic.verify(texts, delivery)
        case BearerSignature():
            return bearer.verify(signature, texts, delivery)
        case UnsignedWebhook():
            return unsigned.verify()


def sign(
    signature: Signature,
    *,
    secret: Secret,
    headers: Mapping[str, str],
    body: bytes,
    url: str,
    now: float,
) -> dict[str, str]:
    """Return the headers (lower-case names) that make `verify` say yes; raises ValueError when none can."""
    delivery = Delivery(headers, body, url)
    match signature:
        case HmacSignature():
            return hmac.sign(signature, secret.reveal(), delivery, now)
        case BasicSignature():
            return basic.sign(secret.reveal())
        case BearerSignature():
            return bearer.sign(signature, secret.reveal())
        case UnsignedWebhook():
            return {}
