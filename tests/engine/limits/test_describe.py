from waypost.engine.limits import BudgetState, Standing, ask, describe, observe, prepare
from waypost.engine.manifest.limits import Allowance, Quota, RateLimit

NOW = 1_790_000_000.0
RULE = prepare(RateLimit(classes={"general": Allowance(limit=2)}))


def test_a_fresh_budget_is_whole():
    assert describe(BudgetState(), "general", NOW, RULE) == Standing(2, 2, 0)


def test_what_is_left_and_when_it_is_whole_again():
    state = ask(BudgetState(), "general", NOW, RULE).state
    assert describe(state, "general", NOW + 10, RULE) == Standing(2, 1, 51)
    state = ask(state, "general", NOW + 10, RULE).state
    assert describe(state, "general", NOW + 10, RULE) == Standing(2, 0, 51)
    assert describe(state, "general", NOW + 61, RULE) == Standing(2, 1, 10)
    assert describe(state, "general", NOW + 99, RULE) == Standing(2, 2, 0)


def test_a_closed_class_has_nothing_left():
    state = observe(BudgetState(), "general", (("retry-after", "9"),), 429, NOW, RULE)
    assert describe(state, "general", NOW, RULE) == Standing(2, 0, 9)


def test_a_tighter_quota_is_told_instead():
    rule = prepare(RateLimit(classes={"general": Allowance(limit=2)}, quota=Quota(limit=1)))
    assert describe(BudgetState(), "general", NOW, rule) == Standing(1, 1, 35_200)


def test_without_limits_there_is_nothing_to_tell():
    assert describe(BudgetState(), "general", NOW, prepare(None)) is None
