"""JSON as bytes and back: fast, and exact for integers of any size."""

import json
import re
from typing import Any

import orjson

from waypost.base.errors import InvalidRequest

# orjson reads integers beyond 64 bits as floats; nineteen digits in a row is where that can begin.
_LONG_DIGITS = re.compile(rb"\d{19}")


def encode_json(value: Any) -> bytes:
    """Return compact UTF-8 JSON; raise `InvalidRequest` for what JSON cannot say."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return _encode_exactly(value)


def parse_json(text: bytes) -> Any:
    """Return the value of JSON bytes; raise `ValueError` when they are not JSON."""
    if _LONG_DIGITS.search(text) is None:
        return orjson.loads(text)
    orjson.loads(text)  # the stricter reader decides what is JSON
    return json.loads(text)


def _encode_exactly(value: Any) -> bytes:
    try:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        return text.encode()
    except (TypeError, ValueError, RecursionError):
        raise InvalidRequest("The body holds a value that JSON cannot express.") from None


__all__ = ["encode_json", "parse_json"]
