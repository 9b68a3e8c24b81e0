"""The blocklist's patterns mean what they mean elsewhere, and none takes long."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from waypost_sandbox.suppressions.patterns import PatternError, read_pattern

PIECES = st.recursive(
    st.sampled_from(["a", "b", ".", "@", r"\.", r"\d", r"\w", "[ab]", "[^a]", "[a-c1]", r"\@"]),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map("".join),
        st.tuples(inner, inner).map(lambda two: f"({two[0]}|{two[1]})"),
        st.tuples(
            inner, st.sampled_from(["*", "+", "?", "{2}", "{1,2}", "{0,3}", "{1,}", "*?"])
        ).map(lambda two: f"(?:{two[0]}){two[1]}"),
    ),
    max_leaves=5,
)


@settings(max_examples=400, deadline=None)
@given(pattern=PIECES, text=st.text(alphabet="ab1.@C", max_size=6))
def test_it_agrees_with_the_library(pattern: str, text: str) -> None:
    expected = re.compile(pattern, re.IGNORECASE).fullmatch(text) is not None
    assert read_pattern(pattern).fits(text) is expected


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        (".*@example.com", "ADA@example.com", True),
        (".*@example.com", "ada@example.com.test", False),
        ("^.*@example\\.com$", "ada@example.com", True),
        ("$a", "a", False),
        ("a|", "", True),
        ("[]x]+", "]x", True),
        ("[^]]", "]", False),
        ("a{,2}", "a{,2}", True),
        ("{", "{", True),
        ("(?P<who>ada)@.+", "ada@b.test", True),
        ("", "", True),
    ],
)
def test_what_fits(pattern: str, text: str, fits: bool) -> None:
    assert read_pattern(pattern).fits(text) is fits


@pytest.mark.parametrize(
    "pattern",
    ["(", ")", "[a", "*a", "a**", "(a)\\1", "(?=a)", "a{3,2}", "a{999}", "(a{99}){99}", "\\"],
)
def test_what_is_no_pattern(pattern: str) -> None:
    with pytest.raises(PatternError):
        read_pattern(pattern)


def test_deep_nesting_is_refused() -> None:
    with pytest.raises(PatternError):
        read_pattern("(" * 5_000 + "a" + ")" * 5_000)
