"""JSON as bytes and back: fast, and exact for integers of any size."""

import json
from typing import Any

import msgspec
import orjson

from waypost.base.errors import InvalidRequest
from waypost.base.json_bounds import TOO_MANY, is_crowded

# orjson reads integers beyond 64 bits as floats, and looking for long digits first costs more than
# reading; msgspec is as fast, as strict, and exact.
_reader = msgspec.json.Decoder()


def encode_json(value: Any) -> bytes:
    """Return compact UTF-8 JSON; raise `InvalidRequest` for what JSON cannot say."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return _encode_exactly(value)


def parse_json(text: bytes) -> Any:
    """Return the value of JSON bytes; raise `ValueError` when they are not JSON, or hold too much."""
    if is_crowded(text):
        raise ValueError(TOO_MANY)
    try:
        return _reader.decode(text)
    except msgspec.DecodeError as error:
        raise ValueError(str(error)) from None


def _encode_exactly(value: Any) -> bytes:
    try:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        return text.encode()
    except (TypeError, ValueError, RecursionError):
        raise InvalidRequest("The body holds a value that JSON cannot express.") from None


__all__ = ["encode_json", "parse_json"]
