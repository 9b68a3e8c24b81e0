"""Where a budget stands, for the `ratelimit-*` headers."""

from math import ceil

from msgspec import Struct

from waypost.engine.limits.budget import (
    EMPTY_WINDOW,
    BudgetRule,
    BudgetState,
    Window,
    pruned,
    quota_at,
)
from waypost.engine.limits.pace import frees_at


class Standing(Struct, frozen=True, gc=False):
    """The tightest allowance: its size, what is left, and in how many seconds it is free again."""

    limit: int
    remaining: int
    reset: int


def describe(
    state: BudgetState, rate_class: str | None, now: float, rule: BudgetRule
) -> Standing | None:
    """Return where a class stands, or None when no limit is known.

    `reset` is when the whole allowance is back; with nothing left, when the next call may go.
    """
    allowed = rule.allowed(rate_class)
    window = pruned(state.windows.get(allowed.name, EMPTY_WINDOW), now)
    limit = window.limit or allowed.limit
    standing = None if limit is None else _of_window(window, limit, now)
    closed = max(state.closed_until, window.closed_until)
    if standing is not None and closed > now:
        standing = Standing(standing.limit, 0, max(standing.reset, ceil(closed - now)))
    quota = _of_quota(state, now, rule)
    if standing is None or (quota is not None and quota.remaining < standing.remaining):
        return quota
    return standing


def _of_window(window: Window, limit: int, now: float) -> Standing:
    remaining = max(0, limit - window.used)
    if not window.marks:
        return Standing(limit, remaining, 0)
    end = window.marks[-1][1] if remaining else frees_at(window, limit)
    return Standing(limit, remaining, ceil(end - now))


def _of_quota(state: BudgetState, now: float, rule: BudgetRule) -> Standing | None:
    if not rule.has_quota:
        return None
    quota = quota_at(state.quota, now, rule)
    if quota.remaining is None:
        return None
    remaining = max(0, quota.remaining)
    return Standing(max(rule.quota_limit or 0, remaining), remaining, ceil(quota.resets_at - now))
