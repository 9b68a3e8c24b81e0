"""Opaque page cursors: encrypted, authenticated, and bound to the request that made them."""

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from typing import Any, NoReturn

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from waypost.base.errors import InvalidRequest

MAX_CURSOR_LENGTH = 8192
"""Characters of a cursor that are looked at; no cursor of ours comes near."""
MOST_REMEMBERED = 512
LONGEST_REMEMBERED = 1024
"""Cursors that are remembered, and their longest in characters."""

_VERSION = b"\x01"
_SMALLEST_KEY = 32


class CursorSeal:
    """Turn a small JSON object into a cursor text and back.

    The same payload and binding give the same text (AES-SIV needs no nonce), so a repeated
    request shows the same cursor and nothing random has to be kept.
    """

    __slots__ = ("_cipher", "_sealed")

    def __init__(self, key: bytes) -> None:
        if len(key) < _SMALLEST_KEY:
            raise ValueError(f"A cursor key has at least {_SMALLEST_KEY} bytes.")
        derived = HKDF(algorithm=SHA512(), length=64, salt=None, info=b"waypost cursor v1")
        self._cipher = AESSIV(derived.derive(key))
        self._sealed: dict[tuple[bytes, bytes], str] = {}

    def __repr__(self) -> str:
        return "CursorSeal(…)"

    def seal(self, payload: Mapping[str, Any], *, bound_to: Mapping[str, str]) -> str:
        """Return the URL-safe cursor of `payload`, which opens only with the same `bound_to`."""
        # Callers poll: the cursor on a list's first page is asked for again and again.
        key = (_canonical(payload), _canonical(bound_to))
        text = self._sealed.get(key)
        if text is None:
            sealed = self._cipher.encrypt(key[0], [_VERSION, key[1]])
            text = base64.urlsafe_b64encode(_VERSION + sealed).rstrip(b"=").decode()
            if len(self._sealed) >= MOST_REMEMBERED:
                self._sealed.clear()
            if len(text) <= LONGEST_REMEMBERED:
                self._sealed[key] = text
        return text

    def open(self, text: str, *, bound_to: Mapping[str, str]) -> dict[str, Any]:
        """Return the payload of a cursor; raise `InvalidRequest` unless it is whole and ours."""
        if len(text) > MAX_CURSOR_LENGTH:
            _refuse()
        try:
            raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            _refuse()
        # b64decode ignores stray low bits: only the one text we would write is accepted.
        if raw[:1] != _VERSION or base64.urlsafe_b64encode(raw).rstrip(b"=").decode() != text:
            _refuse()
        try:
            payload = json.loads(self._cipher.decrypt(raw[1:], _binding(bound_to)))
        except (InvalidTag, ValueError):
            _refuse()
        if not isinstance(payload, dict):
            _refuse()
        return payload


def query_digest(query: Mapping[str, Any]) -> str:
    """Return a digest of a query for `bound_to`; the order of its names does not matter."""
    return hashlib.sha256(_canonical(query)).hexdigest()


def _binding(bound_to: Mapping[str, str]) -> list[bytes]:
    return [_VERSION, _canonical(bound_to)]


def _canonical(value: Mapping[str, Any]) -> bytes:
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError:
        # The standard library keeps integers of any size, and providers do use them as cursors.
        return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def _refuse() -> NoReturn:
    raise InvalidRequest("The cursor was altered or belongs to another request.") from None
