import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from waypost.engine.limits import BudgetState, Need, Wait, describe, heeded, prepare, settle, take
from waypost.engine.limits.observe import observe as observe_answer
from waypost.engine.manifest.limits import Allowance, LimitHeaders, Quota, RateLimit

NOW = 1_790_000_000.0  # 2026-09-21T14:13:20Z
MIDNIGHT = 1_790_035_200.0
LIMITS = RateLimit(
    classes={"general": Allowance(limit=60), "send": Allowance(limit=120)},
    quota=Quota(
        by_plan={"trial": 100},
        remaining_header="x-apiquota-remaining",
        reset_header="x-apiquota-reset",
        unlimited_value=-1,
    ),
    headers=LimitHeaders(
        limit="x-ratelimit-limit", remaining="x-ratelimit-remaining", reset="x-ratelimit-reset"
    ),
    maintenance_statuses=(421,),
)
RULE = prepare(LIMITS)
TRIAL = prepare(LIMITS, "trial")


def where_mail_is_sent():
    quota = structs.replace(LIMITS.quota, used_elsewhere=("send",))
    return prepare(structs.replace(LIMITS, quota=quota))


MAIL = where_mail_is_sent()


def headers(**values):
    return tuple((name.replace("_", "-"), str(value)) for name, value in values.items())


def sent(state=None, at=NOW, rate_class="send", rule=RULE):
    taken = take(state or BudgetState(), rate_class, at, rule)
    assert taken.given == (1, 0, 0, 0)
    return taken.state


def observe(state, rate_class, told, status, at, rule):
    """One call ends: counted, and read."""
    mark = (at, at + rule.allowed(rate_class).span, 1)
    state = settle(state, rate_class, [mark], rule)
    return observe_answer(state, rate_class, told, status, at, rule)


def ask(state, rate_class, at, rule):
    return take(state, rate_class, at, rule).wait


def left(state, at=NOW, rate_class="send", rule=RULE):
    return describe(state, rate_class, at, rule).remaining


def test_answers_without_headers_change_nothing():
    state = sent()
    assert left(observe(state, "send", headers(server="x"), 200, NOW, RULE)) == 119


def test_a_lower_count_is_adopted_and_a_higher_one_is_not():
    state = sent()
    told = headers(x_ratelimit_limit=120, x_ratelimit_remaining=50)
    state = observe(state, "send", told, 202, NOW, RULE)
    assert state.windows["send"].theirs == 69
    before = left(state)
    assert 40 < before < 50, "who used so many may use some more at once"
    state = observe(sent(state), "send", headers(x_ratelimit_remaining=119), 202, NOW, RULE)
    assert left(state) == before - 1


def test_what_others_used_leaves_with_the_providers_window():
    told = headers(x_ratelimit_limit=120, x_ratelimit_remaining=0, x_ratelimit_reset=int(NOW) + 20)
    state = observe(sent(), "send", told, 202, NOW, RULE)
    assert left(state) == 0
    assert describe(state, "send", NOW, RULE).reset == 20
    assert ask(state, "send", NOW, RULE) == Wait(pytest.approx(0.5, abs=0.01), "rate")
    assert ask(state, "send", NOW + 19.9, RULE).seconds == pytest.approx(0.1, abs=0.01)
    assert 110 < left(state, NOW + 20.1) < 119


def test_a_reset_by_a_clock_that_is_off_is_read_against_its_own_date():
    told = headers(
        x_ratelimit_remaining=0,
        x_ratelimit_reset=int(NOW) + 3600 + 20,
        date="Mon, 21 Sep 2026 15:13:20 GMT",
    )
    state = observe(sent(), "send", told, 202, NOW, RULE)
    assert describe(state, "send", NOW, RULE).reset == 20


@pytest.mark.parametrize(("limit", "remaining"), [(10, 9), (500, 499)])
def test_a_limit_told_by_the_provider_replaces_the_manifests(limit, remaining):
    told = headers(x_ratelimit_limit=limit, x_ratelimit_remaining=limit - 1)
    state = observe(sent(), "send", told, 202, NOW, RULE)
    assert left(state) == remaining
    assert describe(state, "send", NOW, RULE).limit == limit


@pytest.mark.parametrize("reset_format", ["seconds", "iso", "unix"])
def test_every_form_of_reset(reset_format):
    text = {"seconds": "20", "iso": "2026-09-21T14:13:40Z", "unix": str(int(NOW) + 20)}
    rule = prepare(
        structs.replace(
            LIMITS, headers=LimitHeaders(remaining="left", reset="back", reset_format=reset_format)
        )
    )
    state = observe(sent(), "send", headers(left=0, back=text[reset_format]), 429, NOW, rule)
    assert ask(state, "send", NOW, rule).seconds == pytest.approx(20, abs=0.01)


def test_a_refusal_with_retry_after_closes_the_class_until_then_and_no_other():
    state = observe(sent(), "send", headers(retry_after=7), 429, NOW, RULE)
    assert ask(state, "send", NOW, RULE) == Wait(pytest.approx(7, abs=0.01), "refused")
    assert ask(state, "send", NOW + 7.001, RULE) is None
    assert ask(state, "general", NOW, RULE) is None
    assert left(state) == 0


