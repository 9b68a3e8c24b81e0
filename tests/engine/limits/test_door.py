import pytest

from waypost.engine.limits import (
    BudgetState,
    News,
    Report,
    exchange,
    prepare,
    prepare_host,
    take,
)
from waypost.engine.limits.budget import Closure
from waypost.engine.limits.door import MOST_FAILURES, NO_ANSWER, after, is_failure

NOW = 1_790_000_000.0
RULE = prepare(None)


def told(statuses, closure=None, at=NOW, wait=None):
    closure = closure or Closure()
    for status in statuses:
        closure = after(closure, status, wait, at, is_maintenance=status == 421)
    return closure


@pytest.mark.parametrize(
    ("status", "fails"),
    [
        *((status, True) for status in (NO_ANSWER, 500, 502, 503, 504, 520)),
        *((status, False) for status in (0, 200, 202, 301, 400, 401, 404, 421, 429, 501)),
    ],
)
def test_what_tells_of_a_provider_that_is_down(status, fails):
    assert is_failure(status) is fails


@pytest.mark.parametrize(
    ("statuses", "until"),
    [
        ([503] * (MOST_FAILURES - 1), 0.0),
        ([503] * MOST_FAILURES, NOW + 1),
        ([NO_ANSWER, 500, 504, NO_ANSWER, 502], NOW + 1),
        ([503] * 4 + [404] + [503] * 4, 0.0),
        ([503] * 4 + [0] + [503], NOW + 1),  # a caller that left tells nothing
        ([421], NOW + 1),
        ([503] * 50, NOW + 1),  # those were under way when it was shut
        ([503] * 5 + [200], NOW + 1),
    ],
)
def test_when_the_door_is_shut(statuses, until):
    assert told(statuses).until == until


def test_each_call_that_tries_in_vain_shuts_it_for_longer_and_one_that_is_served_opens_it():
    closure, at, pauses = told([503] * MOST_FAILURES), NOW, []
    for _ in range(9):
        pauses.append(closure.until - at)
        at = closure.until
        closure = told([NO_ANSWER], closure, at)
    assert pauses == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0, 60.0]
    assert told([200], closure, closure.until) == Closure()
    assert told([404], closure, closure.until) == Closure(), "it answers, that is enough"


def test_what_the_provider_says_of_its_return_is_believed_within_reason():
    assert told([503] * MOST_FAILURES, wait=17.0).until == NOW + 17
    assert told([503] * MOST_FAILURES, wait=1e12).until == NOW + 86_400


def test_it_says_why_it_is_shut():
    assert told([503] * MOST_FAILURES).why == "down"
    assert told([421]).why == "maintenance"
    assert told([503], told([421]), NOW + 2).why == "down"
    assert told([0], told([421]), NOW + 2).why == "maintenance"


def test_every_class_is_paused_and_then_one_call_tries_for_all():
    failed = Report("general", news=tuple(News(NO_ANSWER, (), NOW) for _ in range(5)))
    state = exchange(BudgetState(), failed, NOW, RULE).state
    shut = take(state, None, NOW + 0.5, RULE)
    assert (sum(shut.given), shut.wait.reason) == (0, "down")
    assert shut.wait.seconds == pytest.approx(0.5, abs=0.01)
    first = take(state, None, NOW + 1.1, RULE)
    assert sum(first.given) == 1
    assert take(first.state, None, NOW + 1.2, RULE).wait.reason == "down"
    served = Report("general", news=(News(200, (), NOW + 1.3),))
    back = exchange(first.state, served, NOW + 1.3, RULE).state
    assert back.closure == Closure()
    assert take(back, None, NOW + 1.4, RULE).wait is None


@pytest.mark.parametrize(
    ("told", "is_shut"),
    [
        ("a5 b5", False),
        ("a1 b1 c2", False),
        ("a2 b2 c1", True),
        ("a99", False),  # whatever one account does wrong, it does wrong alone
        ("a3 b3 d0 c3", False),  # somebody was served: the host is not down
        ("a3 b3 c3 d0", True),  # ... before it was known, and is no news then
        ("a3 b3 - c1", True),  # a caller that left tells nothing
    ],
)
def test_when_the_door_of_a_host_is_shut(told, is_shut):
    state = BudgetState()
    for word in told.split():
        who, count = word[0], int(word[1:] or 1)
        status = {"d": 200, "-": 0}.get(who, 503)
        news = tuple(News(status, (), NOW, who=who) for _ in range(max(1, count)))
        state = exchange(state, Report(None, news=news), NOW, prepare_host()).state
    assert (state.closure.until > NOW) is is_shut


@pytest.mark.parametrize("status", [400, 401, 403, 404, 421, 429])
def test_what_is_said_of_an_account_shows_that_its_host_is_there(status):
    failed = tuple(News(503, (), NOW, who=each) for each in "aabb")
    state = exchange(BudgetState(), Report(None, news=failed), NOW, prepare_host()).state
    assert state.closure.failing == ("a", "b")
    state = exchange(state, Report(None, news=(News(status, (), NOW),)), NOW, prepare_host()).state
    assert state.closure == Closure()
    assert take(state, None, NOW, prepare_host()).given == (1, 0, 0, 0)
