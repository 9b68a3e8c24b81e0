"""The only source of identifiers and randomness."""

import hashlib
import hmac
import os
import random as _random  # noqa: TID251
import secrets as _secrets  # noqa: TID251

# Every request gets an identifier. Asking the system for random bytes costs 6 µs under load, so it is
# asked for many identifiers at once; a child process must not hand out its parent's.
_AT_ONCE = 256
_raw: list[bytes] = []
os.register_at_fork(after_in_child=_raw.clear)


def new_id() -> str:
    """Return a fresh identifier (UUID version 4, as every published client expects)."""
    try:
        raw = bytearray(_raw.pop())
    except IndexError:
        block = _secrets.token_bytes(16 * _AT_ONCE)
        _raw.extend(block[at : at + 16] for at in range(16, len(block), 16))
        raw = bytearray(block[:16])
    raw[6] = raw[6] & 0x0F | 0x40  # the version
    raw[8] = raw[8] & 0x3F | 0x80  # the variant
    text = raw.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def new_token() -> str:
    """Return a fresh bearer token, 256 bits, URL-safe."""
    return _secrets.token_urlsafe(32)


def random_bytes(count: int) -> bytes:
    """Return `count` cryptographically random bytes."""
    return _secrets.token_bytes(count)


def jitter() -> float:
    """Return a uniform number in [0, 1), for spreading retries; not for secrets."""
    return _random.random()  # noqa: S311


def token_hash(token: str) -> str:
    """Return the hex SHA-256 under which a bearer token is stored and looked up."""
    return hashlib.sha256(token.encode()).hexdigest()


def same(left: str | bytes, right: str | bytes) -> bool:
    """Compare two secrets in constant time."""
    a = left.encode() if isinstance(left, str) else left
    b = right.encode() if isinstance(right, str) else right
    return hmac.compare_digest(a, b)
