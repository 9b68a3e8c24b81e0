"""Give places: how many calls of which lane may go now, or how long until the next one may."""

from dataclasses import dataclass
from math import ceil, inf

from msgspec import Struct, structs

from waypost.engine.limits.budget import (
    EMPTY_WINDOW,
    Allowed,
    BudgetRule,
    BudgetState,
    Queue,
    QuotaLeft,
    Window,
    held_in,
    pruned,
    quota_at,
)
from waypost.engine.limits.lanes import LANES, NONE_WAITING, ONE_WAITING, Waiting, is_spread
from waypost.engine.limits.marks import Mark
from waypost.engine.limits.others import Outlook, most_used, outlook

PROBE_SECONDS = 30.0
"""How long the one call that tries a door may take before another may try."""
PROBED_SECONDS = 2.0
"""When to ask again whether that call was served."""
QUEUE_SECONDS = 5.0
"""How long what a holder said about its waiting callers is believed."""
SOON = 0.1
"""When to ask again for a place that was left to another holder's more urgent call."""
LATER = 0.1
LATEST = 0.5
"""When to ask again for a place, at the soonest and at the latest, while others use the account."""
CATCH_UP = 0.95
"""What others did not use after all is made up for a little faster than evenly."""
_UNLIMITED = 1 << 30
_A_HAIR = 0.001
"""Added to every wait, so that rounding never makes the next question come too early."""


class Need(Struct, frozen=True, gc=False):
    """What one holder asks for: a place for each waiting call, and `store` more if there is plenty."""

    waiting: Waiting = ONE_WAITING
    store: int = 0


ONE_CALL = Need()


@dataclass(frozen=True, slots=True)
class Wait:
    """Ask again in `seconds`; `reason` is rate, quota, refused, maintenance or down."""

    seconds: float
    reason: str


class Taken(Struct, frozen=True):
    """The places given by lane, those to keep in store, and when to ask again for the rest."""

    state: BudgetState
    given: Waiting = NONE_WAITING
    stored: int = 0
    wait: Wait | None = None


def take(
    state: BudgetState,
    rate_class: str | None,
    now: float,
    rule: BudgetRule,
    need: Need = ONE_CALL,
    holder: str = "",
    *,
    share: float = 1.0,
) -> Taken:
    """Give places of a class to a holder's waiting calls at `now` (Unix seconds).

    `share` is the part of the allowance that may be given.
    Any stretch of a class's window holds at most its limit. The provider counts in fixed windows
    whose start we do not know, and whichever it is, it lies inside such a stretch.
    """
    allowed = rule.allowed(rate_class)
    window = pruned(state.windows.get(allowed.name, EMPTY_WINDOW), now)
    quota = quota_at(state.quota, now, rule) if rule.has_quota else state.quota
    shut = _shut(state, window, quota, now)
    if shut is not None:
        window = _heard(window, holder, need.waiting, now)
        windows = {**state.windows, allowed.name: window}
        return Taken(structs.replace(state, windows=windows, quota=quota), wait=shut)
    others = _others_waiting(window, holder, now)
    desk = _Desk(allowed, window, quota, now, need=need, others=others, share=share)
    doubtful = state.closure.until > 0
    if doubtful:
        desk.free = min(desk.free, 1)
    given, wait = desk.serve()
    stored = 0 if wait or doubtful else desk.put_by()
    window = _heard(window, holder, desk.unserved(given), now)
    taken = sum(given) + stored
    if taken:
        held = {**window.held, holder: window.held.get(holder, 0) + taken}
        window = structs.replace(window, held=held, even=desk.even)
    closure = state.closure
    if taken and doubtful:
        closure = structs.replace(closure, probe_until=now + PROBE_SECONDS)
    if taken and quota.remaining is not None:
        quota = structs.replace(quota, remaining=quota.remaining - taken)
    windows = {**state.windows, allowed.name: window}
    return Taken(BudgetState(windows, quota, closure, state.given + taken), given, stored, wait)


def give_back(
    state: BudgetState, rate_class: str | None, count: int, rule: BudgetRule, holder: str = ""
) -> BudgetState:
    """Take back places that were given and not used."""
    allowed = rule.allowed(rate_class)
    window = state.windows.get(allowed.name, EMPTY_WINDOW)
    count = min(count, window.held.get(holder, 0))
    if count == 0:
        return state
    limit = window.limit or allowed.limit
    even = window.even - count * allowed.span / limit if limit else window.even
    window = structs.replace(released(window, holder, count), even=even)
    windows = {**state.windows, allowed.name: window}
    quota = state.quota
    if quota.remaining is not None:
        quota = structs.replace(quota, remaining=quota.remaining + count)
    closure = structs.replace(state.closure, probe_until=0.0)
    return BudgetState(windows, quota, closure, state.given - count)


