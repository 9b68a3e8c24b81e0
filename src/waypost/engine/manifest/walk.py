"""Find every expression, template and JSON Schema inside a node."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, get_args, get_origin

from waypost.engine.manifest.node import Kind, Node
from waypost.engine.manifest.shape import inside
from waypost.engine.manifest.yaml_text import Path


@dataclass(frozen=True, slots=True)
class Found:
    """A value of a certain kind, the path to it, and the field that declares the kind."""

    path: Path
    kind: str
    value: Any
    field: tuple[type[Node], str]


def kinds_within(node: Node, path: Path = ()) -> Iterator[Found]:
    """Yield every value whose field declares a `Kind`, in the order of declaration."""
    for attribute, field in type(node).model_fields.items():
        here = (*path, field.alias or attribute)
        declared = _declared(field.metadata)
        owner = (type(node), field.alias or attribute)
        walk = _Walk(owner)
        yield from walk.values(getattr(node, attribute), field.annotation, declared, here)


def kind_of(annotation: Any) -> str | None:
    """Return the kind an annotation declares, looking through `| None`."""
    if get_origin(annotation) is Annotated:
        inner, *metadata = get_args(annotation)
        return _declared(metadata) or kind_of(inner)
    if get_origin(annotation) in (dict, list, tuple):
        return None
    found = (kind_of(part) for part in get_args(annotation))
    return next((kind for kind in found if kind), None)


def _declared(metadata: list[Any]) -> str | None:
    return next((item.name for item in metadata if isinstance(item, Kind)), None)


@dataclass(frozen=True, slots=True)
class _Walk:
    """Through the value of one field."""

    field: tuple[type[Node], str]

    def values(
        self, value: Any, annotation: Any, declared: str | None, path: Path
    ) -> Iterator[Found]:
        kind = declared or kind_of(annotation)
        if value is None:
            return
        if kind is not None:
            yield Found(path, kind, value, self.field)
        elif isinstance(value, Node):
            yield from kinds_within(value, path)
        elif isinstance(value, Mapping):
            for key, item in value.items():
                yield from self.values(item, inside(annotation, key), None, (*path, key))
        elif isinstance(value, list | tuple):
            for index, item in enumerate(value):
                yield from self.values(item, inside(annotation, index), None, (*path, index))
