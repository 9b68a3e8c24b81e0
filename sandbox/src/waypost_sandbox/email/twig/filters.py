"""The filters of the restricted Twig; the public list is cut off after the first six."""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import Any

from waypost_sandbox.email.twig.fuel import spend


def as_text(value: Any) -> str:
    """Write a value as Twig prints it: nothing for null and false, 1 for true."""
    if value is None or value is False:
        return ""
    if value is True:
        return "1"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "Array" if isinstance(value, list | dict) else str(value)


def _default(value: Any, other: Any = "") -> Any:
    return other if value in (None, "", False, [], {}) else value


def _length(value: Any) -> int:
    return len(value) if isinstance(value, list | dict) else len(as_text(value))


def _keys(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value)
    return list(range(len(value))) if isinstance(value, list) else []


def _join(value: Any, glue: Any = "") -> str:
    held = list(value.values()) if isinstance(value, dict) else value
    text = as_text(glue).join(as_text(item) for item in (held if isinstance(held, list) else []))
    spend(written=len(text))
    return text


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, list | str) and value else None


def _last(value: Any) -> Any:
    return value[-1] if isinstance(value, list | str) and value else None


FILTERS: dict[str, Callable[..., Any]] = {
    "escape": lambda value, *_: html.escape(as_text(value)),
    "e": lambda value, *_: html.escape(as_text(value)),
    "raw": lambda value: value,
    "default": _default,
    "length": _length,
    "lower": lambda value: as_text(value).lower(),
    "upper": lambda value: as_text(value).upper(),
    "keys": _keys,
    "capitalize": lambda value: as_text(value).capitalize(),
    "title": lambda value: as_text(value).title(),
    "trim": lambda value: as_text(value).strip(),
    "first": _first,
    "last": _last,
    "join": _join,
}
