"""Mapping expressions (JSONata) that always end: compiled once, bounded in time, depth, steps and size."""

from waypost.engine.expressions.apart import begin_apart, run_apart
from waypost.engine.expressions.compiled import CompiledExpression, compile_expression
from waypost.engine.expressions.limits import EvaluationLimits

__all__ = [
    "CompiledExpression",
    "EvaluationLimits",
    "begin_apart",
    "compile_expression",
    "run_apart",
]
