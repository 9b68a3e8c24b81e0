"""Identifiers and randomness, made in one place, in the forms seen on the wire."""

from __future__ import annotations

import hashlib
import secrets  # noqa: TID251 - this is the sandbox's one source of randomness
import string
from datetime import datetime

# All real short ids on record fit this alphabet (public recordings, 2024-2025).
HASHID_ALPHABET = "0123456789degjklmnopqrvwxyz"
_LETTERS_AND_DIGITS = string.ascii_letters + string.digits


def _pick(alphabet: str, length: int) -> str:
    return "".join(secrets.choice(alphabet) for _ in range(length))


def make_hashid() -> str:
    """Make the 16-character id of domains, templates, users, webhooks and their like."""
    return _pick(HASHID_ALPHABET, 16)


def make_object_id(moment: datetime) -> str:
    """Make the 24-hex id of messages and their like; its first 8 digits are the Unix time."""
    return f"{int(moment.timestamp()) & 0xFFFFFFFF:08x}{secrets.token_hex(8)}"


def make_token_id() -> str:
    """Make the 80-hex id of an API token."""
    return secrets.token_hex(40)


def make_token_secret() -> str:
    """Make an API token as callers send it."""
    return f"mlsn.{secrets.token_hex(32)}"


def make_secret() -> str:
    """Make the 32-character signing secret of a webhook."""
    return _pick(_LETTERS_AND_DIGITS, 32)


def hash_email(email: str) -> str:
    """Return the digest that avatar addresses are built from."""
    return hashlib.md5(email.strip().lower().encode(), usedforsecurity=False).hexdigest()


def make_inbound_name() -> str:
    """Make the 20-character name of an inbound address."""
    return _pick(string.ascii_lowercase + string.digits, 20)
