"""Laws of laying one object over another."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waypost.base.merge import merge_patch, merged

keys = st.sampled_from("abc")
json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=8,
)
objects = st.dictionaries(keys, json, max_size=3)


def _without_nulls(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {key: _without_nulls(inner) for key, inner in value.items() if inner is not None}


def _has_null(value: Any) -> bool:
    if isinstance(value, dict):
        return any(inner is None or _has_null(inner) for inner in value.values())
    return False


@pytest.mark.parametrize(
    ("target", "patch", "result"),  # the examples of RFC 7396, appendix A
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        (["a", "b"], ["c", "d"], ["c", "d"]),
        ({"a": "b"}, ["c"], ["c"]),
        ({"a": "foo"}, None, None),
        ({"a": "foo"}, "bar", "bar"),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_the_standard_s_examples(target: Any, patch: Any, result: Any) -> None:
    assert merge_patch(target, patch) == result


@given(objects, objects)
def test_laying_twice_is_laying_once(base: dict[str, Any], patch: dict[str, Any]) -> None:
    once = merge_patch(base, patch)
    assert merge_patch(once, patch) == once
    assert merge_patch(base, {}) == base
    assert merge_patch({}, patch) == _without_nulls(patch)


@given(objects, objects)
def test_what_a_layer_says_holds_and_the_rest_stays(
    base: dict[str, Any], patch: dict[str, Any]
) -> None:
    result = merge_patch(base, patch)
    for key in {*base, *patch}:
        if key not in patch:
            assert result[key] == base[key]
        elif patch[key] is None:
            assert key not in result
        elif not isinstance(patch[key], dict):
            assert result[key] == patch[key]


@given(objects, objects)
def test_nothing_given_is_changed(base: dict[str, Any], patch: dict[str, Any]) -> None:
    before = repr((base, patch))
    result = merged(base, None, patch, {})
    assert repr((base, patch)) == before
    assert not _has_null(merged({}, patch))
    assert result == merge_patch(merge_patch({}, base), patch)
