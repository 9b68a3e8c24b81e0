"""One budget per account: paced by a turned clock, learnt from answers."""

import asyncio
from collections.abc import Callable

import pytest
from tests.support.turned_clock import TurnedClock, settled

from waypost.base.errors import BudgetExhausted, ProviderDown
from waypost.engine.limits import NO_ANSWER, Lane, Report, Taken, prepare, prepare_host
from waypost.engine.manifest.limits import Allowance, LimitHeaders, RateLimit
from waypost.kernel.calls import budget
from waypost.kernel.calls.budget import AccountBudget, Budgets
from waypost.kernel.calls.ledger import OwnLedger
from waypost.kernel.calls.turn import Patience, Turn

pytestmark = pytest.mark.anyio

RULE = RateLimit(
    classes={
        "general": Allowance(limit=3, window_seconds=60, by_plan={"big": 5}),
        "tight": Allowance(limit=1, window_seconds=60),
    },
    headers=LimitHeaders(remaining="x-left", reset="x-reset", reset_format="seconds"),
)


NOW = Turn(wait=0.0)


class FarLedger(OwnLedger):
    """A budget that is kept elsewhere: its replies come when the test lets them through."""

    is_here = False

    def __init__(self, clock: TurnedClock, limit: int = 100) -> None:
        super().__init__(prepare(RateLimit(classes={"general": Allowance(limit=limit)})), clock)
        self.under_way: list[tuple[Report, Callable[[Taken], None]]] = []

    def exchange(self, report: Report, reply: Callable[[Taken], None]) -> None:
        self.under_way.append((report, reply))

    async def arrive(self) -> None:
        """Let the oldest exchange reach the budget, and its reply come back."""
        super().exchange(*self.under_way.pop(0))
        await settled()


def far_budget(clock: TurnedClock, ledger: FarLedger) -> AccountBudget:
    return AccountBudget(ledger._rule, clock, ledger=ledger, set_alarm=clock.alarm)


def patient(seconds: float, lane: Lane | None = None, who: str = "") -> Turn:
    return Turn(lane, seconds, who)


async def called(own: AccountBudget, rate_class: str | None = None, turn: Turn = NOW) -> float:
    """One call, answered at once."""
    waited = await own.enter(rate_class, turn)
    own.learn(rate_class, 200, ())
    return waited


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
def own(clock: TurnedClock) -> AccountBudget:
    return Budgets(clock, {}, set_alarm=clock.alarm).of("a", "acme", RULE)


async def test_a_burst_is_paced_and_not_refused(own: AccountBudget, clock: TurnedClock) -> None:
    assert [await called(own) for _ in range(3)] == [0.0, 0.0, 0.0]
    assert 59 <= await clock.through(own.enter(None, patient(100))) <= 62
    assert clock.wakings == 1


async def test_no_patience_is_an_error_at_once(own: AccountBudget, clock: TurnedClock) -> None:
    for _ in range(3):
        await called(own)
    with pytest.raises(BudgetExhausted) as caught:
        await own.enter(None, patient(10))
    assert 59 <= caught.value.retry_after <= 62
    assert caught.value.details["class"] == "general"
    assert caught.value.details["why"] == "rate"
    assert caught.value.details["limit"] == 3
    assert caught.value.details["remaining"] == 0
    assert not clock.alarms, "waiting in vain helps nobody"
    assert await own.enter("tight", NOW) == 0.0, "another class has its own allowance"


async def test_answers_correct_the_budget(own: AccountBudget, clock: TurnedClock) -> None:
    await own.enter(None, NOW)
    own.learn(None, 429, (("retry-after", "20"),))
    with pytest.raises(BudgetExhausted) as caught:
        await own.enter(None, patient(5))
    assert 20 <= caught.value.retry_after <= 22
    clock.turn(25)
    assert await own.enter(None, patient(5)) == 0.0


async def test_headers_tell_the_standing_unless_the_provider_does(own: AccountBudget) -> None:
    await own.enter("tight", NOW)
    named = dict(own.headers([], "tight"))
    assert named[b"ratelimit-limit"] == b"1"
    assert named[b"ratelimit-remaining"] == b"0"
    assert own.headers([(b"ratelimit-limit", b"9")], "tight") == []


async def test_without_a_rule_nothing_is_paced_or_told(clock: TurnedClock) -> None:
    free = Budgets(clock, {}, set_alarm=clock.alarm).of("a", "globex", None)
    for _ in range(500):
        assert await free.enter(None, NOW) == 0.0
    assert free.headers([], None) == []


