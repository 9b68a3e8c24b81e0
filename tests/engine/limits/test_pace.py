import time
from bisect import bisect_left
from collections import Counter
from math import floor

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from waypost.engine.limits import (
    BudgetState,
    Lane,
    Need,
    Wait,
    give_back,
    observe,
    prepare,
    settle,
    take,
)
from waypost.engine.limits.budget import held_in_all
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
            maintenance_statuses=(421,),
        )
    )


def ended(state, at, the_rule, rate_class="general", count=1, holder=""):
    span = the_rule.allowed(rate_class).span
    return settle(state, rate_class, [(at, at + span, count)], the_rule, holder)


def burst(state, count, at, the_rule, rate_class="general"):
    """So many calls at once, which are answered at once."""
    for _ in range(count):
        taken = take(state, rate_class, at, the_rule)
        assert taken.given == (1, 0, 0, 0)
        state = ended(taken.state, at, the_rule, rate_class)
    return state


def waits(state, at, the_rule, rate_class="general", lane=Lane.TRANSACTIONAL):
    waiting = tuple(int(each == lane) for each in Lane)
    return take(state, rate_class, at, the_rule, Need(waiting)).wait


def test_a_burst_up_to_the_limit_goes_at_once_and_the_next_waits_for_the_window():
    state = burst(BudgetState(), 3, NOW, rule())
    wait = waits(state, NOW + 1, rule())
    assert wait == Wait(pytest.approx(59.5, abs=0.01), "rate")
    assert waits(state, NOW + 1 + wait.seconds, rule()) is None


def test_a_call_counts_while_it_is_under_way_and_a_whole_window_from_its_end():
    taken = take(BudgetState(), "general", NOW, rule(1))
    assert waits(taken.state, NOW + 600, rule(1)) == Wait(pytest.approx(60.5, abs=0.01), "rate")
    state = ended(taken.state, NOW + 600, rule(1))
    assert waits(state, NOW + 660, rule(1)).seconds == pytest.approx(0.5, abs=0.01)
    assert waits(state, NOW + 660.6, rule(1)) is None


def test_places_that_are_given_back_are_free_at_once():
    taken = take(
        BudgetState(), "general", NOW, rule(limit=4, unlimited_value=-1), Need((3, 0, 0, 0))
    )
    state = give_back(taken.state, "general", 2, rule(limit=4))
    assert (held_in_all(state), state.given) == (1, 1)
    assert give_back(state, "general", 9, rule(limit=4)).given == 0
    assert take(state, "general", NOW, rule(limit=4), Need((3, 0, 0, 0))).given == (3, 0, 0, 0)


def test_classes_have_budgets_of_their_own_and_unknown_ones_are_the_default():
    state = burst(BudgetState(), 3, NOW, rule())
    assert waits(state, NOW, rule(), "unheard_of")
    assert waits(state, NOW, rule(), None)
    assert waits(state, NOW, rule(), "send") is None


def test_the_quota_stands_over_all_classes_and_comes_back_at_midnight_utc():
    the_rule = prepare(
        RateLimit(classes={"a": Allowance(limit=9), "b": Allowance(limit=9)}, quota=Quota(limit=4))
    )
    state = burst(BudgetState(), 2, NOW, the_rule, "a")
    state = burst(state, 1, NOW, the_rule, "b")
    taken = take(state, "b", NOW, the_rule, Need((2, 0, 0, 0)))
    midnight = (floor(NOW / 86400) + 1) * 86400
    assert taken.given == (1, 0, 0, 0)
    assert taken.wait.seconds == pytest.approx(midnight - NOW, abs=0.01)
    wait = waits(taken.state, NOW, the_rule, "a")
    assert wait == Wait(pytest.approx(midnight - NOW, abs=0.01), "quota")
    assert waits(taken.state, midnight, the_rule, "a") is None


def test_a_plan_replaces_the_numbers_where_it_is_known():
    limits = RateLimit(
        classes={"general": Allowance(limit=60, by_plan={"trial": 2})},
        quota=Quota(by_plan={"trial": 3}),
    )
    trial, unknown = prepare(limits, "trial"), prepare(limits)
    assert waits(burst(BudgetState(), 2, NOW, trial), NOW, trial)
    burst(BudgetState(), 60, NOW, unknown)
    later = burst(burst(BudgetState(), 2, NOW, trial), 1, NOW + 61, trial)
    assert waits(later, NOW + 61, trial).reason == "quota"


def test_without_limits_everything_goes_in_every_lane_and_nothing_is_kept():
    state = burst(BudgetState(), 500, NOW, prepare(None))
    assert take(state, None, NOW, prepare(None), Need((9, 9, 9, 9))).given == (9, 9, 9, 9)
    assert state.windows["general"].marks == ()


