"""The plain part of the language as Python code of its own, which gives what the engine gives."""

from waypost.engine.expressions.plain.expression import PlainExpression, compile_plain
from waypost.engine.expressions.plain.values import NotUsual

__all__ = ["NotUsual", "PlainExpression", "compile_plain"]
