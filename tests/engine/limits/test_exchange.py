from waypost.engine.limits import BudgetState, Need, News, Report, describe, exchange, prepare
from waypost.engine.manifest.limits import Allowance, Quota, RateLimit

NOW = 1_790_000_000.0
RULE = prepare(
    RateLimit(
        classes={"general": Allowance(limit=10)}, quota=Quota(limit=50, remaining_header="left")
    )
)


def test_what_ended_is_counted_what_is_returned_is_free_and_what_is_needed_is_given():
    state = exchange(
        BudgetState(), Report("general", need=Need((1, 0, 0, 0), store=2)), NOW, RULE
    ).state
    assert state.given == 3
    said = Report(
        "general",
        settled=((NOW, NOW + 60.5, 1),),
        news=(News(200, (("left", "40"),), NOW, unsent=2),),
        returned=2,
        need=Need((8, 0, 0, 0)),
    )
    taken = exchange(state, said, NOW + 1, RULE)
    assert taken.given == (8, 0, 0, 0)
    assert taken.state.quota.remaining == 32
    assert describe(taken.state, "general", NOW + 1, RULE).remaining == 1


def test_who_needs_nothing_gets_nothing():
    taken = exchange(BudgetState(), Report("general"), NOW, RULE)
    assert (taken.given, taken.stored, taken.wait) == ((0, 0, 0, 0), 0, None)
