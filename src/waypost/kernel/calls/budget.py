"""One rate budget per account, shared by every surface: lanes, bounded waiting, one wake-up."""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from functools import partial
from math import inf
from typing import Any
from weakref import WeakValueDictionary

from waypost.base.alarm import Alarm, SetAlarm, loop_alarm
from waypost.base.asgi import HeaderPairs
from waypost.base.clock import Clock
from waypost.base.errors import BudgetExhausted, ProviderDown, WaypostError
from waypost.engine.limits import (
    BudgetRule,
    Lane,
    Need,
    News,
    Report,
    Standing,
    Taken,
    Waiting,
    describe,
    forecast,
    heeded,
    is_failure,
    prepare,
    prepare_host,
)
from waypost.engine.manifest.limits import RateLimit
from waypost.engine.transport import Headers
from waypost.kernel.calls.holding import Holding
from waypost.kernel.calls.ledger import Ledger, Ledgers, OwnLedger
from waypost.kernel.calls.queue import Waiter
from waypost.kernel.calls.turn import USUAL_TURN, Patience, Turn

MOST_ACCOUNTS = 100_000
STORE = 32
"""Places that are taken at once while there is plenty, so that most calls need not ask."""
REPEAT_SECONDS = 2.0
"""How often those who wait here are told anew to the processes that share the budget, which
believe it for `QUEUE_SECONDS`."""
SPEAK_SECONDS = 1.0
"""After how long what answers said is told, though nothing is needed."""
_EXHAUSTED = {
    "rate": "The provider's rate limit for this account is used up (Prefer: wait=N waits longer).",
    "quota": "The provider's daily quota for this account is used up.",
    "refused": "The provider refused the last calls as too many; it is left in peace until then.",
    "maintenance": "The provider is in maintenance; calls go on when it is back.",
    "queue": "Too many calls wait for this account's budget already.",
}
_HOST_DOWN = (
    "The provider failed the last calls of several accounts; it is left in peace for a while."
)
_ONE_OF: tuple[Waiting, ...] = ((1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1))