def released(window: Window, holder: str, count: int) -> Window:
    """Return a window in which a holder holds `count` places fewer."""
    held = {name: number for name, number in window.held.items() if name != holder}
    rest = window.held.get(holder, 0) - count
    if rest > 0:
        held[holder] = rest
    return structs.replace(window, held=held)


def allowance(
    window: Window, allowed: Allowed, quota: QuotaLeft, now: float, share: float = 1.0
) -> int | None:
    """Return how many places of a class are ours: its limit, less what others use and may use."""
    limit = window.limit or allowed.limit
    if limit is None:
        return None
    if not window.curve.at:
        return limit if share >= 1.0 else int(limit * share)
    ahead = outlook_of(window, allowed, quota, now)
    away = max(window.theirs, min(ahead.most, window.theirs + ahead.coming(0.0)))
    return int(max(limit - away, _least(window, limit, allowed, now)) * share)


def outlook_of(window: Window, allowed: Allowed, quota: QuotaLeft, now: float) -> Outlook:
    """Return what others may still do in a class before we would see it."""
    seen_at = window.told_at if is_told(window, allowed, now) else quota.seen_at
    return outlook(window.curve, theirs=window.theirs, seen_at=seen_at, now=now, span=allowed.span)


def is_told(window: Window, allowed: Allowed, now: float) -> bool:
    """Say whether the provider's headers tell of this class itself, and did so lately."""
    return bool(window.told_at) and now - window.told_at < allowed.span


def _room(
    window: Window, allowed: Allowed, quota: QuotaLeft, now: float, *, limit: int, share: float
) -> int:
    """Return how many places may be given now so that no stretch of a window holds too many."""
    held = held_in(window)
    used = window.used + held
    if not window.curve.at:
        return (limit if share >= 1.0 else int(limit * share)) - used
    ahead = outlook_of(window, allowed, quota, now)
    # Places that are given elsewhere count as the others' calls do.
    away = limit * (1.0 - share)
    full = most_used(window.marks, window.others, held, ahead, now)
    least = _least(window, limit, allowed, now) * share
    return int(max(limit - away - full, least - used, 1 - used))


def _least(window: Window, limit: int, allowed: Allowed, now: float) -> int:
    """Return how many places nobody can take from us while the calls' class is not told.

    Of a small class they would leave nothing, and perhaps they were all of another.
    """
    return 0 if is_told(window, allowed, now) else ceil(limit / 4)


def frees_at(window: Window, limit: int, count: int, allowed: Allowed, now: float) -> float:
    """Return when `count` places are free, given that they are not; `limit` is our allowance."""
    if count > limit > 0:
        beyond = (count - 1) // limit
        return frees_at(window, limit, count - beyond * limit, allowed, now) + beyond * allowed.span
    taken = window.used + held_in(window)
    for _, end, number in _leaving(window):
        if limit - taken >= count:
            break
        taken -= number
        now = max(now, end)
    if limit - taken >= count:
        return now
    return now + allowed.span  # the rest is under way, and counts a whole window from its end


def _leaving(window: Window) -> tuple[Mark, ...]:
    if not window.others:
        return window.marks
    return tuple(sorted((*window.marks, *window.others), key=lambda mark: mark[1]))


def shut_for(state: BudgetState, window: Window, quota: QuotaLeft, now: float) -> float:
    """Return for how many seconds nothing may go at all, for whatever reason."""
    shut = _shut(state, window, quota, now)
    return shut.seconds if shut else 0.0


def _shut(state: BudgetState, window: Window, quota: QuotaLeft, now: float) -> Wait | None:
    closure = state.closure
    if closure.until > now:
        return Wait(closure.until - now + _A_HAIR, closure.why)
    if closure.probe_until > now:
        return Wait(min(closure.probe_until - now, PROBED_SECONDS) + _A_HAIR, closure.why)
    if quota.remaining is not None and quota.remaining <= 0:
        return Wait(quota.resets_at - now + _A_HAIR, "quota")
    if window.closed_until > now:
        return Wait(window.closed_until - now + _A_HAIR, "refused")
    return None


