"""Look for secrets in bytes, however they are spelled."""

import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterable
from urllib.parse import quote, quote_plus


def spellings(secret: str) -> set[bytes]:
    """Return the forms in which a text may stand somewhere: plain, JSON, URL and base64."""
    raw = secret.encode()
    plain = {
        secret,
        json.dumps(secret)[1:-1],
        json.dumps(secret)[1:-1].replace("/", "\\/"),
        repr(secret)[1:-1],
        quote(secret, safe=""),
        quote(secret),
        quote_plus(secret),
        quote(secret, safe="").lower(),
    }
    return {text.encode() for text in plain} | _in_base64(raw) | {raw.hex().encode()}


def _in_base64(raw: bytes) -> set[bytes]:
    """Return the characters that a text always gives, wherever it stands in what was encoded."""
    found = set()
    for shift in range(3):
        for encode in (b64encode, urlsafe_b64encode):
            text = encode(b"\0" * shift + raw)
            first = (shift * 8 + 5) // 6
            last = (shift + len(raw)) * 8 // 6
            found.add(text[first:last])
    return found


def sightings(haystack: bytes, secrets: Iterable[str]) -> list[bytes]:
    """Return the spellings of secrets that stand in these bytes."""
    lowered = haystack.lower()
    return [
        spelling
        for secret in secrets
        for spelling in spellings(secret)
        if spelling in haystack or spelling.lower() in lowered
    ]
