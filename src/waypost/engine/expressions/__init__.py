"""Mapping expressions (JSONata) that always end: compiled once, bounded in time, depth, steps and size."""

from waypost.engine.expressions.compiled import CompiledExpression, compile_expression
from waypost.engine.expressions.limits import EvaluationLimits

__all__ = ["CompiledExpression", "EvaluationLimits", "compile_expression"]
