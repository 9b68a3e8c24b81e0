"""May this call go now? If so, here is the state after it; if not, how long to wait."""

from dataclasses import dataclass

from msgspec import Struct

from waypost.engine.limits.budget import (
    EMPTY_WINDOW,
    Allowed,
    BudgetRule,
    BudgetState,
    Mark,
    QuotaLeft,
    Window,
    pruned,
    quota_at,
)

FORGET_PENDING = 600.0
"""Seconds after which calls whose end was never reported no longer count as in flight."""
_A_HAIR = 0.001
"""Added to every wait, so that rounding never makes the next question come too early."""


class Go(Struct, frozen=True, gc=False):
    """Send now, and keep `state`: the call is counted in it."""

    state: BudgetState


@dataclass(frozen=True, slots=True)
class Wait:
    """Ask again in `seconds`; `reason` is rate, quota, refused or maintenance."""

    seconds: float
    reason: str


def ask(state: BudgetState, rate_class: str | None, now: float, rule: BudgetRule) -> Go | Wait:
    """Say whether a call of this class may be sent at `now` (Unix seconds).

    Any stretch of a class's window holds at most its limit. The provider counts in fixed windows
    whose start we do not know, and whichever it is, it lies inside such a stretch.
    """
    allowed = rule.allowed(rate_class)
    window = pruned(state.windows.get(allowed.name, EMPTY_WINDOW), now)
    quota = state.quota
    if rule.has_quota:
        quota = quota_at(quota, now, rule)
    wait = _closed(state, window, quota, now)
    if wait is not None:
        return wait
    limit = window.limit or allowed.limit
    if limit is not None and window.used >= limit:
        return Wait(frees_at(window, limit) - now + _A_HAIR, "rate")
    if rule.has_quota:
        quota = _spent(quota, now)
    windows = {**state.windows, allowed.name: _counted(window, allowed, now)}
    return Go(BudgetState(windows, quota, state.closed_until, state.refusals))


def frees_at(window: Window, limit: int) -> float:
    """Return when the window holds fewer than `limit` calls, given that it holds that many."""
    left = window.used
    at = 0.0
    for _, end, count in window.marks:
        if left < limit:
            break
        left -= count
        at = end
    return at


def _closed(state: BudgetState, window: Window, quota: QuotaLeft, now: float) -> Wait | None:
    if state.closed_until > now:
        return Wait(state.closed_until - now + _A_HAIR, "maintenance")
    if quota.remaining is not None and quota.remaining <= 0:
        # With calls in flight the figure is a lower bound, which their answers will correct.
        seconds = quota.resets_at - now
        return Wait((min(1.0, seconds) if quota.pending else seconds) + _A_HAIR, "quota")
    if window.closed_until > now:
        return Wait(window.closed_until - now + _A_HAIR, "refused")
    return None


def _counted(window: Window, allowed: Allowed, now: float) -> Window:
    marks = window.marks
    end = now + allowed.span
    mark: Mark = (now, end, 1)
    if marks and now - marks[-1][0] <= allowed.grain:
        # All of a grain leave together, when its last call does: late, never early.
        first, last, count = marks[-1]
        marks = marks[:-1]
        mark = (first, max(last, end), count + 1)
    return Window(
        (*marks, mark), window.used + 1, window.limit, window.closed_until, window.refusals
    )


def _spent(quota: QuotaLeft, now: float) -> QuotaLeft:
    pending = quota.pending + 1 if now - quota.asked_at < FORGET_PENDING else 1
    remaining = None if quota.remaining is None else quota.remaining - 1
    return QuotaLeft(remaining, quota.unlimited, quota.resets_at, pending, now)
