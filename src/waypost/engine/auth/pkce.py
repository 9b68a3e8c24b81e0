"""What ties an authorization code to whoever asked for it: state, and PKCE (RFC 7636, S256 only)."""

from base64 import urlsafe_b64encode
from hashlib import sha256

from waypost.base.ids import random_bytes
from waypost.base.secret import Secret


def new_state() -> str:
    """Return a fresh `state`: 256 bits, URL-safe."""
    return _text(random_bytes(32))


def new_verifier() -> Secret:
    """Return a fresh code verifier: 43 characters, as RFC 7636 section 4.1 advises."""
    return Secret(_text(random_bytes(32)))


def challenge(verifier: Secret) -> str:
    """Return the S256 code challenge of a verifier."""
    return _text(sha256(verifier.reveal().encode()).digest())


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