def _heard(window: Window, holder: str, waiting: Waiting, now: float) -> Window:
    """Note what waits at a holder, for the others; one alone has nobody to tell."""
    if not holder or (holder not in window.queues and not any(waiting)):
        return window
    queues = {
        name: queue
        for name, queue in window.queues.items()
        if name != holder and now - queue.at < QUEUE_SECONDS
    }
    if any(waiting):
        queues[holder] = Queue(now, waiting)
    return structs.replace(window, queues=queues)


def _others_waiting(window: Window, holder: str, now: float) -> Waiting:
    if not window.queues:
        return NONE_WAITING
    fresh = [
        queue.waiting
        for name, queue in window.queues.items()
        if name != holder and abs(now - queue.at) < QUEUE_SECONDS
    ]
    first, second, third, last = (sum(each[lane] for each in fresh) for lane in range(LANES))
    return first, second, third, last


class _Desk:
    """One question, being answered lane by lane."""

    def __init__(
        self,
        allowed: Allowed,
        window: Window,
        quota: QuotaLeft,
        now: float,
        *,
        need: Need,
        others: Waiting,
        share: float,
    ) -> None:
        self._allowed = allowed
        self._window = window
        self._now = now
        self._need = need
        self._others = others
        self._quota = quota
        whole = window.limit or allowed.limit
        limit = allowance(window, allowed, quota, now, share)
        self._limit = _UNLIMITED if limit is None else limit
        self._room = (
            _UNLIMITED
            if whole is None
            else _room(window, allowed, quota, now, limit=whole, share=share)
        )
        by_quota = _UNLIMITED if quota.remaining is None else quota.remaining
        self._by_quota = by_quota < self._room
        self.free = min(self._room, by_quota)
        hurry = CATCH_UP if window.curve.at else 1.0
        self._step = 0.0 if limit is None else hurry * allowed.span / max(1, limit)
        self._tolerance = self._step * max(1, self._limit // 10)
        self.even = max(window.even, now)

    def serve(self) -> tuple[Waiting, Wait | None]:
        """Give what can be given, first lanes first; return it with the wait of the first unserved."""
        given = [0] * LANES
        seconds = inf
        ahead = 0
        for lane, wanted in enumerate(self._need.waiting):
            if wanted:
                given[lane] = count = self._portion(lane, wanted, ahead)
                self._spend(count)
                if count < wanted:
                    seconds = min(seconds, self._until(lane))
            ahead += self._others[lane]
        wait = None if seconds == inf else Wait(max(0.0, seconds) + _A_HAIR, "rate")
        return (given[0], given[1], given[2], given[3]), wait

    def unserved(self, given: Waiting) -> Waiting:
        """Return what still waits."""
        left = [wanted - got for wanted, got in zip(self._need.waiting, given, strict=True)]
        return left[0], left[1], left[2], left[3]

    def put_by(self) -> int:
        """Give some more, to be used without asking, while less than half is used."""
        count = min(self._need.store, (self.free - self._limit // 2) // 2)
        if count <= 0 or any(self._others):
            return 0
        self._spend(count)
        return count

    def _portion(self, lane: int, wanted: int, ahead: int) -> int:
        free = self.free
        if free <= 0 or ahead:  # who is more urgent elsewhere comes first, however many are free
            return 0
        theirs = self._others[lane]
        if wanted + theirs > free:
            wanted = min(wanted, max(1, free * wanted // (wanted + theirs)))
        if is_spread(lane) and self._step:
            due = int((self._tolerance - (self.even - self._now)) / self._step + 1e-6) + 1
            wanted = min(wanted, max(0, due) if self.even - self._now <= self._tolerance else 0)
        return wanted

    def _spend(self, count: int) -> None:
        self.free -= count
        self.even += count * self._step

    def _until(self, lane: int) -> float:
        """Return the seconds until the next call of a lane may go."""
        now = self._now
        if self.free <= 0 and self._by_quota:
            return self._quota.resets_at - now
        if self.free <= 0:
            count = max(0, self._room) + 1
            seconds = frees_at(self._window, self._limit, count, self._allowed, now) - now
            # What others do may make room sooner, and is seen with every answer.
            return min(max(seconds, LATER), LATEST) if self._window.curve.at else seconds
        due = self.even - self._tolerance - now
        return due if is_spread(lane) and due > 0 else SOON
