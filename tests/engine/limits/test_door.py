import pytest

from waypost.engine.limits import BudgetState, News, Report, exchange, prepare, take
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
