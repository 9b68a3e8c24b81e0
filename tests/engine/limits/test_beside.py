"""A provider with fixed windows, ourselves at full demand, and a stranger beside us."""

import random

import pytest

from waypost.engine.limits import BudgetState, Need, observe, prepare, settle, take
from waypost.engine.manifest.limits import Allowance, LimitHeaders, Quota, RateLimit

NOW = 1_790_000_000.0
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
