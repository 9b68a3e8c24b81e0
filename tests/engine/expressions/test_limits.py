"""Hostile expressions end, soon and with an error."""

import time

import pytest

from waypost.base.errors import ManifestError
from waypost.engine.expressions import EvaluationLimits, compile_expression

ENDLESS = {
    "recursion": "($f := function($x) { $f($x + 1) + 1 }; $f(1))",
    "tail recursion": "($f := function($x) { $f($x + 1) }; $f(1))",
    "mutual recursion": "($f := function() { $g() }; $g := function() { $f() }; $f())",
    "y combinator": "($f := function($g) { $g($g) }; $f($f))",
    "doubling text": "($f := function($s, $n) { $n = 0 ? $s : $f($s & $s, $n - 1) }; $f('aaaa', 60))",
    "padding": "$pad('x', 2000000000)",
    "joining": "$join([1..20000].('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'))",
    "replacing": "$replace($pad('', 900000, 'a'), 'a', 'aaaa')",
    "range": "[1..9999999]",
    "range of ranges": "[1..9999999].[1..9999999]",
    "nested maps": "$map([1..20000], function($i) { $map([1..20000], function($j) { $j }) })",
    "cross product": "($a := [1..3000]; $a.($x := $; $a.($x * $)))",
    "index join": "([1..2000]#$a.[1..2000]#$b.[1..2000]#$c)",
    "doubling array": "$reduce([1..100000], function($a, $b) { $append($a, $a) }, [1])",
    "doubling object": "($f := function($o, $n) { $n = 0 ? $o : $f({'a': $o, 'b': $o}, $n - 1) }; $f({}, 40))",
    "keeping arrays": "$map([1..20000], function($i) { [1..20000] })",
    "keeping texts": "($s := $pad('x', 999999); $map([1..20000], function($i) { $substring($s, 1) }))",
    "growing objects": "[1..20000].{$string($): [1..1000]}",
    "sorting texts": "($s := $pad('x', 999999); $sort([1..5000].($s & '')))",
    "backtracking": "$match($pad('', 40, 'a') & '!', /^(a+)+$/)",
    "backtracking replace": "$replace($pad('', 900000, 'a'), /(a|aa|a?)*b/, 'x')",
    "backtracking contains": "$contains($pad('', 900000, 'a'), /(a*)*c/)",
    "replacing by function": "$replace($pad('', 900000, 'a'), /a/, function($m) { 'b' })",
    "all descendants": "($f := function($o, $n) { $n = 0 ? $o : $f({'a': $o, 'b': $o}, $n - 1) }; $count($f({}, 40).**))",
    "merging": "$reduce([1..20000], function($a, $b) { $merge([$a, {$string($b): 1}]) }, {})",
    "date picture": "$fromMillis(1, $pad('[Y]', 900000, '[Y]'))",
    "power": "$power(10, 4000)",
    "ours, often": "$map([1..20000], function($i) { $orderBy([1..20000], 'x') })",
    "ours, with a function": "$find([1..20000], function($i) { $find([1..20000], function($j) { false }) })",
}  # fmt: skip


@pytest.mark.parametrize("text", ENDLESS.values(), ids=ENDLESS)
def test_hostile_expressions_end(text: str) -> None:
    expression = compile_expression(text)
    started = time.process_time()
    with pytest.raises(ManifestError, match="The expression failed"):
        expression.evaluate({})
    # Half a second is granted; the rest is a slow, shared machine and building a refused result.
    assert time.process_time() - started < 5


HARMLESS = {
    "records": "$map([1..1000], function($i) { {'id': $string($i), 'name': 'x' & $i, 'on': $i % 2 = 0} })",
    "distinct": "$count($distinct([1..2000]))",
    "sorted": "$count($sort([1..5000], function($l, $r) { $l < $r }))",
}  # fmt: skip


@pytest.mark.parametrize("text", HARMLESS.values(), ids=HARMLESS)
def test_large_honest_ones_pass(text: str) -> None:
    assert compile_expression(text).evaluate({}) is not None


def test_large_input_passes_through() -> None:
    users = [{"id": str(n), "name": "x" * 100} for n in range(5_000)]
    mapped = compile_expression("response.{'id': id, 'n': name}").evaluate({"response": users})
    assert len(mapped) == 5_000


@pytest.mark.parametrize(
    "limits",
    [
        EvaluationLimits(steps=10),
        EvaluationLimits(array_length=5),
        EvaluationLimits(result_size=20),
        EvaluationLimits(string_length=2),
    ],
    ids=["steps", "array", "result", "text"],
)
def test_limits_can_be_narrowed(limits: EvaluationLimits) -> None:
    expression = compile_expression("[1..10].($string($) & 'xyz')")
    assert len(expression.evaluate({})) == 10
    with pytest.raises(ManifestError):
        expression.evaluate({}, limits=limits)
