"""Code is made of our own words; what an expression says is a constant in it."""

import pytest

from waypost.engine.expressions.limits import EvaluationLimits
from waypost.engine.expressions.plain.code import MOST_LINES, Code
from waypost.engine.expressions.plain.tree import NotPlain
from waypost.engine.expressions.plain.work import Work

WORK = Work(EvaluationLimits(), records=1, steps=1, size=1)
HEAD = [" found = []", " for item in items:"]


def test_a_text_is_never_code() -> None:
    code = Code()
    hostile = "'''\"\"\"\n__import__('os').system('false') # \\"
    name = code.keep(code.constant(hostile))
    assert hostile not in "\n".join(code.lines)
    run = code.built(HEAD, [f"  found.append({name})", " return found"])
    assert run({}, [1, 2], WORK) == [hostile, hostile]


def test_nothing_of_python_is_at_hand() -> None:
    run = Code().built([" found = [open]"], [" return found"])
    with pytest.raises(NameError):
        run({}, [], WORK)


def test_what_was_computed_is_known_where_it_is_seen() -> None:
    code = Code()
    first = code.keep("len(item)")
    with code.under("if item:"):
        assert code.keep("len(item)") == first
        inner = code.keep("type(item)")
    assert code.keep("type(item)") != inner
    assert code.keep_before("scope.get(1)") == code.keep_before("scope.get(1)")


def test_constants_of_different_kinds_stay_apart() -> None:
    code = Code()
    assert code.constant(1) != code.constant(True)
    assert code.constant("a") == code.constant("a")


def test_code_has_an_end() -> None:
    code = Code()
    for _ in range(MOST_LINES):
        code.add("pass")
    with pytest.raises(NotPlain):
        code.add("pass")


def test_too_many_loops_in_one_another_are_left_to_the_engine() -> None:
    code = Code()
    lines = [" " * depth + f"for x{depth} in item:" for depth in range(3, 40)]
    with pytest.raises(NotPlain):
        code.built(HEAD, [*lines, " " * 40 + "pass", " return found"])
