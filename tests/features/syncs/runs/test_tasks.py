"""The stack of a run: what comes first, what is left, and what never ends."""

import json
from typing import Any

import pytest
from tests.support.syncs import keep, request

from waypost.base.errors import ProviderGarbled
from waypost.features.syncs.definitions.graph import read_definition
from waypost.features.syncs.definitions.nodes import Request
from waypost.features.syncs.runs.tasks import (
    MOST_PAGES,
    Carried,
    Task,
    after_page,
    error_tasks,
    first_tasks,
    looped,
)


def event(name: str, moment: str) -> dict[str, Any]:
    return {"name": name, "type": "event", "config": {"name": moment}}


def named(tasks: list[Task]) -> list[tuple[str, str]]:
    """Return tasks in the order in which they are done."""
    return [(each.act, each.node) for each in tasks[::-1]]


def test_the_order_of_a_run() -> None:
    definition = read_definition(
        [
            event("end", "complete"),
            request("users", "a", delete_tracking="soft"),
            {"name": "all", "type": "spool", "depends_on": "users"},
            request("roles", "b"),
            event("begin", "start"),
            event("oops", "error"),
            keep("all"),
        ]
    )
    assert named(first_tasks(definition)) == [
        ("node", "begin"),
        ("node", "users"),
        ("flush", "all"),
        ("settle", "users"),
        ("node", "roles"),
        ("node", "end"),
    ]
    assert named(error_tasks(definition)) == [("node", "oops")]


def test_pages_then_elements_then_nothing() -> None:
    task = Task("node", "n", loop=("args", "ids"), left=(1, 2))
    [more] = after_page(task, "d1", {"page": 2})
    assert (more.page, more.pages, more.left) == ({"page": 2}, 1, (1, 2))
    [following] = after_page(more, "d2", None)
    assert (following.page, following.pages, following.left) == (None, 0, (2,))
    assert after_page(following, "d1", None) == []


@pytest.mark.parametrize("circle", [1, 2, 7])
def test_a_list_that_repeats_itself_is_noticed(circle: int) -> None:
    task = Task("node", "n")
    for page in range(circle):
        [task] = after_page(task, f"digest {page}", {"page": page + 1})
    with pytest.raises(ProviderGarbled, match="repeats itself"):
        after_page(task, "digest 0", {"page": circle + 1})


def test_a_list_without_end_is_noticed() -> None:
    task = Task("node", "n", pages=MOST_PAGES - 1)
    with pytest.raises(ProviderGarbled, match="more than 10000 pages"):
        after_page(task, "new", {"page": 1})
    assert after_page(task, "new", None) == []


def test_empty_pages_are_alike_and_no_circle() -> None:
    task = Task("node", "n", seen=("a",))
    [task] = after_page(task, None, {"page": 2})
    assert after_page(task, None, {"page": 3})[0].pages == 2


def loop(on: str | None) -> Request:
    node = request("child", "b", depends_on="users", **({"loop_on": on} if on else {}))
    found = read_definition([request("users", "a/b", method="list"), node]).by_name["child"]
    assert isinstance(found, Request)
    return found


def test_a_loop_carries_its_elements_once() -> None:
    people = [{"id": 1}, {"id": 2}]
    carried = Carried().place(("resources", "a", "b"), people).place(("resources", "t"), people)
    [task] = looped(loop("resources.a.b"), carried, {})
    assert task.left == tuple(people)
    assert json.dumps(task.to_json()).count('"id": 1') == 1
    assert task.current().over({})["resources"]["a"]["b"] == {"id": 1}
    assert looped(loop("{{resources.a.c}}"), carried, {}) == []
    assert looped(loop("args.who"), Carried(), {"args": {"who": "x"}})[0].left == ("x",)
    assert looped(loop(None), carried, {})[0].left == ()


def test_what_is_carried_changes_nothing_above() -> None:
    base = {"args": {"a": 1}, "resources": {"kept": 1}}
    carried = Carried().place(("args", "b"), 2).add({"args2": 3})
    assert carried.over(base)["args"] == {"a": 1, "b": 2}
    assert base == {"args": {"a": 1}, "resources": {"kept": 1}}
    assert carried.place(("args",), {"c": 4}).over(base)["args"] == {"c": 4}


def test_a_task_is_json() -> None:
    carried = Carried().place(("resources", "a"), [1]).add({"b": {"c": None}})
    task = Task("node", "n", carried, ("resources", "a"), (1, {"x": 2}), {"p": 1}, 3, ("d",))
    assert Task.from_json(json.loads(json.dumps(task.to_json()))) == task
