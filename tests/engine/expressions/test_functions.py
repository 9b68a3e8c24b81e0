"""The table of functions is whole, documented, and shadows nothing of JSONata's own."""

from pathlib import Path

import pytest
from jlens import Expression

from waypost.engine.expressions import compile_expression
from waypost.engine.expressions.functions import FUNCTIONS

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "expressions.md"


@pytest.mark.parametrize("name", FUNCTIONS)
def test_function_is_callable_and_documented(name: str) -> None:
    assert compile_expression(f"${name}") is not None
    function = FUNCTIONS[name]
    assert f"| `{function.usage}` | {function.gives} |" in PAGE.read_text()
    assert (function.implementation.__doc__ or "").strip().endswith(".")


@pytest.mark.parametrize("name", FUNCTIONS)
def test_function_is_not_one_of_jsonatas_own(name: str) -> None:
    assert name in Expression(f"${name}").reads()["bindings"]
