"""A refusal says what was found, what was expected and what to write."""

from typing import Any

import pytest

from waypost.engine.manifest.explain import describe, validate
from waypost.engine.manifest.integration import Method, Resource
from waypost.engine.manifest.pagination import LimitRange
from waypost.engine.manifest.places import Places
from waypost.engine.manifest.problem import Problem

METHOD = {"verb": "GET", "path": "/x", "description": "Reads a thing."}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "nothing"),
        (True, "true"),
        (3, "the number 3"),
        ("short", "the text 'short'"),
        ("x" * 60, f"the text '{'x' * 39}…'"),
        ([], "a list"),
        ({}, "a mapping"),
    ],
)
def test_values_are_described_shortly(value: Any, text: str) -> None:
    assert describe(value) == text


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"tags": "one"}, "'tags': expected a list, found the text 'one'"),
        ({"tags": [1]}, "'0': expected a text, found the number 1; put it in quotes"),
        ({"headers": []}, "'headers': expected a mapping, found a list"),
        ({"idempotent": "on"}, "'idempotent': expected true or false, found the text 'on'"),
        ({"query_schema": "x"}, "'query_schema': expected a mapping, found the text 'x'"),
        ({"path": "x" * 4001}, "'path': expected at most 4000 characters, found 4001"),
        ({"sends": "fax"}, "'fax' is not known here; one of: email, sms, chat"),
    ],
)
def test_each_kind_of_refusal_has_its_sentence(changes: dict[str, Any], text: str) -> None:
    problems: list[Problem] = []
    assert validate(Method, {**METHOD, **changes}, Places("a.yaml"), problems) is None
    assert [problem.text for problem in problems] == [text]


def test_numbers_have_bounds() -> None:
    problems: list[Problem] = []
    assert validate(LimitRange, {"minimum": 0}, Places("a.yaml"), problems) is None
    assert [str(one) for one in problems] == ["a.yaml:1:1: 'minimum': expected at least 1, found 0"]


def test_a_list_short_of_wrong_items_is_not_also_called_short() -> None:
    problems: list[Problem] = []
    data = {"label": "X", "methods": {"list": {**METHOD, "verb": 1}}}
    assert validate(Resource, data, Places("a.yaml"), problems) is None
    assert len(problems) == 1
    problems.clear()
    assert validate(Resource, {"label": "X", "methods": {}}, Places("a.yaml"), problems) is None
    assert [one.text for one in problems] == ["'methods': expected at least 1, found 0"]
