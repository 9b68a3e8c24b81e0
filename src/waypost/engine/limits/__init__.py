"""Keeps a provider's rate limits and quota as plain data and pure functions: take, observe, describe."""

from waypost.engine.limits.budget import (
    Allowed,
    BudgetRule,
    BudgetState,
    prepare,
    prepare_host,
    reopened,
)
from waypost.engine.limits.describe import Standing, describe, forecast
from waypost.engine.limits.door import NO_ANSWER, is_failure
from waypost.engine.limits.exchange import News, Report, exchange
from waypost.engine.limits.lanes import LANE_NAMES, Lane, Waiting, is_spread, lane_named
from waypost.engine.limits.marks import Mark
from waypost.engine.limits.observe import heeded, observe, settle
from waypost.engine.limits.pace import Need, Taken, Wait, give_back, take
from waypost.engine.limits.sharing import History, apart, brought, bury

__all__ = [
    "LANE_NAMES",
    "NO_ANSWER",
    "Allowed",
    "BudgetRule",
    "BudgetState",
    "History",
    "Lane",
    "Mark",
    "Need",
    "News",
    "Report",
    "Standing",
    "Taken",
    "Wait",
    "Waiting",
    "apart",
    "brought",
    "bury",
    "describe",
    "exchange",
    "forecast",
    "give_back",
    "heeded",
    "is_failure",
    "is_spread",
    "lane_named",
    "observe",
    "prepare",
    "prepare_host",
    "reopened",
    "settle",
    "take",
]
