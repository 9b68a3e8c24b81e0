"""Walk the manifest's types the way a path walks its data."""

from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from waypost.base.declared import fields
from waypost.engine.manifest.node import Node


def alternatives(annotation: Any) -> tuple[Any, ...]:
    """Return the types a value may have, without None and without Annotated."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return alternatives(get_args(annotation)[0])
    if origin in (Union, UnionType):
        return tuple(found for part in get_args(annotation) for found in alternatives(part))
    return () if annotation is type(None) else (annotation,)


def nodes(annotation: Any) -> tuple[type[Node], ...]:
    """Return the node types a value may have; more than one means a tagged choice."""
    return tuple(
        part
        for part in alternatives(annotation)
        if isinstance(part, type) and issubclass(part, Node)
    )


def words(annotation: Any) -> tuple[str, ...]:
    """Return the fixed words a value may be."""
    return tuple(
        str(word)
        for part in alternatives(annotation)
        if get_origin(part) is Literal
        for word in get_args(part)
    )


def tag_field(choice: tuple[type[Node], ...]) -> str:
    """Return the field whose word tells the members of a tagged choice apart."""
    return next(
        name
        for name, field in fields(choice[0]).items()
        if all(name in fields(node) and words(fields(node)[name].annotation) for node in choice)
        and words(field.annotation)
    )


def chosen(choice: tuple[type[Node], ...], tag: str) -> type[Node] | None:
    """Return the member of a tagged choice that `tag` names."""
    name = tag_field(choice)
    return next((node for node in choice if tag in words(fields(node)[name].annotation)), None)


def inside(annotation: Any, key: str | int) -> Any:
    """Return the annotation of what stands under `key`, or Any when nothing is said about it."""
    for part in alternatives(annotation):
        if isinstance(part, type) and issubclass(part, Node):
            known = fields(part)
            return known[str(key)].annotation if str(key) in known else Any
        arguments = get_args(part)
        if get_origin(part) is dict:
            return arguments[1]
        if get_origin(part) in (list, tuple):
            return arguments[0]
    return Any
