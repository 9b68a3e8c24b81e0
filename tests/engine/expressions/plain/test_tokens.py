"""Tokens of what is plain; everything else is left to the engine."""

import pytest

from waypost.engine.expressions.plain.tokens import LONGEST_TEXT, tokens_of
from waypost.engine.expressions.plain.tree import NotPlain

READ = [
    ("a.b", [("name", "a"), ("operator", "."), ("name", "b"), ("end", None)]),
    ('"a\\n\\u00e9"', [("text", "a\né"), ("end", None)]),
    ("'it\"s'", [("text", 'it"s'), ("end", None)]),
    ("`2fa`", [("name", "2fa"), ("end", None)]),
    ("$ /* why */ = 12", [("variable", ""), ("operator", "="), ("number", 12), ("end", None)]),
    ("$a:=null", [("variable", "a"), ("operator", ":="), ("value", None), ("end", None)]),
    ("a in b", [("name", "a"), ("operator", "in"), ("name", "b"), ("end", None)]),
    ("(/[^a]+/,", [("operator", "("), ("pattern", "[^a]+"), ("operator", ","), ("end", None)]),
    ("true", [("value", True), ("end", None)]),
    ("", [("end", None)]),
]


@pytest.mark.parametrize(("text", "tokens"), READ, ids=[text for text, _ in READ])
def test_tokens(text: str, tokens: list[tuple[str, object]]) -> None:
    assert [(token.kind, token.value) for token in tokens_of(text)] == tokens


LEFT = [
    *(
        "a / b",
        "a * b",
        "a + 1",
        "1.5",
        "1e3",
        "01",
        "$$",
        "a ~> b",
        "a^(b)",
        "a@$b",
        "a#$i",
        "%.a",
    ),
    *("a|b|", '"\\ud800"', "'\\q'", "été", "a" * (LONGEST_TEXT + 1), '"open', "1234567890123456"),
    *("a'b'", "$é", "λ", "(/a/i)", "(/(a)/)", "$a`b`"),
]


@pytest.mark.parametrize("text", LEFT, ids=[text[:12] for text in LEFT])
def test_what_is_left_to_the_engine(text: str) -> None:
    with pytest.raises(NotPlain):
        tokens_of(text)
