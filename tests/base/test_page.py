"""Cursors open only whole, only for their request, and show nothing of what they hold."""

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waypost.base.errors import InvalidRequest
from waypost.base.page import (
    LONGEST_REMEMBERED,
    MAX_CURSOR_LENGTH,
    MOST_REMEMBERED,
    CursorSeal,
    query_digest,
)

SEAL = CursorSeal(b"k" * 32)
BOUND = {"account": "acc-1", "query": "d41d"}

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
payloads = st.dictionaries(st.text(max_size=10), json_values, max_size=5)


@given(payloads)
def test_opens_to_what_was_sealed(payload: dict[str, Any]) -> None:
    text = SEAL.seal(payload, bound_to=BOUND)
    assert SEAL.open(text, bound_to=BOUND) == payload
    assert text.replace("-", "").replace("_", "").isalnum() or text.isascii()


def test_the_same_place_has_the_same_cursor() -> None:
    assert SEAL.seal({"at": 2}, bound_to=BOUND) == SEAL.seal({"at": 2}, bound_to=BOUND)


def test_remembers_few_and_short_ones() -> None:
    seal = CursorSeal(b"k" * 32)
    for number in range(MOST_REMEMBERED * 2 + 1):
        assert seal.open(seal.seal({"at": number}, bound_to={}), bound_to={}) == {"at": number}
        assert len(seal._sealed) <= MOST_REMEMBERED
    before = dict(seal._sealed)
    assert len(seal.seal({"at": "x" * LONGEST_REMEMBERED}, bound_to={})) > LONGEST_REMEMBERED
    assert seal._sealed == before


def test_shows_nothing_of_its_payload() -> None:
    text = SEAL.seal({"at": "provider-token-123"}, bound_to=BOUND)
    assert b"provider-token" not in base64.urlsafe_b64decode(text + "==")


@pytest.mark.parametrize(
    "bound_to",
    [{"account": "acc-2", "query": "d41d"}, {"account": "acc-1", "query": "0000"}, {}],
)
def test_another_request_is_refused(bound_to: dict[str, str]) -> None:
    text = SEAL.seal({"at": 2}, bound_to=BOUND)
    with pytest.raises(InvalidRequest, match="altered or belongs to another request"):
        SEAL.open(text, bound_to=bound_to)


@given(st.data())
def test_one_changed_character_is_refused(data: st.DataObject) -> None:
    text = SEAL.seal({"at": 2, "skip": 0}, bound_to=BOUND)
    position = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.sampled_from("ABCDwxyz0189-_").filter(lambda c: c != text[position]))
    with pytest.raises(InvalidRequest):
        SEAL.open(text[:position] + other + text[position + 1 :], bound_to=BOUND)


@given(st.text(max_size=100))
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequest):
        SEAL.open(text, bound_to=BOUND)


@pytest.mark.parametrize("text", ["", "A", "AQ", "AQ==", "A" * (MAX_CURSOR_LENGTH + 1), "é" * 40])
def test_malformed_text_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequest):
        SEAL.open(text, bound_to=BOUND)


def test_another_key_does_not_open() -> None:
    text = SEAL.seal({"at": 2}, bound_to=BOUND)
    with pytest.raises(InvalidRequest):
        CursorSeal(b"x" * 32).open(text, bound_to=BOUND)


def test_a_short_key_is_refused_and_the_key_is_never_shown() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        CursorSeal(b"short")
    assert "kkk" not in repr(SEAL)


def test_the_digest_ignores_order_only() -> None:
    assert query_digest({"a": "1", "b": ["2"]}) == query_digest({"b": ["2"], "a": "1"})
    assert query_digest({"a": "1"}) != query_digest({"a": "2"})
