"""Expressions inside a template: read once, evaluated per recipient."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from waypost_sandbox.email.twig.filters import FILTERS, as_text
from waypost_sandbox.email.twig.fuel import TwigError, spend

Expression = Callable[[dict[str, Any]], Any]


_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<string>'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")"
    r"|(?P<name>[A-Za-z_]\w*)|(?P<sign>==|!=|<=|>=|\?\?|\.\.|[-+*/%~<>|.,()\[\]?:]))"
)
_WORD_SIGNS = frozenset({"and", "or", "not", "in", "is"})
_CONSTANTS: dict[str, Any] = {"true": True, "false": False, "null": None, "none": None}
# Loosest first; each level's operators bind alike.
_LEVELS: tuple[tuple[str, ...], ...] = (
    ("??",),
    ("or",),
    ("and",),
    ("==", "!=", "<", ">", "<=", ">=", "in"),
    ("+", "-", "~"),
    ("*", "/", "%"),
)


def _concat(left: Any, right: Any) -> str:
    text = as_text(left) + as_text(right)
    spend(written=len(text))
    return text


def _is_empty(value: Any) -> bool:
    return value in (None, "", False, [], {})


# What `is` may ask; the value of a name that is not there is null.
_TESTS: dict[str, Callable[[Any], bool]] = {
    "defined": lambda value: value is not None,
    "null": lambda value: value is None,
    "none": lambda value: value is None,
    "empty": _is_empty,
    "iterable": lambda value: isinstance(value, list | dict),
    "even": lambda value: _number(value) % 2 == 0,
    "odd": lambda value: _number(value) % 2 == 1,
}


def _add(left: Any, right: Any) -> Any:
    return _number(left) + _number(right)


def _divide(left: Any, right: Any) -> Any:
    divisor = _number(right)
    return _number(left) / divisor if divisor else 0


def _compare(test: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def compare(left: Any, right: Any) -> bool:
        try:
            return test(left, right)
        except TypeError:
            return test(as_text(left), as_text(right))

    return compare


def _contains(left: Any, right: Any) -> bool:
    if isinstance(right, dict):
        return left in right
    return left in right if isinstance(right, list) else as_text(left) in as_text(right)


_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "or": lambda left, right: bool(left) or bool(right),
    "and": lambda left, right: bool(left) and bool(right),
    "==": lambda left, right: left == right,
    "!=": lambda left, right: left != right,
    "<": _compare(lambda left, right: bool(left < right)),
    ">": _compare(lambda left, right: bool(left > right)),
    "<=": _compare(lambda left, right: bool(left <= right)),
    ">=": _compare(lambda left, right: bool(left >= right)),
    "in": _contains,
    "+": _add,
    "-": lambda left, right: _number(left) - _number(right),
    "~": _concat,
    "*": lambda left, right: _number(left) * _number(right),
    "??": lambda left, right: right if left is None else left,
    "/": _divide,
    "%": lambda left, right: _number(left) % (_number(right) or 1),
}


def _number(value: Any) -> int | float:
    if isinstance(value, int | float):
        return value
    try:
        return float(value) if "." in str(value) else int(value)
    except (TypeError, ValueError):
        return 0


def parse_expression(source: str) -> Expression:
    """Read one whole expression."""
    parser = _Parser(source)
    expression = parser.read_choice()
    parser.expect_end()
    return expression


class _Parser:
    def __init__(self, source: str) -> None:
        self._tokens = _split(source)
        self._place = 0

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._place] if self._place < len(self._tokens) else ("end", "")

    def _take(self) -> tuple[str, str]:
        token = self._peek()
        self._place += 1
        return token

    def _skip(self, sign: str) -> bool:
        if self._peek() == ("sign", sign):
            self._place += 1
            return True
        return False

    def _expect(self, sign: str) -> None:
        if not self._skip(sign):
            raise TwigError(f"expected {sign}")

    def expect_end(self) -> None:
        """Refuse anything after the expression."""
        if self._peek()[0] != "end":
            raise TwigError("unexpected end of expression")

    def read_choice(self) -> Expression:
        """Read an expression that may choose: `a ? b : c`, `a ?: c`, `a ? b`."""
        condition = self.read_level(0)
        if not self._skip("?"):
            return condition
        chosen = condition if self._peek() == ("sign", ":") else self.read_choice()
        other: Expression = self.read_choice() if self._skip(":") else (lambda _: "")
        return lambda data: chosen(data) if not _is_empty(condition(data)) else other(data)

    def read_level(self, level: int) -> Expression:
        """Read operators of this level and those that bind tighter."""
        if level == len(_LEVELS):
            return self._read_unary()
        left = self.read_level(level + 1)
        while self._peek()[0] == "sign" and self._peek()[1] in _LEVELS[level]:
            act = _OPERATORS[self._take()[1]]
            left = _apply(act, left, self.read_level(level + 1))
        return left

    def _read_unary(self) -> Expression:
        if self._skip("not"):
            inner = self._read_unary()
            return lambda data: not inner(data)
        if self._skip("-"):
            inner = self._read_unary()
            return lambda data: -_number(inner(data))
        return self._read_postfix(self._read_primary())

    def _read_primary(self) -> Expression:
        kind, text = self._take()
        if kind == "number":
            number = float(text) if "." in text else int(text)
            return lambda _: number
        if kind == "string":
            string = re.sub(r"\\(.)", r"\1", text[1:-1])
            return lambda _: string
        if kind == "name":
            if text.lower() in _CONSTANTS:
                constant = _CONSTANTS[text.lower()]
                return lambda _: constant
            return lambda data: data.get(text)
        if text == "(":
            inner = self.read_choice()
            self._expect(")")
            return inner
        if text == "[":
            items = self._read_list("]")
            return lambda data: [item(data) for item in items]
        raise TwigError(f"unexpected {text or 'end'}")

    def _read_postfix(self, inner: Expression) -> Expression:
        while True:
            if self._skip("."):
                inner = _reach(inner, self._read_key())
            elif self._skip("["):
                key = self.read_level(0)
                self._expect("]")
                inner = _reach(inner, key)
            elif self._skip("|"):
                inner = self._read_filter(inner)
            elif self._skip("is"):
                inner = self._read_test(inner)
            else:
                return inner

    def _read_key(self) -> Expression:
        kind, text = self._take()
        if kind not in ("name", "number"):
            raise TwigError("expected a name after the dot")
        return lambda _: int(text) if kind == "number" else text

    def _read_filter(self, inner: Expression) -> Expression:
        kind, name = self._take()
        if kind != "name" or name not in FILTERS:
            raise TwigError(f"unknown filter {name}")
        act = FILTERS[name]
        arguments = self._read_list(")") if self._skip("(") else []
        return lambda data: act(inner(data), *(each(data) for each in arguments))

    def _read_test(self, inner: Expression) -> Expression:
        is_wanted = not self._skip("not")
        kind, name = self._take()
        if kind != "name" or name not in _TESTS:
            raise TwigError(f"unknown test {name}")
        test = _TESTS[name]
        return lambda data: test(inner(data)) is is_wanted

    def _read_list(self, closing: str) -> list[Expression]:
        items: list[Expression] = []
        if self._skip(closing):
            return items
        while True:
            items.append(self.read_choice())
            if self._skip(closing):
                return items
            self._expect(",")


def _apply(act: Callable[[Any, Any], Any], left: Expression, right: Expression) -> Expression:
    return lambda data: act(left(data), right(data))


def _reach(inner: Expression, key: Expression) -> Expression:
    def reach(data: dict[str, Any]) -> Any:
        holder, wanted = inner(data), key(data)
        if isinstance(holder, dict):
            return holder.get(wanted, holder.get(str(wanted)))
        if isinstance(holder, list) and isinstance(wanted, int) and wanted < len(holder):
            return holder[wanted]
        return None

    return reach


def _split(source: str) -> list[tuple[str, str]]:
    tokens: list[tuple[str, str]] = []
    place, source = 0, source.strip()
    while place < len(source):
        match = _TOKEN.match(source, place)
        if match is None:
            raise TwigError(f"unexpected character {source[place]}")
        kind = match.lastgroup or "sign"
        text = match[kind]
        tokens.append(("sign" if text in _WORD_SIGNS else kind, text))
        place = match.end()
    return tokens
