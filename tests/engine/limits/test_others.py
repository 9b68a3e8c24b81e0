import random
from bisect import bisect_left
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waypost.engine.limits import BudgetState, Need, observe, prepare, settle, take
from waypost.engine.limits.others import NOBODY, Curve, Outlook, came, most_used, outlook
from waypost.engine.manifest.limits import Allowance, LimitHeaders, Quota, RateLimit

NOW = 1_790_000_000.0
SPAN = 60.0


def seen(times, counts=None, span=SPAN):
    """Others' calls are seen one after the other, somebody looking all the time."""
    curve, all_seen = Curve(), []
    for place, at in enumerate(times):
        count = counts[place] if counts else 1
        all_seen.append((at, count))
        theirs = sum(each for when, each in all_seen if when > at - span)
        curve = came(curve, count, theirs=theirs, seen_at=at - 0.1, now=at, span=span)
    return curve


def look(curve, theirs, now, seen_at=None, span=SPAN):
    return outlook(
        curve, theirs=theirs, seen_at=now if seen_at is None else seen_at, now=now, span=span
    )


def test_nobody_is_expected_until_somebody_came_and_after_they_were_long_gone():
    assert look(Curve(), 0, NOW) is NOBODY
    curve = seen([NOW])
    assert look(curve, 1, NOW) is not NOBODY
    assert look(curve, 0, NOW + 3 * SPAN + 0.1) is NOBODY


def test_a_steady_caller_is_expected_to_go_on_and_little_is_kept_free_for_him():
    curve = seen([NOW + 2 * place for place in range(90)])
    ahead = look(curve, 30, NOW + 180)
    assert ahead.rate == pytest.approx(0.5, abs=0.02)
    assert 0 < ahead.coming(0) < 4, "a call or two more than one at a time"
    assert ahead.most < 36


def test_who_came_at_once_may_come_at_once_again_for_a_few_windows():
    curve = seen([NOW, NOW + 30], [1, 20])
    assert look(curve, 21, NOW + 30).coming(0) < 3, "but not just now: they all came"
    assert look(curve, 21, NOW + 89).coming(0) > 15
    assert look(curve, 0, NOW + 89 + 100).coming(0) == pytest.approx(21, abs=1)
    later = came(curve, 1, theirs=1, seen_at=NOW + 399, now=NOW + 400, span=SPAN)
    assert look(later, 1, NOW + 400).coming(0) < 3


def test_what_came_while_nobody_looked_is_taken_to_have_come_evenly():
    curve = came(Curve(), 30, theirs=30, seen_at=0.0, now=NOW, span=SPAN)
    assert look(curve, 30, NOW).coming(0) < 3
    assert look(curve, 30, NOW).rate == pytest.approx(0.5)


def test_the_longer_nobody_looked_the_more_may_have_come_up_to_what_a_window_holds():
    curve = seen([NOW + 2 * place for place in range(60)])
    now = NOW + 118
    soons = [look(curve, 30, now, seen_at=now - age).soon[0] for age in (0, 10, 60, 6000)]
    assert soons[1] == pytest.approx(soons[0] + 5, abs=0.2)
    assert soons[3] == soons[2] == pytest.approx(soons[0] + 30, abs=1)


def test_what_is_coming_is_what_the_narrowest_bucket_lets_through():
    ahead = Outlook(soon=(4.0, 3.0, 1.0), rate=0.5, most=99.0)
    assert [ahead.coming(seconds) for seconds in (0, 1, 4, 60)] == [1.0, 3.0, 6.0, 34.0]


def test_with_nobody_else_the_window_is_as_full_as_we_made_it():
    ours = ((NOW - 9, NOW + 51, 3), (NOW - 1, NOW + 59, 2))
    assert most_used(ours, (), 4, NOBODY, NOW) == 9


def test_others_who_come_as_we_leave_take_our_place():
    ours = ((NOW - 50, NOW + 10, 30),)
    theirs = ((NOW - 50, NOW + 10, 5), (NOW - 2, NOW + 58, 5))
    ahead = Outlook(soon=(1.0, 9.0, 9.0), rate=0.5, most=31.0)
    # Just before ten seconds have passed: all of these, and the six that may have come.
    assert most_used(ours, theirs, 0, ahead, NOW) == 46
    assert most_used((), theirs, 0, ahead, NOW) == 31
    assert most_used(ours, theirs, 2, ahead, NOW) == 48


@given(
    st.lists(st.integers(0, 600), min_size=1, max_size=60),
    st.lists(st.integers(1, 600), max_size=30),
    st.integers(1, 4),
    st.integers(1, 10),
)
def test_whoever_keeps_within_the_outlook_never_finds_more_than_the_fullest_window(
    past, to_come, depth, tenths
):
    """The law of the bucket: no window that holds a call made now can hold more than was said."""
    now, rate = NOW, tenths / 10
    times = sorted(now - each / 10 for each in past)
    ours = tuple((at, at + SPAN, 1) for at in times[::2] if at + SPAN > now)
    theirs = [at for at in times[1::2] if at + SPAN > now]
    future = sorted(now + each / 10 for each in to_come)
    # Let only those come that the bucket lets through.
    level, last, came_then = 0.0, NOW, []
    for at in future:
        level, last = max(0.0, level - rate * (at - last)), at
        if level + 1 <= depth:
            level += 1
            came_then.append(at)
    ahead = Outlook((depth, depth, depth), rate, most=10_000.0)
    marks = tuple((at, at + SPAN, 1) for at in theirs)
    most = most_used(ours, marks, 0, ahead, now)
    everything = sorted([*(mark[0] for mark in ours), *theirs, now, *came_then])
    for start in [*everything, *(at - SPAN + 0.001 for at in came_then)]:
        if start <= now < start + SPAN:
            count = bisect_left(everything, start + SPAN) - bisect_left(everything, start)
            assert count - 1 <= most + 1e-6


