"""Query strings with objects and lists: `a[b]=c`, `a[]=x`, `a[0]=x`, repeated names."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, unquote_to_bytes

from waypost.base.errors import InvalidRequest
from waypost.engine.manifest.integration import QueryArrayFormat

MAX_LENGTH = 65_536
MAX_PARAMETERS = 1_000
MAX_DEPTH = 10
SPARSE_INDEX_LIMIT = 100
"""Below this, positions may have gaps; from here on only 0…n-1 without gaps is a list."""

Pair = tuple[str, str]


def parse_query(raw: str) -> dict[str, Any]:
    """Return a query string as nested objects and lists whose leaves are texts.

    Repeated names, `a[]` and positions make lists (gaps close up); comma lists stay texts.
    An object whose names are all numbers, with gaps and beyond 100, stays an object.
    Raises `InvalidRequest` on more than 1,000 parameters, 64 KiB or 10 levels, on broken
    percent-encoding, and on a name used both as a value and as an object.
    """
    if len(raw) > MAX_LENGTH:
        raise InvalidRequest(f"The query string is longer than {MAX_LENGTH} characters.")
    pairs = parse_pairs(raw)
    flat: dict[str, Any] = dict(pairs)
    if len(flat) == len(pairs) and not any("[" in name or not name for name in flat):
        return flat  # the usual query: nothing in it makes a list or an object
    return nested(pairs)


def nested(pairs: Iterable[Pair]) -> dict[str, Any]:
    """Return decoded pairs as nested objects and lists; see `parse_query`."""
    root = _Parameter()
    for name, value in pairs:
        root.insert(_keys(name), value)
    return {name: _settle(name, member) for name, member in root.members.items()}


def parse_pairs(raw: str, *, most: int = MAX_PARAMETERS) -> list[Pair]:
    """Return the decoded pairs of a query string, in order."""
    parts = [part for part in raw.removeprefix("?").split("&") if part]
    if len(parts) > most:
        raise InvalidRequest(f"The query string has more than {most} parameters.")
    split = [part.partition("=") for part in parts]
    if _is_decoded(raw):
        return [(name, value) for name, _, value in split]
    return [(_decode(name), _decode(value)) for name, _, value in split]


def encode_query(query: Mapping[str, Any], array_format: QueryArrayFormat = "brackets") -> str:
    """Return a query string; None is left out, and so are empty objects and lists.

    Raises `InvalidRequest` beyond 10 levels. Lists follow `array_format`; a list that holds objects or lists is always written with
    positions, the only form every reader takes apart the same way.
    """
    pairs = (pair for name, value in query.items() for pair in _flatten(name, value, array_format))
    return "&".join(f"{_quote(name)}={value}" for name, value in pairs)


def _is_decoded(text: str) -> bool:
    return "%" not in text and "+" not in text and text.isascii()


def _decode(text: str) -> str:
    if _is_decoded(text):
        return text
    try:
        return unquote_to_bytes(text.replace("+", " ")).decode()
    except UnicodeError:
        raise InvalidRequest("The query string is not valid UTF-8.") from None


@dataclass(slots=True)
class _Parameter:
    """One name under construction: its bare values, and what stood in brackets behind it."""

    values: list[str] = field(default_factory=list)
    is_listed: bool = False
    members: dict[str, "_Parameter"] = field(default_factory=dict)

    def insert(self, keys: list[str], value: str) -> None:
        parameter = self
        for key in keys[:-1]:
            # `a[][b]=1`: every occurrence is one more element.
            parameter = parameter.member(key or str(len(parameter.members)))
        if keys[-1] == "":
            parameter.is_listed = True
        else:
            parameter = parameter.member(keys[-1])
        parameter.values.append(value)

    def member(self, key: str) -> "_Parameter":
        return self.members.setdefault(key, _Parameter())


def _keys(name: str) -> list[str]:
    """Split `a[b][]` into a, b and ''; a name that is not well-formed is one plain key."""
    root, bracket, rest = name.partition("[")
    if not bracket or not root or not rest.endswith("]"):
        return [name]
    keys = rest[:-1].split("][")
    if any("[" in key or "]" in key for key in keys):
        return [name]
    if len(keys) >= MAX_DEPTH:
        raise InvalidRequest(f"A query parameter is nested more than {MAX_DEPTH} levels deep.")
    return [root, *keys]


def _settle(name: str, parameter: _Parameter) -> Any:
    values = parameter.values
    if not parameter.members:
        return values[0] if len(values) == 1 and not parameter.is_listed else values
    members = {key: _settle(name, member) for key, member in parameter.members.items()}
    order = _as_positions(members)
    if order is not None:
        return [members[key] for key in order] + values
    if values:
        raise InvalidRequest(f"The query parameter {name[:80]} is both a value and an object.")
    return members


def _as_positions(members: Mapping[str, Any]) -> list[str] | None:
    """Return the keys in order when they are the positions of a list."""
    if not all(map(_is_position, members)):
        return None
    order = sorted(members, key=int)
    last = int(order[-1])
    return order if last < SPARSE_INDEX_LIMIT or last == len(order) - 1 else None


def _is_position(key: str) -> bool:
    return key.isascii() and key.isdigit() and len(key) < 10 and str(int(key)) == key


def _flatten(
    name: str, value: Any, array_format: QueryArrayFormat, depth: int = 1
) -> Iterator[Pair]:
    if value is None:
        return
    if depth > MAX_DEPTH:
        raise InvalidRequest(f"A query or form is nested more than {MAX_DEPTH} levels deep.")
    if isinstance(value, Mapping):
        for key, member in value.items():
            yield from _flatten(f"{name}[{key}]", member, array_format, depth + 1)
    elif isinstance(value, list | tuple):
        yield from _flatten_list(name, value, array_format, depth)
    else:
        yield name, _quote(write_leaf(value))


def _flatten_list(
    name: str, values: Iterable[Any], array_format: QueryArrayFormat, depth: int
) -> Iterator[Pair]:
    members = [value for value in values if value is not None]
    if array_format == "indices" or any(isinstance(m, Mapping | list | tuple) for m in members):
        for position, member in enumerate(members):
            yield from _flatten(f"{name}[{position}]", member, array_format, depth + 1)
    elif array_format == "comma":
        if members:
            yield name, ",".join(_quote(write_leaf(member)) for member in members)
    else:
        suffix = "[]" if array_format == "brackets" else ""
        for member in members:
            yield name + suffix, _quote(write_leaf(member))


def write_leaf(value: Any) -> str:
    """Return a scalar as providers expect it in a query or form: true, 1.5, ISO times in UTC."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return str(value)


def _quote(text: str) -> str:
    try:
        return quote(text, safe="")
    except UnicodeEncodeError:
        raise InvalidRequest("A query parameter is not valid text.") from None
