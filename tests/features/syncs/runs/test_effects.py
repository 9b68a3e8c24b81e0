"""Counts of a run, and what records are called."""

from tests.support.syncs import request

from waypost.features.syncs.definitions.graph import read_definition
from waypost.features.syncs.definitions.nodes import Request
from waypost.features.syncs.runs.effects import counted, resource_of

DEFINITION = read_definition(
    [
        request("users", "d/users"),
        {
            "name": "t",
            "type": "transform",
            "depends_on": "users",
            "config": {"expression": "1"},
        },
    ]
)


def test_counts_add_up() -> None:
    users = DEFINITION.by_name["users"]
    assert isinstance(users, Request)
    once = counted({}, users, {"pages": 1, "fetched": 2})
    twice = counted(once, users, {"fetched": 3, "told": 0})
    assert twice == {"d/users": {"list": {"pages": 1, "fetched": 5, "told": 0}}}
    assert once["d/users"]["list"]["fetched"] == 2
    assert counted(once, None, {"fetched": 1}) == once
    assert counted({}, users, {"fetched": 0}) == {}


def test_records_are_called_by_their_resource_or_node() -> None:
    assert resource_of(DEFINITION, "users") == "d/users"
    assert resource_of(DEFINITION, "t") == "t"
