"""The door to a provider: shut while it is in maintenance or down, tried by one call, opened again."""

from waypost.engine.limits.budget import Closure

NO_ANSWER = -1
"""Stands for the status of a call whose provider was not reached, or did not answer in time."""
MOST_FAILURES = 5
"""After so many failures in a row, with no success between, a provider is taken to be down."""
FIRST_CLOSURE = 1.0
LONGEST_DOWN = 60.0
LONGEST_MAINTENANCE = 60.0
LONGEST_TOLD = 86_400.0
"""How long a provider's own `Retry-After` is believed, at most."""


def is_failure(status: int) -> bool:
    """Say whether an answer, or its absence, tells of a provider that is down.

    A caller that left before the answer (status 0) tells nothing.
    """
    return status == NO_ANSWER or (status >= 500 and status != 501)


def after(
    closure: Closure,
    status: int,
    told: float | None,
    now: float,
    *,
    is_maintenance: bool,
    several: int = 1,
    who: str = "",
) -> Closure:
    """Return the door after an answer; `told` is for how many seconds the provider said to wait.

    The door of a host is shut when calls of `several` accounts failed in a row, this one of `who`.
    The answer to a call from before the door was shut neither opens it nor shuts it for longer.
    """
    if is_maintenance:
        return _shut(closure, told, now, LONGEST_MAINTENANCE, "maintenance")
    if closure.until == 0.0:
        return _counted(closure, status, told, now, several=several, who=who)
    if now < closure.until:
        return closure
    if status > 0 and not is_failure(status):
        return Closure()
    why = "down" if status else closure.why
    return _shut(closure, told, now, LONGEST_DOWN, why)


def _counted(
    closure: Closure, status: int, told: float | None, now: float, *, several: int, who: str
) -> Closure:
    if not is_failure(status):
        return Closure() if closure.failures and status else closure
    failures = closure.failures + 1
    failing = closure.failing
    if several > 1 and who not in failing:
        failing = (*failing, who)
    if failures < MOST_FAILURES or (several > 1 and len(failing) < several):
        return Closure(failures=failures, failing=failing)
    return _shut(closure, told, now, LONGEST_DOWN, "down")


def _shut(closure: Closure, told: float | None, now: float, longest: float, why: str) -> Closure:
    until, refusals = away_until(closure.until, closure.refusals, told, now, longest)
    return Closure(until, refusals, why=why)


def away_until(
    until: float, refusals: int, told: float | None, now: float, longest: float
) -> tuple[float, int]:
    """Return until when to stay away: as told, else doubling with every refusal in a row."""
    if told is not None:
        return max(until, now + min(told, LONGEST_TOLD)), refusals
    if until > now:  # an answer to a call sent before we knew
        return until, refusals
    return now + min(longest, FIRST_CLOSURE * 2 ** min(refusals, 16)), refusals + 1