class AccountBudget:
    """Pace one account's calls by what its provider allows, and learn from every answer."""

    def __init__(
        self,
        rule: BudgetRule,
        clock: Clock,
        *,
        ledger: Ledger | None = None,
        set_alarm: SetAlarm = loop_alarm,
        patience: Patience | None = None,
        name: str = "",
    ) -> None:
        self.host: AccountBudget | None = None
        """The door of the host that this account's calls go to, which other accounts' calls share."""
        self._name = name
        self._rule = rule
        self._clock = clock
        self._ledger: Ledger = ledger or OwnLedger(rule, clock)
        self._set_alarm = set_alarm
        self._patience = patience or Patience()
        self._classes: dict[str | None, Holding] = {}
        self._alarm: Alarm | None = None
        self._alarm_at = inf
        self._notable = rule.limited | rule.maintenance
        self.heeded = frozenset(name.encode() for name in heeded(rule))
        """The headers that `learn` needs to be given; it may be given more."""
        self._ledger.on_move = self._moved
        self._ledger.on_idle = self._tidy

    def try_enter(self, rate_class: str | None, lane: Lane | None = None) -> bool:
        """Take a place if one is free without waiting, and without asking elsewhere."""
        if self.host is not None and self.host.is_shut:
            return False
        return self._take_at_once(rate_class, lane)

    @property
    def is_shut(self) -> bool:
        """Say whether the door is shut, or is being tried."""
        return self._ledger.state.closure.until > 0

    def _take_at_once(self, rate_class: str | None, lane: Lane | None) -> bool:
        mine = self._classes.get(rate_class) or self._class(rate_class)
        if lane is None:
            lane = mine.lane
        if mine.busy or mine.queue.is_any:
            return False
        if mine.store and not lane:
            mine.store -= 1
            return True
        if not self._ledger.is_here:
            return False
        won: list[int] = []

        def reply(taken: Taken) -> None:
            mine.heard(taken)
            won.append(sum(taken.given))

        need = Need(_ONE_OF[lane], 0 if lane else STORE)
        self._ledger.exchange(self._report(mine, need, returning=True), reply)
        return won == [1]

    async def enter(self, rate_class: str | None, turn: Turn = USUAL_TURN) -> float:
        """Take a place, waiting as long as the turn says; return the seconds waited.

        Raises BudgetExhausted as soon as it is clear that the wait would be longer, ProviderDown
        when that is because the provider failed the last calls.
        """
        at_once = self._take_at_once(rate_class, turn.lane)
        waited = 0.0 if at_once else await self._wait(rate_class, turn)
        host = self.host
        if host is None or not host.is_shut:
            return waited
        mine = self._class(rate_class)
        lane = mine.lane if turn.lane is None else turn.lane
        wait = self._patience.waits[lane] if turn.wait is None else turn.wait
        try:
            return waited + await host.enter(None, Turn(lane, max(0.0, wait - waited), turn.who))
        except BaseException as error:
            mine.returned += 1
            self._speak(mine)
            if isinstance(error, WaypostError):
                error.details["class"] = mine.name
                error.standing = self.standing(rate_class)
            raise

    async def _wait(self, rate_class: str | None, turn: Turn) -> float:
        mine = self._class(rate_class)
        lane = mine.lane if turn.lane is None else turn.lane
        if len(mine.queue) >= self._patience.most_waiting:
            raise self._exhausted(mine, lane, len(mine.queue), "queue")
        wait = self._patience.waits[lane] if turn.wait is None else turn.wait
        began = self._clock.now()
        place = asyncio.get_running_loop().create_future()
        waiter = Waiter(lane, turn.who, began + wait, place)
        mine.queue.push(waiter)
        mine.unasked.append(waiter)
        self._speak(mine)
        try:
            await place
        except asyncio.CancelledError:
            self._left(mine, waiter)
            raise
        return max(0.0, self._clock.now() - began)

    def reopen(self) -> None:
        """Try a provider that was in maintenance now: somebody asks who can see whether it is back."""
        self._ledger.reopen()
        if self.host is not None:
            self.host.reopen()

    def learn(
        self, rate_class: str | None, status: int, headers: Headers, *, who: str = ""
    ) -> None:
        """Correct the budget by an answer; status 0 says that none came, `NO_ANSWER` that none would.

        The door of a host is told `who` called it.
        """
        mine = self._classes.get(rate_class) or self._class(rate_class)
        now = self._clock.now()
        settled = mine.settled
        if settled and now - settled[-1][0] <= mine.grain:
            first, _, count = settled[-1]
            settled[-1] = (first, now + mine.span, count + 1)
        else:
            settled.append((now, now + mine.span, 1))
        door = self._ledger.state.closure
        if status in self._notable or door.until or door.failures or not 0 <= status < 500:
            mine.news.append(News(status, headers, now, mine.store, who))
            for each in set(self._classes.values()):
                each.store, each.returned = 0, each.returned + each.store
                self._speak(each)
        elif status > 0:
            mine.latest = News(status, headers, now, mine.store)
            if now - mine.spoke_at > SPEAK_SECONDS or mine.queue.is_any:
                self._speak(mine)
        if self.host is not None:
            self.host.hear(self._name, status)

    def hear(self, who: str, status: int) -> None:
        """Take note, as the door of a host, of an answer to an account's call, where it matters.

        Its headers do not: what a provider asks of one account is nothing to the others.
        """
        door = self._ledger.state.closure
        if door.until or door.failures or is_failure(status):
            self.learn(None, status, (), who=who)

    def headers(self, present: HeaderPairs, rate_class: str | None) -> HeaderPairs:
        """Return our `ratelimit-*` headers, unless the provider's answer carries its own."""
        for name, _ in present:
            if name.startswith(b"ratelimit-"):
                return []
        left = self.standing(rate_class)
        return [(b"ratelimit-%b" % name.encode(), b"%d" % left[name]) for name in left]

    def standing(self, rate_class: str | None) -> Mapping[str, int]:
        """Return limit, remaining and reset (seconds) of a class; nothing where there is no limit."""
        mine = self._classes.get(rate_class) or self._class(rate_class)
        standing = self._standing(mine)
        if standing is None:
            return {}
        return {
            "limit": standing.limit,
            "remaining": standing.remaining + mine.store,
            "reset": standing.reset,
        }

    def header_lines(self, rate_class: str | None) -> bytes:
        """Return our `ratelimit-*` headers as they stand on the wire."""
        mine = self._classes.get(rate_class) or self._class(rate_class)
        standing = self._standing(mine)
        if standing is None:
            return b""
        return b"ratelimit-limit: %d\r\nratelimit-remaining: %d\r\nratelimit-reset: %d\r\n" % (
            standing.limit,
            standing.remaining + mine.store,
            standing.reset,
        )

    def _standing(self, mine: Holding) -> Standing | None:
        """Return where a class stands without what is in store, worked out once a second."""
        ledger = self._ledger
        state, back = ledger.state, mine.returned + mine.returning
        now = self._clock.now()
        is_known = mine.standing_of is state and mine.standing_back == back
        if not is_known or not 0 <= now - mine.standing_at < 1.0:
            mine.standing_of, mine.standing_back, mine.standing_at = state, back, now
            mine.standing = describe(
                state, mine.name, now, self._rule, share=ledger.share, returning=back
            )
        return mine.standing

    @property
    def is_busy(self) -> bool:
        """Say whether calls wait here."""
        return any(each.queue.is_any for each in self._classes.values())

    def _moved(self) -> dict[str, int]:
        """Give up what is in store; who waits is asked for again, where the budget is now."""
        dropped = {}
        for mine in set(self._classes.values()):
            dropped[mine.name] = mine.store + mine.returned
            mine.store = mine.returned = 0
            if mine.queue.is_any:
                asyncio.get_running_loop().call_soon(self._speak, mine)
        return dropped

    def _tidy(self) -> bool:
        """Give back what has lain in store since the last time; say whether there is still some."""
        for mine in set(self._classes.values()):
            if mine.store and mine.store == mine.stored_before and not mine.busy:
                mine.returned, mine.store = mine.returned + mine.store, 0
                self._speak(mine)
            mine.stored_before = mine.store
        return any(mine.store for mine in self._classes.values())

    def _class(self, rate_class: str | None) -> Holding:
        allowed = self._rule.allowed(rate_class)
        mine = self._classes.get(allowed.name)
        if mine is None:
            mine = Holding(allowed)
            self._classes[allowed.name] = mine
        self._classes[rate_class] = mine
        return mine

    def _report(self, mine: Holding, need: Need | None, *, returning: bool) -> Report:
        mine.spoke_at = self._clock.now()
        return mine.report(need, returning=returning)

    def _speak(self, mine: Holding) -> None:
        """Tell what is new of a class and ask for what is needed; one exchange at a time."""
        if mine.busy:
            mine.again = True
            return
        waiting = mine.queue.counts()
        mine.asked, mine.unasked = mine.unasked, []
        need = Need(waiting, STORE if waiting[0] else 0) if any(waiting) else None
        mine.busy = True
        mine.retry_at = inf  # until the reply says when
        report = self._report(mine, need, returning=need is not None)
        self._ledger.exchange(report, partial(self._heard, mine))

    def _heard(self, mine: Holding, taken: Taken) -> None:
        mine.busy = False
        mine.heard(taken)
        for lane, count in enumerate(taken.given):
            mine.returned += count - mine.queue.serve(lane, count)  # some left while we asked
        wait = taken.wait
        longest = inf if self._ledger.is_here else REPEAT_SECONDS
        mine.retry_at = self._clock.now() + min(wait.seconds, longest) if wait else inf
        mine.why = wait.reason if wait else "rate"
        self._judge(mine)
        if mine.again or mine.returned:
            mine.again = False
            self._speak(mine)
        else:
            self._arm()

    def _judge(self, mine: Holding) -> None:
        """Refuse at once those who would wait in vain, of those whose places were just asked for."""
        asked, mine.asked = mine.asked, []
        for waiter in asked:
            if waiter.place.done():
                continue
            waiter.is_judged = True
            ahead = mine.queue.ahead_of(waiter)
            if self._clock.now() + self._forecast(mine, waiter.lane, ahead) > waiter.deadline:
                self._refuse(mine, waiter)
            else:
                mine.soonest = min(mine.soonest, waiter.deadline)

    def _refuse(self, mine: Holding, waiter: Waiter) -> None:
        error = self._exhausted(mine, waiter.lane, mine.queue.ahead_of(waiter), mine.why)
        mine.queue.remove(waiter)
        if not waiter.place.done():
            waiter.place.set_exception(error)

    def _left(self, mine: Holding, waiter: Waiter) -> None:
        """Free the place of a caller who leaves, whether it waits or has just been given one."""
        if mine.queue.remove(waiter):
            mine.again = mine.busy
        elif waiter.place.done() and not waiter.place.cancelled() and not waiter.place.exception():
            mine.returned += 1
            self._speak(mine)

    def _forecast(self, mine: Holding, lane: Lane, ahead: int) -> float:
        ledger = self._ledger
        return forecast(
            ledger.state,
            mine.name,
            self._clock.now(),
            self._rule,
            lane=lane,
            ahead=ahead,
            share=ledger.share,
        )

    def _exhausted(self, mine: Holding, lane: Lane, ahead: int, why: str) -> WaypostError:
        details: dict[str, Any] = {"class": mine.name, "lane": lane.name.lower(), "why": why}
        standing = self.standing(mine.name)
        details |= standing
        seconds = self._forecast(mine, lane, ahead)
        error: WaypostError
        if why == "down":
            message = None if self._rule.several == 1 else _HOST_DOWN
            error = ProviderDown(message, retry_after=seconds, details=details)
        else:
            error = BudgetExhausted(_EXHAUSTED[why], retry_after=seconds, details=details)
        error.standing = standing
        return error

    def _arm(self) -> None:
        """Set the one alarm of this budget to whatever comes first."""
        waiting = [each for each in set(self._classes.values()) if each.queue.is_any]
        at = min((min(each.retry_at, each.soonest) for each in waiting), default=inf)
        if at == self._alarm_at:
            return
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm_at = at
        now = self._clock.now()
        self._alarm = None if at == inf else self._set_alarm(max(0.0, at - now), self._woken)

    def _woken(self) -> None:
        self._alarm, self._alarm_at = None, inf
        now = self._clock.now()
        for mine in set(self._classes.values()):
            if mine.soonest <= now:
                judged = [each for each in mine.queue if each.is_judged]
                for waiter in [each for each in judged if each.deadline <= now]:
                    self._refuse(mine, waiter)
                mine.soonest = min(
                    (at for each in judged if (at := each.deadline) > now), default=inf
                )
            if mine.retry_at <= now and mine.queue.is_any:
                self._speak(mine)
        self._arm()


