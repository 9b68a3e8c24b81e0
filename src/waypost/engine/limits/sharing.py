"""Several holders, and some of them gone: who holds what of a budget that is kept elsewhere."""

from collections.abc import Container, Mapping

from msgspec import structs

from waypost.engine.limits.budget import (
    EMPTY_WINDOW,
    BudgetRule,
    BudgetState,
    Closure,
    QuotaLeft,
    pruned,
)
from waypost.engine.limits.marks import Mark
from waypost.engine.limits.observe import settle
from waypost.engine.limits.pace import allowance, released

History = Mapping[str, tuple[tuple[Mark, ...], int]]
"""Of each class what one holder's calls left behind, and how many places it holds."""


def bury(state: BudgetState, living: Container[str], now: float, rule: BudgetRule) -> BudgetState:
    """Count what dead holders held as used now: nobody will say what became of it."""
    windows = dict(state.windows)
    for name, window in state.windows.items():
        dead = {holder: count for holder, count in window.held.items() if holder not in living}
        if not dead:
            continue
        buried = window
        for holder, count in dead.items():
            buried = released(buried, holder, count)
        mark = (now, now + rule.allowed(name).span, sum(dead.values()))
        queues = {holder: queue for holder, queue in window.queues.items() if holder not in dead}
        windows[name] = structs.replace(
            buried, marks=(*window.marks, mark), used=window.used + mark[2], queues=queues
        )
    return state if windows == state.windows else structs.replace(state, windows=windows)


def brought(
    state: BudgetState, history: History, known: BudgetState, holder: str, rule: BudgetRule
) -> BudgetState:
    """Return a state with what one holder did while nobody could be told, and what it knows."""
    for name, (marks, held) in history.items():
        state = settle(state, name, marks, rule)
        window = state.windows[name]
        if held:
            window = structs.replace(window, held={**window.held, holder: held})
        learnt = known.windows.get(name, EMPTY_WINDOW)
        window = structs.replace(
            window,
            limit=window.limit or learnt.limit,
            closed_until=max(window.closed_until, learnt.closed_until),
        )
        state = structs.replace(
            state, windows={**state.windows, name: window}, given=state.given + held
        )
    if not state.quota.resets_at:
        state = structs.replace(state, quota=_anew(known.quota))
    if known.closure.until > state.closure.until:
        state = structs.replace(state, closure=_shut_too(known.closure))
    return state


def apart(
    known: BudgetState, history: History, now: float, rule: BudgetRule, share: float
) -> BudgetState:
    """Return the state with which a holder goes on alone, on its share of the allowance.

    What the others used last is not known, so the whole share counts as used for one window.
    """
    windows = {}
    for name, allowed in rule.classes.items():
        learnt = pruned(known.windows.get(name, EMPTY_WINDOW), now)
        marks, held = history.get(name, ((), 0))
        full = allowance(learnt, allowed, known.quota, now, share) or 0
        windows[name] = structs.replace(
            EMPTY_WINDOW,
            marks=(*marks, (now, now + allowed.span, full)),
            used=sum(mark[2] for mark in marks) + full,
            limit=learnt.limit,
            closed_until=learnt.closed_until,
            held={"": held} if held else {},
        )
    quota = _anew(known.quota)
    if quota.remaining is not None:
        quota = structs.replace(quota, remaining=int(quota.remaining * share))
    return BudgetState(windows, quota, _shut_too(known.closure), 0)


def _shut_too(closure: Closure) -> Closure:
    return Closure(closure.until, why=closure.why)


def _anew(quota: QuotaLeft) -> QuotaLeft:
    """Forget what others used: the figures it was worked out from are gone."""
    return structs.replace(quota, base=None, lowest=None)
