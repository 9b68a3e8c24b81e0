"""User and password, in the Authorization header or in the address; a secret reads `user:password`."""

from base64 import b64encode
from collections.abc import Sequence
from urllib.parse import unquote_to_bytes

from waypost.base.ids import same
from waypost.engine.signatures.delivery import Delivery, octets


def verify(secrets: Sequence[str], delivery: Delivery) -> bool:
    """Compare what was shown with every secret, in constant time each."""
    in_header = _encoded(delivery)
    in_url = _userinfo(delivery.url)
    found = False
    for secret in secrets:
        known = octets(secret)
        found |= in_header is not None and same(b64encode(known), in_header)
        found |= in_url is not None and same(known, in_url)
    return found


def sign(secret: str) -> dict[str, str]:
    """Return the header a provider would send."""
    return {"authorization": "Basic " + b64encode(octets(secret)).decode()}


def _encoded(delivery: Delivery) -> bytes | None:
    scheme, _, rest = (delivery.header("authorization") or "").strip().partition(" ")
    return octets(rest.strip()) if scheme.lower() == "basic" else None


def _userinfo(url: str) -> bytes | None:
    """Return `user:password` of a URL, decoded. `urlsplit` raises on odd hosts, so it is not used."""
    authority = url.partition("://")[2]
    for mark in "/?#":
        authority = authority.partition(mark)[0]
    userinfo, found, _ = authority.rpartition("@")
    return unquote_to_bytes(octets(userinfo)) if found else None