class Budgets:
    """Keep the budgets of the accounts seen lately."""

    def __init__(
        self,
        clock: Clock,
        plans: Mapping[str, str],
        *,
        set_alarm: SetAlarm = loop_alarm,
        patience: Patience | None = None,
        ledgers: Ledgers | None = None,
    ) -> None:
        self._clock = clock
        self._plans = plans
        self._set_alarm = set_alarm
        self._patience = patience or Patience()
        self._ledgers = ledgers
        self._rules: dict[str, BudgetRule] = {}
        self._budgets: OrderedDict[str, AccountBudget] = OrderedDict()
        self._hosts: WeakValueDictionary[str, AccountBudget] = WeakValueDictionary()

    def of(
        self, account_id: str, integration: str, rule: RateLimit | None, *, host: str | None = None
    ) -> AccountBudget:
        """Return the budget of an account; `host` names where its calls go, and who shares that."""
        found = self._budgets.get(account_id)
        if found is not None:
            self._budgets.move_to_end(account_id)
            return found
        prepared = self._rules.get(integration)
        if prepared is None:
            prepared = prepare(rule, self._plans.get(integration))
            self._rules[integration] = prepared
        found = self._budgets[account_id] = self._open(account_id, prepared)
        found.host = self._host(host) if host else None
        self._forget()
        return found

    def _host(self, name: str) -> AccountBudget:
        found = self._hosts.get(name)
        if found is None:
            found = self._hosts[name] = self._open(f"host:{name}", prepare_host())
        return found

    def _open(self, name: str, rule: BudgetRule) -> AccountBudget:
        return AccountBudget(
            rule,
            self._clock,
            ledger=self._ledgers.open(name, rule) if self._ledgers else None,
            set_alarm=self._set_alarm,
            patience=self._patience,
            name=name,
        )

    def start(self) -> None:
        """Meet the other processes that share these budgets; needs the running loop."""
        if self._ledgers is not None:
            self._ledgers.start()

    async def stop(self) -> None:
        """Leave them."""
        if self._ledgers is not None:
            await self._ledgers.stop()

    def _forget(self) -> None:
        """Let the budget go that was not asked for longest, unless calls wait in it."""
        if len(self._budgets) <= MOST_ACCOUNTS:
            return
        account_id, oldest = self._budgets.popitem(last=False)
        if oldest.is_busy:
            self._budgets[account_id] = oldest
