"""Single values, compared with the engine's view of them."""

from typing import Any

import pytest

from waypost.engine.expressions import compile_expression
from waypost.engine.expressions.plain.values import (
    ABSENT,
    NotUsual,
    comparable,
    equal,
    folded,
    item_at,
    keeps,
    kind_of,
    nothing,
    settled,
    trimmed,
    unequal,
    written,
)

SCALARS = [None, True, False, 0, 1, -7, "", "a", "1", "true"]


def ask(text: str, **scope: Any) -> Any:
    return compile_expression(text).evaluate_by_engine(scope)


def test_equality_of_scalars_is_the_engines() -> None:
    for left in SCALARS:
        for right in SCALARS:
            assert equal(left, right) is ask("l = r", l=left, r=right)
            assert unequal(left, right) is ask("l != r", l=left, r=right)
        assert equal(left, ABSENT) is ask("l = r", l=left) is False
        assert unequal(ABSENT, left) is ask("r != l", l=left) is False


@pytest.mark.parametrize(
    "pair", [([], []), ({}, {}), (1.5, 1.5), (2**60, 2**60), ("x" * 20_000,) * 2]
)
def test_what_is_compared_by_the_engine(pair: tuple[Any, Any]) -> None:
    with pytest.raises(NotUsual):
        equal(*pair)


def test_kinds_and_texts_are_the_engines() -> None:
    for value in [*SCALARS, [], [1], {}, {"a": 1}, 1.5]:
        assert kind_of(value) == ask("$type(v)", v=value)
    for value in [*SCALARS, 999_999_999_999_999]:
        assert written(value) == ask("$string(v)", v=value)
    assert kind_of(ABSENT) is written(ABSENT) is ABSENT
    for value in (1.5, 10**15, [], {}):
        with pytest.raises(NotUsual):
            written(value)


def test_case_is_the_engines_for_every_settled_letter() -> None:
    settled_letters = [chr(code) for code in range(1, 0x180)]
    cases = ask('l.{"letter": $, "cases": [$uppercase($), $lowercase($)]}', l=settled_letters)
    assert [case["letter"] for case in cases] == settled_letters
    for letter, (upper, lower) in zip(
        settled_letters, (case["cases"] for case in cases), strict=True
    ):
        assert (folded(letter, upper=True), folded(letter, upper=False)) == (upper, lower)
    for text in ("Σ", "\u019b", "aé\U0001f600"):
        with pytest.raises(NotUsual):
            folded(text, upper=False)


@pytest.mark.parametrize(
    "text", ["", " ", " a  b ", "\t\na\r", "a\u00a0b ", "\v a", "é  é", "\x1c a"]
)
def test_trimming_is_the_engines(text: str) -> None:
    assert trimmed(text) == ask("$trim(t)", t=text)


def test_sequences() -> None:
    assert settled([]) is ABSENT
    assert settled([[]]) == []
    assert settled([1, 2]) == [1, 2]
    assert (item_at("a", 0), item_at(["a"], 0)) == ("a", "a")
    assert item_at("a", 1) is item_at([], 0) is ABSENT
    with pytest.raises(NotUsual):
        item_at([[1]], 0)


def test_filters_and_orders() -> None:
    assert [keeps(each) for each in (None, ABSENT, "", "a", {}, {"a": 1}, True)] == [
        *(False, False, False, True, False, True, True)
    ]
    for position in (0, 1, 1.5, [1], []):
        with pytest.raises(NotUsual):
            keeps(position)
    assert comparable(1, 2)
    assert comparable("a", "b")
    assert not comparable(ABSENT, 1)
    pairs: list[Any] = [
        (1, "a"),
        (None, 1),
        (ABSENT, None),
        (True, 1),
        ("é", "f"),
        (1.5, 1),
        ([], []),
    ]
    for pair in pairs:
        with pytest.raises(NotUsual):
            comparable(*pair)


def test_what_has_no_fields() -> None:
    assert all(nothing(value) is ABSENT for value in [*SCALARS, 1.5, ABSENT])
    for value in ([], {}, (), object()):
        with pytest.raises(NotUsual):
            nothing(value)
    assert repr(ABSENT) == "ABSENT"
