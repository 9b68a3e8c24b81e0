"""Expressions: what they see, what they refuse, and that nothing of the data gets out in an error."""

import traceback
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from waypost.base.errors import ManifestError
from waypost.engine.expressions import EvaluationLimits, compile_expression

SCOPE: dict[str, Any] = {
    "response": {"id": "u1", "name": "Ada", "none": None, "tags": ["a", "b"], "one": [{"x": 1}]},
    "query": {"limit": "5"},
}

EVALUATED = [
    ("response.id", "u1"),
    ("response.name & '-' & query.limit", "Ada-5"),
    ("response.nope", None),
    ("response.none", None),
    ('{"a": response.nope, "b": response.none}', {"b": None}),
    ("response.tags", ["a", "b"]),
    ("response.tags[]", ["a", "b"]),
    ("response.one.x", 1),
    ("[response.one.x]", [1]),
    ("response.nope[]", None),
    ("[response.nope]", []),
    ("$keys($$)", ["response", "query"]),
    ("$lookup({'Ada': 'first'}, response.name)", "first"),
    ("1 = 1", True),
    ("1.5 + 0.5", 2),
]


@pytest.mark.parametrize(("text", "value"), EVALUATED)
def test_evaluates(text: str, value: Any) -> None:
    assert compile_expression(text).evaluate(SCOPE) == value


def test_the_scope_is_not_changed() -> None:
    scope = {"a": {"b": [1]}}
    compile_expression('a ~> |$|{"b": 2, "c": 3}|').evaluate(scope)
    assert scope == {"a": {"b": [1]}}


@pytest.mark.parametrize(
    "text", ["response.id", "response.none", "$$.response.id", "response.l", "(1; response.id)"]
)
def test_each_item_gives_what_it_gives_alone(text: str) -> None:
    records: list[Any] = [{"id": "a"}, {"id": None}, {}, {"id": ["x"], "l": [1]}, {"l": []}]
    expression = compile_expression(text)
    for count in (0, 1, len(records)):
        some = records[:count]
        alone = [expression.evaluate({"a": 1, "response": record}) for record in some]
        assert expression.evaluate_over({"a": 1}, "response", some) == alone
        assert expression.evaluate_over_by_engine({"a": 1}, "response", some) == alone


def test_unusual_data_are_the_engines() -> None:
    expression = compile_expression("response.id & ''")
    assert expression.is_plain
    assert expression.evaluate_over({}, "response", [{"id": 1}, {"id": 1.5}]) == ["1", "1.5"]
    assert not compile_expression("$sum(a)").is_plain


REFUSED = [
    ("a +", "line 1, column 3"),
    ("{\n  'a': b,\n  'c': )\n}", "line 3"),
    ("$nope(a)", r"\$nope, which is neither"),
    ("$lowrcase(a)", r"did you mean \$lowercase\?"),
    ("$compct(a)", r"did you mean \$compact\?"),
    ("a.b[c = $limit]", r"\$limit"),
    ("$eval(a)", r"\$eval"),
    ("($e := $eval; $e(a))", r"\$eval"),
    ("$match(a, /(/)", "regular expression"),
    ("(" * 2_000 + "a" + ")" * 2_000, "too deeply"),
]


@pytest.mark.parametrize(("text", "reason"), REFUSED, ids=[text[:30] for text, _ in REFUSED])
def test_refuses_at_compile_time(text: str, reason: str) -> None:
    with pytest.raises(ManifestError, match=reason) as caught:
        compile_expression(text, where="users.yaml:3:7")
    assert caught.value.where == "users.yaml:3:7"
    assert str(caught.value).startswith("users.yaml:3:7: ")


def test_names_bound_in_the_expression_are_known() -> None:
    text = "($double := function($x) { $x * 2 }; $map(a, function($v, $i) { $double($v) + $i }))"
    assert compile_expression(text).evaluate({"a": [1, 2]}) == [2, 5]


LEAKS = [
    "$number(secret)",
    "secret + 1",
    "secret < 1",
    "$error('bad ' & secret)",
    "$error(secret)",
    "$assert(false, secret)",
    "{secret: 1, secret & '': 2}",
    "$uppercase({'x': secret})",
    "$toMillis(secret, '[Y')",
    "$formatNumber(1, secret)",
    "$parseInteger(secret, '[')",
    "$decodeUrl('%' & secret)",
    "$single([secret, secret])",
    "$sort([secret, 1])",
    "$digest(secret, secret)",
    "$chunk([1], secret)",
    "$sum([secret])",
    "$replace(secret, 's', 1)",
    "$formatBase(1, $length(secret) * 100)",
]


@pytest.mark.parametrize("text", LEAKS)
def test_no_error_repeats_the_data(text: str) -> None:
    scope = {"secret": "s3cr3t-v4lue"}
    expression = compile_expression(text, where="f.yaml:1:1")
    with pytest.raises(ManifestError) as caught:
        expression.evaluate(scope)
    shown = "".join(traceback.format_exception(caught.value))
    assert "s3cr3t" not in shown + repr(caught.value) + repr(caught.value.details)
    assert caught.value.where == "f.yaml:1:1"


def test_the_authors_own_literal_message_is_shown() -> None:
    with pytest.raises(ManifestError, match="no such role"):
        compile_expression('$error("no such role")').evaluate({})


def test_what_is_not_json_is_refused() -> None:
    with pytest.raises(ManifestError, match="not JSON"):
        compile_expression("a").evaluate({"a": object()})


def test_the_same_text_is_compiled_once() -> None:
    assert compile_expression("a.b.c") is compile_expression("a.b.c")


def test_threads_do_not_disturb_one_another() -> None:
    expression = compile_expression("$sum($map([1..500], function($i) { $i * n }))")
    with ThreadPoolExecutor(4) as pool:
        sums = pool.map(lambda n: expression.evaluate({"n": n}), range(40))
        assert list(sums) == [125_250 * n for n in range(40)]


def test_long_texts_of_the_input_may_pass_through() -> None:
    attachment = "x" * 6_000_000
    text = '{"attachments": files.{"content": data}}'
    passed = compile_expression(text).evaluate({"files": [{"data": attachment}]})
    assert passed == {"attachments": {"content": attachment}}
    small = EvaluationLimits(result_size=1_000)
    with pytest.raises(ManifestError, match="too large"):
        compile_expression("a").evaluate({"a": list(range(1_000))}, limits=small)


def test_repr_is_short() -> None:
    assert repr(compile_expression("a", where="f.yaml:1:1")) == "CompiledExpression('f.yaml:1:1')"
