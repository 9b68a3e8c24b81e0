"""A keyed hash over parts of the delivery, with optional timestamp, prefix and list of signatures."""

import hashlib
import hmac
from base64 import b64decode, b64encode
from collections.abc import Sequence

from waypost.base.ids import same
from waypost.engine.manifest.webhooks import HmacSignature
from waypost.engine.signatures.delivery import Delivery, octets

_HASHES = {"sha256": hashlib.sha256, "sha512": hashlib.sha512, "sha1": hashlib.sha1}
_MILLISECONDS = 100_000_000_000
"""A timestamp above this is in milliseconds: in seconds it would be the year 5138."""


def verify(
    signature: HmacSignature, secrets: Sequence[str], delivery: Delivery, now: float
) -> bool:
    """Compare every signature shown with every secret's, after the timestamp was found fresh."""
    shown = _shown(signature, delivery.header(signature.header))
    signed = _signed(signature, delivery)
    if not shown or signed is None or not _is_fresh(signature, delivery, now):
        return False
    found = False
    for secret in secrets:
        for expected in _expected(signature, secret, signed):
            for given in shown:
                found |= same(expected, given)
    return found


def sign(signature: HmacSignature, secret: str, delivery: Delivery, now: float) -> dict[str, str]:
    """Return the signature header, and the timestamp header when one is due and absent."""
    headers: dict[str, str] = {}
    stamp = signature.timestamp_header
    if stamp is not None and delivery.header(stamp) is None:
        headers[stamp.lower()] = str(int(now))
    signed = _signed(signature, delivery.having(headers))
    key = _key(signature, secret)
    if signed is None or not key:
        raise ValueError(
            "this delivery lacks a header that is signed, or the secret cannot be read"
        )
    digest = hmac.new(key, signed, _HASHES[signature.algorithm]).digest()
    headers[signature.header.lower()] = signature.prefix + _written(signature, digest)
    return headers


def _shown(signature: HmacSignature, value: str | None) -> list[bytes]:
    """Return the signatures in the header, without prefix; those of another prefix are not ours."""
    if value is None:
        return []
    items = value.split(signature.list_separator) if signature.list_separator else [value]
    stripped = (item.strip() for item in items)
    return [
        octets(item[len(signature.prefix) :])
        for item in stripped
        if item.startswith(signature.prefix) and len(item) > len(signature.prefix)
    ]


def _signed(signature: HmacSignature, delivery: Delivery) -> bytes | None:
    """Join the signed parts; None when a header among them is missing."""
    pieces: list[bytes] = []
    for part in signature.parts:
        if part == "$body":
            pieces.append(delivery.body)
        elif part == "$url":
            pieces.append(octets(delivery.url))
        elif part.startswith("$header."):
            value = delivery.header(part.removeprefix("$header."))
            if value is None:
                return None
            pieces.append(octets(value))
        else:
            pieces.append(octets(part))
    return octets(signature.separator).join(pieces)


def _is_fresh(signature: HmacSignature, delivery: Delivery, now: float) -> bool:
    if signature.timestamp_header is None or signature.tolerance_seconds is None:
        return True
    text = (delivery.header(signature.timestamp_header) or "").strip()
    if not text.isascii() or not text.isdigit() or len(text) > 15:
        return False
    stamp = float(text)
    if stamp > _MILLISECONDS:
        stamp /= 1000
    return abs(now - stamp) <= signature.tolerance_seconds


def _expected(signature: HmacSignature, secret: str, signed: bytes) -> list[bytes]:
    """Return the spellings accepted; hex may be written in either case, but not in both at once."""
    key = _key(signature, secret)
    if not key:
        return []
    written = _written(signature, hmac.new(key, signed, _HASHES[signature.algorithm]).digest())
    if signature.encoding == "hex":
        return [written.encode(), written.upper().encode()]
    return [written.encode()]


def _written(signature: HmacSignature, digest: bytes) -> str:
    return digest.hex() if signature.encoding == "hex" else b64encode(digest).decode()


def _key(signature: HmacSignature, secret: str) -> bytes:
    """Return the key's bytes; empty when the secret cannot be read, which verifies nothing."""
    bare = secret.removeprefix(signature.secret_prefix)
    if signature.secret_encoding == "text":  # noqa: S105 - the name of an encoding
        return octets(bare)
    try:
        return b64decode(octets(bare), validate=True)
    except ValueError:
        return b""
