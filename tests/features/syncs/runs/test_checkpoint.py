"""A checkpoint is JSON, and takes up where it was."""

import json

import pytest

from waypost.base.errors import Unprocessable
from waypost.features.syncs.runs.checkpoint import MOST_BYTES, MOST_ERRORS, Checkpoint, Pass
from waypost.features.syncs.runs.tasks import Carried, Task

A, B, C = (Task("node", name) for name in "abc")


def test_what_is_done_next() -> None:
    checkpoint = Checkpoint((C, A), tries=3).done([B, A])
    assert [each.node for each in checkpoint.todo] == ["c", "a", "b"]
    assert checkpoint.tries == 0
    assert [each.node for each in checkpoint.done([]).todo] == ["c", "a"]


def test_the_pass_of_a_list() -> None:
    checkpoint = Checkpoint().read_page("a", 10.0).read_page("a", 20.0)
    assert checkpoint.passes == {"a": Pass(10.0, 2)}
    assert checkpoint.broken("a", 30.0).read_page("a", 40.0).passes == {"a": Pass(10.0, 3, True)}
    assert checkpoint.broken("b", 30.0).passes["b"] == Pass(30.0, 0, True)


def test_it_is_json() -> None:
    checkpoint = Checkpoint((A, B), tries=2, failure={"code": "x"}).broken("a", 1.5)
    checkpoint = checkpoint.with_error({"code": "y"})
    assert Checkpoint.from_json(json.loads(json.dumps(checkpoint.to_json()))) == checkpoint
    assert Checkpoint.from_json({}) == Checkpoint()


def test_it_has_bounds() -> None:
    much = Task("node", "a", Carried().place(("resources", "a"), "x" * MOST_BYTES))
    with pytest.raises(Unprocessable, match="loop on fewer"):
        Checkpoint((much,)).to_json()
    many = Checkpoint()
    for number in range(MOST_ERRORS + 5):
        many = many.with_error({"number": number})
    assert len(many.errors) == MOST_ERRORS
