"""Functions over lists and objects."""

from typing import Any

import pytest

from waypost.engine.expressions import compile_expression

SCOPE: dict[str, Any] = {
    "a": [{"k": "x", "n": 2, "o": {"p": 1}}, {"k": "y", "n": 1}, {"k": "x", "n": None}],
    "o": {"p": 1, "q": [2]},
    "roles": {"Admin": "admin", "1": "one", "off": False},
}

CASES = [
    ("$firstNonEmpty(nope, null, '', 'x')", ""),
    ("$firstNonEmpty(nope, null)", None),
    ("$compact([0, 1, '', null, false, {}, []])", [1, {}, []]),
    ("$compact(o.p)", [1]),
    ("$removeEmpty([])", None),
    ("$removeEmpty([''])", [""]),
    ("$removeEmptyItems([{}, [], '', null, {'a': 1}, 1])", [{"a": 1}, 1]),
    ("$removeEmptyItems('x')", "x"),
    ("$pick(o, ['p', 'z'])", {"p": 1}),
    ("$pick(o, 'p')", {"p": 1}),
    ("$pick(nope, 'p')", {}),
    ("$omit(o, ['p'])", {"q": [2]}),
    ("$omit(nope, 'p')", {}),
    ("$values(o)", [1, [2]]),
    ("$keyBy(a, 'k').y.n", 1),
    ("$keys($keyBy(a, 'k'))", ["x", "y"]),
    ("$keyBy(a[0], 'o.p')", {"1": {"k": "x", "n": 2, "o": {"p": 1}}}),
    ("$keys($keyBy(a, function($i) { $i.k & '!' }))", ["x!", "y!"]),
    ("$count($groupBy(a, 'k').x)", 2),
    ("$groupBy([{'k': true}, {}], 'k')", {"true": [{"k": True}], "null": [{}]}),
    ("$groupBy(nope, 'k')", {}),
    ("$orderBy(a, 'n').n", [1, 2, None]),
    ("$orderBy(a, 'n', 'desc').n", [2, 1, None]),
    ("$orderBy(a, ['k', 'n'], ['desc', 'asc']).(k & $string(n))", ["y1", "x2", "xnull"]),
    ("$orderBy([{'v': 'b'}, {'v': 3}, {'v': 'a'}], 'v').v", [3, "a", "b"]),
    ("$find(a, {'k': 'x', 'n': null}).k", "x"),
    ("$find(a, ['k', 'y']).n", 1),
    ("$find(a, 'o').n", 2),
    ("$find(a, function($i) { $i.n = 1 }).k", "y"),
    ("$find(a, ['k', 'z'])", None),
    ("$count($lofilter(a, {'k': 'x'}))", 2),
    ("$chunk([1, 2, 3], 2)", [[1, 2], [3]]),
    ("$chunk([], 2)", []),
    ("$flatten([1, [2, [3]]])", [1, 2, [3]]),
    ("$flattenDeep([1, [2, [3, [4]]]])", [1, 2, 3, 4]),
    ("$flattenDepth([1, [2, [3, [4]]]], 2)", [1, 2, 3, [4]]),
    ("$difference([1, 2, 'a', true], [2, 'a'])", [1, True]),
    ("$difference([1], nope)", [1]),
    ("$mapValues('ADMIN', roles)", "admin"),
    ("$mapValues('other', roles)", "other"),
    ("$mapValues(1, roles)", "one"),
    ("$mapValues('off', roles)", False),
    ("$mapValues(['Admin', {'r': 'admin'}], roles)", ["admin", {"r": "admin"}]),
    ("$mapValues(nope, roles, false, 'none')", "none"),
    ("$mapValues('x', nope)", "x"),
]


@pytest.mark.parametrize(("text", "value"), CASES, ids=[text for text, _ in CASES])
def test_gives(text: str, value: Any) -> None:
    found = compile_expression(text).evaluate(SCOPE)
    assert found == value
    assert type(found) is type(value)
