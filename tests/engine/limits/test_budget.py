from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from waypost.engine.limits import Lane, settle, take
from waypost.engine.limits.budget import BudgetState, Window, next_midnight, prepare, pruned
from waypost.engine.limits.marks import MARKS
from waypost.engine.manifest.limits import Allowance, RateLimit

NOW = 1_790_000_000.0


@given(st.floats(0, 4e9))
def test_midnight_is_the_next_one_in_utc(now):
    at = next_midnight(now)
    assert now < at <= now + 86_400
    moment = datetime.fromtimestamp(at, UTC)
    assert (moment.hour, moment.minute, moment.second) == (0, 0, 0)


def test_what_has_left_the_window_is_dropped():
    window = Window(marks=((1.0, 61.0, 2), (5.0, 65.0, 1), (9.0, 69.0, 1)), used=4)
    assert pruned(window, 60.9) is window
    assert pruned(window, 61.0) == Window(marks=window.marks[1:], used=2)
    assert pruned(window, 100.0) == Window()


def test_calls_are_counted_in_grains_so_that_the_state_stays_small():
    rule = prepare(RateLimit(classes={"a": Allowance(limit=10_000)}))
    state = BudgetState()
    for place in range(10_000):
        at = NOW + place * 0.01
        state = take(state, "a", at, rule).state
        state = settle(state, "a", [(at, at + 60.5, 1)], rule)
    assert len(state.windows["a"].marks) <= MARKS + 1


def test_the_lane_of_a_class_is_the_manifests():
    rule = prepare(
        RateLimit(classes={"a": Allowance(limit=1), "b": Allowance(limit=1, lane="bulk")})
    )
    assert (rule.allowed("a").lane, rule.allowed("b").lane) == (Lane.TRANSACTIONAL, Lane.BULK)


def test_the_default_class_is_the_one_named_or_the_first():
    classes = {"a": Allowance(limit=1), "b": Allowance(limit=2)}
    assert prepare(RateLimit(classes=classes)).allowed("?").name == "a"
    assert prepare(RateLimit(classes=classes, default_class="b")).allowed(None).name == "b"
