"""One rate budget per account, shared by every surface of this process."""

import asyncio
import re
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from waypost.base.asgi import HeaderPairs
from waypost.base.clock import Clock
from waypost.base.errors import BudgetExhausted
from waypost.base.tasks import Sleep
from waypost.engine.limits import (
    BudgetRule,
    BudgetState,
    Go,
    Wait,
    ask,
    describe,
    observe,
    prepare,
)
from waypost.engine.manifest.limits import RateLimit
from waypost.engine.transport import Headers

MOST_ACCOUNTS = 100_000
_EXHAUSTED = {
    "rate": "The provider's rate limit for this account is used up (Prefer: wait=N waits longer).",
    "quota": "The provider's daily quota for this account is used up.",
    "refused": "The provider refused the last calls as too many; it is left in peace until then.",
    "maintenance": "The provider is in maintenance; calls go on when it is back.",
}
_WAIT = re.compile(r"(?:^|[,;\s])wait=(\d{1,5})(?:$|[,;\s])", re.IGNORECASE)


def wait_seconds(prefer: str | None, default: float) -> float:
    """Return how long a caller will wait for its turn (`Prefer: wait=N`, RFC 7240)."""
    found = _WAIT.search(prefer) if prefer else None
    return float(found.group(1)) if found else default


class AccountBudget:
    """Pace one account's calls by what its provider allows, and learn from every answer."""

    def __init__(self, rule: BudgetRule, clock: Clock, sleep: Sleep) -> None:
        self._rule = rule
        self._clock = clock
        self._sleep = sleep
        self._state = BudgetState()

    async def enter(self, rate_class: str | None, patience: float) -> float:
        """Take a place, waiting at most `patience` seconds; return the seconds waited.

        Raises BudgetExhausted at once when the wait would be longer.
        """
        waited = 0.0
        while True:
            verdict = ask(self._state, rate_class, self._clock.now(), self._rule)
            if isinstance(verdict, Go):
                self._state = verdict.state
                return waited
            if waited + verdict.seconds > patience:
                raise self._exhausted(rate_class, verdict)
            await self._sleep(verdict.seconds)
            waited += verdict.seconds

    def _exhausted(self, rate_class: str | None, verdict: Wait) -> BudgetExhausted:
        details: dict[str, Any] = {
            "class": self._rule.allowed(rate_class).name,
            "why": verdict.reason,
        }
        standing = describe(self._state, rate_class, self._clock.now(), self._rule)
        if standing is not None:
            details |= {
                "limit": standing.limit,
                "remaining": standing.remaining,
                "reset": standing.reset,
            }
        return BudgetExhausted(
            _EXHAUSTED[verdict.reason], retry_after=verdict.seconds, details=details
        )

    def learn(self, rate_class: str | None, status: int, headers: Headers) -> None:
        """Correct the budget by an answer; status 0 says that none came."""
        now = self._clock.now()
        self._state = observe(self._state, rate_class, headers, status, now, self._rule)

    def headers(self, present: HeaderPairs, rate_class: str | None) -> HeaderPairs:
        """Return our `ratelimit-*` headers, unless the provider's answer carries its own."""
        for name, _ in present:
            if name.startswith(b"ratelimit-"):
                return []
        standing = describe(self._state, rate_class, self._clock.now(), self._rule)
        if standing is None:
            return []
        return [
            (b"ratelimit-limit", b"%d" % standing.limit),
            (b"ratelimit-remaining", b"%d" % standing.remaining),
            (b"ratelimit-reset", b"%d" % standing.reset),
        ]


class Budgets:
    """Keep the budgets of the accounts seen lately."""

    def __init__(
        self, clock: Clock, plans: Mapping[str, str], sleep: Sleep = asyncio.sleep
    ) -> None:
        self._clock = clock
        self._plans = plans
        self._sleep = sleep
        self._rules: dict[str, BudgetRule] = {}
        self._budgets: OrderedDict[str, AccountBudget] = OrderedDict()

    def of(self, account_id: str, integration: str, rule: RateLimit | None) -> AccountBudget:
        """Return the budget of an account."""
        found = self._budgets.get(account_id)
        if found is None:
            prepared = self._rules.get(integration)
            if prepared is None:
                prepared = prepare(rule, self._plans.get(integration))
                self._rules[integration] = prepared
            found = AccountBudget(prepared, self._clock, self._sleep)
            self._budgets[account_id] = found
            if len(self._budgets) > MOST_ACCOUNTS:
                self._budgets.popitem(last=False)
        else:
            self._budgets.move_to_end(account_id)
        return found
