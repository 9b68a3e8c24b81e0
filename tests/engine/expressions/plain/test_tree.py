"""Trees are compared and kept as keys."""

from waypost.engine.expressions.plain.tree import Literal, Name, Path, Step


def test_the_same_text_is_the_same_tree() -> None:
    assert Path((Step(Name("a")),)) == Path((Step(Name("a")),))
    assert {Literal("a"): 1}[Literal("a")] == 1
