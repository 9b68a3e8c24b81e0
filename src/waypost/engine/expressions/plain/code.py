"""Python code in the making: lines of our own words, and constants that never become text."""

import ast
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from waypost.engine.expressions.plain.tree import NotPlain
from waypost.engine.expressions.plain.values import (
    ABSENT,
    NotUsual,
    comparable,
    equal,
    item_at,
    keeps,
    kind_of,
    nothing,
    unequal,
    written,
)
from waypost.engine.expressions.plain.work import Work

MOST_LINES = 2_000
Run = Callable[[Mapping[str, Any], Any, Work], list[Any]]
"""Generated: the value for each item, given the shared scope."""

_WORDS: dict[str, Any] = {
    "ABSENT": ABSENT,
    "NotUsual": NotUsual,
    "comparable": comparable,
    "equal": equal,
    "item_at": item_at,
    "keeps": keeps,
    "kind_of": kind_of,
    "nothing": nothing,
    "unequal": unequal,
    "written": written,
    "__builtins__": {each.__name__: each for each in (bool, dict, len, list, str, type)},
}


class Code:
    """Lines and constants; every name in them is ours, and nothing of an expression's text."""

    def __init__(self) -> None:
        self.before: list[str] = []
        self.lines: list[str] = []
        self._indent = 2
        self._constants: dict[str, Any] = {}
        self._constant_names: dict[tuple[type, Any], str] = {}
        self._known: dict[str, str] = {}
        self._known_before: dict[str, str] = {}
        self._objects: dict[str, Any] = {}
        self._names = 0

    def add(self, line: str) -> None:
        """Add a line at the present depth; raises NotPlain when there are too many."""
        if len(self.lines) >= MOST_LINES:
            raise NotPlain
        self.lines.append(" " * self._indent + line)

    def name(self) -> str:
        """Return a fresh name."""
        self._names += 1
        return f"t{self._names}"

    def fresh(self, expression: str) -> str:
        """Return a name for a list or object that is about to be filled."""
        name = self.name()
        self.add(f"{name} = {expression}")
        return name

    def keep(self, expression: str) -> str:
        """Return the name for the value of an expression of ours, computed once where it is seen."""
        known = self._known.get(expression)
        if known is None:
            known = self._known[expression] = self.fresh(expression)
        return known

    def keep_before(self, expression: str) -> str:
        """Return the name for a value that is the same for every item, computed before the loop."""
        known = self._known_before.get(expression)
        if known is None:
            known = self._known_before[expression] = f"g{len(self.before)}"
            self.before.append(f"{known} = {expression}")
        return known

    def constant(self, value: str | int | bool | None) -> str:
        """Return the name that stands for a constant; the constant itself goes into the tree."""
        name = self._constant_names.setdefault((type(value), value), f"k{len(self._constants)}")
        self._constants[name] = value
        return name

    def thing(self, value: Any) -> str:
        """Return the name of an object that the code uses."""
        name = f"o{len(self._objects)}"
        self._objects[name] = value
        return name

    @contextmanager
    def under(self, head: str) -> Iterator[None]:
        """Put what is added in the block below a head."""
        self.add(head)
        self._indent += 1
        before, self._known = self._known, dict(self._known)
        yield
        self._known = before
        self._indent -= 1

    def built(self, head: list[str], tail: list[str]) -> Run:
        """Return the function whose loop holds the lines; raises NotPlain when Python refuses."""
        text = "\n".join(["def run(scope, items, w):", *head, *self.lines, *tail])
        names: dict[str, Any] = {**_WORDS, **self._objects}
        try:
            tree = _Filled(self._constants).visit(ast.parse(text))
            # Made of this package's own words: the expression's texts are constants in the tree.
            exec(compile(ast.fix_missing_locations(tree), "<plain>", "exec"), names)  # noqa: S102
        except (SyntaxError, RecursionError, MemoryError):  # nested more deeply than Python takes
            raise NotPlain from None
        run: Run = names["run"]
        return run


class _Filled(ast.NodeTransformer):
    """Put the constants where their names stand."""

    def __init__(self, constants: Mapping[str, Any]) -> None:
        self._constants = constants

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id in self._constants:
            return ast.copy_location(ast.Constant(self._constants[node.id]), node)
        return node
