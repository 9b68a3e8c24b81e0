"""Reading what a list asks for out of a query."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waypost.base.errors import InvalidRequest
from waypost.base.listing import Condition, Kind, newest_first, read_conditions

KINDS: dict[str, Kind] = {
    "name": "text",
    "at": "moment",
    "on": "boolean",
    "integration.name": "text",
}


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ({}, []),
        ({"other": "x"}, []),
        ({"name": "a"}, [("name", "eq", "a")]),
        ({"name": ""}, [("name", "eq", "")]),
        ({"name": 5}, [("name", "eq", "5")]),
        ({"name": ["a", "b"]}, [("name", "in", ["a", "b"])]),
        ({"name": {"in": "a,b"}}, [("name", "in", ["a", "b"])]),
        ({"name": {"nin": ["a"], "like": "x%"}}, [("name", "nin", ["a"]), ("name", "like", "x%")]),
        ({"on": "true"}, [("on", "eq", True)]),
        ({"on": {"ne": "0"}}, [("on", "ne", False)]),
        ({"at": {"gt": "1970-01-01T00:01:00Z"}}, [("at", "gt", 60.0)]),
        ({"at": "1970-01-01"}, [("at", "eq", 0.0)]),
        ({"at": "1970-01-01T01:00:00+01:00"}, [("at", "eq", 0.0)]),
        ({"integration.name": "a"}, [("integration.name", "eq", "a")]),
        ({"integration": {"name": {"eq": "a"}}}, [("integration.name", "eq", "a")]),
        ({"integration": "a"}, []),
    ],
)
def test_conditions(query: dict[str, Any], wanted: list[tuple[str, str, Any]]) -> None:
    found = [(each.field, each.operator, each.value) for each in read_conditions(query, KINDS)]
    assert found == wanted


@pytest.mark.parametrize(
    "query",
    [
        {"name": {"regexp": "x"}},
        {"name": {"gt": {"deep": 1}}},
        {"name": {"in": [{"x": 1}]}},
        {"on": "perhaps"},
        {"at": "yesterday"},
        {"at": {"gt": ""}},
        {"at": "9999999999"},
    ],
)
def test_what_cannot_be_asked(query: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest):
        read_conditions(query, KINDS)


@given(st.dictionaries(st.sampled_from([*KINDS, "integration"]), st.from_type(object)))
def test_no_query_crashes(query: dict[str, Any]) -> None:
    try:
        found = read_conditions(query, KINDS)
    except InvalidRequest:
        return
    assert all(isinstance(each, Condition) for each in found)


@pytest.mark.parametrize(("sort", "wanted"), [(None, False), ("", False), ("-created_at", True)])
def test_sorting(sort: str | None, wanted: bool) -> None:
    assert newest_first({"sort": sort}) is wanted
    with pytest.raises(InvalidRequest):
        newest_first({"sort": "name; DROP TABLE"})