def test_refusals_without_a_time_close_for_longer_each_time_until_one_is_served():
    state, at, waits = sent(), NOW, []
    for _ in range(9):
        state = observe(state, "send", (), 429, at, RULE)
        waits.append(round(ask(state, "send", at, RULE).seconds, 1))
        at += waits[-1] + 0.1
    assert waits == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.5, 60.5, 60.5]
    state = observe(state, "send", (), 200, at, RULE)
    state = observe(state, "send", (), 429, at, RULE)
    assert ask(state, "send", at, RULE).seconds == pytest.approx(1.0, abs=0.01)


def test_many_refusals_of_calls_already_in_flight_count_as_one():
    state = sent()
    for _ in range(10):
        state = observe(state, "send", (), 429, NOW, RULE)
    assert ask(state, "send", NOW, RULE).seconds == pytest.approx(1.0, abs=0.01)


def test_an_absurd_retry_after_is_capped_at_a_day():
    state = observe(sent(), "send", headers(retry_after="9" * 30), 429, NOW, RULE)
    assert ask(state, "send", NOW, RULE).seconds == pytest.approx(86400, abs=0.01)


def test_maintenance_closes_every_class():
    state = observe(sent(), "send", headers(retry_after=30), 421, NOW, RULE)
    for rate_class in ("send", "general"):
        wait = ask(state, rate_class, NOW, RULE)
        assert wait == Wait(pytest.approx(30, abs=0.01), "maintenance")


def test_the_quota_is_learnt_counted_down_and_restored_at_its_reset():
    told = headers(x_apiquota_remaining=2, x_apiquota_reset="2026-09-22T00:00:00Z")
    state = observe(sent(), "send", told, 202, NOW, RULE)
    assert describe(state, "send", NOW, RULE).remaining == 2
    assert describe(state, "send", NOW, RULE).reset == MIDNIGHT - NOW
    state = sent(sent(state), rate_class="general")
    state = observe(observe(state, "send", (), 0, NOW, RULE), "general", (), 200, NOW, RULE)
    wait = ask(state, "send", NOW, RULE)
    assert wait == Wait(pytest.approx(MIDNIGHT - NOW, abs=0.01), "quota")
    assert ask(state, "send", MIDNIGHT, RULE) is None


def test_unlimited_is_minus_one():
    state = sent(rule=TRIAL)
    assert describe(state, "send", NOW, TRIAL).remaining == 99
    state = observe(state, "send", headers(x_apiquota_remaining=-1), 202, NOW, TRIAL)
    for _ in range(110):
        state = observe(sent(state, rule=TRIAL), "send", (), 202, NOW, TRIAL)
    assert describe(state, "send", NOW, TRIAL).limit == 120
    assert left(state, MIDNIGHT, rule=TRIAL) == 120


def test_calls_in_flight_are_taken_off_the_providers_figure_until_they_end():
    state = sent(sent(sent()))
    told = headers(x_apiquota_remaining=10)
    state = observe(state, "send", told, 202, NOW, RULE)
    assert left(state) == 8
    state = observe(observe(state, "send", told, 202, NOW, RULE), "send", (), 0, NOW, RULE)
    assert left(state) == 9
    assert left(observe(sent(state), "send", told, 202, NOW, RULE)) == 10


def quota(remaining):
    return headers(x_apiquota_remaining=remaining)


def test_a_quota_that_falls_by_our_own_calls_takes_nothing_from_us():
    state = BudgetState()
    for number in range(60):
        state = observe(sent(state), "send", quota(1000 - number - 1), 202, NOW, RULE)
    assert left(state) == 60
    assert state.windows["send"].theirs == 0


def test_calls_of_others_are_seen_by_the_falling_quota_and_yielded_to_in_every_class():
    state = observe(sent(), "send", quota(999), 202, NOW, RULE)
    state = observe(sent(state), "send", quota(978), 202, NOW + 1, RULE)
    assert state.windows["send"].theirs == 20
    assert left(state, NOW + 1) == 120 - 2 - 20 - 2, "they have all come just now"
    assert left(state, NOW + 1, "general") == 60 - 20 - 2
    assert left(state, NOW + 62) == 120 - 21, "and as many may come again at once"
    assert left(state, NOW + 300) == 120


def test_a_class_where_others_are_not_expected_is_spared_until_it_refuses_a_call():
    state = observe(sent(rule=MAIL), "send", quota(999), 202, NOW, MAIL)
    state = observe(sent(state, rule=MAIL), "send", quota(978), 202, NOW + 1, MAIL)
    assert state.windows["send"].theirs == 20
    assert left(state, NOW + 1, "general", MAIL) == 60
    refused = sent(state, NOW + 1, "general", MAIL)
    throttled = observe(refused, "general", (), 429, NOW + 1, MAIL)
    refused = observe(refused, "general", headers(retry_after=9), 429, NOW + 1, MAIL)
    for before, theirs in ((throttled, 0), (refused, 10)):
        again = sent(before, NOW + 11, "send", MAIL)
        after = observe(again, "send", quota(966), 202, NOW + 11, MAIL)
        assert after.windows["general"].theirs == theirs
        assert after.windows["send"].theirs == 30