def test_a_state_survives_being_written_down():
    the_rule = rule(remaining_header="x-quota")
    state = burst(BudgetState(), 2, NOW, the_rule)
    state = observe(state, "general", (("x-quota", "7"),), 429, NOW, the_rule)
    state = take(state, "send", NOW, the_rule, Need((9, 1, 0, 0)), "a").state
    written = msgspec.json.encode(state)
    assert msgspec.json.decode(written, type=BudgetState) == state


# Lanes


def test_more_urgent_lanes_are_served_first():
    taken = take(BudgetState(), "general", NOW, rule(10), Need((6, 3, 3, 3)))
    assert taken.given == (6, 0, 0, 0), "flow is spread: six places are six steps ahead"
    taken = take(BudgetState(), "general", NOW, rule(100), Need((0, 3, 3, 60)))
    assert taken.given == (0, 3, 3, 5), "a tenth of the window at once, and then in steps"
    assert taken.wait.seconds == pytest.approx(60.5 / 100, abs=0.01)


def test_other_lanes_are_spread_over_the_window_so_that_an_urgent_call_finds_a_place():
    the_rule, state, at, sent = rule(60), BudgetState(), NOW, []
    while at < NOW + 180:
        taken = take(state, "general", at, the_rule, Need((0, 0, 70, 0)))
        state = ended(taken.state, at, the_rule, count=sum(taken.given))
        sent += [at] * sum(taken.given)
        if at > NOW + 70:  # at any moment, an urgent call would wait no longer than a tenth
            urgent = waits(state, at, the_rule)
            assert urgent is None or urgent.seconds < 8
        at += taken.wait.seconds
    assert 170 <= len(sent) <= 187


def test_what_is_taken_urgently_is_taken_off_the_spread_ones():
    state = burst(BudgetState(), 30, NOW, rule(60))
    wait = waits(state, NOW, rule(60), lane=Lane.BULK)
    assert wait.seconds == pytest.approx((30 - 6) * 60.5 / 60, abs=0.1)


def test_plenty_is_kept_in_store_and_scarcity_is_not():
    taken = take(BudgetState(), "general", NOW, rule(100), Need((1, 0, 0, 0), store=16))
    assert taken.stored == 16
    scarce = burst(BudgetState(), 50, NOW, rule(100))
    assert take(scarce, "general", NOW, rule(100), Need((1, 0, 0, 0), store=16)).stored == 0


# Several holders


def test_a_place_is_left_to_the_more_urgent_call_of_another_holder():
    the_rule = rule(10)
    full = take(BudgetState(), "general", NOW - 100, the_rule, Need((10, 0, 0, 0)), "x").state
    asked = take(full, "general", NOW, the_rule, Need((2, 0, 0, 0)), "a")
    assert asked.given == (0, 0, 0, 0)
    freed = give_back(asked.state, "general", 2, the_rule, "x")
    soon = take(freed, "general", NOW, the_rule, Need((0, 0, 9, 0)), "b")
    assert soon.given == (0, 0, 0, 0)
    assert 0 < soon.wait.seconds < 1, "a may be gone by then"
    urgent = take(soon.state, "general", NOW, the_rule, Need((2, 0, 0, 0)), "a")
    assert urgent.given == (2, 0, 0, 0)
    plenty = give_back(asked.state, "general", 7, the_rule, "x")
    behind = take(plenty, "general", NOW, the_rule, Need((0, 0, 9, 0)), "b")
    assert behind.given == (0, 0, 0, 0), "not even of what is left over: a asks again in a moment"
    late = take(freed, "general", NOW + 10, the_rule, Need((0, 0, 9, 0)), "b")
    assert late.given == (0, 0, 2, 0), "what was said so long ago is not believed"
    by_a_slower_clock = take(freed, "general", NOW - 0.3, the_rule, Need((0, 0, 9, 0)), "b")
    assert by_a_slower_clock.given == (0, 0, 0, 0), "hosts' clocks differ a little"


def test_within_a_lane_holders_share_what_is_free():
    the_rule = rule(12)
    state = take(BudgetState(), "general", NOW, the_rule, Need((12, 0, 0, 0)), "x").state
    state = take(state, "general", NOW, the_rule, Need((4, 0, 0, 0)), "a").state
    state = take(state, "general", NOW, the_rule, Need((8, 0, 0, 0)), "b").state
    state = give_back(state, "general", 6, the_rule, "x")
    taken = take(state, "general", NOW, the_rule, Need((8, 0, 0, 0)), "b")
    assert taken.given == (4, 0, 0, 0)
    assert take(taken.state, "general", NOW, the_rule, Need((4, 0, 0, 0)), "a").given[0] >= 1


