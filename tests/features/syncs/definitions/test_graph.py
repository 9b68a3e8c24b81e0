"""A definition is read whole, and every fault in it is told with the path to it."""

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.syncs import keep, request, tell

from waypost.base.errors import InvalidRequest
from waypost.features.syncs.definitions.graph import again, placeholders, read_definition

USERS = request("users", "user-directory/users")


def transform(name: str, upper: str | None = "users", expression: str = "1") -> dict[str, Any]:
    node = {"name": name, "type": "transform", "config": {"expression": expression}}
    return node if upper is None else {**node, "depends_on": upper}


def refused(*nodes: Any) -> dict[str, str]:
    with pytest.raises(InvalidRequest) as caught:
        read_definition(list(nodes))
    failures = caught.value.details["failures"]
    assert caught.value.message.startswith(failures[0]["field"])
    return {each["field"]: each["message"] for each in failures}


def test_what_feeds_what() -> None:
    definition = read_definition(
        [USERS, transform("b"), transform("c", "b"), keep("users", "c"), tell("c")]
    )
    assert [node.name for node in definition.roots()] == ["users"]
    assert [node.name for node in definition.below("users")] == ["b", "c"]
    assert [node.name for node in definition.above("c")] == ["b", "users"]
    assert [node.name for node in definition.takers["c"]] == ["kept", "told"]
    origin = definition.origin("c")
    assert origin is not None
    assert origin.name == "users"
    assert again([USERS, keep("users")]).origin("kept") is None


@pytest.mark.parametrize(
    ("nodes", "place", "said"),
    [
        ([{"name": "a"}], "resources[0].type", "is missing"),
        ([{"name": "a", "type": "requst"}], "resources[0].type", "did you mean 'request'?"),
        (["a"], "resources[0]", "is an object"),
        ([request("a", "b"), request("a", "c")], "resources[1].name", "resources[0] already"),
        ([request("a b", "c")], "resources[0].name", "pattern"),
        ([USERS, transform("b", "usres")], "resources[1].depends_on", "did you mean 'users'?"),
        ([transform("b", "b")], "resources[0].depends_on", "in a circle: b → b"),
        (
            [transform("a", "c"), transform("b", "a"), transform("c", "b")],
            "resources[0].depends_on",
            "a → c → b → a",
        ),
        ([transform("b", None)], "resources[0].depends_on", "works on what comes from above"),
        ([USERS, transform("b", expression="$foo(")], "resources[1].config.expression", "read"),
        (
            [USERS, transform("b", expression="$eval('1')")],
            "resources[1].config.expression",
            "eval",
        ),
        ([{**USERS, "run_if": "$nope(1)"}], "resources[0].run_if", "$nope"),
        ([{**USERS, "query": "{"}], "resources[0].query", "cannot be read"),
        ([{**USERS, "method": "create"}], "resources[0].method", "a sync reads"),
        ([{**USERS, "recurse": {"if": "x"}}], "resources[0].recurse", "loop_on"),
        (
            [{**USERS, "delete_tracking_query": {}}],
            "resources[0].delete_tracking_query",
            "not supp",
        ),
        ([{**USERS, "method": "get"}], "resources[0].id", "a get reads one record"),
        ([{**USERS, "id": "7"}], "resources[0].id", "use the method 'get'"),
        ([{**USERS, "loop_on": "x"}], "resources[0].loop_on", "needs depends_on"),
        ([{**USERS, "colour": 1}], "resources[0].colour", "not known"),
        (
            [{**USERS, "delete_tracking": "soft", "query": {"a": "{{args.a}}"}}],
            "resources[0].delete_tracking",
            "a whole list",
        ),
        (
            [USERS, {**request("b", "c"), "depends_on": "users", "delete_tracking": "hard"}],
            "resources[1].delete_tracking",
            "read once in a run",
        ),
        (
            [USERS, {**tell("users"), "destination_type": "superquery"}],
            "resources[1].destination_type",
            "superquery is not supported",
        ),
        ([USERS, keep("users", config={"id": "s3"})], "resources[1].config.id", "'records'"),
        ([USERS, keep("users", method="uploadObject")], "resources[1].method", "not supported"),
        ([USERS, tell("usres")], "resources[1].resources_to_persist[0]", "did you mean 'users'?"),
        ([USERS, tell()], "resources[1].resources_to_persist", "at least 1"),
        ([USERS, tell("users", only_changes=True)], "resources[1].only_changes", "'datastore'"),
        ([USERS, keep("users", only_changes=True)], "resources[1].only_changes", "for webhooks"),
        ([USERS, tell("users", depends_on="users")], "resources[1].depends_on", "to_persist"),
        (
            [USERS, keep("users"), transform("b", "kept")],
            "resources[2].depends_on",
            "nothing comes",
        ),
        (
            [{"name": "e", "type": "event", "config": {"name": "begin"}}],
            "resources[0].config.name",
            "'start', 'complete' or 'error'",
        ),
        (
            [{"name": "s", "type": "update_state", "config": {"key": "k"}}],
            "resources[0].config.value",
            "is missing",
        ),
        (
            [{"name": "s", "type": "get_state", "config": {"key": "k", "value": 1}}],
            "resources[0].config.value",
            "has no value",
        ),
    ],
)
def test_a_fault_is_told_with_its_place(nodes: list[Any], place: str, said: str) -> None:
    failures = refused(*nodes)
    assert said in failures[place], failures


def test_all_faults_are_told_at_once() -> None:
    failures = refused(transform("b", None, "$x("), {**USERS, "run_if": "("}, tell("nobody"))
    assert set(failures) == {
        "resources[0].depends_on",
        "resources[0].config.expression",
        "resources[1].run_if",
        "resources[2].resources_to_persist[0]",
    }


def test_a_definition_has_bounds() -> None:
    assert refused(*(request(f"n{place}", "x") for place in range(51))) == {
        "resources": "a sync job has at most 50 nodes"
    }


@given(st.lists(st.integers(0, 7), min_size=1, max_size=8), st.randoms())
def test_a_graph_is_refused_exactly_when_it_has_a_circle(
    uppers: list[int], shuffle: random.Random
) -> None:
    """Each node depends on one of all; number 7 and whatever is out of range is the request."""
    count = len(uppers)
    names = {at: f"n{at}" for at in range(count)}
    nodes = [transform(f"n{at}", names.get(upper, "users")) for at, upper in enumerate(uppers)]
    everything = [USERS, *nodes]
    shuffle.shuffle(everything)

    def is_free(at: int) -> bool:
        seen: set[int] = set()
        while at < count:
            if at in seen:
                return False
            seen.add(at)
            at = uppers[at]
        return True

    if all(is_free(at) for at in range(count)):
        definition = read_definition(everything)
        assert {each.name for each in definition.below("users")} == set(names.values())
    else:
        assert all("in a circle" in message for message in refused(*everything).values())


def test_the_arguments_that_texts_use() -> None:
    node = {**USERS, "query": {"a": ["{{args.since:str|args.start}}"], "b": "{{tenant_id}}"}}
    assert placeholders([node, {"x": "{{args.user.id}}"}]) == {"since", "start", "user"}
