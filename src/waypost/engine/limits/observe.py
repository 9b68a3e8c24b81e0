"""Learn from an answer: its headers where they exist, its status always."""

from bisect import insort
from datetime import datetime
from email.utils import parsedate_to_datetime
from math import isfinite

from msgspec import Struct, structs

from waypost.engine.limits.budget import (
    DAY,
    EMPTY_WINDOW,
    Allowed,
    BudgetRule,
    BudgetState,
    QuotaLeft,
    Window,
    next_midnight,
    pruned,
    quota_at,
)
from waypost.engine.retry import retry_after_seconds
from waypost.engine.transport import Headers

LONGEST_CLOSURE = DAY
FIRST_CLOSURE = 1.0
MAINTENANCE_SPAN = 60.0


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


def observe(
    state: BudgetState,
    rate_class: str | None,
    headers: Headers,
    status: int,
    now: float,
    rule: BudgetRule,
) -> BudgetState:
    """Return what is known after an answer; status 0 means that none came.

    Counts below ours are adopted, counts above are not: the provider's window may just have begun.
    Headers that are absent, or that make no sense, change nothing.
    """
    allowed = rule.allowed(rate_class)
    answer = _Answer(status, dict(headers[::-1]), now, rule)
    window = pruned(state.windows.get(allowed.name, EMPTY_WINDOW), now)
    window = _with_status(_with_headers(window, allowed, answer), allowed, answer)
    quota = _with_quota(state.quota, answer) if rule.has_quota else state.quota
    closed_until, refusals = state.closed_until, 0 if status else state.refusals
    if status in rule.maintenance:
        closed_until, refusals = _closure(
            state.closed_until, state.refusals, answer, MAINTENANCE_SPAN
        )
    return BudgetState({**state.windows, allowed.name: window}, quota, closed_until, refusals)


def _with_headers(window: Window, allowed: Allowed, answer: _Answer) -> Window:
    limit = answer.whole(answer.rule.headers.limit)
    if limit is not None and limit > 0:
        window = structs.replace(window, limit=limit)
    remaining = answer.whole(answer.rule.headers.remaining)
    known = window.limit or allowed.limit
    if remaining is None or known is None:
        return window
    others = known - remaining - window.used
    if others <= 0:
        return window
    # Somebody else uses this account too, or we forgot: count theirs until the window ends.
    end = answer.now + allowed.span
    reset = _reset_at(answer)
    if reset is not None and answer.now < reset < end:
        end = reset
    marks = list(window.marks)
    insort(marks, (answer.now, end, others), key=lambda mark: mark[1])
    return structs.replace(window, marks=tuple(marks), used=window.used + others)


def _with_status(window: Window, allowed: Allowed, answer: _Answer) -> Window:
    if answer.status not in answer.rule.limited:
        return structs.replace(window, refusals=0) if window.refusals and answer.status else window
    reset = _reset_at(answer) if _is_empty(answer) else None
    if reset is not None and answer.now < reset <= answer.now + allowed.span:
        return structs.replace(window, closed_until=max(window.closed_until, reset))
    until, refusals = _closure(window.closed_until, window.refusals, answer, allowed.span)
    return structs.replace(window, closed_until=until, refusals=refusals)


def _is_empty(answer: _Answer) -> bool:
    """Say whether a refusal tells when the window ends instead of how long to wait."""
    told = answer.headers.get("retry-after")
    return told is None and answer.whole(answer.rule.headers.remaining) == 0


def _closure(
    closed_until: float, refusals: int, answer: _Answer, longest: float
) -> tuple[float, int]:
    """Return until when to stay away: as told, else doubling with every refusal in a row."""
    now = answer.now
    told = retry_after_seconds(answer.headers.get("retry-after"), now)
    if told is not None:
        return max(closed_until, now + min(told, LONGEST_CLOSURE)), refusals
    if closed_until > now:  # an answer to a call sent before we knew
        return closed_until, refusals
    return now + min(longest, FIRST_CLOSURE * 2 ** min(refusals, 16)), refusals + 1


def _with_quota(quota: QuotaLeft, answer: _Answer) -> QuotaLeft:
    now, rule = answer.now, answer.rule
    quota = quota_at(quota, now, rule)
    pending = max(0, quota.pending - 1)
    told = answer.whole(rule.quota_remaining_header, signed=True)
    if told is None:
        return structs.replace(quota, pending=pending)
    if told == rule.quota_unlimited:
        return structs.replace(quota, pending=pending, remaining=None, unlimited=True)
    reset = _moment(answer.headers.get(rule.quota_reset_header or ""))
    if reset is None or not now < reset <= now + DAY + 1:
        reset = next_midnight(now)
    # Calls in flight may or may not be in the provider's figure; the last of them settles it.
    return QuotaLeft(max(0, told - pending), False, reset, pending, quota.asked_at)


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