async def test_accounts_do_not_share_and_an_account_does(clock: TurnedClock) -> None:
    budgets = Budgets(clock, {"acme": "big"}, set_alarm=clock.alarm)
    one, other = budgets.of("a", "acme", RULE), budgets.of("b", "acme", RULE)
    assert budgets.of("a", "acme", RULE) is one
    for _ in range(5):
        await one.enter(None, NOW)
    with pytest.raises(BudgetExhausted):
        await one.enter(None, NOW)
    await other.enter(None, NOW)


async def test_the_longest_unseen_account_is_forgotten(
    clock: TurnedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budget, "MOST_ACCOUNTS", 2)
    budgets = Budgets(clock, {}, set_alarm=clock.alarm)
    first, second = budgets.of("a", "acme", RULE), budgets.of("b", "acme", RULE)
    assert budgets.of("a", "acme", RULE) is first
    budgets.of("c", "acme", RULE)
    assert budgets.of("a", "acme", RULE) is first
    assert budgets.of("b", "acme", RULE) is not second


async def test_an_urgent_call_goes_before_all_that_waited_longer(
    own: AccountBudget, clock: TurnedClock
) -> None:
    for _ in range(3):
        await called(own)
    order: list[str] = []

    async def one(lane: Lane, who: str) -> None:
        await called(own, None, patient(500, lane, who))
        order.append(f"{lane.name[0]}{who}")

    waiting = [
        (Lane.SYNC, "x"), (Lane.BULK, "a"), (Lane.BULK, "a"), (Lane.BULK, "b"),
        (Lane.FLOW, "f"), (Lane.TRANSACTIONAL, "t"),
    ]  # fmt: skip
    tasks = [asyncio.ensure_future(one(*each)) for each in waiting]
    for _ in range(200):
        await settled()
        clock.turn(2)
    assert order == ["Tt", "Ff", "Ba", "Bb", "Ba", "Sx"]
    await asyncio.gather(*tasks)


async def test_one_wake_up_serves_all_who_wait(own: AccountBudget, clock: TurnedClock) -> None:
    for _ in range(3):
        await called(own)
    tasks = [asyncio.ensure_future(called(own, None, patient(100))) for _ in range(3)]
    await settled()
    assert len(clock.alarms) == 1
    clock.turn(61)
    await asyncio.gather(*tasks)
    assert clock.wakings == 1
    assert not clock.alarms


async def test_who_leaves_frees_the_place(own: AccountBudget, clock: TurnedClock) -> None:
    await called(own, "tight")
    gone = asyncio.ensure_future(own.enter("tight", patient(100)))
    await settled()
    gone.cancel()
    await settled()
    assert not own.is_busy
    assert 59 <= await clock.through(own.enter("tight", patient(100))) <= 62
    own.learn("tight", 200, ())

    given = asyncio.ensure_future(own.enter("tight", patient(100)))
    await settled()
    clock.turn(61)  # the place is given, and before the caller hears of it, it leaves
    given.cancel()
    await settled()
    assert await own.enter("tight", NOW) == 0.0


async def test_patience_that_ends_while_others_go_first_is_a_refusal_too(
    own: AccountBudget, clock: TurnedClock
) -> None:
    await called(own, "tight")
    bulk = asyncio.ensure_future(called(own, "tight", patient(70, Lane.BULK)))
    await settled()
    urgent = asyncio.ensure_future(called(own, "tight", patient(70)))
    await settled()
    clock.turn(61)
    await urgent
    clock.turn(10)
    with pytest.raises(BudgetExhausted) as caught:
        await bulk
    assert caught.value.details["lane"] == "bulk"
    assert 50 <= caught.value.retry_after <= 52


async def test_the_queue_is_bounded_and_the_wait_of_each_lane_has_a_default(
    clock: TurnedClock,
) -> None:
    waits = dict.fromkeys(Lane, 5.0) | {Lane.BULK: 100.0}
    own = Budgets(clock, {}, set_alarm=clock.alarm, patience=Patience(waits, 2)).of(
        "a", "acme", RULE
    )
    await called(own, "tight")
    with pytest.raises(BudgetExhausted):
        await own.enter("tight")
    waiting = [asyncio.ensure_future(called(own, "tight", Turn(Lane.BULK))) for _ in range(2)]
    await settled()
    assert waiting[1].done(), "its turn comes after its patience"
    with pytest.raises(BudgetExhausted):
        await waiting[1]
    long = patient(900, Lane.BULK)
    more = [asyncio.ensure_future(called(own, "tight", long)) for _ in range(2)]
    await settled()
    with pytest.raises(BudgetExhausted) as caught:
        await more[1]
    assert caught.value.details["why"] == "queue"
    await clock.through(waiting[0])  # type: ignore[arg-type]
    await clock.through(more[0])  # type: ignore[arg-type]


