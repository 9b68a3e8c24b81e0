"""Values are held against JSON Schemas that stand alone."""

from typing import Any

import pytest

from waypost.engine.schemas import InvalidSchema, Schema, dotted

PERSON = {
    "type": "object",
    "required": ["email"],
    "properties": {
        "email": {"type": "string", "format": "email"},
        "tags": {"type": "array", "items": {"type": "string"}},
    },
}


def test_every_problem_is_listed_with_its_place() -> None:
    problems = list(Schema(PERSON).problems({"email": "no", "tags": ["a", 1]}))
    assert {dotted(one.path) for one in problems} == {"email", "tags[1]"}
    assert str(next(iter(Schema(PERSON).problems({})))) == '"email" is a required property'


def test_a_fitting_value_has_no_problem() -> None:
    assert Schema(PERSON).accepts({"email": "ada@acme.test"})
    assert list(Schema(PERSON).problems({"email": "ada@acme.test"})) == []


@pytest.mark.parametrize(
    ("schema", "path"),
    [
        ({"type": "objet"}, ("type",)),
        ({"properties": {"a": {"pattern": "("}}}, ("properties", "a", "pattern")),
        ({"properties": {"a": {"minimum": "1"}}}, ("properties", "a", "minimum")),
    ],
)
def test_what_is_no_schema_is_refused_where_it_is_wrong(
    schema: dict[str, Any], path: tuple[str, ...]
) -> None:
    with pytest.raises(InvalidSchema) as caught:
        Schema(schema)
    assert caught.value.path == path


def test_nothing_is_fetched() -> None:
    with pytest.raises(InvalidSchema, match="only refer to itself"):
        Schema({"$ref": "https://acme.test/schema.json"})


def test_paths_are_written_as_people_do() -> None:
    assert dotted(("to", 0, "email")) == "to[0].email"
    assert dotted(()) == ""
