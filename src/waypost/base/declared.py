"""Fields declared with a description and bounds on small structs, and settings read by them."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Final, Literal, NamedTuple, get_args, get_origin, get_type_hints

import msgspec

from waypost.base.secret import Secret

REQUIRED: Final = object()
"""Stands where a default would, for a field that has none."""
_SAID = {
    **dict.fromkeys(("1", "true", "t", "yes", "y", "on"), True),
    **dict.fromkeys(("0", "false", "f", "no", "n", "off"), False),
}


@dataclass(frozen=True, slots=True)
class Declared:
    """What is declared of a field beside its type; `bounds` go by the names pydantic has for them."""

    description: str
    default: Any
    alias: str | None
    bounds: dict[str, Any]

    @property
    def is_required(self) -> bool:
        """Say whether the field has no default."""
        return self.default is REQUIRED


def Field(  # noqa: N802 - it declares a field, as its namesakes do
    *, description: str, default: Any = REQUIRED, called: str | None = None, **bounds: Any
) -> Any:
    """Declare a field; `called` is its name outside where Python has another use for that word."""
    return Declared(description, default, called, bounds)


class Declaring(msgspec.StructMeta):
    """Make a struct of its declarations, and keep them in `declared`."""

    def __new__(
        cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **config: Any
    ) -> Any:
        declared = {key: each for key, each in namespace.items() if isinstance(each, Declared)}
        for key, each in declared.items():
            default = msgspec.NODEFAULT if each.is_required else each.default
            namespace[key] = msgspec.field(default=default, name=each.alias)
        made: Any = super().__new__(cls, name, bases, namespace, kw_only=True, **config)
        made.declared = declared
        return made


class FieldOf(NamedTuple):
    """A field with its type, for whoever reads declarations."""

    attribute: str
    annotation: Any
    declared: Declared


@cache
def fields(struct: type[msgspec.Struct]) -> dict[str, FieldOf]:
    """Return a struct's fields by the name they have outside, in the order of declaration."""
    hints = get_type_hints(struct, include_extras=True)
    declared: dict[str, Declared] = struct.declared  # type: ignore[attr-defined]
    return {each.alias or name: FieldOf(name, hints[name], each) for name, each in declared.items()}


def read_setting(given: object, wanted: Any, bounds: Mapping[str, float]) -> Any:
    """Return a setting's value; raises ValueError that says what was expected, and never the value.

    `bounds` are of `ge`, `gt` and `le`.
    """
    if isinstance(wanted, UnionType):
        if given is None:
            return None
        (wanted,) = (kind for kind in get_args(wanted) if kind is not NoneType)
    if wanted in (int, float):
        return _number(given, wanted, bounds)
    if get_origin(wanted) is dict:
        return _object(given, wanted)
    if get_origin(wanted) is Literal:
        return _word(given, get_args(wanted))
    if get_origin(wanted) is tuple:
        return _list(given)
    if wanted is bool:
        return _switch(given)
    if isinstance(given, wanted):
        return given
    if isinstance(given, str) and wanted in (Path, Secret):
        return wanted(given)
    raise ValueError("expected a text")


def _number(given: object, wanted: type, bounds: Mapping[str, float]) -> Any:
    try:
        number = float(given) if isinstance(given, str | int | float) else math.nan
    except (ValueError, OverflowError):
        number = math.nan
    fits = (
        number >= bounds.get("ge", -math.inf)
        and number > bounds.get("gt", -math.inf)
        and number <= bounds.get("le", math.inf)
    )
    is_whole = wanted is not int or number.is_integer()
    if isinstance(given, bool) or not fits or not is_whole:
        raise ValueError(f"expected {_described(wanted, bounds)}")
    return int(given) if isinstance(given, int) else wanted(number)


def _described(wanted: type, bounds: Mapping[str, float]) -> str:
    words = {"ge": "at least", "gt": "more than", "le": "at most"}
    limits = [f"{words[name]} {bound}" for name, bound in bounds.items()]
    kind = "a whole number" if wanted is int else "a number"
    return f"{kind} of {' and '.join(limits)}" if limits else kind


def _switch(given: object) -> bool:
    found = _SAID.get(str(given).strip().lower())
    if found is None:
        raise ValueError("expected true or false")
    return found


def _word(given: object, words: tuple[str, ...]) -> object:
    if given not in words:
        raise ValueError(f"expected one of {', '.join(words)}")
    return given


def _list(given: object) -> tuple[str, ...]:
    if isinstance(given, str):
        return tuple(part.strip() for part in given.split(",") if part.strip())
    if isinstance(given, list | tuple) and all(isinstance(part, str) for part in given):
        return tuple(given)
    raise ValueError("expected texts with commas between them")


def _object(given: object, wanted: Any) -> dict[str, Any]:
    _, inner = get_args(wanted)
    if not isinstance(given, Mapping):
        raise ValueError("expected a JSON object")  # noqa: TRY004 - a value, whatever its type
    read = {}
    for name, value in given.items():
        try:
            read[str(name)] = read_setting(value, inner, {})
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from None
    return read
