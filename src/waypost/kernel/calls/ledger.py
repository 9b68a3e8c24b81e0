"""Where an account's budget is kept: here, or shared with other processes through an adapter."""

from collections.abc import Callable
from typing import Protocol

from waypost.base.clock import Clock
from waypost.engine.limits import BudgetRule, BudgetState, Report, Taken, exchange


class Ledger(Protocol):
    """One account's budget, as far as this process knows it.

    `state` is the last known state, `share` the part of the allowance that may be given here.
    `is_here` says that an exchange has replied when it returns.
    """

    state: BudgetState
    share: float
    is_here: bool

    def exchange(self, report: Report, reply: Callable[[Taken], None]) -> None:
        """Tell and ask; a reply always comes."""
        ...


class OwnLedger:
    """A budget that only this process uses, or its fixed share of one."""

    is_here = True

    def __init__(self, rule: BudgetRule, clock: Clock, share: float = 1.0) -> None:
        self.state = BudgetState()
        self.share = share
        self._rule = rule
        self._clock = clock

    def exchange(self, report: Report, reply: Callable[[Taken], None]) -> None:
        """Tell and ask."""
        taken = exchange(self.state, report, self._clock.now(), self._rule, share=self.share)
        self.state = taken.state
        reply(taken)


OpenLedger = Callable[[str, BudgetRule], Ledger]
"""Open the budget of an account, by its id."""
