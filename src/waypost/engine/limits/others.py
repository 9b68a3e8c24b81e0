"""Calls of others on the same account: how they come, and how many more may before we see them.

Nobody tells us of their next call, so a place of ours is given only where even their most would
still fit in. Their most is what several buckets let through (an arrival curve): in any `a` seconds
at most `depth + steepness * rate * a` calls, all of it read from what was seen of them.
"""

from msgspec import Struct, structs

from waypost.engine.limits.marks import Mark

AT_ONCE_SECONDS = 2.0
"""What others use in so much time counts as used at once."""
KEPT_WINDOWS = 3
"""For how many windows the most that came at once is expected again."""
NEWCOMER = 3
"""Before a third of a window has passed, others are taken to go on as they began."""
STEEPNESS = (1.0, 2.0, 4.0)
"""How fast each bucket runs out, by their rate: the first bounds a window, the last a moment."""
SPARE = 0.5
"""How many calls more at once than ever seen."""


Each = tuple[float, float, float]
"""One figure for each bucket of `STEEPNESS`."""


class Curve(Struct, frozen=True, gc=False):
    """How others' calls come, as of the last that was seen `at` (0: none ever was).

    `rate` is how many came in a second by then. Of each bucket `level` is how full it was, `depth`
    how full it ever was since `turned_at`, and `before` in the time before that. `since` is when
    they began.
    """

    rate: float = 0.0
    level: Each = (0.0, 0.0, 0.0)
    depth: Each = (0.0, 0.0, 0.0)
    before: Each = (0.0, 0.0, 0.0)
    turned_at: float = 0.0
    since: float = 0.0
    at: float = 0.0


class Outlook(Struct, frozen=True, gc=False):
    """What others may use: of every window at most `most`, and in the next seconds `coming`."""

    soon: Each = (0.0, 0.0, 0.0)
    rate: float = 0.0
    most: float = 0.0

    def coming(self, seconds: float) -> float:
        """Return how many more of theirs there may be in so many seconds, and by now unseen."""
        first, second, third = self.soon
        step = self.rate * seconds
        return min(
            first + STEEPNESS[0] * step, second + STEEPNESS[1] * step, third + STEEPNESS[2] * step
        )


NOBODY = Outlook()
_NONE: Each = (0.0, 0.0, 0.0)


def came(
    curve: Curve, count: int, *, theirs: int, seen_at: float, now: float, span: float
) -> Curve:
    """Return the curve after `count` calls of others came between `seen_at` and `now`.

    `theirs` is how many of them stand in the window, these included. What came before anybody
    looked, or in more than a window, is taken to have come evenly.
    """
    gap = min(span, max(0.0, now - seen_at))
    if not curve.at or theirs <= count:  # they are new, or were silent for a whole window
        curve = structs.replace(curve, since=now - gap, level=_NONE, at=now - gap)
    rate = _rate(curve, theirs, now, span)
    at_once = count * min(1.0, AT_ONCE_SECONDS / gap if gap else 1.0)
    level, peak = [], []
    for steepness, full in zip(STEEPNESS, curve.level, strict=True):
        drain = steepness * rate
        left = max(0.0, full - drain * max(0.0, now - gap - curve.at))
        level.append(max(0.0, left + count - drain * gap))
        peak.append(max(level[-1], left + at_once))
    before, turned_at, depth = curve.before, curve.turned_at, _highest(curve.depth, _each(peak))
    if now - turned_at > KEPT_WINDOWS * span:
        before = curve.depth if now - turned_at < 2 * KEPT_WINDOWS * span else _NONE
        depth, turned_at = _each(peak), now
    return Curve(rate, _each(level), depth, before, turned_at, curve.since, now)


def outlook(curve: Curve, *, theirs: int, seen_at: float, now: float, span: float) -> Outlook:
    """Return what others may still do, `seen_at` being when we last would have seen a call of theirs."""
    if not curve.at or now - curve.at > KEPT_WINDOWS * span:
        return NOBODY
    rate = _rate(curve, theirs, now, span)
    drain = max(rate, curve.rate) * max(0.0, now - curve.at)
    unseen = rate * min(span, max(0.0, now - seen_at))
    depth = _highest(curve.depth, curve.before)
    soon = [
        most + SPARE - max(0.0, full - steepness * drain) + steepness * unseen
        for steepness, most, full in zip(STEEPNESS, depth, curve.level, strict=True)
    ]
    return Outlook(_each(soon), rate, depth[0] + SPARE + rate * span)


def most_used(
    ours: tuple[Mark, ...], theirs: tuple[Mark, ...], held: int, ahead: Outlook, now: float
) -> float:
    """Return how full the fullest window may become that holds a call made now, if we make no other.

    Whichever stretch of time it is, it ends `a` seconds from now: what leaves before is not in it,
    what others do until then is. `held` calls of ours are under way.
    """
    leaving = sorted([(end, n, 0) for _, end, n in ours] + [(end, 0, n) for _, end, n in theirs])
    left = held + sum(mark[1] for mark in leaving)
    known = sum(mark[2] for mark in leaving)
    fullest = 0.0
    for end, mine, other in [(now, 0, 0), *leaving]:
        coming = known + ahead.coming(max(0.0, end - now))
        fullest = max(fullest, left + max(known, min(ahead.most, coming)))
        left -= mine
        known -= other
    return max(fullest, left + ahead.most)


def _rate(curve: Curve, theirs: int, now: float, span: float) -> float:
    return theirs / min(span, max(span / NEWCOMER, now - curve.since))


def _highest(one: Each, other: Each) -> Each:
    return max(one[0], other[0]), max(one[1], other[1]), max(one[2], other[2])


def _each(figures: list[float]) -> Each:
    first, second, third = figures
    return first, second, third
