"""Keep a caller's path inside the integration's base URL."""

import re

from waypost.base.errors import InvalidRequest

_DOT_SEGMENT = re.compile(r"(?:^|[/\\])(?:\.|%2e){1,2}(?:$|[/\\])", re.IGNORECASE)
_ENCODED_SEPARATOR = re.compile(r"%2f|%5c", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x20\x7f#]")


def refuse_escape(path: str) -> None:
    """Refuse a raw path that could climb out of the base URL, or is no path at all."""
    if _climbs(path):
        raise InvalidRequest("The path may not contain '.' or '..' segments.")
    if _CONTROL.search(path):
        raise InvalidRequest("The path holds characters that must be percent-encoded.")


def is_escape(path: str) -> bool:
    """Say whether `refuse_escape` refuses a path."""
    if path.isalnum():
        return False
    return _CONTROL.search(path) is not None or _climbs(path)


def _climbs(path: str) -> bool:
    if _DOT_SEGMENT.search(path) is not None:
        return True
    return "%" in path and _DOT_SEGMENT.search(_ENCODED_SEPARATOR.sub("/", path)) is not None
