"""Where a budget stands, for the `ratelimit-*` headers, and how long a call would wait."""

from math import ceil

from msgspec import Struct

from waypost.engine.limits.budget import (
    EMPTY_WINDOW,
    Allowed,
    BudgetRule,
    BudgetState,
    Window,
    held_in,
    pruned,
    quota_at,
)
from waypost.engine.limits.lanes import is_spread
from waypost.engine.limits.pace import allowance, frees_at, shut_for


class Standing(Struct, frozen=True, gc=False):
    """The tightest allowance: its size, what is left, and in how many seconds it is free again."""

    limit: int
    remaining: int
    reset: int


def describe(
    state: BudgetState,
    rate_class: str | None,
    now: float,
    rule: BudgetRule,
    *,
    share: float = 1.0,
    returning: int = 0,
) -> Standing | None:
    """Return where a class stands, or None when no limit is known.

    Places that are held are taken, but for those that are `returning`; `share` is the part of the
    allowance that is the reader's.

    `reset` is when the whole allowance is back; with nothing left, when the next call may go.
    """
    allowed = rule.allowed(rate_class)
    window = pruned(state.windows.get(allowed.name, EMPTY_WINDOW), now)
    mine = allowance(window, allowed, quota_at(state.quota, now, rule), now, share)
    standing = None if mine is None else _of_window(window, allowed, mine, now, returning)
    closed = max(state.closure.until, window.closed_until)
    if standing is not None and closed > now:
        standing = Standing(standing.limit, 0, max(standing.reset, ceil(closed - now)))
    quota = _of_quota(state, now, rule, returning)
    if standing is None or (quota is not None and quota.remaining < standing.remaining):
        return quota
    return standing


def _of_window(window: Window, allowed: Allowed, mine: int, now: float, returning: int) -> Standing:
    limit = window.limit or allowed.limit or mine
    held = max(0, held_in(window) - returning)
    remaining = max(0, mine - window.used - held)
    whole = window.marks[-1][1] if window.marks else now
    if held:
        whole = now + allowed.span
    end = whole if remaining else frees_at(window, mine, 1, allowed, now)
    return Standing(limit, remaining, ceil(end - now))


def forecast(
    state: BudgetState,
    rate_class: str | None,
    now: float,
    rule: BudgetRule,
    *,
    lane: int,
    ahead: int,
    share: float = 1.0,
) -> float:
    """Return in how many seconds a call may go that has `ahead` calls before it in its queue."""
    allowed = rule.allowed(rate_class)
    window = pruned(state.windows.get(allowed.name, EMPTY_WINDOW), now)
    quota = quota_at(state.quota, now, rule) if rule.has_quota else state.quota
    shut = shut_for(state, window, quota, now)
    if quota.remaining is not None and quota.remaining <= ahead:
        return max(shut, quota.resets_at - now)
    mine = allowance(window, allowed, quota, now, share)
    if mine is None:
        return shut
    seconds = max(shut, frees_at(window, mine, ahead + 1, allowed, now) - now)
    if is_spread(lane):
        step = allowed.span / max(1, mine)
        due = max(window.even, now) + (ahead - max(1, mine // 10)) * step
        seconds = max(seconds, due - now)
    return seconds


def _of_quota(state: BudgetState, now: float, rule: BudgetRule, returning: int) -> Standing | None:
    if not rule.has_quota:
        return None
    quota = quota_at(state.quota, now, rule)
    if quota.remaining is None:
        return None
    remaining = max(0, quota.remaining + returning)
    return Standing(max(rule.quota_limit or 0, remaining), remaining, ceil(quota.resets_at - now))
