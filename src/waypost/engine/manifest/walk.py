"""Find every expression, template and JSON Schema inside a node."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, get_args, get_origin

from waypost.base.declared import fields
from waypost.engine.manifest.node import Kind, Node
from waypost.engine.manifest.places import Path
from waypost.engine.manifest.shape import inside


@dataclass(frozen=True, slots=True)
class Found:
    """A value of a certain kind, the path to it, and the field that declares the kind."""

    path: Path
    kind: str
    value: Any
    field: tuple[type[Node], str]


def kinds_within(node: Node, path: Path = ()) -> Iterator[Found]:
    """Yield every value whose field declares a `Kind`, in the order of declaration."""
    for name, field in fields(type(node)).items():
        walk = _Walk((type(node), name))
        yield from walk.values(getattr(node, field.attribute), field.annotation, (*path, name))


def kind_of(annotation: Any) -> str | None:
    """Return the kind an annotation declares, looking through `| None`."""
    if get_origin(annotation) is Annotated:
        inner, *metadata = get_args(annotation)
        declared = (item.name for item in metadata if isinstance(item, Kind))
        return next(declared, None) or kind_of(inner)
    if get_origin(annotation) in (dict, list, tuple):
        return None
    found = (kind_of(part) for part in get_args(annotation))
    return next((kind for kind in found if kind), None)


@dataclass(frozen=True, slots=True)
class _Walk:
    """Through the value of one field."""

    field: tuple[type[Node], str]

    def values(self, value: Any, annotation: Any, path: Path) -> Iterator[Found]:
        kind = kind_of(annotation)
        if value is None:
            return
        if kind is not None:
            yield Found(path, kind, value, self.field)
        elif isinstance(value, Node):
            yield from kinds_within(value, path)
        elif isinstance(value, Mapping):
            for key, item in value.items():
                yield from self.values(item, inside(annotation, key), (*path, key))
        elif isinstance(value, list | tuple):
            for index, item in enumerate(value):
                yield from self.values(item, inside(annotation, index), (*path, index))
