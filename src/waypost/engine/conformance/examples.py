"""Every method's examples must fit what the method declares."""

from collections.abc import Iterator, Mapping
from typing import Any

from waypost.engine.conformance.likeness import secret_places
from waypost.engine.conformance.references import methods
from waypost.engine.manifest.integration import Example, Method
from waypost.engine.manifest.loaded import LoadedIntegration
from waypost.engine.manifest.places import Path, Places
from waypost.engine.manifest.problem import Problem
from waypost.engine.placeholders import MISSING, look_up
from waypost.engine.schemas import InvalidSchema, Schema


def check_examples(loaded: LoadedIntegration) -> Iterator[Problem]:
    """Yield methods without an example, and examples their own method would refuse."""
    places = loaded.places
    for path, method in methods(loaded.integration):
        if not method.examples:
            yield Problem(places.value(path), "there is no example")
        for index, example in enumerate(method.examples):
            here = (*path, "examples", index)
            yield from _against_schemas(places, here, method, example)
            yield from _answer(places, here, method, example, list_of=path[-1] == "list")
            yield from _secrets(places, here, example)
            if example.verified and loaded.integration.unverified:
                place = places.value((*here, "verified"))
                yield Problem(place, "an unverified integration has no verified example")


def _against_schemas(
    places: Places, path: Path, method: Method, example: Example
) -> Iterator[Problem]:
    pairs = (
        ("query", method.query_schema, example.query),
        ("body", method.body_schema, example.body),
    )
    for name, declared, value in pairs:
        here = (*path, name)
        if declared is None:
            if value:
                yield Problem(places.key(here), f"the method declares no {name}_schema for this")
            continue
        if value is None and name == "body":
            yield Problem(places.value(path), "'body' is missing; the method declares body_schema")
            continue
        try:
            schema = Schema(declared)
        except InvalidSchema:
            continue  # reported with the schema itself
        for problem in schema.problems(value):
            place = places.value((*here, *problem.path))
            yield Problem(place, f"refused by {name}_schema: {problem}")
        for field in _optional_in_truth(schema, declared, value):
            text = f"{name}_schema requires '{field}' and yet accepts this example without it"
            yield Problem(places.value(here), text)


def _optional_in_truth(schema: Schema, declared: Mapping[str, Any], value: Any) -> Iterator[str]:
    if not isinstance(value, Mapping):
        return
    for field in declared.get("required", ()):
        without = {key: item for key, item in value.items() if key != field}
        if schema.accepts(without):
            yield field


def _answer(
    places: Places, path: Path, method: Method, example: Example, *, list_of: bool
) -> Iterator[Problem]:
    if example.status >= 400 or example.response is None:
        return
    here = (*path, "response")
    records = records_of(method, example.response)
    if records is None and method.response_path:
        text = f"nothing is at response_path '{method.response_path}'"
        yield Problem(places.value(here), text)
    elif list_of and not isinstance(records, list):
        yield Problem(places.value(here), "a list method's records must be a list")


def records_of(method: Method, body: Any) -> Any:
    """Return what stands at a method's response_path, or None."""
    found = look_up(body, method.response_path) if method.response_path else body
    return None if found is MISSING else found


def _secrets(places: Places, path: Path, example: Example) -> Iterator[Problem]:
    for name in ("query", "body", "response"):
        for found in secret_places(getattr(example, name)):
            place = places.value((*path, name, *found))
            yield Problem(
                place, "this looks like a real secret; write one that says it is an example"
            )
