"""Fill `{{placeholders}}` in texts of a manifest; a filled-in value is never read as a template.

Grammar: `{{path:type|other.path:type?:default:type}}`. The first defined path wins. Types are
str (the default), int, num, bool, json, any; they apply fully where the placeholder is the whole
text. The modifiers null and undefined say what a missing value becomes, and ignore-empty-str
counts '' as missing. A path is names and list positions joined by dots.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import orjson

from waypost.base.errors import InvalidRequest
from waypost.base.secret import Secret

_PATTERN = re.compile(r"\{\{([\w\-./|:?\s]+)\}\}")
_TYPES = frozenset({"str", "int", "num", "bool", "json", "any"})
_INTEGER = re.compile(r"\s*[+-]?\d{1,400}")
_NUMBER = re.compile(r"\s*[+-]?(\d{1,400}(\.\d{0,400})?|\.\d{1,400})([eE][+-]?\d{1,4})?")


class Missing:
    """The type of `MISSING`: no value at all, as opposed to null."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = Missing()

Encode = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Candidate:
    """One path of a placeholder and how its value is cast."""

    path: str
    type: str = "str"
    modifiers: frozenset[str] = frozenset()

    @property
    def keys(self) -> tuple[str, ...]:
        """The path's parts."""
        return tuple(self.path.split("."))


@dataclass(frozen=True, slots=True)
class Placeholder:
    """One `{{…}}`: its exact text, its candidates in order, and its default, already cast."""

    text: str
    candidates: tuple[Candidate, ...]
    default: Any = MISSING

    @property
    def path(self) -> str:
        """The first path, which names the placeholder in messages."""
        return self.candidates[0].path

    def when_missing(self) -> Any:
        """Return the default, None or `MISSING`."""
        if self.default is not MISSING:
            return self.default
        has_null = any("null" in candidate.modifiers for candidate in self.candidates)
        return None if has_null else MISSING

    def vanishes(self) -> bool:
        """Report whether a missing value removes the text it stands in."""
        return any("undefined" in candidate.modifiers for candidate in self.candidates)


def names(template: Any) -> list[Placeholder]:
    """Return the placeholders of a text, or of every text in a JSON value, in order."""
    if isinstance(template, str):
        return [part for part in _parse(template) if isinstance(part, Placeholder)]
    if isinstance(template, Mapping):
        return [found for member in template.values() for found in names(member)]
    if isinstance(template, list | tuple):
        return [found for member in template for found in names(member)]
    return []


def fill(
    template: Any,
    scope: Mapping[str, Any],
    *,
    encode: Encode | None = None,
    strict: bool = True,
    reveal: bool = False,
) -> Any:
    """Return `template` with every placeholder replaced by its value in `scope`.

    A text that is one placeholder becomes the typed value; in a longer text values are written
    out, objects as JSON. With `encode` every value becomes a text and passes through it, and ''
    counts as missing (paths). A `Secret` shows as `[secret]` unless `reveal`. Missing values:
    strict raises `InvalidRequest` naming all of them, lenient leaves the placeholder as it is.
    """
    filling = _Filling(scope, encode, reveal=reveal)
    filled = filling.value(template)
    if strict and filling.missing:
        missing = list(dict.fromkeys(filling.missing))
        raise InvalidRequest(f"Missing: {', '.join(missing)}.", details={"missing": missing})
    return None if filled is MISSING else filled


def can_fill(template: Any, scope: Mapping[str, Any]) -> bool:
    """Report whether every placeholder of `template` has a value, or says what it becomes."""
    filling = _Filling(scope, None, reveal=False)
    filling.value(template)
    return not filling.missing


