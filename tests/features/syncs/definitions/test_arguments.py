"""Arguments are what their schema says, in either spelling of it."""

from typing import Any

import pytest

from waypost.base.errors import InvalidRequest
from waypost.features.syncs.definitions.arguments import check_schema, checked_args, json_schema

FLAT = {
    "integrated_account_id": {"type": "string", "format": "integrated_account_id"},
    "since": {"type": "string", "format": "date", "required": True},
    "count": {"type": "integer"},
}
WHOLE = {
    "type": "object",
    "properties": {"since": {"type": "string", "format": "date"}, "count": {"type": "integer"}},
    "required": ["since"],
}


@pytest.mark.parametrize("schema", [FLAT, WHOLE], ids=["flat", "whole"])
def test_both_spellings_say_the_same(schema: dict[str, Any]) -> None:
    made = json_schema(schema)
    assert made["required"] == ["since"]
    assert set(made["properties"]) == {"integrated_account_id", "since", "count"}
    checked_args(schema, None, {"since": "2026-01-01", "integrated_account_id": "a"})
    for wrong, field in (
        ({}, "args"),
        ({"since": "yesterday"}, "args.since"),
        ({"since": "2026-01-01", "count": "3"}, "args.count"),
        ({"since": "2026-01-01", "other": 1}, "args"),
    ):
        with pytest.raises(InvalidRequest) as caught:
            checked_args(schema, None, wrong)
        assert caught.value.details["failures"][0]["field"] == field


@pytest.mark.parametrize(
    ("schema", "used", "said"),
    [
        ({"since": {"type": "text"}}, set(), "args_schema"),
        ({"since": "string"}, set(), "each argument is an object"),
        ({"since": {}}, {"sinec"}, "{{args.sinec}}"),
    ],
)
def test_a_wrong_schema(schema: dict[str, Any], used: set[str], said: str) -> None:
    with pytest.raises(InvalidRequest, match=said.replace("{", "\\{")):
        check_schema(schema, used)


def test_without_a_schema_everything_goes() -> None:
    check_schema(None, {"anything"})
    checked_args(None, None, {"anything": 1})


@pytest.mark.parametrize(
    ("validation", "said"),
    [
        ("null", None),
        ("false", None),
        ('{"message": "one of both"}', "args: one of both"),
        ('args.a ? null : "x"', "does not accept"),
    ],
)
def test_the_last_word(validation: str, said: str | None) -> None:
    if said is None:
        checked_args(None, validation, {})
        return
    with pytest.raises(InvalidRequest, match=said):
        checked_args(None, validation, {})
