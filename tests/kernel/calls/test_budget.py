"""One budget per account: paced by a turned clock, learnt from answers."""

import pytest
from tests.support.turned_clock import TurnedClock

from waypost.base.errors import BudgetExhausted
from waypost.engine.manifest.limits import Allowance, LimitHeaders, RateLimit
from waypost.kernel.calls import budget
from waypost.kernel.calls.budget import AccountBudget, Budgets, wait_seconds

pytestmark = pytest.mark.anyio

RULE = RateLimit(
    classes={
        "general": Allowance(limit=3, window_seconds=60, by_plan={"big": 5}),
        "tight": Allowance(limit=1, window_seconds=60),
    },
    headers=LimitHeaders(remaining="x-left", reset="x-reset", reset_format="seconds"),
)


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
def own(clock: TurnedClock) -> AccountBudget:
    return Budgets(clock, {}, clock.sleep).of("a", "acme", RULE)


@pytest.mark.parametrize(
    ("prefer", "wanted"),
    [
        (None, 7.0),
        ("", 7.0),
        ("wait=0", 0.0),
        ("Wait=12", 12.0),
        ("respond-async, wait=3", 3.0),
        ("wait=3; x=y", 3.0),
        ("return=minimal", 7.0),
        ("await=3", 7.0),
        ("wait=soon", 7.0),
        ("wait=-1", 7.0),
        ("wait=1234567", 7.0),
    ],
)
def test_patience_is_what_the_caller_prefers(prefer: str | None, wanted: float) -> None:
    assert wait_seconds(prefer, 7.0) == wanted


async def test_a_burst_is_paced_and_not_refused(own: AccountBudget, clock: TurnedClock) -> None:
    waited = [await own.enter(None, 100) for _ in range(4)]
    assert waited[:3] == [0.0, 0.0, 0.0]
    assert 59 <= waited[3] <= 62
    assert sum(clock.sleeps) == waited[3]


async def test_no_patience_is_an_error_at_once(own: AccountBudget, clock: TurnedClock) -> None:
    for _ in range(3):
        await own.enter(None, 0)
    with pytest.raises(BudgetExhausted) as caught:
        await own.enter(None, 10)
    assert 59 <= caught.value.retry_after <= 62
    assert caught.value.details["class"] == "general"
    assert caught.value.details["why"] == "rate"
    assert caught.value.details["limit"] == 3
    assert caught.value.details["remaining"] == 0
    assert not clock.sleeps, "waiting in vain helps nobody"
    assert await own.enter("tight", 0) == 0.0, "another class has its own allowance"


async def test_answers_correct_the_budget(own: AccountBudget, clock: TurnedClock) -> None:
    await own.enter(None, 0)
    own.learn(None, 429, (("retry-after", "20"),))
    with pytest.raises(BudgetExhausted) as caught:
        await own.enter(None, 5)
    assert 20 <= caught.value.retry_after <= 22
    clock.turn(25)
    assert await own.enter(None, 5) == 0.0


async def test_headers_tell_the_standing_unless_the_provider_does(own: AccountBudget) -> None:
    await own.enter("tight", 0)
    named = dict(own.headers([], "tight"))
    assert named[b"ratelimit-limit"] == b"1"
    assert named[b"ratelimit-remaining"] == b"0"
    assert own.headers([(b"ratelimit-limit", b"9")], "tight") == []


async def test_without_a_rule_nothing_is_paced_or_told(clock: TurnedClock) -> None:
    free = Budgets(clock, {}, clock.sleep).of("a", "globex", None)
    for _ in range(500):
        assert await free.enter(None, 0) == 0.0
    assert free.headers([], None) == []


async def test_accounts_do_not_share_and_an_account_does(clock: TurnedClock) -> None:
    budgets = Budgets(clock, {"acme": "big"}, clock.sleep)
    one, other = budgets.of("a", "acme", RULE), budgets.of("b", "acme", RULE)
    assert budgets.of("a", "acme", RULE) is one
    for _ in range(5):
        await one.enter(None, 0)
    with pytest.raises(BudgetExhausted):
        await one.enter(None, 0)
    await other.enter(None, 0)


async def test_the_longest_unseen_account_is_forgotten(
    clock: TurnedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budget, "MOST_ACCOUNTS", 2)
    budgets = Budgets(clock, {}, clock.sleep)
    first, second = budgets.of("a", "acme", RULE), budgets.of("b", "acme", RULE)
    assert budgets.of("a", "acme", RULE) is first
    budgets.of("c", "acme", RULE)
    assert budgets.of("a", "acme", RULE) is first
    assert budgets.of("b", "acme", RULE) is not second
