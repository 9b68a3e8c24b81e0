"""Turn what the model refuses into a place and a sentence that says what to write instead."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from waypost.base.declared import fields
from waypost.engine.manifest.credentials import REFUSED_FORMATS, Credentials
from waypost.engine.manifest.node import Node
from waypost.engine.manifest.places import Path, Places
from waypost.engine.manifest.problem import Problem, nearest
from waypost.engine.manifest.shape import chosen, inside, nodes, tag_field, words
from waypost.engine.manifest.strict import checked

NodeType = TypeVar("NodeType", bound=Node)
_WANTED = {
    "string_type": "a text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "list_type": "a list",
    "tuple_type": "a list",
}


def validate(
    model: type[NodeType], data: Any, places: Places, problems: list[Problem]
) -> NodeType | None:
    """Return `data` as a node, or None after adding every refusal to `problems`."""
    try:
        return checked(model, data)
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            spot = _find(model, data, detail["loc"])
            if not _is_echo(spot, detail):
                problems.append(_explain(spot, detail, places))
        return None


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where an error is: its path in the data, the value there, and what was declared."""

    path: Path
    value: Any
    declared: Any
    holder: Any  # the annotation of what contains it


def _find(model: type[Node], data: Any, location: Path) -> _Spot:
    path: Path = ()
    declared: Any = model
    holder: Any = None
    for element in location:
        choice = nodes(declared)
        if len(choice) > 1:  # pydantic puts the chosen tag into the location
            declared = chosen(choice, str(element)) or Any
            continue
        holder, declared = declared, inside(declared, element)
        path = (*path, element)
        data = _child(data, element)
    return _Spot(path, data, declared, holder)


def _child(data: Any, element: str | int) -> Any:
    if isinstance(data, Mapping):
        return data.get(str(element))
    if isinstance(data, list) and isinstance(element, int) and element < len(data):
        return data[element]
    return None


def _is_echo(spot: _Spot, detail: ErrorDetails) -> bool:
    """Say whether a list only counts as short because pydantic left its wrong items out."""
    return (
        detail["type"] == "too_short"
        and isinstance(spot.value, list | dict)
        and len(spot.value) >= _limit(detail, "min_length")
    )


def _explain(spot: _Spot, detail: ErrorDetails, places: Places) -> Problem:
    kind = detail["type"]
    if kind == "extra_forbidden":
        return Problem(places.key(spot.path), _unknown_key(spot))
    if kind == "missing":
        return Problem(places.value(spot.path[:-1]), f"'{spot.path[-1]}' is missing")
    if kind.startswith("union_tag"):
        return _wrong_tag(spot, places)
    say = _SENTENCES.get(kind)
    if say is not None:
        return Problem(places.value(spot.path), say(spot, detail))
    if kind in _WANTED:
        return Problem(places.value(spot.path), _wrong_type(_WANTED[kind], spot))
    message = detail["msg"].removeprefix("Value error, ")
    return Problem(places.value(spot.path), f"{_named(spot)}{message[:1].lower()}{message[1:]}")


def _unknown_key(spot: _Spot) -> str:
    key = str(spot.path[-1])
    holder = next(iter(nodes(spot.holder)), None)
    if holder is Credentials and key in REFUSED_FORMATS:
        return _refused_format(key, "credentials format", tuple(fields(Credentials)))
    known = tuple(fields(holder)) if holder else ()
    return f"unknown key '{key}'{nearest(key, known)}"


def _refused_format(word: str, called: str, supported: tuple[str, ...]) -> str:
    name = REFUSED_FORMATS[word]
    shown = f"'{word}'" if name == word else f"'{word}' ({name})"
    return f"the {called} {shown} is not supported; supported are {', '.join(supported)}"


def _wrong_tag(spot: _Spot, places: Places) -> Problem:
    choice = nodes(spot.declared)
    name = tag_field(choice)
    known = tuple(word for node in choice for word in words(fields(node)[name].annotation))
    if not isinstance(spot.value, Mapping) or name not in spot.value:
        text = f"'{name}' is missing; one of {', '.join(known)}"
        return Problem(places.value(spot.path), text)
    tag = spot.value[name]
    place = places.value((*spot.path, name))
    if isinstance(tag, str) and tag in REFUSED_FORMATS:
        return Problem(place, _refused_format(tag, name, known))
    return Problem(place, _wrong_word(tag, known))


def _wrong_word(value: Any, known: tuple[str, ...]) -> str:
    if not isinstance(value, str):
        return f"expected one of {', '.join(known)}, found {describe(value)}"
    tail = nearest(value, known, called="one of")
    return f"'{value}' is not known here{tail}"


def _wrong_type(wanted: str, spot: _Spot) -> str:
    value = spot.value
    hint = ""
    if wanted == "a text" and isinstance(value, bool | int | float):
        hint = "; put it in quotes"
    elif wanted in ("a whole number", "a number") and isinstance(value, str):
        hint = "; write it without quotes" if value.strip("+-").replace(".", "").isdigit() else ""
    return f"{_named(spot)}expected {wanted}, found {describe(value)}{hint}"


def describe(value: Any) -> str:
    """Return a short description of a value for a sentence."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return f"the number {value}"
    if isinstance(value, str):
        return f"the text '{value if len(value) <= 40 else value[:39] + '…'}'"
    return "a list" if isinstance(value, list) else "a mapping"


def _named(spot: _Spot) -> str:
    return f"'{spot.path[-1]}': " if spot.path else ""


def _limit(detail: ErrorDetails, name: str) -> Any:
    return detail.get("ctx", {}).get(name)


def _literal(spot: _Spot, _: ErrorDetails) -> str:
    return _wrong_word(spot.value, words(spot.declared))


def _pattern(spot: _Spot, detail: ErrorDetails) -> str:
    return f"{_named(spot)}{describe(spot.value)} does not match {_limit(detail, 'pattern')}"


_SENTENCES: dict[str, Callable[[_Spot, ErrorDetails], str]] = {
    "literal_error": _literal,
    "string_pattern_mismatch": _pattern,
    "string_too_short": lambda spot, detail: (
        f"{_named(spot)}expected at least {_limit(detail, 'min_length')} characters, "
        f"found {len(spot.value)}"
    ),
    "string_too_long": lambda spot, detail: (
        f"{_named(spot)}expected at most {_limit(detail, 'max_length')} characters, "
        f"found {len(spot.value)}"
    ),
    "too_short": lambda spot, detail: (
        f"{_named(spot)}expected at least {_limit(detail, 'min_length')}, found {len(spot.value)}"
    ),
    "greater_than_equal": lambda spot, detail: (
        f"{_named(spot)}expected at least {_limit(detail, 'ge')}, found {spot.value}"
    ),
    "less_than_equal": lambda spot, detail: (
        f"{_named(spot)}expected at most {_limit(detail, 'le')}, found {spot.value}"
    ),
}
