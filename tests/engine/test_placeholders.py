"""Placeholders: the grammar, the casts, and that a value is never a template."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waypost.base.errors import InvalidRequest
from waypost.base.secret import Secret
from waypost.engine.placeholders import MISSING, can_fill, fill, look_up, names

SCOPE: dict[str, Any] = {
    "id": "u1",
    "empty": "",
    "none": None,
    "count": "12",
    "ratio": "1.5",
    "on": "true",
    "json": '{"a":[1]}',
    "query": {"domain-id": "d1", "list": ["x", {"y": "z"}], "n": 3, "f": 2.0, "b": True},
}

FILLED = [
    ("plain", "plain"),
    ("", ""),
    ("{id} {{id", "{id} {{id"),
    ("{{id}}", "u1"),
    ("{{ id }}", "u1"),
    ("/users/{{id}}/x", "/users/u1/x"),
    ("{{query.domain-id}}", "d1"),
    ("{{query.list.1.y}}", "z"),
    ("{{query.n}}", "3"),
    ("{{query.n:int}}", 3),
    ("{{query.n:any}}", 3),
    ("{{query.f}}", "2"),
    ("{{query.b}}", "true"),
    ("{{query.b:any}}", True),
    ("{{query.list:any}}", ["x", {"y": "z"}]),
    ("{{query.list}}", '["x",{"y":"z"}]'),
    ("{{count:int}}", 12),
    ("{{ratio:int}}", 1),
    ("{{ratio:num}}", 1.5),
    ("{{count:num}}", 12),
    ("{{on:bool}}", True),
    ("{{id:int}}", "u1"),
    ("{{id:num}}", "u1"),
    ("{{id:bool}}", "u1"),
    ("{{id:json}}", "u1"),
    ("{{json:json}}", {"a": [1]}),
    ("n={{count:int}}", "n=12"),
    ("{{none}}", None),
    ("{{none:null}} x", "null x"),
    ("{{nope|id}}", "u1"),
    ("{{nope:int|count:int}}", 12),
    ("{{empty|id}}", ""),
    ("{{empty:ignore-empty-str|id}}", "u1"),
    ("{{nope:null}}", None),
    ("{{nope:int:null}}", None),
    ("{{nope:undefined}}", None),
    ("a{{nope:undefined}}b", "ab"),
    ("{{nope?:fallback}}", "fallback"),
    ("{{nope?:20:int}}", 20),
    ("{{nope|nada:int?:1.5:num}}", 1.5),
    ("{{id?:fallback}}", "u1"),
    ("{{nope?:true:bool}}", True),
    ({"a": "{{id}}", "b": ["{{count:int}}", 1, None]}, {"a": "u1", "b": [12, 1, None]}),
    ({"a": "{{nope:undefined}}", "b": "x"}, {"b": "x"}),
]


@pytest.mark.parametrize(("template", "filled"), FILLED, ids=[str(case[0]) for case in FILLED])
def test_fills(template: Any, filled: Any) -> None:
    value = fill(template, SCOPE)
    assert value == filled
    assert type(value) is type(filled)


def test_strict_names_everything_that_is_missing() -> None:
    with pytest.raises(InvalidRequest) as caught:
        fill("/{{a.b}}/{{id}}/{{c|d}}/{{a.b}}", SCOPE)
    assert caught.value.message == "Missing: a.b, c."
    assert caught.value.details == {"missing": ["a.b", "c"]}


def test_lenient_leaves_the_placeholder() -> None:
    assert fill("/{{a.b}}/{{id}}", SCOPE, strict=False) == "/{{a.b}}/u1"
    assert fill("{{a.b}}", SCOPE, strict=False) == "{{a.b}}"


def test_null_inside_a_text_is_missing() -> None:
    with pytest.raises(InvalidRequest):
        fill("x{{none}}", SCOPE)


def test_with_encode_an_empty_text_is_missing() -> None:
    assert fill("{{empty}}", SCOPE) == ""
    with pytest.raises(InvalidRequest, match="empty"):
        fill("/x/{{empty}}", SCOPE, encode=str.upper)
    assert fill("/x/{{id}}", SCOPE, encode=str.upper) == "/x/U1"


@given(st.text(max_size=20))
def test_a_value_is_never_a_template(text: str) -> None:
    value = "{{id}}" + text + "{{query.n:int}}"
    assert fill("{{x}}", {**SCOPE, "x": value}) == value
    assert fill("a{{x}}b{{id}}", {**SCOPE, "x": value}) == f"a{value}bu1"


def test_two_values_cannot_join_into_a_template() -> None:
    assert fill("{{a}}{{b}}", {"a": "{{i", "b": "d}}", "id": "no"}) == "{{id}}"


def test_a_secret_is_revealed_only_when_asked() -> None:
    scope = {"credentials": {"key": Secret("s3cret")}}
    assert fill("Key {{credentials.key}}", scope) == "Key [secret]"
    assert fill("{{credentials.key}}", scope) == "[secret]"
    assert fill("Key {{credentials.key}}", scope, reveal=True) == "Key s3cret"
    assert fill("{{credentials.key}}", scope, reveal=True) == "s3cret"


def test_missing_secrets_do_not_show_in_the_error() -> None:
    with pytest.raises(InvalidRequest) as caught:
        fill("{{credentials.key}}{{nope}}", {"credentials": {"key": Secret("s3cret")}}, reveal=True)
    assert "s3cret" not in repr(caught.value) + str(caught.value.details)


def test_names_lists_placeholders_in_order() -> None:
    found = names({"a": "/{{id}}/{{query.x|body.y:int?:3:int}}", "b": ["{{c:null}}"]})
    assert [placeholder.path for placeholder in found] == ["id", "query.x", "c"]
    assert [candidate.keys for candidate in found[1].candidates] == [("query", "x"), ("body", "y")]
    assert found[1].default == 3
    assert found[0].when_missing() is MISSING
    assert found[2].when_missing() is None


def test_can_fill() -> None:
    assert can_fill({"a": "{{id}}", "b": "{{nope?:x}}"}, SCOPE)
    assert not can_fill({"a": "{{id}}", "b": "{{nope}}"}, SCOPE)


@pytest.mark.parametrize(
    "path", ["id.x", "query.list.9", "query.list.x", "query.list.-1", "none.x"]
)
def test_look_up_misses(path: str) -> None:
    assert look_up(SCOPE, path) is MISSING


def test_what_is_nested_too_deeply_is_refused() -> None:
    nested: Any = "x"
    for _ in range(5_000):
        nested = [nested]
    with pytest.raises(InvalidRequest):
        fill("{{x}}", {"x": nested})


def test_enormous_numbers_are_harmless() -> None:
    assert fill("{{x:int}}", {"x": "9" * 100_000}) == int("9" * 400)
    assert look_up(["a"], "9" * 10_000) is MISSING
