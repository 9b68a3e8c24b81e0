from waypost.engine.limits import (
    BudgetState,
    Need,
    apart,
    bury,
    describe,
    observe,
    prepare,
    settle,
    take,
)
from waypost.engine.limits.budget import held_in_all
from waypost.engine.limits.sharing import brought
from waypost.engine.manifest.limits import Allowance, Quota, RateLimit

NOW = 1_790_000_000.0
RULE = prepare(
    RateLimit(
        classes={"general": Allowance(limit=40), "send": Allowance(limit=80)},
        quota=Quota(limit=1000, remaining_header="left"),
        maintenance_statuses=(421,),
    )
)


def test_what_a_dead_holder_held_counts_for_a_window_from_now():
    state = take(BudgetState(), "send", NOW, RULE, Need((5, 0, 0, 0)), "dead").state
    state = take(state, "send", NOW, RULE, Need((3, 0, 0, 0)), "alive").state
    buried = bury(state, {"alive"}, NOW + 10, RULE)
    assert held_in_all(buried) == 3
    assert buried.windows["send"].used == 5
    assert describe(buried, "send", NOW + 70, RULE).remaining == 72
    assert describe(buried, "send", NOW + 71, RULE).remaining == 77
    assert bury(buried, {"alive"}, NOW + 10, RULE) is buried


def test_who_goes_on_alone_takes_nothing_for_a_window_and_then_its_share():
    known = take(BudgetState(), "send", NOW, RULE, Need((2, 0, 0, 0)), "me").state
    state = apart(known, {"send": (((NOW - 10, NOW + 50, 7),), 2)}, NOW, RULE, 0.25)
    assert take(state, "send", NOW + 60, RULE, share=0.25).given == (0, 0, 0, 0)
    later = take(state, "send", NOW + 61, RULE, Need((99, 0, 0, 0)), share=0.25)
    assert later.given == (18, 0, 0, 0), "two are still under way"
    assert take(state, "general", NOW + 61, RULE, Need((99, 0, 0, 0)), share=0.25).given[0] == 10
    assert state.quota.remaining == 249


def test_what_was_done_meanwhile_is_brought_along():
    shut = observe(BudgetState(), "send", (("retry-after", "30"),), 421, NOW, RULE)
    history = {"send": (((NOW, NOW + 60.5, 7),), 2), "general": ((), 1)}
    state = brought(BudgetState(), history, shut, "me", RULE)
    assert state.windows["send"].used == 7
    assert held_in_all(state) == state.given == 3
    assert take(state, "general", NOW + 1, RULE, holder="me").wait.reason == "maintenance"
    ended = settle(state, "send", [(NOW, NOW + 60.5, 2)], RULE, "me")
    assert held_in_all(ended) == 1
