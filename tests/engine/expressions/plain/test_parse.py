"""Trees have JSONata's shape, binding powers included."""

import pytest

from waypost.engine.expressions.plain.parse import parse
from waypost.engine.expressions.plain.tree import (
    Array,
    Binary,
    Bind,
    Block,
    Call,
    Condition,
    Filtered,
    Lambda,
    Literal,
    Name,
    Node,
    NotPlain,
    Object,
    Path,
    Step,
    Variable,
)


def path(*names: str) -> Path:
    return Path(tuple(Step(Name(name)) for name in names))


READ: list[tuple[str, Node]] = [
    ("a.b", path("a", "b")),
    ("a & b = c", Binary("=", Binary("&", path("a"), path("b")), path("c"))),
    ("a or b and c", Binary("or", path("a"), Binary("and", path("b"), path("c")))),
    ("a ? b : c ? d", Condition(path("a"), path("b"), Condition(path("c"), path("d"), None))),
    ("a[b].c", Path((Step(Name("a"), (path("b"),)), Step(Name("c"))))),
    ("a.b[0]", Path((Step(Name("a")), Step(Name("b"), (Literal(0),))))),
    ("(a.b)[0]", Filtered(Block((path("a", "b"),)), (Literal(0),))),
    ("$x[a][b]", Filtered(Variable("x"), (path("a"), path("b")))),
    ("$x.a", Path((Step(Variable("x")), Step(Name("a"))))),
    ('a."b c"', Path((Step(Name("a")), Step(Literal("b c"))))),
    ("[a, [1]]", Array((path("a"), Array((Literal(1),))))),
    ('{"k": a}', Object((("k", path("a")),))),
    ("($x := 1; $x)", Block((Bind("x", Literal(1)), Variable("x")))),
    ("$f(a, 1)", Call("f", (path("a"), Literal(1)))),
    ("function($a) { $a }", Lambda(("a",), Variable("a"))),
]


@pytest.mark.parametrize(("text", "tree"), READ, ids=[text for text, _ in READ])
def test_trees(text: str, tree: Node) -> None:
    assert parse(text) == tree


LEFT = [
    *(
        "a[]",
        "[1..3]",
        "-a",
        "a{b: c}",
        "{a: 1}",
        '{"a": 1, "a": 2}',
        "a.**",
        "a.*",
        "a ?: b",
        "a ?? b",
    ),
    *("function($a)<s:s> { $a }", "function($a, $a) { 1 }", "function(a) { a }", "f(a)", "a := 1"),
    *("(function($x) { $x })(1)", "$f(?, 1)", "and", "a.", "((", "[1,]", '{"a":1,}', "a b", ""),
    "(" * 100 + "a" + ")" * 100,
]


@pytest.mark.parametrize("text", LEFT, ids=[text[:20] for text in LEFT])
def test_what_is_left_to_the_engine(text: str) -> None:
    with pytest.raises(NotPlain):
        parse(text)