async def test_a_place_without_waiting_and_without_a_task(
    own: AccountBudget, clock: TurnedClock
) -> None:
    assert [own.try_enter(None) for _ in range(4)] == [True, True, True, False]
    assert own.try_enter("tight", Lane.BULK)
    assert not own.try_enter("tight", Lane.BULK)
    for _ in range(3):
        own.learn(None, 200, ())
    waiting = asyncio.ensure_future(own.enter(None, patient(100)))
    await settled()
    clock.turn(61)
    assert not own.try_enter("tight"), "its call is still under way"
    await waiting
    assert own.try_enter(None)


async def test_nobody_jumps_a_queue(own: AccountBudget, clock: TurnedClock) -> None:
    await called(own, "tight")
    waiting = asyncio.ensure_future(own.enter("tight", patient(100)))
    await settled()
    clock.at += 61  # free, and its alarm has not been heard yet
    assert not own.try_enter("tight")
    clock.turn(0)
    await waiting


async def test_what_is_in_store_is_given_up_when_the_provider_closes(clock: TurnedClock) -> None:
    roomy = RateLimit(
        classes={"general": Allowance(limit=100), "other": Allowance(limit=100)},
        maintenance_statuses=(421,),
    )
    own = Budgets(clock, {}, set_alarm=clock.alarm).of("a", "acme", roomy)
    assert own.try_enter(None)
    assert own.try_enter("other")
    assert dict(own.headers([], None))[b"ratelimit-remaining"] == b"99"
    own.learn("other", 421, (("retry-after", "20"),))
    assert not own.try_enter(None)
    paused = [asyncio.ensure_future(own.enter(None, patient(100))) for _ in range(3)]
    await settled()
    clock.turn(21)
    await settled()
    assert [task.done() for task in paused] == [True, False, False], "one tries the door"
    own.learn(None, 200, ())
    await asyncio.gather(*paused)


async def test_a_burst_asks_the_budget_seldom(clock: TurnedClock) -> None:
    asked: list[Report] = []

    class Counted(OwnLedger):
        def exchange(self, report: Report, reply: Callable[[Taken], None]) -> None:
            asked.append(report)
            super().exchange(report, reply)

    rule = prepare(RateLimit(classes={"general": Allowance(limit=1000)}))
    own = AccountBudget(rule, clock, ledger=Counted(rule, clock), set_alarm=clock.alarm)
    for _ in range(300):
        assert own.try_enter(None)
        own.learn(None, 200, ())
    assert len(asked) < 15


async def test_a_provider_that_is_down_pauses_every_lane_and_one_call_tries_it(
    clock: TurnedClock,
) -> None:
    own = Budgets(clock, {}, set_alarm=clock.alarm).of("a", "acme", None)

    async def pass_by(seconds: float) -> None:
        clock.turn(seconds)
        await settled()

    for status in (503, 500, NO_ANSWER, NO_ANSWER, 504):
        own.learn(None, status, ())
    assert not own.try_enter(None)
    with pytest.raises(ProviderDown) as raised:
        await own.enter(None, NOW)
    assert 0 < raised.value.retry_after <= 1.1
    went: list[Lane] = []

    async def one(lane: Lane) -> None:
        await own.enter(None, patient(300, lane))
        went.append(lane)

    lanes = (Lane.BULK, Lane.SYNC, Lane.TRANSACTIONAL)
    calls = [asyncio.ensure_future(one(lane)) for lane in lanes]
    await settled()
    assert went == []
    await pass_by(1.1)
    assert went == [Lane.TRANSACTIONAL], "one tries"
    await pass_by(0.5)
    own.learn(None, NO_ANSWER, ())
    await pass_by(1.5)
    assert went == [Lane.TRANSACTIONAL], "in vain, and the pause is longer"
    await pass_by(1.0)
    assert went == [Lane.TRANSACTIONAL, Lane.BULK]
    own.learn(None, 200, ())
    await pass_by(60)
    assert went == [Lane.TRANSACTIONAL, Lane.BULK, Lane.SYNC]
    await asyncio.gather(*calls)
    assert clock.wakings < 20, "nothing spins"


async def test_a_caller_who_leaves_says_nothing_of_the_provider(own: AccountBudget) -> None:
    for _ in range(9):
        own.learn(None, 0, ())
    assert own.try_enter("tight")