@given(st.lists(st.floats(0.05, 20.0), min_size=2, max_size=80))
def test_the_outlook_covers_what_was_seen(gaps):
    """Those who go on as they did before are never more than was expected of them."""
    times = [NOW]
    for gap in gaps:
        times.append(times[-1] + gap)
    curve = seen(times)
    now = times[-1]
    theirs = sum(1 for at in times if at > now - SPAN)
    ahead = look(curve, theirs, now)
    assert ahead.coming(0) >= 0
    assert ahead.most >= min(theirs, 2)
    assert all(first < second for first, second in pairwise(times))


# A provider with fixed windows, ourselves at full demand, and a stranger beside us.

LIMITS = {"email": 120, "general": 60}
RULE = prepare(
    RateLimit(
        classes={name: Allowance(limit=limit) for name, limit in LIMITS.items()},
        quota=Quota(limit=500_000, remaining_header="quota", used_elsewhere=("email",)),
        headers=LimitHeaders(limit="limit", remaining="left"),
    )
)
STEP = 0.1


class Provider:
    """Counts calls in fixed windows of a minute that begin with the first call."""

    def __init__(self, *, tells):
        self.tells = tells
        self.left = 500_000
        self.windows = {}
        self.used = {(name, who): 0 for name in LIMITS for who in ("us", "stranger")}
        self.refused = {"us": 0, "stranger": 0}

    def call(self, name, at, who):
        began, used = self.windows.get(name, (at, 0))
        if not began <= at < began + 60:
            began, used = at, 0
        if used >= LIMITS[name]:
            self.refused[who] += 1
            return 429, (("retry-after", str(int(began + 61 - at))),)
        self.windows[name] = (began, used + 1)
        self.left -= 1
        self.used[name, who] += 1
        told = (("limit", str(LIMITS[name])), ("left", str(LIMITS[name] - used - 1)))
        return 200, (("quota", str(self.left)), *(told if self.tells else ()))


def played(seed, *, seconds=240, tells=False, calls="email", a_minute=30.0, at_once=1):
    """Let both call; ours are answered after a tenth of a second, more or less."""
    chance, provider, state = random.Random(seed), Provider(tells=tells), BudgetState()
    at, under_way, strangers_next = NOW, [], NOW
    while at < NOW + seconds:
        at += STEP
        while strangers_next <= at:
            for _ in range(at_once):
                provider.call(calls, strangers_next, "stranger")
            strangers_next += chance.uniform(0.2, 1.8) * 60 * at_once / a_minute
        for each in [each for each in under_way if each[0] <= at]:
            under_way.remove(each)
            _, name, (status, headers) = each
            state = settle(state, name, [(at, at + RULE.allowed(name).span, 1)], RULE)
            state = observe(state, name, headers, status, at, RULE)
        urgent = int(chance.random() < STEP * 0.7)
        for name, need in (("email", (urgent, 0, 20, 0)), ("general", (0, 0, 0, 20))):
            taken = take(state, name, at, RULE, Need(need))
            state = taken.state
            for _ in range(sum(taken.given)):
                answer = provider.call(name, at + chance.random() * 0.05, "us")
                under_way.append((at + chance.uniform(0.05, 0.15), name, answer))
    return provider


def used(provider, name, *, windows=4):
    """The part of what the stranger left that we used."""
    return provider.used[name, "us"] / (LIMITS[name] * windows - provider.used[name, "stranger"])


@pytest.mark.parametrize("tells", [False, True])
def test_nobody_is_refused_and_hardly_anything_is_left_beside_a_stranger_who_sends(tells):
    provider = played(1, tells=tells)
    assert provider.refused == {"us": 0, "stranger": 0}
    assert used(provider, "general") > 0.98
    assert used(provider, "email") > 0.9


def test_a_stranger_where_nobody_is_expected_is_seen_by_the_headers_of_that_class():
    provider = played(1, tells=True, calls="general", a_minute=20)
    assert provider.refused == {"us": 0, "stranger": 0}
    assert used(provider, "email") > 0.98
    assert used(provider, "general") > 0.8


def test_without_these_headers_such_a_stranger_costs_a_refusal_and_is_known_from_then_on():
    provider = played(1, seconds=300, calls="general", a_minute=20)
    assert provider.refused["us"] + provider.refused["stranger"] >= 1
    assert provider.refused["us"] <= 3
    assert used(provider, "email", windows=5) > 0.7


def test_a_stranger_who_sends_in_bursts_finds_room_for_them():
    provider = played(2, at_once=5)
    assert provider.refused["us"] == 0
    assert provider.refused["stranger"] <= 2 * 5, "the first bursts come before they are known"
    assert used(provider, "email") > 0.8
