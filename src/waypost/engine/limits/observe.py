"""Learn from an answer: its headers where they exist, its status always."""

from collections.abc import Iterable
from datetime import datetime
from email.utils import parsedate_to_datetime
from math import ceil, isfinite

from msgspec import Struct, structs

from waypost.engine.limits.budget import (
    DAY,
    EMPTY_WINDOW,
    Allowed,
    BudgetRule,
    BudgetState,
    QuotaLeft,
    Window,
    held_in,
    held_in_all,
    next_midnight,
    pruned,
    quota_at,
)
from waypost.engine.limits.door import after, away_until
from waypost.engine.limits.marks import Mark, add, insert
from waypost.engine.limits.others import came
from waypost.engine.limits.pace import is_told, released
from waypost.engine.retry import retry_after_seconds
from waypost.engine.transport import Headers

MOST_UNSETTLED = 1_000
"""A quota that rises by more than answers can overtake one another was filled up."""
BLAMED_SECONDS = 3600.0
"""For how long a class is suspected that refused a call although others were not seen in it."""


class _Answer(Struct, frozen=True, gc=False):
    """What came back, when, and by which rule it is read; of a repeated header the first value."""

    status: int
    headers: dict[str, str]
    now: float
    rule: BudgetRule

    def whole(self, name: str | None, *, signed: bool = False) -> int | None:
        """Return a header that holds a whole number, or None."""
        text = self.headers.get(name) if name else None
        if text is None:
            return None
        bare = text.strip()
        digits = bare.removeprefix("-") if signed else bare
        if not digits.isascii() or not digits.isdigit() or len(digits) > 15:
            return None
        return int(bare)

    def told_to_wait(self) -> float | None:
        """Return for how many seconds the provider said to wait, or None."""
        return retry_after_seconds(self.headers.get("retry-after"), self.now)


def settle(
    state: BudgetState,
    rate_class: str | None,
    marks: Iterable[Mark],
    rule: BudgetRule,
    holder: str = "",
) -> BudgetState:
    """Return the state after calls of a holder ended; their marks say when they stop counting."""
    allowed = rule.allowed(rate_class)
    window = state.windows.get(allowed.name, EMPTY_WINDOW)
    kept, used, ended = list(window.marks), window.used, 0
    for mark in marks:
        add(kept, mark, allowed.span, allowed.grain)
        used += mark[2]
        ended += mark[2]
    if window.limit or allowed.limit:  # without a limit nothing needs to be counted
        window = structs.replace(window, marks=tuple(kept), used=used)
    window = released(window, holder, min(ended, window.held.get(holder, 0)))
    return structs.replace(state, windows={**state.windows, allowed.name: window})


def heeded(rule: BudgetRule) -> frozenset[str]:
    """Return the names of the headers that `observe` looks at."""
    names = rule.headers
    quota = (rule.quota_remaining_header, rule.quota_reset_header)
    told = ("date", "retry-after", names.limit, names.remaining, names.reset, *quota)
    return frozenset(name for name in told if name)


def observe(
    state: BudgetState,
    rate_class: str | None,
    headers: Headers,
    status: int,
    now: float,
    rule: BudgetRule,
    *,
    unsent: int = 0,
    who: str = "",
) -> BudgetState:
    """Return what is known after the answer to a call that was settled; status 0: none came,
    `NO_ANSWER`: and that is the provider's failure.

    Counts below ours are adopted, counts above are not: the provider's window may just have begun.
    Headers that are absent, or that make no sense, change nothing. Of the places held, `unsent`
    are certainly not under way.
    """
    allowed = rule.allowed(rate_class)
    answer = _Answer(status, dict(headers[::-1]), now, rule)
    if rule.has_quota:
        state = _with_quota(state, answer, unsent=unsent)
    window = pruned(state.windows.get(allowed.name, EMPTY_WINDOW), now)
    window = _with_status(_with_headers(window, allowed, answer), allowed, answer)
    return structs.replace(
        state,
        windows={**state.windows, allowed.name: window},
        closure=after(
            state.closure,
            status,
            answer.told_to_wait(),
            now,
            is_maintenance=status in rule.maintenance,
            several=rule.several,
            who=who,
        ),
    )


def _with_headers(window: Window, allowed: Allowed, answer: _Answer) -> Window:
    limit = answer.whole(answer.rule.headers.limit)
    if limit is not None and limit > 0:
        window = structs.replace(window, limit=limit)
    remaining = answer.whole(answer.rule.headers.remaining)
    known = window.limit or allowed.limit
    if remaining is None or known is None:
        return window
    # Ours of the provider's last window may hide theirs in this one: the quota shows them then.
    others = known - remaining - window.used - held_in(window)
    if others > window.theirs:
        more = others - window.theirs
        window = _with_others(window, more, window.told_at, allowed, answer)
    if others > 0:  # somebody else uses this class too, or we forgot
        window = structs.replace(window, blamed_until=answer.now + BLAMED_SECONDS)
    return structs.replace(window, told_at=answer.now)


def _with_others(
    window: Window, count: int, seen_at: float, allowed: Allowed, answer: _Answer
) -> Window:
    """Count calls of others until they have certainly left the window."""
    now, end = answer.now, answer.now + allowed.span
    reset = _reset_at(answer)
    if reset is not None and now < reset < end:
        end = reset
    marks = list(window.others)
    insert(marks, (now, end, count))
    theirs = window.theirs + count
    curve = came(window.curve, count, theirs=theirs, seen_at=seen_at, now=now, span=allowed.span)
    return structs.replace(window, others=tuple(marks), theirs=theirs, curve=curve)


