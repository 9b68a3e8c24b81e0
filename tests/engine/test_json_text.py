"""JSON that loses nothing."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waypost.base.errors import InvalidRequest
from waypost.engine.json_text import encode_json, parse_json

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(alphabet=st.characters(codec="utf-8")),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=3).filter(str.isascii), inner),
    max_leaves=10,
)


@given(values)
def test_what_is_written_is_read_back_exactly(value: Any) -> None:
    assert parse_json(encode_json(value)) == value
    assert json.loads(encode_json(value)) == value


@pytest.mark.parametrize("number", [2**53 + 1, 2**63, 2**64, 2**200, -(2**64), 10**18, 10**19])
def test_integers_of_any_size_survive(number: int) -> None:
    assert encode_json({"id": number}) == b'{"id":%d}' % number
    assert parse_json(b'{"id":%d}' % number) == {"id": number}


def test_floats_stay_floats() -> None:
    assert encode_json([1.0, 0.1, 1e300]) == b"[1.0,0.1,1e+300]"
    assert type(parse_json(b"1.0")) is float


@pytest.mark.parametrize(
    "text", [b"", b"{", b"NaN", b"[1234567890123456789012", b"<html>", b"\xff"]
)
def test_what_is_not_json_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError):
        parse_json(text)


@pytest.mark.parametrize("value", [object(), {1, 2}, {"a": b"x"}, {"a": "\ud800"}])
def test_what_json_cannot_say_is_refused(value: Any) -> None:
    with pytest.raises(InvalidRequest):
        encode_json(value)
