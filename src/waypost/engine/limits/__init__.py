"""Keeps a provider's rate limits and quota as plain data and pure functions: ask, observe, describe."""

from waypost.engine.limits.budget import BudgetRule, BudgetState, prepare
from waypost.engine.limits.describe import Standing, describe
from waypost.engine.limits.observe import observe
from waypost.engine.limits.pace import Go, Wait, ask

__all__ = [
    "BudgetRule",
    "BudgetState",
    "Go",
    "Standing",
    "Wait",
    "ask",
    "describe",
    "observe",
    "prepare",
]
