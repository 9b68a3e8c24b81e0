import pytest

from waypost.engine.limits import (
    BudgetState,
    Lane,
    Need,
    Standing,
    describe,
    forecast,
    observe,
    prepare,
    settle,
    take,
)
from waypost.engine.manifest.limits import Allowance, Quota, RateLimit

NOW = 1_790_000_000.0
RULE = prepare(RateLimit(classes={"general": Allowance(limit=2)}))


def called(state, at, rule=RULE):
    return settle(take(state, "general", at, rule).state, "general", [(at, at + 60.5, 1)], rule)


def test_a_fresh_budget_is_whole():
    assert describe(BudgetState(), "general", NOW, RULE) == Standing(2, 2, 0)


def test_what_is_left_and_when_it_is_whole_again():
    state = called(BudgetState(), NOW)
    assert describe(state, "general", NOW + 10, RULE) == Standing(2, 1, 51)
    state = called(state, NOW + 10)
    assert describe(state, "general", NOW + 10, RULE) == Standing(2, 0, 51)
    assert describe(state, "general", NOW + 61, RULE) == Standing(2, 1, 10)
    assert describe(state, "general", NOW + 99, RULE) == Standing(2, 2, 0)


def test_a_call_under_way_counts_a_whole_window_more():
    state = take(BudgetState(), "general", NOW, RULE).state
    assert describe(state, "general", NOW + 30, RULE) == Standing(2, 1, 61)


def test_places_that_are_coming_back_are_not_taken():
    rule = prepare(RateLimit(classes={"general": Allowance(limit=2)}, quota=Quota(limit=2)))
    state = take(BudgetState(), "general", NOW, rule).state
    assert describe(state, "general", NOW, rule) == Standing(2, 1, 61)
    assert describe(state, "general", NOW, rule, returning=1) == Standing(2, 2, 0)


def test_a_closed_class_has_nothing_left():
    state = observe(BudgetState(), "general", (("retry-after", "9"),), 429, NOW, RULE)
    assert describe(state, "general", NOW, RULE) == Standing(2, 0, 9)


def test_a_tighter_quota_is_told_instead():
    rule = prepare(RateLimit(classes={"general": Allowance(limit=2)}, quota=Quota(limit=1)))
    assert describe(BudgetState(), "general", NOW, rule) == Standing(1, 1, 35_200)


def test_without_limits_there_is_nothing_to_tell():
    assert describe(BudgetState(), "general", NOW, prepare(None)) is None
    assert forecast(BudgetState(), None, NOW, prepare(None), lane=0, ahead=99) == 0


def test_a_share_is_told_as_what_is_left():
    rule = prepare(RateLimit(classes={"general": Allowance(limit=100)}))
    assert describe(BudgetState(), "general", NOW, rule, share=0.25) == Standing(100, 25, 0)


@pytest.mark.parametrize("ahead", [0, 1, 2, 3, 5])
def test_a_forecast_is_what_a_queue_served_in_order_would_wait(ahead):
    state = called(called(BudgetState(), NOW - 20), NOW - 10)
    told = forecast(state, "general", NOW, RULE, lane=Lane.TRANSACTIONAL, ahead=ahead)
    at = NOW
    for _ in range(ahead + 1):
        while (taken := take(state, "general", at, RULE)).wait is not None:
            at += taken.wait.seconds
        state = called(state, at)
    assert told == pytest.approx(at - NOW, abs=0.1)


def test_a_forecast_of_a_spread_lane_counts_the_steps():
    rule = prepare(RateLimit(classes={"general": Allowance(limit=60)}))
    state = take(BudgetState(), "general", NOW, rule, Need((0, 0, 9, 0))).state
    told = forecast(state, "general", NOW, rule, lane=Lane.BULK, ahead=4)
    assert told == pytest.approx(5 * 60.5 / 60, abs=0.1)
    assert forecast(state, "general", NOW, rule, lane=Lane.TRANSACTIONAL, ahead=4) == 0


def test_a_forecast_beyond_the_quota_is_its_reset():
    rule = prepare(RateLimit(classes={"general": Allowance(limit=9)}, quota=Quota(limit=4)))
    assert forecast(BudgetState(), "general", NOW, rule, lane=0, ahead=3) == 0
    assert forecast(BudgetState(), "general", NOW, rule, lane=0, ahead=4) == 35_200