class _Filling:
    def __init__(self, scope: Mapping[str, Any], encode: Encode | None, *, reveal: bool) -> None:
        self.scope = scope
        self.encode = encode
        self.reveal = reveal
        self.missing: list[str] = []

    def value(self, template: Any) -> Any:
        if isinstance(template, str):
            return self.text(template)
        if isinstance(template, Mapping):
            filled = ((key, self.value(member)) for key, member in template.items())
            return {key: member for key, member in filled if member is not MISSING}
        if isinstance(template, list | tuple):
            return [member for member in map(self.value, template) if member is not MISSING]
        return template

    def text(self, template: str) -> Any:
        parts = _parse(template)
        if len(parts) == 1 and isinstance(parts[0], Placeholder) and self.encode is None:
            return self.whole(parts[0])
        written = (part if isinstance(part, str) else self.embedded(part) for part in parts)
        return "".join(written)

    def whole(self, placeholder: Placeholder) -> Any:
        value, candidate = self.find(placeholder)
        if candidate is not None:
            return _cast(value, candidate.type)
        value = placeholder.when_missing()
        if value is not MISSING or placeholder.vanishes():
            return value
        self.missing.append(placeholder.path)
        return placeholder.text

    def embedded(self, placeholder: Placeholder) -> str:
        value, candidate = self.find(placeholder)
        if candidate is None:
            value = placeholder.when_missing()
        if value is None and any("null" in c.modifiers for c in placeholder.candidates):
            value = "null"
        text = "" if value is None or value is MISSING else _write(value)
        if self.encode is not None:
            text = self.encode(text)
        if text or (self.encode is None and value == ""):
            return text
        if placeholder.vanishes():
            return ""
        self.missing.append(placeholder.path)
        return placeholder.text

    def find(self, placeholder: Placeholder) -> tuple[Any, Candidate | None]:
        for candidate in placeholder.candidates:
            value = look_up(self.scope, candidate.path)
            if isinstance(value, Secret):
                value = value.reveal() if self.reveal else str(value)
            if value is MISSING or (value == "" and "ignore-empty-str" in candidate.modifiers):
                continue
            return value, candidate
        return MISSING, None


def look_up(value: Any, path: str) -> Any:
    """Return what stands at a dotted path of a JSON value, or `MISSING`; digits index lists."""
    for key in path.split("."):
        if isinstance(value, Mapping):
            value = value.get(key, MISSING)
        elif isinstance(value, list | tuple) and key.isascii() and key.isdigit():
            position = int(key[:9])
            value = value[position] if position < len(value) else MISSING
        else:
            return MISSING
        if value is MISSING:
            return MISSING
    return value


@lru_cache(maxsize=4096)
def _parse(template: str) -> tuple[str | Placeholder, ...]:
    return tuple(_parts(template))


def _parts(template: str) -> Iterator[str | Placeholder]:
    end = 0
    for match in _PATTERN.finditer(template):
        if match.start() > end:
            yield template[end : match.start()]
        yield _placeholder(match.group(0), match.group(1))
        end = match.end()
    if end < len(template) or not template:
        yield template[end:]


def _placeholder(text: str, inner: str) -> Placeholder:
    alternatives, has_default, default = inner.partition("?:")
    candidates = tuple(_candidate(part) for part in alternatives.split("|"))
    return Placeholder(text, candidates, _default(default) if has_default else MISSING)


def _candidate(part: str) -> Candidate:
    path, *marks = (piece.strip() for piece in part.split(":"))
    kind = next((mark for mark in marks if mark in _TYPES), "str")
    return Candidate(path, kind, frozenset(marks) - _TYPES)


def _default(text: str) -> Any:
    value, separator, kind = text.rpartition(":")
    if separator and kind.strip() in _TYPES:
        return _cast(value, kind.strip())
    return text


def _cast(value: Any, kind: str) -> Any:
    """Cast as far as the value allows; a value that does not fit stays as it is."""
    if value is None or kind == "any":
        return value
    if kind == "str":
        return _write(value)
    return _CASTS[kind](value)


def _as_integer(value: Any) -> Any:
    if isinstance(value, float) and abs(value) < 2**53:
        return int(value)
    match = _INTEGER.match(value) if isinstance(value, str) else None
    return int(match.group(0)) if match else value


def _as_number(value: Any) -> Any:
    match = _NUMBER.match(value) if isinstance(value, str) else None
    if match is None:
        return value
    text = match.group(0)
    return int(text) if _INTEGER.fullmatch(text) else float(text)


def _as_boolean(value: Any) -> Any:
    return {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value


def _as_json(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return orjson.loads(value)
    except ValueError:
        return value


_CASTS: dict[str, Callable[[Any], Any]] = {
    "int": _as_integer,
    "num": _as_number,
    "bool": _as_boolean,
    "json": _as_json,
}


def _write(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    if isinstance(value, int | float):
        return str(value)
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError):
        raise InvalidRequest("A value cannot be written as text.") from None
