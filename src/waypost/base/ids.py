"""The only source of identifiers and randomness."""

import hashlib
import hmac
import os
import random as _random  # noqa: TID251
import secrets as _secrets  # noqa: TID251

# Every request gets an identifier. Asking the system for random bytes costs 6 µs under load, so it is
# asked for many identifiers at once; a child process must not hand out its parent's.
_AT_ONCE = 256
_ready: list[str] = []
os.register_at_fork(after_in_child=_ready.clear)
_VARIANT = {digit: "89ab"[int(digit, 16) % 4] for digit in "0123456789abcdef"}


def new_id() -> str:
    """Return a fresh identifier (UUID version 4, as every published client expects)."""
    try:
        return _ready.pop()
    except IndexError:
        text = _secrets.token_bytes(16 * _AT_ONCE).hex()
        first, *others = [_written(text[at : at + 32]) for at in range(0, len(text), 32)]
        _ready.extend(others)
        return first


def _written(raw: str) -> str:
    """Return 32 random digits as an identifier: the thirteenth tells the version, the next the variant."""
    return f"{raw[:8]}-{raw[8:12]}-4{raw[13:16]}-{_VARIANT[raw[16]]}{raw[17:20]}-{raw[20:]}"


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
