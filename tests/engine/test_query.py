"""Query strings with objects and lists, in every spelling clients use."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waypost.base.errors import InvalidRequest
from waypost.engine.query import MAX_PARAMETERS, encode_query, parse_pairs, parse_query

READINGS: list[tuple[str, dict[str, Any]]] = [
    ("", {}),
    ("?", {}),
    ("a=1", {"a": "1"}),
    ("a", {"a": ""}),
    ("a=", {"a": ""}),
    ("a=b=c", {"a": "b=c"}),
    ("a=x+y&b=x%20y&c=x%2By", {"a": "x y", "b": "x y", "c": "x+y"}),
    ("next_cursor=", {"next_cursor": ""}),
    ("a=1&a=2", {"a": ["1", "2"]}),
    ("a[]=x", {"a": ["x"]}),
    ("a[]=x&a[]=y", {"a": ["x", "y"]}),
    ("a%5B%5D=x&a%5B%5D=y", {"a": ["x", "y"]}),
    ("a[0]=x&a[1]=y", {"a": ["x", "y"]}),
    ("a[1]=y&a[0]=x", {"a": ["x", "y"]}),
    ("a[0]=x&a[7]=y", {"a": ["x", "y"]}),
    ("a=1&a[]=2", {"a": ["1", "2"]}),
    ("a[1234567]=x", {"a": {"1234567": "x"}}),
    ("a[01]=x", {"a": {"01": "x"}}),
    ("a[b]=c", {"a": {"b": "c"}}),
    ("a[b][c]=d&a[b][e]=f", {"a": {"b": {"c": "d", "e": "f"}}}),
    ("a[b][]=c", {"a": {"b": ["c"]}}),
    ("a[][b]=1&a[][b]=2", {"a": [{"b": "1"}, {"b": "2"}]}),
    ("a[0][b]=1&a[0][c]=2", {"a": [{"b": "1", "c": "2"}]}),
    ("created_at[gt]=2024-01-01", {"created_at": {"gt": "2024-01-01"}}),
    ("id[in]=a,b", {"id": {"in": "a,b"}}),
    ("integration.name=acme", {"integration.name": "acme"}),
    ("remote_query[filter][x]=1", {"remote_query": {"filter": {"x": "1"}}}),
    ("[a]=b&a[b=c&a]d=e", {"[a]": "b", "a[b": "c", "a]d": "e"}),
    ("&&a=1&", {"a": "1"}),
    ("__proto__[x]=1", {"__proto__": {"x": "1"}}),
]


@pytest.mark.parametrize(("raw", "parsed"), READINGS)
def test_reads(raw: str, parsed: dict[str, Any]) -> None:
    assert parse_query(raw) == parsed


REFUSED = [
    ("&".join(["a=1"] * (MAX_PARAMETERS + 1)), "more than 1000 parameters"),
    ("a=" + "x" * 70_000, "longer than"),
    ("a" + "[b]" * 40 + "=1", "nested more than 10"),
    ("a=1&a[b]=2", "a is both"),
    ("a[b]=2&a[]=1", "a is both"),
    ("a=%ff", "UTF-8"),
    ("%ff=a", "UTF-8"),
]


@pytest.mark.parametrize(("raw", "reason"), REFUSED, ids=[reason for _, reason in REFUSED])
def test_refuses(raw: str, reason: str) -> None:
    with pytest.raises(InvalidRequest, match=reason):
        parse_query(raw)


def test_many_positions_cost_no_more_than_their_values() -> None:
    assert parse_query("a[99]=x&a[0]=y") == {"a": ["y", "x"]}
    assert parse_query("a[999999999]=x&a[0]=y") == {"a": {"999999999": "x", "0": "y"}}
    every = "&".join(f"a[{n}]=x" for n in range(900))
    assert len(parse_query(every)["a"]) == 900


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(raw: str) -> None:
    try:
        parsed = parse_query(raw)
    except InvalidRequest:
        return
    assert all(map(is_of_texts, parsed.values()))


def is_of_texts(value: Any) -> bool:
    if isinstance(value, dict):
        return all(map(is_of_texts, value.values()))
    return all(map(is_of_texts, value)) if isinstance(value, list) else isinstance(value, str)


def test_pairs_keep_order_and_repetition() -> None:
    assert parse_pairs("b=2&a=1&b=3") == [("b", "2"), ("a", "1"), ("b", "3")]


WRITINGS = [
    ({"a": "x y&z=é"}, "brackets", "a=x%20y%26z%3D%C3%A9"),
    ({"a": True, "b": False, "c": 1, "d": 1.5}, "brackets", "a=true&b=false&c=1&d=1.5"),
    ({"a": None, "b": [], "c": {}}, "brackets", ""),
    ({"a": ["x", "y"]}, "brackets", "a%5B%5D=x&a%5B%5D=y"),
    ({"a": ["x", "y"]}, "indices", "a%5B0%5D=x&a%5B1%5D=y"),
    ({"a": ["x", "y"]}, "repeat", "a=x&a=y"),
    ({"a": ["x", "y,z"]}, "comma", "a=x,y%2Cz"),
    ({"a": {"b": ["x"]}}, "brackets", "a%5Bb%5D%5B%5D=x"),
    ({"a": [{"b": 1}]}, "brackets", "a%5B0%5D%5Bb%5D=1"),
    ({"a": datetime(2024, 1, 2, tzinfo=UTC)}, "brackets", "a=2024-01-02T00%3A00%3A00Z"),
]


@pytest.mark.parametrize(("query", "array_format", "raw"), WRITINGS)
def test_writes(query: dict[str, Any], array_format: Any, raw: str) -> None:
    assert encode_query(query, array_format) == raw


def test_what_is_nested_too_deeply_is_refused() -> None:
    nested: Any = "x"
    for _ in range(5_000):
        nested = [nested]
    with pytest.raises(InvalidRequest, match="nested"):
        encode_query({"a": nested})


def test_a_text_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidRequest):
        encode_query({"a": "\ud800"})


keys = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="[]"), min_size=1).filter(
    lambda key: not key.isdigit()
)
texts = st.text(alphabet=st.characters(codec="utf-8"), max_size=10)


def queries(smallest_list: int) -> st.SearchStrategy[dict[str, Any]]:
    """Objects of texts and lists; empty ones cannot be written, nor a list of one by repeating."""
    values = st.recursive(
        texts,
        lambda inner: (
            st.dictionaries(keys, inner, min_size=1, max_size=3)
            | st.lists(inner, min_size=smallest_list, max_size=4)
        ),
        max_leaves=10,
    )
    return st.dictionaries(keys, values, max_size=4)


@given(queries(1), st.sampled_from(["brackets", "indices"]))
def test_what_is_written_is_read_back(query: dict[str, Any], array_format: Any) -> None:
    assert parse_query(encode_query(query, array_format)) == query


@given(queries(2))
def test_what_is_repeated_is_read_back(query: dict[str, Any]) -> None:
    assert parse_query(encode_query(query, "repeat")) == query
