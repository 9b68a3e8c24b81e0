"""Read the plain part of the language into a tree, with JSONata's own binding powers."""

from collections.abc import Iterator

from waypost.engine.expressions.plain.tokens import Token, tokens_of
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
    Pattern,
    Step,
    Variable,
)

_POWER = {
    **{".": 75, "[": 80, "(": 80, "{": 70, "?": 20, "&": 50, "-": 50},
    **{"<": 40, ">": 40, "<=": 40, ">=": 40, "=": 40, "!=": 40, "in": 40},
    **{"and": 30, "or": 25, ":=": 10},
}
_BINARY = frozenset({"&", "<", ">", "<=", ">=", "=", "!=", "in", "and", "or"})
_FUNCTION = Path((Step(Name("function")),))
DEEPEST = 60


def parse(text: str) -> Node:
    """Return the tree of an expression that the engine has accepted; raises NotPlain."""
    reader = _Reader(tokens_of(text))
    tree = reader.expression(0)
    reader.expect("end")
    return tree


class _Reader:
    """A Pratt parser: what begins an expression, then what may follow by binding power."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = iter(tokens)
        self._now = next(self._tokens)
        self._depth = 0

    def expression(self, power: int) -> Node:
        self._depth += 1
        if self._depth > DEEPEST:
            raise NotPlain
        left = self._begin()
        while self._now.kind == "operator" and power < _POWER.get(str(self._now.value), 0):
            left = self._go_on(left)
        self._depth -= 1
        return left

    def expect(self, value: str) -> None:
        is_it = self._now.kind == "end" if value == "end" else self._sees(value)
        if not is_it:
            raise NotPlain
        self._advance()

    def _sees(self, operator: str) -> bool:
        return self._now.kind == "operator" and self._now.value == operator

    def _advance(self) -> Token:
        token = self._now
        self._now = next(self._tokens, token)
        return token

    def _begin(self) -> Node:
        token = self._advance()
        if token.kind in ("text", "number", "value"):
            return Literal(token.value)
        if token.kind == "name":
            return Path((Step(Name(str(token.value))),))
        if token.kind == "variable":
            return Variable(str(token.value))
        if token.kind == "pattern":
            return Pattern(str(token.value))
        return self._begin_by(token)

    def _begin_by(self, token: Token) -> Node:
        if token.value == "(" and token.kind == "operator":
            return Block(tuple(self._statements()))
        if token.value == "[" and token.kind == "operator":
            return Array(tuple(self._listed("]")))
        if token.value == "{" and token.kind == "operator":
            return Object(tuple(self._members()))
        raise NotPlain

    def _go_on(self, left: Node) -> Node:
        operator = str(self._advance().value)
        if operator in _BINARY:
            return Binary(operator, left, self.expression(_POWER[operator]))
        if operator == ".":
            return _joined(left, self.expression(_POWER["."]))
        if operator == "[":
            predicate = self.expression(0)
            self.expect("]")
            return _filtered(left, predicate)
        if operator == "(":
            return self._call(left)
        if operator == "?":
            return self._condition(left)
        if operator == ":=" and isinstance(left, Variable) and left.name:
            return Bind(left.name, self.expression(_POWER[":="] - 1))
        raise NotPlain

    def _condition(self, test: Node) -> Node:
        then = self.expression(0)
        if not self._sees(":"):
            return Condition(test, then, None)
        self._advance()
        return Condition(test, then, self.expression(0))

    def _call(self, left: Node) -> Node:
        arguments = tuple(self._listed(")"))
        if isinstance(left, Variable) and left.name:
            return Call(left.name, arguments)
        if left == _FUNCTION and self._sees("{"):
            self._advance()
            body = self.expression(0)
            self.expect("}")
            return Lambda(_parameters(arguments), body)
        raise NotPlain

    def _listed(self, end: str) -> Iterator[Node]:
        while not self._sees(end):
            yield self.expression(0)
            if not self._sees(end):
                self.expect(",")
                if self._sees(end):
                    raise NotPlain
        self._advance()

    def _statements(self) -> Iterator[Node]:
        while not self._sees(")"):
            yield self.expression(0)
            if not self._sees(")"):
                self.expect(";")
        self._advance()

    def _members(self) -> Iterator[tuple[str, Node]]:
        seen: set[str] = set()
        while not self._sees("}"):
            key = self.expression(0)
            if not isinstance(key, Literal) or not isinstance(key.value, str) or key.value in seen:
                raise NotPlain
            seen.add(key.value)
            self.expect(":")
            yield key.value, self.expression(0)
            if not self._sees("}"):
                self.expect(",")
                if self._sees("}"):
                    raise NotPlain
        self._advance()


def _parameters(arguments: tuple[Node, ...]) -> tuple[str, ...]:
    names = tuple(each.name for each in arguments if isinstance(each, Variable) and each.name)
    if len(names) != len(arguments) or len(set(names)) != len(names):
        raise NotPlain
    return names


def _filtered(left: Node, predicate: Node) -> Node:
    if isinstance(left, Path):
        *steps, last = left.steps
        return Path((*steps, Step(last.what, (*last.filters, predicate))))
    if isinstance(left, Filtered):
        return Filtered(left.what, (*left.filters, predicate))
    return Filtered(left, (predicate,))


def _joined(left: Node, right: Node) -> Node:
    begin = left.steps if isinstance(left, Path) else (Step(left),)
    if isinstance(right, Path):
        end = right.steps
    elif isinstance(right, Filtered):
        end = (Step(right.what, right.filters),)
    else:
        end = (Step(right),)
    return Path(begin + end)


__all__ = ["parse"]
