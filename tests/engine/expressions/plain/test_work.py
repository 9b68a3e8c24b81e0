"""The budget of an evaluation: whoever overdraws leaves the rest to the engine."""

from collections.abc import Callable
from typing import Any

import pytest

from waypost.engine.expressions.limits import EvaluationLimits
from waypost.engine.expressions.plain.calls import one_pass
from waypost.engine.expressions.plain.values import ABSENT, NotUsual
from waypost.engine.expressions.plain.work import DEEPEST, LONGEST_LIST, LONGEST_TEXT, Work


def work(**limits: int) -> Work:
    return Work(EvaluationLimits(**limits), records=1, steps=1, size=1)


REFUSED: dict[str, Callable[[], object]] = {
    "records": lambda: Work(EvaluationLimits(array_length=9), records=10, steps=1, size=1),
    "steps of records": lambda: Work(EvaluationLimits(steps=9), records=10, steps=1, size=1),
    "bytes of records": lambda: Work(EvaluationLimits(result_size=9), records=10, steps=1, size=1),
    "a long list": lambda: work().loop([0] * (LONGEST_LIST + 1)),
    "steps of a loop": lambda: work(steps=100).loop([0] * 10, 11),
    "bytes of a loop": lambda: work(result_size=100).loop([0] * 10, 1, 11),
    "a long text": lambda: work().text("x" * (LONGEST_TEXT + 1)),
    "no text": lambda: work().text(1),
    "joining long texts": lambda: work().join(["x" * LONGEST_TEXT] * 2),
    "joining by a long text": lambda: work().join(["a"] * 900, "x" * 100),
    "joining no texts": lambda: work().join(["a", 1]),
    "joining lists": lambda: work().join([["a"]]),
    "a text in the result": lambda: work(result_size=50).out("x" * 20),
    "an object in the result": lambda: work(result_size=50).out({"a": "x" * 20}),
    "a long key in the result": lambda: work(result_size=50).out({"x" * 20: 1}),
    "items in the result": lambda: work(result_size=50).listed(["x" * 20]),
    "an item in the result": lambda: work(result_size=50).listed("x" * 20),
    "steps of items in the result": lambda: work(steps=100).listed(["x"] * 60),
    "an integer too large": lambda: work().out(2**60),
    "one inside": lambda: work().out([{"a": -(2**60)}]),
    "a number that would be written in another way": lambda: work().out([5.0]),
    "what is not JSON": lambda: work().out(object()),
    "a tuple": lambda: work().out(("a",)),
    "fields of a list of lists": lambda: work().field([[{"a": 1}]], "a"),
    "a field of what is not JSON": lambda: work().field(object(), "a"),
    "looking up by a number": lambda: work().member({}, 1),
    "looking up in a list": lambda: work().member([{}], "a"),
    "truth of lists in lists": lambda: work().truth([[0]]),
    "a list among values": lambda: work().is_among([1], [[1]]),
    "a number in a filter": lambda: work().sift(1, []),
    "looking for a number": lambda: work().contains(ABSENT, 1),
}


@pytest.mark.parametrize("act", REFUSED.values(), ids=REFUSED)
def test_left_to_the_engine(act: Callable[[], object]) -> None:
    with pytest.raises(NotUsual):
        act()


def test_depth_of_what_passes_through() -> None:
    value: Any = []
    for _ in range(DEEPEST - 1):
        value = [value]
    assert work().out(value) is value
    with pytest.raises(NotUsual):
        work().out([value])


def test_a_part_is_measured_once() -> None:
    shared = {"permissions": ["a"] * 500}
    paid = work(steps=2_000)
    assert all(paid.out(shared) is shared for _ in range(100))


def test_texts_are_measured_as_anything_else(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = ["x" * length for length in range(50)]
    at_once = work()._measured(texts, 1)
    monkeypatch.setattr("waypost.engine.expressions.plain.work._ALL_TEXTS", None)
    assert work()._measured(texts, 1) == at_once


def test_items_of_the_result() -> None:
    values: list[tuple[Any, list[Any]]] = [(ABSENT, []), (None, [None]), ("x", ["x"]), ([1], [1])]
    for value, items in values:
        assert work().listed(value) == items


def test_what_counts_as_true_is_kept() -> None:
    values: list[Any] = ["", "a", 0, 7, None, ABSENT, [], [0], [0, "a"], {}, {"a": 1}]
    kept = [value for value in values if work().if_true(value) is not ABSENT]
    assert kept == ["a", 7, [0, "a"], {"a": 1}]


def test_fields_of_what_is_no_object() -> None:
    assert work().getter([{"a": 1}, {"a": 2}])("a", ABSENT) == [1, 2]
    assert work().getter("text")("a", ABSENT) is ABSENT


def test_doubling_is_paid_for_as_it_is_written() -> None:
    value: Any = "x" * 100
    for _ in range(30):
        value = [value, value]
    with pytest.raises(NotUsual):
        work().out(value)


def test_what_passes_through() -> None:
    assert work().out(5.0) == 5
    assert type(work().out(5.0)) is int
    assert work().out(1.5) == 1.5
    values: list[Any] = [None, True, ABSENT, 7, "x", [], {}]
    for value in values:
        assert work().out(value) is value


def test_long_texts_cost_steps() -> None:
    assert work(steps=101).text("x" * 6_400)
    with pytest.raises(NotUsual):
        work(steps=100).text("x" * 6_400)


def test_lists_and_texts() -> None:
    kept: list[Any] = []
    values: list[Any] = ["", "a", None, ABSENT, ["b", None], {}]
    for value in values:
        work().sift(value, kept)
    assert kept == ["a", "b"]
    assert work().field([{"a": 1}, 2, {"a": [3]}, {}], "a") == [1, 3]
    assert work().field([{"a": []}], "a") == []
    assert work().replace("a.b", one_pass("[.]"), "_") == "a_b"
    assert work().joint(ABSENT) == ""
    assert work().is_among(1, [True, 1])
    assert not work().is_among(1, [True])
