"""Reasons and places of failures."""

from typing import Any

import pytest
from jlens import Expression, JlensError

from waypost.engine.expressions.failures import describe, describe_syntax, is_result_too_large


def failure(text: str, **limits: Any) -> JlensError:
    with pytest.raises(JlensError) as caught:
        Expression(text).evaluate({}, **limits)
    return caught.value


def test_place_is_line_and_column() -> None:
    text = "(\n  1;\n  'x' + 1\n)"
    assert describe(failure(text), text) == (
        "the left side is not a number (T2001, line 3, column 7, at +)"
    )


def test_syntax_errors_say_what_was_expected() -> None:
    with pytest.raises(JlensError) as caught:
        Expression("a[")
    assert describe_syntax(caught.value, "a[").startswith(
        'Expected "]" before end of expression (S0203'
    )


def test_unknown_codes_still_say_something() -> None:
    error = JlensError("the value hidden is odd")
    error.code = "X9999"
    assert describe(error, "a") == "it cannot be evaluated (X9999)"


def test_only_the_whole_result_counts_as_too_large() -> None:
    assert is_result_too_large(failure("[1..100]", max_result_size=10))
    assert not is_result_too_large(failure("[1..100]", max_array_length=10))
