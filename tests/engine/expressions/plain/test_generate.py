"""Generated code: what it costs is known before it runs, and what is the same is computed once."""

from typing import Any

import pytest

from waypost.engine.expressions.limits import EvaluationLimits
from waypost.engine.expressions.plain.generate import SHORT, generate
from waypost.engine.expressions.plain.parse import parse
from waypost.engine.expressions.plain.tree import NotPlain
from waypost.engine.expressions.plain.work import Work


def run(text: str, varied: str | None = None, **scope: Any) -> Any:
    plan = generate(parse(text), varied)
    items = scope.pop("items", [None])
    work = Work(EvaluationLimits(), records=len(items), steps=plan.steps, size=plan.size)
    return plan.run(scope, items, work)


def test_one_name_may_vary() -> None:
    assert run("a & b", "a", items=["x", "y"], a="never", b="-") == ["x-", "y-"]
    assert run("a & b", a="x", b="-") == ["x-"]
    assert run("nothing", "a", items=[1]) == [None]


def test_bytes_of_a_result_are_counted_before_it_is_made() -> None:
    small, large = (generate(parse(text), None) for text in ('{"a": b}', '{"a": b, "c": d}'))
    assert small.size > 6 * SHORT
    assert large.size > small.size + 6 * SHORT
    assert large.steps > small.steps


def test_functions_are_put_in_place_at_every_call() -> None:
    once = generate(parse("($f := function($x) { $lowercase($x) }; $f(a))"), None)
    twice = generate(parse("($f := function($x) { $lowercase($x) }; $f(a) & $f(b))"), None)
    assert twice.steps > once.steps


@pytest.mark.parametrize(
    "doubling", ["$f($x) & $f($x & 'a')", "$f($x) = $f($x)", "[$f($x), $f($x)]"]
)
def test_what_grows_without_end_is_left_to_the_engine(doubling: str) -> None:
    doubled = "; ".join(
        f"$f{n} := function($x) {{ {doubling.replace('$f', f'$f{n - 1}')} }}" for n in range(1, 30)
    )
    with pytest.raises(NotPlain):
        generate(parse(f"($f0 := function($x) {{ $x }}; {doubled}; $f29(a))"), None)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "$",
            "$.a",
            "$x",
            "a.$f(b)",
            "a.[b]",
            "a[true]",
            'a["x"]',
            "$lowercase()",
            "$count(a, b)",
        ),
        *(
            "1.a",
            "a.1",
            "$sum(a)",
            "function($x) { $x }",
            "($f := function() { 1 })",
            "a.{'b': c}.b",
        ),
        *("$replace(a, 'b', 'c')", "$replace(a, /b/, c)", "[[a]][$]", "$type()='string'"),
    ],
)
def test_left_to_the_engine(text: str) -> None:
    with pytest.raises(NotPlain):
        generate(parse(text), None)
