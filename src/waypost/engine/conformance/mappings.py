"""A mapping must lead from a method of its model to methods of its integration."""

from collections.abc import Iterator
from collections.abc import Mapping as MappingType

from waypost.engine.conformance.references import names_method, unknown
from waypost.engine.manifest.integration import Integration
from waypost.engine.manifest.places import Path, Places
from waypost.engine.manifest.problem import Problem
from waypost.engine.manifest.unified import Mapping, MappingFile, ModelResource, UnifiedModel
from waypost.engine.schemas import InvalidSchema, Schema


def check_mappings(
    integration: Integration,
    file: MappingFile,
    places: Places,
    models: MappingType[str, UnifiedModel],
) -> Iterator[Problem]:
    """Yield what leads nowhere in one mapping file."""
    model = models.get(file.model)
    if model is None:
        yield Problem(places.value(("model",)), unknown("model", file.model, tuple(models)))
        return
    for resource_name, cells in file.resources.items():
        path: Path = ("resources", resource_name)
        resource = model.resources.get(resource_name)
        if resource is None:
            text = unknown(
                f"resource of '{model.name}' called", resource_name, tuple(model.resources)
            )
            yield Problem(places.key(path), text)
            continue
        for name, cell in cells.items():
            if name not in resource.methods:
                called = f"method of '{model.name}.{resource_name}' called"
                text = unknown(called, name, tuple(resource.methods))
                yield Problem(places.key((*path, name)), text)
                continue
            yield from _cell(integration, places, (*path, name), cell)
            yield from _fits(places, (*path, name), cell, resource, name)


def _cell(integration: Integration, places: Places, path: Path, cell: Mapping) -> Iterator[Problem]:
    if cell.static is None and cell.computed is None:
        yield from names_method(integration, places, path, cell.resource, cell.method)
        if cell.response_mapping is None and path[2] != "delete":
            yield Problem(places.value(path), "'response_mapping' is missing")
    for kind in ("before", "after"):
        steps = getattr(cell, kind)
        names = [step.name for step in steps]
        for index, step in enumerate(steps):
            here = (*path, kind, index)
            yield from names_method(integration, places, here, step.resource, step.method)
            if step.name in names[:index]:
                text = f"the name '{step.name}' is already used above"
                yield Problem(places.value((*here, "name")), text)
    for index, further in enumerate(cell.merge):
        yield from _cell(integration, places, (*path, "merge", index), further)


def _fits(
    places: Places, path: Path, cell: Mapping, resource: ModelResource, name: str
) -> Iterator[Problem]:
    """Check filters and static records against what the model declares."""
    declared = (resource.methods[name].query_schema or {}).get("properties", {})
    for filter_name in (cell.query_schema or {}).get("properties", {}):
        if filter_name not in declared:
            place = places.key((*path, "query_schema", "properties", filter_name))
            yield Problem(
                place, unknown("filter in the model called", filter_name, tuple(declared))
            )
    try:
        schema = Schema(resource.schema_)
    except InvalidSchema:
        return  # reported where the model is checked
    for index, record in enumerate(cell.static or ()):
        for problem in schema.problems(record):
            place = places.value((*path, "static", index, *problem.path))
            yield Problem(place, f"not a record of the model: {problem}")
