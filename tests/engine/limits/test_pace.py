import time
from bisect import bisect_left
from collections import Counter
from math import floor

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from waypost.engine.limits import BudgetState, Go, Wait, ask, observe, prepare
from waypost.engine.manifest.limits import Allowance, LimitHeaders, Quota, RateLimit

NOW = 1_790_000_000.0


def rule(limit=3, seconds=60, **quota):
    return prepare(
        RateLimit(
            classes={
                "general": Allowance(limit=limit, window_seconds=seconds),
                "send": Allowance(limit=2 * limit, window_seconds=seconds),
            },
            quota=Quota(**quota) if quota else None,
            headers=LimitHeaders(remaining="x-remaining"),
        )
    )


def burst(state, count, at, the_rule, rate_class="general"):
    for _ in range(count):
        decision = ask(state, rate_class, at, the_rule)
        assert isinstance(decision, Go)
        state = decision.state
    return state


def test_a_burst_up_to_the_limit_goes_at_once_and_the_next_waits_for_the_window():
    state = burst(BudgetState(), 3, NOW, rule())
    wait = ask(state, "general", NOW + 1, rule())
    assert wait == Wait(pytest.approx(59.5, abs=0.01), "rate")
    assert isinstance(ask(state, "general", NOW + 1 + wait.seconds, rule()), Go)


def test_classes_have_budgets_of_their_own_and_unknown_ones_are_the_default():
    state = burst(BudgetState(), 3, NOW, rule())
    assert isinstance(ask(state, "unheard_of", NOW, rule()), Wait)
    assert isinstance(ask(state, None, NOW, rule()), Wait)
    assert isinstance(ask(state, "send", NOW, rule()), Go)


def test_the_quota_stands_over_all_classes_and_comes_back_at_midnight_utc():
    the_rule = prepare(
        RateLimit(classes={"a": Allowance(limit=9), "b": Allowance(limit=9)}, quota=Quota(limit=4))
    )
    state = burst(BudgetState(), 2, NOW, the_rule, "a")
    state = burst(state, 2, NOW, the_rule, "b")
    for _ in range(4):
        state = observe(state, "a", (), 200, NOW, the_rule)
    wait = ask(state, "a", NOW, the_rule)
    midnight = (floor(NOW / 86400) + 1) * 86400
    assert wait == Wait(pytest.approx(midnight - NOW, abs=0.01), "quota")
    assert isinstance(ask(state, "a", midnight, the_rule), Go)


def test_an_exhausted_quota_with_calls_in_flight_asks_again_soon():
    the_rule = prepare(RateLimit(classes={"a": Allowance(limit=9)}, quota=Quota(limit=1)))
    state = burst(BudgetState(), 1, NOW, the_rule, "a")
    assert ask(state, "a", NOW, the_rule).seconds == pytest.approx(1.0, abs=0.01)


def test_a_plan_replaces_the_numbers_where_it_is_known():
    limits = RateLimit(
        classes={"general": Allowance(limit=60, by_plan={"trial": 2})},
        quota=Quota(by_plan={"trial": 3}),
    )
    trial, unknown = prepare(limits, "trial"), prepare(limits)
    assert isinstance(ask(burst(BudgetState(), 2, NOW, trial), "general", NOW, trial), Wait)
    burst(BudgetState(), 60, NOW, unknown)
    later = burst(burst(BudgetState(), 2, NOW, trial), 1, NOW + 61, trial)
    assert ask(later, "general", NOW + 61, trial).reason == "quota"


def test_without_limits_everything_goes():
    burst(BudgetState(), 500, NOW, prepare(None))


def test_a_state_survives_being_written_down():
    the_rule = rule(remaining_header="x-quota")
    state = observe(
        burst(BudgetState(), 2, NOW, the_rule), "general", (("x-quota", "7"),), 429, NOW, the_rule
    )
    written = msgspec.json.encode(state)
    assert msgspec.json.decode(written, type=BudgetState) == state


@settings(max_examples=300, deadline=None)
@given(
    limit=st.integers(1, 40) | st.integers(129, 300),
    seconds=st.sampled_from([1, 10, 60, 3600]),
    phase=st.floats(0, 1, exclude_max=True),
    gaps=st.lists(st.floats(0, 0.7), min_size=1, max_size=400),
)
def test_no_fixed_window_of_any_phase_holds_more_than_the_limit(limit, seconds, phase, gaps):
    the_rule = rule(limit, seconds)
    state, at, sent = BudgetState(), NOW, []
    for gap in gaps:
        at += gap * seconds / limit
        decision = ask(state, "general", at, the_rule)
        if isinstance(decision, Wait):
            assert 0 < decision.seconds <= seconds * 1.01 + 0.01
            at += decision.seconds
            decision = ask(state, "general", at, the_rule)
            assert isinstance(decision, Go), "waiting as told is enough"
        state = decision.state
        sent.append(at)
    offset = NOW - phase * seconds
    windows = Counter(floor((at - offset) / seconds) for at in sent)
    assert max(windows.values()) <= limit
    for place, start in enumerate(sent):  # and so does every stretch of that length
        assert bisect_left(sent, start + seconds) - place <= limit


@pytest.mark.parametrize("gap", [0.0, 5.0, 9.0, 13.0, 17.0])
def test_calls_counted_in_grains_leave_late_and_never_early(gap):
    the_rule = rule(200, 3600)
    state, at, sent = BudgetState(), NOW, []
    for place in range(700):
        at += gap if place < 200 else 0.0  # first spread out, then as fast as it goes
        decision = ask(state, "general", at, the_rule)
        while isinstance(decision, Wait):
            at += decision.seconds
            decision = ask(state, "general", at, the_rule)
        state = decision.state
        sent.append(at)
    most = max(bisect_left(sent, start + 3600) - place for place, start in enumerate(sent))
    assert 190 <= most <= 200


@given(st.integers(1, 20))
def test_the_whole_limit_is_used(limit):
    the_rule = rule(limit, 60)
    state, at, sent = BudgetState(), NOW, 0
    while at < NOW + 600:
        decision = ask(state, "general", at, the_rule)
        if isinstance(decision, Go):
            state, sent = decision.state, sent + 1
        else:
            at += decision.seconds
    assert sent >= limit * 9


@pytest.mark.slow
def test_asking_is_fast():
    the_rule = rule(120, 60, unlimited_value=-1)
    best = 1.0
    for _ in range(5):
        state, at = BudgetState(), NOW
        started = time.perf_counter()
        for _ in range(20_000):
            decision = ask(state, "general", at, the_rule)
            at += 0.7
            state = decision.state
        best = min(best, (time.perf_counter() - started) / 20_000)
    assert best < 10e-6, f"{best * 1e6:.2f} µs"  # 1.5 on a quiet machine; busy ones are forgiven