def test_what_others_did_while_nobody_looked_is_not_all_in_one_window():
    state = observe(sent(), "send", quota(9999), 202, NOW, RULE)
    state = observe(sent(state, NOW + 605), "send", quota(9898), 202, NOW + 605, RULE)
    assert state.windows["send"].theirs == 10


def test_a_class_that_is_told_of_may_be_all_theirs_and_one_call_then_asks():
    told = headers(x_ratelimit_remaining=0)
    state = observe(sent(), "send", told, 202, NOW, RULE)
    assert left(state) == 0
    assert ask(state, "send", NOW + 59, RULE) is not None
    assert ask(state, "send", NOW + 61, RULE) is None


def test_others_cannot_take_everything_from_us():
    state = observe(sent(), "send", quota(9999), 202, NOW, RULE)
    state = observe(sent(state), "send", quota(9000), 202, NOW + 1, RULE)
    assert left(state, NOW + 1) == 30 - 2


def test_figures_that_arrive_out_of_order_are_nobody_elses_calls():
    state = BudgetState()
    for _ in range(50):
        state = sent(state)
    for figure in (999, 990, 998, 997, 985, 996, 960, 950, 951, 952):
        state = observe(state, "send", quota(figure), 202, NOW, RULE)
    assert state.windows["send"].theirs == 0
    state = observe(state, "send", quota(930), 202, NOW, RULE)
    assert 0 < state.windows["send"].theirs <= 20


def test_places_in_store_hide_nobody():
    state = observe(sent(), "send", quota(999), 202, NOW, RULE)
    taken = take(state, "send", NOW, RULE, Need((1, 0, 0, 0), store=8))
    state = settle(taken.state, "send", [(NOW, NOW + 60.5, 1)], RULE)
    state = observe_answer(state, "send", quota(995), 202, NOW, RULE, unsent=8)
    assert state.windows["send"].theirs == 3


def test_a_quota_that_was_filled_up_begins_anew():
    state = observe(sent(), "send", quota(10), 202, NOW, RULE)
    state = observe(sent(state), "send", quota(50_000), 202, NOW, RULE)
    state = observe(sent(state), "send", quota(49_999), 202, NOW, RULE)
    assert state.windows["send"].theirs == 0
    later = observe(sent(state, MIDNIGHT + 1), "send", quota(99_999), 202, MIDNIGHT + 1, RULE)
    assert later.windows["send"].theirs == 0


def test_what_a_class_own_headers_tell_is_not_counted_twice():
    state = observe(sent(), "send", quota(999), 202, NOW, RULE)
    told = headers(x_ratelimit_remaining=98, x_apiquota_remaining=978)
    state = observe(sent(state), "send", told, 202, NOW + 1, RULE)
    assert state.windows["send"].theirs == 20
    assert state.windows["general"].theirs == 20
    state = observe(sent(state, NOW + 20), "send", quota(967), 202, NOW + 20, RULE)
    assert state.windows["send"].theirs == 30, "it was shown that they call there"
    told = headers(x_ratelimit_remaining=59, x_apiquota_remaining=964)
    state = observe(sent(state, NOW + 30, "general"), "general", told, 200, NOW + 30, RULE)
    before = state.windows["general"].theirs
    state = observe(sent(state, NOW + 31), "send", quota(953), 202, NOW + 31, RULE)
    assert state.windows["general"].theirs == before, "its own headers show nobody there"
    assert state.windows["send"].theirs == 42


names = st.sampled_from(
    [
        "x-ratelimit-limit",
        "x-ratelimit-remaining",
        "x-ratelimit-reset",
        "x-apiquota-remaining",
        "x-apiquota-reset",
        "retry-after",
        "date",
    ]
)
values = (
    st.text(max_size=30)
    | st.integers(-(10**20), 10**20).map(str)
    | st.sampled_from(
        ["nan", "inf", "1e400", "²", "2026-09-22T00:00:00Z", "9999-12-31", "Mon, 99 Foo"]
    )
)


@given(st.lists(st.tuples(st.lists(st.tuples(names, values)), st.integers(0, 599)), max_size=6))
def test_no_header_can_break_the_budget_or_close_it_for_more_than_a_day(answers):
    state, at = BudgetState(), NOW
    for told, status in answers:
        state = observe(state, "send", tuple(told), status, at, TRIAL)
        taken = take(state, "send", at, TRIAL)
        if taken.wait is not None:
            assert 0 < taken.wait.seconds <= 86_402
        state = taken.state
        standing = describe(state, "send", at, TRIAL)
        assert standing.remaining >= 0
        assert 0 <= standing.reset <= 86_402


def test_headers_that_matter_are_named() -> None:
    rule = prepare(
        RateLimit(
            classes={"general": Allowance(limit=2)},
            headers=LimitHeaders(limit="x-limit", reset="x-reset"),
            quota=Quota(remaining_header="x-quota"),
        )
    )
    assert heeded(rule) == {"date", "retry-after", "x-limit", "x-reset", "x-quota"}
