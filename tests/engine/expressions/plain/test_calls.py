"""Functions that plain code knows, and the regular expressions that every engine reads alike."""

import re

import pytest

from waypost.engine.expressions.plain.calls import BUILT_IN, one_pass, replacement
from waypost.engine.expressions.plain.tree import NotPlain


@pytest.mark.parametrize("source", ["a", "a+", "[^a-z0-9]+", "[ _]", " +", "ab[cd]"])
def test_patterns_of_one_pass(source: str) -> None:
    assert one_pass(source).pattern == source


@pytest.mark.parametrize(
    "source",
    [
        *(
            "a*",
            "a+b+",
            "(a)",
            "a|b",
            ".",
            r"\d",
            "^a",
            "a$",
            "a?",
            "a{2}",
            "[[a]]",
            "[a--b]",
            "[z-a]",
        ),
        *("[a&&b]", "[^]", "[]", "é", "a++", ""),
    ],
)
def test_patterns_left_to_the_engine(source: str) -> None:
    with pytest.raises(NotPlain):
        one_pass(source)


def test_replacements_mean_themselves() -> None:
    assert re.sub("a", replacement("_\\1"), "a") == "_\\1"
    for other in ("$1", "x" * 200, None, 1):
        with pytest.raises(NotPlain):
            replacement(other)


def test_the_usual_case_is_in_line() -> None:
    assert BUILT_IN["string"].called(["x"]) == "x if type(x) is str else written(x)"
    assert BUILT_IN["join"].called(["x", "y"]) == "w.join(x, y)"
    assert BUILT_IN["join"].called(["x"]) == "w.join(x)"
    lowercase = BUILT_IN["lowercase"].called(["x"])
    assert lowercase.startswith("x.lower() if type(x) is str and len(x) <= 200 and x.isascii()")
