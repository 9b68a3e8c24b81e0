"""The reference page of every field an integration or a unified model may have."""

import json
from collections.abc import Iterator
from inspect import getdoc
from typing import Any, Literal, get_args, get_origin

from waypost.base.declared import FieldOf, fields
from waypost.engine.manifest.integration import Integration
from waypost.engine.manifest.node import Node
from waypost.engine.manifest.scopes import SCOPES
from waypost.engine.manifest.shape import alternatives, nodes
from waypost.engine.manifest.unified import MappingFile, UnifiedModel
from waypost.engine.manifest.walk import kind_of

_TOP = (
    ("integrations/NAME/", Integration),
    ("integrations/NAME/mappings/MODEL.yaml", MappingFile),
    ("models/NAME/model.yaml", UnifiedModel),
)
_KINDS = {"expression": "expression", "template": "template", "json_schema": "JSON Schema"}
_PLAIN = {str: "text", int: "whole number", float: "number", bool: "true or false"}
_INTRODUCTION = """\
A catalogue folder holds `integrations/` and `models/`. An integration is one folder:

| File | Holds |
|---|---|
| `integration.yaml` | [Integration](#integration) without the three fields that have their own files |
| `resources/*.yaml` | names of resources, each a [Resource](#resource) |
| `link.yaml` | `probes`: a list of [Probe](#probe) |
| `webhooks.yaml` | a list of [InboundWebhook](#inboundwebhook) |
| `mappings/MODEL.yaml` | a [MappingFile](#mappingfile) |
| `NOTES.md` | what is known about the provider, and from where |
| `*.svg` | the logo |

A unified model is one folder with `model.yaml`: a [UnifiedModel](#unifiedmodel).

YAML is read as JSON would be: only `true`, `false`, `null`, `~`, decimal integers and floats are
not text; `yes`, dates and `0123` are. Anchors, aliases, tags and merge keys are refused, as are
unknown keys and keys written twice. Every refusal names file, line and column. An *expression* is
JSONata, a *template* is a text with `{{placeholders}}`, a *JSON Schema* is of draft 2020-12.
Schemas for editors lie in `src/waypost/catalog/schemas/`.
"""


def reference_page(made: str = "") -> str:
    """Return the page; `made` is the remark under its title that says what made it."""
    parts = ["# Manifest fields\n\n", made, _INTRODUCTION]
    for file, top in _TOP:
        parts.append(f"\n## {file}\n")
        parts += [_section(node) for node in _reachable(top)]
    return "".join(parts)


def all_nodes() -> list[type[Node]]:
    """Return every node type once, in the order of the page."""
    return [node for _, top in _TOP for node in _reachable(top)]


def _reachable(top: type[Node]) -> list[type[Node]]:
    """Return a node and every node below it, parents first."""
    found: list[type[Node]] = []
    waiting = [top]
    while waiting:
        node = waiting.pop(0)
        if node not in found:
            found.append(node)
            waiting[:0] = [
                inner for field in fields(node).values() for inner in _inner(field.annotation)
            ]
    return found


def _inner(annotation: Any) -> Iterator[type[Node]]:
    yield from nodes(annotation)
    for part in alternatives(annotation):
        for argument in get_args(part) if get_origin(part) in (dict, list, tuple) else ():
            if argument is not Ellipsis:
                yield from _inner(argument)


def _section(node: type[Node]) -> str:
    rows = "".join(_row(node, name, field) for name, field in fields(node).items())
    return (
        f"\n### {node.__name__}\n\n{getdoc(node)}\n\n"
        f"| Field | Type | Required | Default | What it is |\n|---|---|---|---|---|\n{rows}"
    )


def _row(node: type[Node], name: str, field: FieldOf) -> str:
    required = "yes" if field.declared.is_required else ""
    scope = ", ".join(f"`{word}`" for word in SCOPES.get((node, name), ()))
    kind = _called(field.annotation) + (f" over {scope}" if scope else "")
    cells = (f"`{name}`", kind, required, _default(field), field.declared.description)
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |\n"


def _called(annotation: Any) -> str:
    kind = kind_of(annotation)
    if kind:
        return _KINDS[kind]
    if annotation is Any:
        return "anything"
    return " or ".join(_one(part) for part in alternatives(annotation))


def _one(part: Any) -> str:
    origin, arguments = get_origin(part), get_args(part)
    if origin is Literal:
        return ", ".join(f"`{word}`" for word in arguments)
    if origin is dict:
        inner = _called(arguments[1])
        return "names and values" if inner == "anything" else f"names, each with {inner}"
    if origin in (list, tuple):
        return f"list of {_called(arguments[0])}"
    if isinstance(part, type) and issubclass(part, Node):
        return f"[{part.__name__}](#{part.__name__.lower()})"
    return _PLAIN.get(part, "anything")


def _default(field: FieldOf) -> str:
    value = field.declared.default
    if field.declared.is_required or value in (None, "", (), {}) or isinstance(value, Node):
        return ""
    return f"`{json.dumps(value)}`"
