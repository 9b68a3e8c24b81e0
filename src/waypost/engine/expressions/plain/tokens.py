"""Cut an expression's text into tokens, as far as it is plain."""

import re
from dataclasses import dataclass
from typing import Literal as OneOf

from waypost.engine.expressions.plain.tree import NotPlain

Kind = OneOf["text", "number", "value", "name", "variable", "operator", "pattern", "end"]

LONGEST_TEXT = 20_000
"""Characters of an expression that are looked at: with them the generated code stays small."""

_SPACE = re.compile(r"(?:[ \t\n\r\v]+|/\*.*?\*/)*", re.DOTALL)
_TOKEN = re.compile(
    r"""(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
      | (?P<number>(?:0|[1-9][0-9]{0,14})(?![0-9.eE]))
      | (?P<variable>\$[A-Za-z_][A-Za-z0-9_]*|\$(?![$A-Za-z0-9_`]))
      | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
      | `(?P<quoted>[^`]+)`
      | (?P<operator>:=|!=|<=|>=|[<>.\[\]{}(),;:?=&-])""",
    re.VERBOSE | re.DOTALL,
)
# A name ends where a space or an operator begins; anything else would be a part of it.
_AFTER_NAME = re.compile(r"[ \t\n\r\v.\[\]{}(),@#;:?+\-*/%|=<>^&!~]|$")
_PATTERN = re.compile(r"/((?:[^/\\\[(]|\[[^\]\\(){}]*\])+)/(?![a-zA-Z])")
_VALUES = {"true": True, "false": False, "null": None}
_WORDS = frozenset({"and", "or", "in"})
_ESCAPE = re.compile(r"\\(?:(u[0-9a-fA-F]{4})|(.))", re.DOTALL)
_ESCAPED = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\", "/": "/"}


@dataclass(frozen=True, slots=True)
class Token:
    """One token; an operator's `value` is itself."""

    kind: Kind
    value: str | int | bool | None


def tokens_of(text: str) -> list[Token]:
    """Return the tokens with an end; raises NotPlain."""
    if len(text) > LONGEST_TEXT:
        raise NotPlain
    tokens: list[Token] = []
    at = _after_space(text, 0)
    while at < len(text):
        pattern = _PATTERN.match(text, at) if _begins_operand(tokens) else None
        if pattern is not None:
            tokens.append(Token("pattern", pattern.group(1)))
            at = pattern.end()
        else:
            found = _TOKEN.match(text, at)
            if found is None:
                raise NotPlain
            tokens.append(_token(found, text))
            at = found.end()
        at = _after_space(text, at)
    return [*tokens, Token("end", None)]


def _after_space(text: str, at: int) -> int:
    space = _SPACE.match(text, at)
    return at if space is None else space.end()


def _begins_operand(tokens: list[Token]) -> bool:
    """Say whether a slash here would begin a pattern, not divide."""
    return bool(tokens) and tokens[-1].kind == "operator" and str(tokens[-1].value) in "(,:?;=&"


def _token(found: re.Match[str], text: str) -> Token:
    kind, value = found.lastgroup, found[0]
    if kind in ("name", "variable", "number") and not _AFTER_NAME.match(text, found.end()):
        raise NotPlain
    if kind == "text":
        return Token("text", _unescaped(value[1:-1]))
    if kind == "number":
        return Token("number", int(value))
    if kind == "variable":
        return Token("variable", value[1:])
    if kind == "quoted":
        return Token("name", found["quoted"])
    if kind == "name" and value in _WORDS:
        return Token("operator", value)
    if kind == "name" and value in _VALUES:
        return Token("value", _VALUES[value])
    return Token("name" if kind == "name" else "operator", value)


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(_escaped, text) if "\\" in text else text


def _escaped(found: re.Match[str]) -> str:
    code, letter = found.groups()
    character = chr(int(code[1:], 16)) if code else _ESCAPED.get(letter)
    if character is None or "\ud800" <= character <= "\udfff":
        raise NotPlain
    return character
