"""A batch on its way down the graph."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.syncs import keep, request, tell

from waypost.base.errors import InvalidRequest, ManifestError
from waypost.features.syncs.definitions.graph import Definition, read_definition
from waypost.features.syncs.definitions.nodes import Request
from waypost.features.syncs.runs.flow import Batch, Outcome, StateChange, flow, onward, path_of
from waypost.features.syncs.runs.tasks import Carried

USERS = request("users", "dir/users")
BASE = {"args": {"webhook_id": "w1"}, "resources": {}, "tenant_id": "t1"}
PEOPLE = ({"id": 1, "name": "Nia"}, {"id": 2, "name": "Ola"})


def node(name: str, kind: str, upper: str | None, **config: Any) -> dict[str, Any]:
    made = {"name": name, "type": kind}
    if upper is not None:
        made["depends_on"] = upper
    return {**made, "config": config} if config else made


def flown(*nodes: Any, records: Any = PEOPLE, base: Any = BASE) -> Outcome:
    definition = read_definition([USERS, *nodes])
    return flow(definition, batch_of(definition, records), Carried(), base)


def batch_of(definition: Definition, records: Any) -> Batch:
    users = definition.by_name["users"]
    assert isinstance(users, Request)
    return Batch("users", path_of(users), tuple(records))


def given_to(outcome: Outcome) -> list[tuple[str, tuple[Any, ...]]]:
    return [(each.destination.name, each.batch.records) for each in outcome.deliveries]


def test_destinations_take_what_they_name() -> None:
    outcome = flown(
        node("names", "transform", "users", expression="resources.dir.users.{'id': id}"),
        keep("users"),
        tell("names", config={"id": "{{args.webhook_id}}"}),
    )
    assert given_to(outcome) == [("kept", PEOPLE), ("told", ({"id": 1}, {"id": 2}))]
    assert [each.to for each in outcome.deliveries] == ["records", "w1"]


@pytest.mark.parametrize(
    ("expression", "made"),
    [
        ("resources.dir.users[id = 1]", ({"id": 1, "name": "Nia"},)),
        ("null", None),
        ("resources.dir.users[id = 9]", None),
        ("$count(resources.dir.users)", (2,)),
        ("resources.dir.users.name", ("Nia", "Ola")),
    ],
)
def test_a_transform(expression: str, made: Any) -> None:
    outcome = flown(node("t", "transform", "users", expression=expression), tell("t"))
    assert given_to(outcome) == ([] if made is None else [("told", made)])


def test_transforms_follow_one_another() -> None:
    outcome = flown(
        node("a", "transform", "users", expression="resources.dir.users.{'n': id + 1}"),
        node("b", "transform", "a", expression="resources.dir.users.n ~> $append(resources.a.n)"),
        tell("b"),
    )
    assert given_to(outcome) == [("told", (2, 3, 2, 3))]


def test_context_is_added_and_records_stay() -> None:
    outcome = flown(
        node("c", "add_context", "users", expression="{'first': resources.dir.users[0].name}"),
        {**request("more", "x"), "depends_on": "c", "query": {"n": "{{first}}"}},
    )
    [task] = outcome.tasks
    assert task.node == "more"
    assert task.current().over(BASE)["first"] == "Nia"
    with pytest.raises(ManifestError, match=r"c\.config\.expression: .* an object"):
        flown(node("c", "add_context", "users", expression="1"))


def test_run_if_cuts_a_branch_off() -> None:
    cut = {**node("t", "transform", "users", expression="1"), "run_if": "args.nobody"}
    assert flown(cut, tell("t")).deliveries == []
    few = tell("users", run_if="$count(payload.records) > 5")
    assert flown(few).deliveries == []
    assert flown(tell("users", run_if="$exists(args.webhook_id)")).deliveries


def test_what_is_missing_is_told() -> None:
    with pytest.raises(InvalidRequest, match=r"args\.nobody"):
        flown(tell("users", config={"id": "{{args.nobody}}"}))


def test_a_spool_takes_the_batch_and_stops_it() -> None:
    outcome = flown(
        node("all", "spool", "users"), node("t", "transform", "all", expression="1"), tell("t")
    )
    assert [(name, batch.records) for name, batch in outcome.spooled] == [("all", PEOPLE)]
    assert outcome.deliveries == []


def test_state_is_written_on_the_way() -> None:
    outcome = flown(
        node("s", "update_state", "users", key="last", value="{{tenant_id}}"),
        node("n", "update_state", "users", key="no", value_expression="args.nobody"),
        node("d", "delete_state", "s", key="old"),
        node(
            "l",
            "update_state",
            "users",
            key="name",
            value_expression="resources.dir.users[-1].name",
        ),
    )
    assert outcome.states == [
        StateChange("last", "t1"),
        StateChange("old", is_gone=True),
        StateChange("name", "Ola"),
    ]


def test_nothing_follows_an_empty_batch() -> None:
    outcome = flown(node("t", "transform", "users", expression="1"), tell("t"), records=())
    assert outcome == Outcome()


def test_a_moment_has_no_records() -> None:
    event = {"name": "e", "type": "event", "config": {"name": "complete"}}
    more = {**request("more", "x"), "depends_on": "e"}
    write = node("s", "update_state", "e", key="k", value_expression="sync_job_run.status")
    definition = read_definition([event, more, write])
    base = {**BASE, "sync_job_run": {"status": "completed"}}
    outcome = onward(definition, "e", Carried(), base)
    assert [each.node for each in outcome.tasks] == ["more"]
    assert outcome.states == [StateChange("k", "completed")]


@given(st.lists(st.integers(-(2**53), 2**53), max_size=20), st.integers(1, 4), st.integers(0, 3))
def test_every_record_reaches_every_destination_once(
    numbers: list[int], branches: int, depth: int
) -> None:
    """Whatever the shape, a graph of identities hands on exactly what came in."""
    nodes, names = [], []
    for branch in range(branches):
        upper = "users"
        for level in range(depth):
            name = f"t{branch}-{level}"
            same = "[resources.dir.users]"
            nodes.append(node(name, "transform", upper, expression=same))
            upper = name
        names.append(upper)
    nodes.append(tell(*dict.fromkeys(names)))
    records = [{"id": number} for number in numbers]
    outcome = flown(*nodes, records=records)
    wanted = [tuple(records)] * len(dict.fromkeys(names)) if records else []
    assert [each.batch.records for each in outcome.deliveries] == wanted
