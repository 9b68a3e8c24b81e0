"""A shared token in a header."""

from collections.abc import Sequence

from waypost.base.ids import same
from waypost.engine.manifest.webhooks import BearerSignature
from waypost.engine.signatures.delivery import Delivery, octets


def verify(signature: BearerSignature, secrets: Sequence[str], delivery: Delivery) -> bool:
    """Compare the token with every secret, in constant time each."""
    value = (delivery.header(signature.header) or "").strip()
    scheme, _, rest = value.partition(" ")
    token = octets(rest.strip() if scheme.lower() == "bearer" else value)
    # In Authorization a bare token is no bearer token; elsewhere providers send it bare.
    if signature.header.lower() == "authorization" and scheme.lower() != "bearer":
        return False
    found = False
    for secret in secrets:
        found |= same(octets(secret), token)
    return found


def sign(signature: BearerSignature, secret: str) -> dict[str, str]:
    """Return the header a provider would send."""
    name = signature.header.lower()
    return {name: f"Bearer {secret}" if name == "authorization" else secret}