async def test_a_host_that_fails_several_accounts_is_left_in_peace_by_all_of_one_environment(
    clock: TurnedClock,
) -> None:
    budgets = Budgets(clock, {}, set_alarm=clock.alarm)
    a, b, c, quiet = (budgets.of(each, "acme", RULE, host="e:api.example") for each in "abcd")
    elsewhere = budgets.of("x", "acme", RULE, host="e:other.example")
    others = budgets.of("y", "acme", RULE, host="f:api.example")
    for _ in range(9):
        a.learn(None, 503, ())
    assert not a.try_enter(None), "its own door"
    assert quiet.try_enter(None), "one account's trouble is its own"
    quiet.learn(None, 200, ())
    for each in (b, c, b, c):
        each.learn(None, NO_ANSWER, ())
    assert quiet.try_enter(None), "nor are two the host's"
    quiet.learn(None, 429, (("retry-after", "50"),))
    for each in (a, b, c, b, c):
        each.learn(None, 503, (("retry-after", "50"),))
    late = budgets.of("z", "acme", RULE, host="e:api.example")
    assert not late.try_enter(None)
    with pytest.raises(ProviderDown) as raised:
        await late.enter(None, NOW)
    assert 0 < raised.value.retry_after <= 1.1, "what it asked of one account is nothing to others"
    assert "several accounts" in raised.value.message
    assert raised.value.details["class"] == "general"
    assert raised.value.standing["remaining"] == 3, "the place that it did not use is free again"
    assert elsewhere.try_enter(None)
    assert others.try_enter(None)
    went: list[str] = []

    async def one(name: str, lane: Lane) -> None:
        budget = budgets.of(name, "acme", RULE, host="e:api.example")
        await budget.enter(None, patient(100, lane))
        went.append(name)

    calls = [
        asyncio.ensure_future(one("z", Lane.BULK)),
        asyncio.ensure_future(one("v", Lane.TRANSACTIONAL)),
    ]
    await settled()
    clock.turn(1.1)
    await settled()
    assert went == ["v"], "one goes first"
    budgets.of("v", "acme", RULE).learn(None, 404, ())
    await asyncio.gather(*calls)
    assert late.try_enter(None)


async def test_who_leaves_while_a_host_is_down_frees_the_place_of_his_account(
    clock: TurnedClock,
) -> None:
    budgets = Budgets(clock, {}, set_alarm=clock.alarm)
    for name in "abcde":
        budgets.of(name, "acme", RULE, host="h").learn(None, 502, ())
    own = budgets.of("f", "acme", RULE, host="h")
    waiting = asyncio.ensure_future(own.enter("tight", patient(100)))
    await settled()
    waiting.cancel()
    await settled()
    own.reopen()
    assert own.try_enter("tight")


async def test_who_comes_while_an_exchange_is_under_way_is_judged_by_the_reply_to_his_own(
    clock: TurnedClock,
) -> None:
    ledger = FarLedger(clock)
    own = far_budget(clock, ledger)
    for _ in range(5):
        while ledger.under_way:
            await ledger.arrive()
        own.learn(None, 502, ())
    down = asyncio.ensure_future(own.enter(None, NOW))
    await settled()
    await ledger.arrive()
    clock.turn(0.01)
    assert not down.done(), "nobody has asked for it yet"
    await ledger.arrive()
    with pytest.raises(ProviderDown):
        await down
    clock.turn(2)
    own.learn(None, 200, ())
    served = asyncio.ensure_future(own.enter(None, NOW))
    await settled()
    clock.turn(0.01)
    await ledger.arrive()
    clock.turn(0.01)
    assert not served.done()
    await ledger.arrive()
    assert 0 < await served < 0.1, "it had no patience, and there was a place"


async def test_places_on_their_way_back_are_free_for_whoever_reads_the_standing(
    clock: TurnedClock,
) -> None:
    ledger = FarLedger(clock, 200)
    own = far_budget(clock, ledger)
    own.host = AccountBudget(prepare_host(), clock, ledger=OwnLedger(prepare_host(), clock))
    for each in "abcde":
        own.host.hear(each, 503)
    refused = asyncio.ensure_future(own.enter(None, NOW))
    await settled()
    await ledger.arrive()
    with pytest.raises(ProviderDown) as raised:
        await refused
    assert raised.value.standing["remaining"] == 200
    assert ledger.under_way, "and the place is not back yet"
    while ledger.under_way:
        await ledger.arrive()
    assert own.standing(None)["remaining"] == 200
