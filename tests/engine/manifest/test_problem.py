"""Problems are listed in reading order, and wrong words lead to right ones."""

import pytest

from waypost.engine.manifest.problem import Place, Problem, nearest, refusal


def test_one_error_lists_every_problem_once_in_reading_order() -> None:
    late, early = Problem(Place("b.yaml", 2, 1), "late"), Problem(Place("a.yaml", 10, 3), "early")
    error = refusal([late, early, late])
    assert str(error) == "a.yaml:10:3: early\nb.yaml:2:1: late"
    assert error.where == "a.yaml:10:3"


@pytest.mark.parametrize(
    ("word", "known", "tail"),
    [
        ("pth", ("path", "verb"), "; did you mean 'path'?"),
        ("get", ("GET", "POST"), "; did you mean 'GET'?"),
        ("zzz", ("path", "verb"), "; known keys: path, verb"),
        ("zzz", (), ""),
    ],
)
def test_the_nearest_word_is_named(word: str, known: tuple[str, ...], tail: str) -> None:
    assert nearest(word, known) == tail
