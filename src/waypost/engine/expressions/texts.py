"""Functions over texts, as mappings written for Truto know them."""

import base64
import hashlib
import hmac
import math
from typing import Any
from urllib.parse import urlsplit

from waypost.engine.json_text import parse_json
from waypost.engine.query import encode_query, parse_query

_ALGORITHMS = {"SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}


def to_number(value: Any) -> int | float | None:
    """Return the number a text writes out; true is 1, '' is 0, nonsense is nothing."""
    if isinstance(value, bool | int | float):
        return int(value) if isinstance(value, bool) else value
    if not isinstance(value, str):
        return None
    try:
        number = float(value.strip() or 0)
    except ValueError:
        return None
    if not math.isfinite(number):
        return None
    return int(number) if number.is_integer() else number


def json_parse(text: Any) -> Any:
    """Return the value of a JSON text, or nothing when it is not one."""
    try:
        return parse_json(str(text).encode())
    except (ValueError, RecursionError):
        return None


def wrap(text: Any, start: Any, end: Any = None) -> str:
    """Return the text between `start` and `end`, which is `start` again unless given."""
    return f"{start}{'' if text is None else text}{end or start}"


def parse_url(text: Any) -> dict[str, str] | None:
    """Return an absolute address's parts, named as in browsers."""
    try:
        parts = urlsplit(str(text))
        port = str(parts.port or "")
    except ValueError:
        return None
    if not parts.scheme or not parts.hostname:
        return None
    host = parts.hostname + (f":{port}" if port else "")
    return {
        "href": str(text),
        "protocol": f"{parts.scheme}:",
        "host": host,
        "hostname": parts.hostname,
        "port": port,
        "origin": f"{parts.scheme}://{host}",
        "pathname": parts.path or "/",
        "search": f"?{parts.query}" if parts.query else "",
        "hash": f"#{parts.fragment}" if parts.fragment else "",
    }


def parse_query_text(text: Any) -> dict[str, Any]:
    """Return a query string as an object."""
    return parse_query(str(text or ""))


def stringify_query(value: Any) -> str:
    """Return an object as a query string, lists with positions."""
    return encode_query(value if isinstance(value, dict) else {}, "indices")


def digest(text: Any, algorithm: Any = None, form: Any = None) -> str:
    """Return a hash: SHA-256 in hex unless told otherwise (base64, base64-urlSafe)."""
    return _written(hashlib.new(_algorithm(algorithm), str(text).encode()).digest(), form)


def sign(text: Any, algorithm: Any, secret: Any, form: Any = None) -> str:
    """Return an HMAC of the text, in the forms of `digest`."""
    signed = hmac.new(str(secret).encode(), str(text).encode(), _algorithm(algorithm))
    return _written(signed.digest(), form)


def _algorithm(name: Any) -> str:
    return _ALGORITHMS[name or "SHA-256"]


def _written(raw: bytes, form: Any) -> str:
    if form == "base64":
        return base64.b64encode(raw).decode()
    if form == "base64-urlSafe":
        return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    return raw.hex()