def test_a_share_is_a_part_of_the_allowance():
    taken = take(BudgetState(), "general", NOW, rule(10), Need((9, 0, 0, 0)), share=0.25)
    assert taken.given == (2, 0, 0, 0)
    assert take(BudgetState(), "general", NOW, rule(3), share=0.25).wait is not None


# A provider that is closed


def test_after_maintenance_one_call_goes_first_and_the_others_when_it_was_served():
    the_rule = rule()
    state = burst(BudgetState(), 1, NOW, the_rule)
    state = observe(state, "general", (("retry-after", "30"),), 421, NOW, the_rule)
    assert waits(state, NOW, the_rule, "send") == Wait(pytest.approx(30, abs=0.01), "maintenance")
    probe = take(state, "send", NOW + 31, the_rule, Need((4, 0, 0, 0)))
    assert probe.given == (1, 0, 0, 0)
    held = take(probe.state, "general", NOW + 32, the_rule)
    assert held.wait == Wait(pytest.approx(2, abs=0.1), "maintenance"), "that call may be back soon"
    served = observe(
        ended(probe.state, NOW + 33, the_rule, "send"), "send", (), 200, NOW + 33, the_rule
    )
    assert take(served, "send", NOW + 33, the_rule, Need((3, 0, 0, 0))).given == (3, 0, 0, 0)
    failed = observe(
        ended(probe.state, NOW + 33, the_rule, "send"), "send", (), 0, NOW + 33, the_rule
    )
    assert waits(failed, NOW + 33, the_rule).seconds == pytest.approx(1, abs=0.01)
    again = take(failed, "send", NOW + 35, the_rule, Need((3, 0, 0, 0)))
    assert again.given == (1, 0, 0, 0)


def test_an_answer_from_before_the_door_was_shut_does_not_open_it():
    state = burst(BudgetState(), 2, NOW, rule())
    state = observe(state, "general", (("retry-after", "30"),), 421, NOW, rule())
    state = observe(state, "general", (), 200, NOW + 1, rule())
    assert waits(state, NOW + 2, rule()).reason == "maintenance"


@settings(max_examples=200)
@given(
    limit=st.integers(1, 40) | st.integers(129, 300),
    seconds=st.sampled_from([1, 10, 60, 3600]),
    phase=st.floats(0, 1, exclude_max=True),
    calls=st.lists(
        st.tuples(st.floats(0, 0.7), st.floats(0, 0.5), st.floats(0, 1), st.sampled_from(Lane)),
        min_size=1,
        max_size=300,
    ),
)
def test_no_window_of_any_phase_holds_more_than_the_limit_however_long_calls_take(
    limit, seconds, phase, calls
):
    """The provider counts a call somewhere between its departure and its answer."""
    the_rule = rule(limit, seconds)
    state, at, counted, answers = BudgetState(), NOW, [], []
    for gap, takes, when, lane in calls:
        at += gap * seconds / limit
        need = Need(tuple(int(each == lane) for each in Lane))
        for _ in range(10 * limit + 100):
            for answered in sorted(each for each in answers if each <= at):
                state = ended(state, answered, the_rule)
            answers = [each for each in answers if each > at]
            taken = take(state, "general", at, the_rule, need)
            state = taken.state
            if taken.wait is None:
                break
            assert 0 < taken.wait.seconds <= seconds * 1.01 + 0.01
            at = min([at + taken.wait.seconds, *answers])
        assert sum(taken.given) == 1
        counted.append(at + when * takes * seconds)
        answers.append(at + takes * seconds)
    counted.sort()
    offset = NOW - phase * seconds
    windows = Counter(floor((each - offset) / seconds) for each in counted)
    assert max(windows.values()) <= limit
    for place, start in enumerate(counted):  # and so does every stretch of that length
        assert bisect_left(counted, start + seconds) - place <= limit


@given(st.integers(1, 20), st.sampled_from(Lane))
def test_the_whole_limit_is_used_by_every_lane(limit, lane):
    the_rule = rule(limit, 60)
    state, at, sent = BudgetState(), NOW, 0
    need = Need(tuple(int(each == lane) for each in Lane))
    while at < NOW + 600:
        taken = take(state, "general", at, the_rule, need)
        state = taken.state
        if taken.wait is None:
            state, sent = ended(state, at, the_rule), sent + 1
        else:
            at += taken.wait.seconds
    assert sent >= limit * 9


@pytest.mark.slow
def test_asking_is_fast():
    the_rule = rule(120, 60, unlimited_value=-1)
    best = 1.0
    for _ in range(5):
        state, at = BudgetState(), NOW
        started = time.perf_counter()
        for _ in range(20_000):
            state = ended(take(state, "general", at, the_rule).state, at, the_rule)
            at += 0.7
        best = min(best, (time.perf_counter() - started) / 20_000)
    assert best < 100e-6, f"{best * 1e6:.2f} µs"  # 15 on a quiet machine; busy ones are forgiven
