"""Every mapping must turn the example answers of its method into records of its model."""

from collections.abc import Iterator
from collections.abc import Mapping as AnyMapping
from typing import Any

from waypost.base.errors import WaypostError
from waypost.engine.conformance.examples import records_of
from waypost.engine.manifest.integration import Integration
from waypost.engine.manifest.places import Path, Places
from waypost.engine.manifest.problem import Problem
from waypost.engine.manifest.unified import Mapping, MappingFile, UnifiedModel
from waypost.engine.unify.conform import conform
from waypost.engine.unify.scope import Ask, fixed_records, makes_a_call, map_records


def check_records(
    integration: Integration,
    file: MappingFile,
    places: Places,
    models: AnyMapping[str, UnifiedModel],
) -> Iterator[Problem]:
    """Yield cells whose result does not fit the model, or that have no example to map."""
    model = models.get(file.model)
    for resource_name, cells in file.resources.items():
        resource = model.resources.get(resource_name) if model else None
        if resource is None:
            continue  # reported where the names are checked
        for name, cell in cells.items():
            path: Path = ("resources", resource_name, name)
            for index, source in enumerate((cell, *cell.merge)):
                here = path if index == 0 else (*path, "merge", index - 1)
                for text in _misfits(integration, source, file.reference, resource.schema_):
                    yield Problem(places.value((*here, "response_mapping")), text)


def _misfits(
    integration: Integration,
    cell: Mapping,
    reference: dict[str, Any],
    schema: dict[str, Any],
) -> Iterator[str]:
    ask = Ask(reference=reference, where=f"{cell.resource}.{cell.method}")
    before = {step.name: _example_records(integration, step) for step in cell.before}
    try:
        records = _mapped(integration, cell, ask, before)
    except WaypostError as error:
        yield error.message
        return
    if records is None:
        return
    if makes_a_call(cell) and integration.method(cell.resource, cell.method) is None:
        return  # reported where the names are checked
    if not records and makes_a_call(cell):
        yield f"no example answer of '{cell.resource}.{cell.method}' gives a record"
    yield from (
        f"'{misfit.field}' does not fit the model: {misfit.message}"
        for misfit in conform(schema, records)
    )


def _mapped(
    integration: Integration, cell: Mapping, ask: Ask, before: dict[str, Any]
) -> list[dict[str, Any]] | None:
    """Return the unified records of every example answer; None when there is nothing to map."""
    fixed = fixed_records(cell, ask, before)
    if fixed is not None:
        return [item.record for item in fixed]
    if cell.response_mapping is None:
        return None
    raws = _answers(integration, cell.resource, cell.method)
    mapped = map_records(cell, ask, raws, before, ())
    return [item.record for item in mapped if item is not None]


def _example_records(integration: Integration, step: Any) -> Any:
    raws = _answers(integration, step.resource, step.method)
    return raws if step.method == "list" else next(iter(raws), None)


def _answers(integration: Integration, resource: str, name: str) -> list[Any]:
    method = integration.method(resource, name)
    found: list[Any] = []
    for example in method.examples if method else ():
        if example.status < 400 and example.response is not None and method is not None:
            records = records_of(method, example.response)
            found += records if isinstance(records, list) else [records]
    return found