def _with_status(window: Window, allowed: Allowed, answer: _Answer) -> Window:
    if answer.status not in answer.rule.limited:
        return (
            structs.replace(window, refusals=0) if window.refusals and answer.status > 0 else window
        )
    if answer.headers.get("retry-after") or _is_empty(answer):
        window = structs.replace(window, blamed_until=answer.now + BLAMED_SECONDS)
    reset = _reset_at(answer) if _is_empty(answer) else None
    if reset is not None and answer.now < reset <= answer.now + allowed.span:
        return structs.replace(window, closed_until=max(window.closed_until, reset))
    until, refusals = away_until(
        window.closed_until, window.refusals, answer.told_to_wait(), answer.now, allowed.span
    )
    return structs.replace(window, closed_until=until, refusals=refusals)


def _is_empty(answer: _Answer) -> bool:
    """Say whether a refusal tells when the window ends instead of how long to wait."""
    told = answer.headers.get("retry-after")
    return told is None and answer.whole(answer.rule.headers.remaining) == 0


def _with_quota(state: BudgetState, answer: _Answer, *, unsent: int) -> BudgetState:
    now, rule = answer.now, answer.rule
    quota = quota_at(state.quota, now, rule)
    state = structs.replace(state, quota=quota)
    told = answer.whole(rule.quota_remaining_header, signed=True)
    if told is None:
        return state
    if told == rule.quota_unlimited:
        quota = structs.replace(quota, remaining=None, unlimited=True, base=None, lowest=None)
        return structs.replace(state, quota=quota)
    reset = _moment(answer.headers.get(rule.quota_reset_header or ""))
    if reset is None or not now < reset <= now + DAY + 1:
        reset = next_midnight(now)
    held = held_in_all(state)
    # Calls in flight may or may not be in the provider's figure; the last of them settles it.
    left = max(0, told - held)
    quota = structs.replace(quota, remaining=left, unlimited=False, resets_at=reset)
    if not rule.sees_others:
        return structs.replace(state, quota=quota)
    return _with_their_use(state, quota, told, answer, unsent=unsent)


def _with_their_use(
    state: BudgetState, quota: QuotaLeft, told: int, answer: _Answer, *, unsent: int
) -> BudgetState:
    """Notice a quota that fell more than by our calls, and count the difference as another's.

    Which class they were of is not told: they count where the manifest expects them, and where
    a refusal showed them, but not where the provider's headers tell of the class itself. Both
    figures are bounds on the careful side: all that may be under way is taken as counted by the
    provider.
    """
    now = answer.now
    settled, begun = state.given - held_in_all(state), state.given - unsent
    if quota.lowest is not None and told > quota.lowest + MOST_UNSETTLED:
        quota = structs.replace(quota, base=None, lowest=None)  # it was filled up meanwhile
    if quota.lowest is None or told <= quota.lowest:
        # Whatever was settled before had a higher figure, so it is in this one.
        base = max(quota.base or 0, told + settled)
        quota = structs.replace(quota, base=base, lowest=told)
    theirs = (quota.base or 0) - told - begun
    seen_at, quota = quota.seen_at, structs.replace(quota, seen_at=now)
    if theirs <= 0:
        return structs.replace(state, quota=quota)
    quota = structs.replace(quota, base=(quota.base or 0) - theirs)
    windows = dict(state.windows)
    for name, allowed in answer.rule.classes.items():
        window = pruned(windows.get(name, EMPTY_WINDOW), now)
        if _is_suspect(window, allowed, answer):
            gap = now - seen_at if seen_at else 0.0
            count = theirs if gap <= allowed.span else ceil(theirs * allowed.span / gap)
            windows[name] = _with_others(window, count, seen_at, allowed, answer)
    return structs.replace(state, quota=quota, windows=windows)


def _is_suspect(window: Window, allowed: Allowed, answer: _Answer) -> bool:
    """Say whether calls whose class is not told may be of this one."""
    if answer.now < window.blamed_until:
        return True
    suspects = answer.rule.suspects
    return not is_told(window, allowed, answer.now) and (not suspects or allowed.name in suspects)


def _reset_at(answer: _Answer) -> float | None:
    """Return the window's end on our clock: the provider's `Date` shows how far its own is off."""
    names = answer.rule.headers
    text = answer.headers.get(names.reset or "")
    if text is None:
        return None
    if names.reset_format == "seconds":
        seconds = _number(text)
        return None if seconds is None else answer.now + seconds
    moment = _moment(text)
    return None if moment is None else moment + _clock_difference(answer)


def _clock_difference(answer: _Answer) -> float:
    text = answer.headers.get("date")
    if text is None:
        return 0.0
    try:
        theirs = parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return 0.0
    # Date counts whole seconds and the answer took time: less than two prove nothing.
    return answer.now - theirs if abs(answer.now - theirs) > 2 else 0.0


def _moment(text: str | None) -> float | None:
    """Read Unix seconds or ISO-8601."""
    if text is None:
        return None
    number = _number(text)
    if number is not None:
        return number
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return moment.timestamp() if moment.tzinfo else None


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if isfinite(number) and number >= 0 else None
