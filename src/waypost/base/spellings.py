"""Find a secret in a text however it is written: plain, escaped, URL-encoded, in base64."""

import base64
import json
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import quote, quote_plus

CUT = "[secret]"
_SHORTEST = 6
"""A shorter value is no key; cutting it out would blank half of every text."""
_SHORTEST_ENCODED = 8
_URL_SAFE = ("", "/", "!*'()", "/:@", "/:@!$&'()*+,;=")
"""What encoders in use leave alone, besides letters, digits and `_.-~`."""
_IN_HTML = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;"}
)  # the module html brings two thousand names that nobody here reads


@lru_cache(maxsize=512)
def spellings(secret: str) -> tuple[str, ...]:
    """Return how a secret may stand in a text, the longest first; () for a value that is no key."""
    if len(secret) < _SHORTEST:
        return ()
    if len(secret) < _SHORTEST_ENCODED:
        return (secret,)
    raw = secret.encode("utf-8", "surrogatepass")
    bases = _in_base64(raw)
    found = {secret, secret.translate(_IN_HTML), *_in_urls(raw), *bases}
    found.update(spelling for base in bases for spelling in (quote(base, safe=""), _lower(base)))
    for text in (*found, *_in_json(secret)):  # JSON in a JSON text escapes the escapes
        found.update(_in_json(text))
    return tuple(sorted(found, key=lambda text: (-len(text), text)))


def all_spellings(secrets: Iterable[str]) -> tuple[str, ...]:
    """Return the spellings of several secrets, the longest first."""
    found = {text for secret in secrets for text in spellings(secret)}
    return tuple(sorted(found, key=lambda text: (-len(text), text)))


def cut(value: Any, written: tuple[str, ...]) -> Any:
    """Return a copy of a text, bytes or JSON value without any of the `written` spellings."""
    if isinstance(value, str):
        return cut_text(value, written)
    if isinstance(value, bytes):
        return cut_bytes(value, written)
    if isinstance(value, Mapping):
        return {cut(key, written): cut(item, written) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [cut(item, written) for item in value]
    return value


def cut_text(text: str, written: tuple[str, ...]) -> str:
    """Return a text without any of the `written` spellings."""
    for spelling in written:
        if spelling in text:
            text = text.replace(spelling, CUT)
    return text


def cut_bytes(raw: bytes, written: tuple[str, ...]) -> bytes:
    """Return UTF-8 bytes without any of the `written` spellings."""
    for spelling in written:
        raw = raw.replace(spelling.encode("utf-8", "surrogatepass"), CUT.encode())
    return raw


def _in_json(text: str) -> set[str]:
    plain = json.dumps(text, ensure_ascii=False)[1:-1]
    escaped = json.dumps(text)[1:-1]
    return {plain, escaped, plain.replace("/", "\\/"), escaped.replace("/", "\\/")}


def _in_urls(raw: bytes) -> set[str]:
    encoded = {quote(raw, safe=safe) for safe in _URL_SAFE} | {quote_plus(raw)}
    return encoded | {_lower_hex(text) for text in encoded}


def _lower(base: str) -> str:
    return _lower_hex(quote(base, safe=""))


def _lower_hex(text: str) -> str:
    head, *rest = text.split("%")
    return "%".join([head, *(each[:2].lower() + each[2:] for each in rest)])


def _in_base64(raw: bytes) -> set[str]:
    """Return what base64 makes of the bytes wherever they stand: after 0, 1 or 2 others.

    A character that also depends on a neighbouring byte is left out.
    """
    found: set[str] = set()
    for before in range(3):
        whole = base64.b64encode(bytes(before) + raw).decode()
        known = (before + len(raw)) * 8 // 6
        found.add(whole[(before * 8 + 5) // 6 : known])
    return found | {text.replace("+", "-").replace("/", "_") for text in found}
