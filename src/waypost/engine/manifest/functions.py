"""Give a mapping file's expressions the functions that the file defines."""

import re
from typing import Any, TypeVar

from msgspec import structs

from waypost.engine.manifest.node import Node
from waypost.engine.manifest.unified import MappingFile
from waypost.engine.manifest.walk import kinds_within

_Cell = TypeVar("_Cell", bound=Node)


def with_functions(file: MappingFile) -> MappingFile:
    """Return the file with every expression preceded by the functions it calls, and they call.

    The functions themselves are gone from it: each is read, and linted, where it is called.
    """
    if not file.functions:
        return file
    resources = {
        resource: {method: _rebuilt(cell, file.functions) for method, cell in methods.items()}
        for resource, methods in file.resources.items()
    }
    return structs.replace(file, resources=resources, functions={})


def preceded(expression: str, functions: dict[str, str]) -> str:
    """Return an expression as a block that first binds the functions it needs, in file order."""
    needed: list[str] = []
    text = expression
    for name in reversed(functions):
        if re.search(rf"\${name}\b", text):
            needed.insert(0, f"${name} := {functions[name].strip()};")
            text = f"{functions[name]}\n{text}"
    return f"({' '.join(needed)}\n{expression})" if needed else expression


def _rebuilt(cell: _Cell, functions: dict[str, str]) -> _Cell:
    expressions = {
        found.path[0]
        for found in kinds_within(cell)
        if found.kind == "expression" and len(found.path) == 1
    }
    changes: dict[str, Any] = {}
    for name in cell.__struct_fields__:
        value = getattr(cell, name)
        if name in expressions:
            changes[name] = preceded(value, functions)
        elif isinstance(value, tuple) and value and isinstance(value[0], Node):
            changes[name] = tuple(_rebuilt(item, functions) for item in value)
    return structs.replace(cell, **changes)
