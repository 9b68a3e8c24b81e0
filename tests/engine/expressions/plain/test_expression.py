"""Plain code gives what the engine gives, at random and where they could differ."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import assume, given, seed, settings
from hypothesis import strategies as st
from tests.support import plain_expressions

from waypost.engine.expressions import EvaluationLimits, compile_expression
from waypost.engine.expressions.plain import NotUsual, compile_plain

LIMITS = EvaluationLimits()


def compare(text: str, scope: dict[str, Any]) -> bool | None:
    """Assert that both agree; return whether plain code did it alone, None when it is not plain.

    What the engine refuses, plain code must leave to it.
    """
    plain = compile_plain(text)
    if plain is None:
        return None
    try:
        found = plain.evaluate(scope, LIMITS)
    except NotUsual:
        return False
    # By their spelling: 1, 1.0 and true are not the same, nor are two orders of members.
    assert repr(found) == repr(compile_expression(text).evaluate_by_engine(scope)), text
    return True


@settings(max_examples=400)
@given(text=plain_expressions.texts, scope=plain_expressions.scopes)
def test_random_expressions_on_random_data(text: str, scope: dict[str, Any]) -> None:
    compare(text, scope)


@settings(max_examples=100)
@given(
    text=plain_expressions.texts,
    items=st.lists(plain_expressions.values, max_size=4),
    shared=plain_expressions.scopes,
)
def test_random_expressions_over_random_pages(
    text: str, items: list[Any], shared: dict[str, Any]
) -> None:
    plain, expression = compile_plain(text), compile_expression(text)
    assume(plain is not None)
    assert plain is not None
    try:
        found = plain.evaluate_over(shared, "r", items, LIMITS)
    except NotUsual:
        return
    assert repr(found) == repr(expression.evaluate_over_by_engine(shared, "r", items))


def test_the_comparison_compares_something() -> None:
    outcomes: Counter[bool | None] = Counter()

    @seed(1)
    @settings(max_examples=300, database=None)
    @given(text=plain_expressions.texts, scope=plain_expressions.scopes)
    def count(text: str, scope: dict[str, Any]) -> None:
        outcomes[compare(text, scope)] += 1

    count()
    assert outcomes[True] > 0.3 * outcomes.total()
    assert outcomes[None] < 0.3 * outcomes.total()


AGREED = [
    ('r.a ? r.b : "x"', {"r": {"a": 1, "b": None}}, True),
    (
        "[[r.a ? r.a], [r.b ? r.b], [r.c ? r.c], [r.d ? r.d]]",
        {"r": {"a": "", "b": [0], "c": ["x"]}},
        True,
    ),
    ("[[r ? r], [r.a ? r.a], [r.b ? r.b]]", {"r": {"a": 0, "b": "x" * 100}}, True),
    ("r[$ != 1] ? r[$ != true]", {"r": [1, True, "x"]}, True),
    ("r.a.b.c", {"r": {"a": [{"b": {"c": 1}}, {"b": [{"c": [2]}]}]}}, True),
    ("r[a = 1].b", {"r": [{"a": 1, "b": 2}, {"a": 1, "b": [3]}]}, True),
    ('r.{"x": a, "y": $.b}', {"r": [{"a": 1}, {"b": 2}]}, True),
    ('($f := function($x, $y) { [$x, $y] }; {"x": $f(1), "y": $f(1, 2, 3)})', {}, True),
    ("[[1, 2][$ > 1]]", {}, True),
    ("$count(r) > 1 and r[0] <= 1", {"r": [1, 2]}, True),
    ('$replace(r, /[^a-z]+/, "\\\\1")', {"r": "a  b"}, True),
    ("r & 1.5", {}, None),
    ("r.a + 1", {"r": {"a": 1}}, None),
    ("r & ''", {"r": 1.5}, False),
    ("r.a", {"r": {"a": 2**60}}, False),
    ("r.a", {"r": {"a": 5.0}}, True),
    ("r[a]", {"r": [{"a": 1}, {"a": 0}]}, False),
    ("$lowercase(r)", {"r": "ΑΣ"}, False),
    ("r.id", {"r": ({"id": 1},)}, False),
]


@pytest.mark.parametrize(("text", "scope", "alone"), AGREED, ids=[text for text, *_ in AGREED])
def test_agreed(text: str, scope: dict[str, Any], *, alone: bool | None) -> None:
    assert compare(text, scope) is alone


REFUSED = [
    ("$lowercase(r)", {"r": 1}),
    ("$lookup(r, 1)", {"r": {}}),
    ("r < 1", {"r": "a"}),
    ("r < 1", {"r": None}),
    ("$join(r)", {"r": [1]}),
    ("$contains(s, r)", {"r": 1}),
    ('{"a": r, "b": r}', {"r": "x" * 2_000_001}),
    ("[r, r, r]", {"r": [list(range(1_000))] * 400}),
]


@pytest.mark.parametrize(("text", "scope"), REFUSED)
def test_errors_are_the_engines(text: str, scope: dict[str, Any]) -> None:
    assert compile_plain(text) is not None
    assert compare(text, scope) is False


def test_names_are_seen_where_they_were_bound() -> None:
    for text in (
        "($x := 1; $f := function() { $x }; $x := 2; $f())",
        "($x := 1; ($f := function() { $x }; $x := 2; $f()))",
        "($f := function($n) { $n ? $f(false) : 1 }; $f(true))",
        "($trim := function($x) { 1 }; $trim(' a '))",
        "($f := function($trim) { $trim }; $f(1))",
        "($f := function($g) { $g(1) }; $f(function($x) { $x }))",
        "($f := function() { a }; $f())[$f]",
    ):
        assert compare(text, {"a": 1}) is not True or compile_plain(text) is None, text
