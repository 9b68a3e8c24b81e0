"""Write a node as plain data again."""

from collections.abc import Callable, Mapping
from typing import Any

from waypost.base.declared import Declared, fields
from waypost.engine.manifest.node import Node

Keep = Callable[[Any, Declared], bool]


def plain(node: Node, *, by_alias: bool = False) -> dict[str, Any]:
    """Return a node as a JSON object of what it says beside its defaults, all the way down.

    Its keys are Python's names, or YAML's if `by_alias`.
    """
    return _members(node, lambda value, declared: value != declared.default, by_alias=by_alias)


def whole(node: Node) -> dict[str, Any]:
    """Return a node as a JSON object with its defaults, but without what is null."""
    return _members(node, lambda value, _: value is not None, by_alias=False)


def _members(node: Node, keep: Keep, *, by_alias: bool) -> dict[str, Any]:
    shown = {}
    for name, field in fields(type(node)).items():
        value = getattr(node, field.attribute)
        if keep(value, field.declared):
            shown[name if by_alias else field.attribute] = _value(value, keep, by_alias=by_alias)
    return shown


def _value(value: Any, keep: Keep, *, by_alias: bool) -> Any:
    if isinstance(value, Node):
        return _members(value, keep, by_alias=by_alias)
    if isinstance(value, Mapping):
        return {key: _value(item, keep, by_alias=by_alias) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_value(item, keep, by_alias=by_alias) for item in value]
    return value
