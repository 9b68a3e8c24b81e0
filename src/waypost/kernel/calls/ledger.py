"""Where an account's budget is kept: here, or shared with other processes through an adapter."""

from collections.abc import Callable
from typing import Protocol

from msgspec import structs

from waypost.base.clock import Clock
from waypost.engine.limits import BudgetRule, BudgetState, Report, Taken, exchange, reopened


class Ledger(Protocol):
    """One account's budget, as far as this process knows it.

    `state` is the last known state, `share` the part of the allowance that may be given here.
    `is_here` says that an exchange has replied when it returns. `on_move` is called when the budget
    moves, here or away: it gives up what is in store, and returns how much that was, by class.
    `on_idle` is called now and then: what has lain in store is given back; True while
    there is some.
    """

    on_move: Callable[[], dict[str, int]]
    on_idle: Callable[[], bool]

    @property
    def state(self) -> BudgetState: ...
    @property
    def share(self) -> float: ...
    @property
    def is_here(self) -> bool: ...

    def exchange(self, report: Report, reply: Callable[[Taken], None]) -> None:
        """Tell and ask; a reply always comes."""
        ...

    def reopen(self) -> None:
        """Let calls through a door that the provider shut, where that is this process's to say."""
        ...


class OwnLedger:
    """A budget that only this process uses, or its fixed share of one."""

    is_here = True

    def __init__(self, rule: BudgetRule, clock: Clock, share: float = 1.0) -> None:
        self.state = BudgetState()
        self.share = share
        self.on_move: Callable[[], dict[str, int]] = dict
        self.on_idle: Callable[[], bool] = bool
        self._rule = rule
        self._clock = clock

    def exchange(self, report: Report, reply: Callable[[Taken], None]) -> None:
        """Tell and ask."""
        taken = exchange(self.state, report, self._clock.now(), self._rule, share=self.share)
        self.state = taken.state
        reply(taken)

    def reopen(self) -> None:
        """Let calls through a door that the provider shut."""
        self.state = reopened(self.state)


class Ledgers(Protocol):
    """All budgets of a process, where they are not simply its own."""

    def open(self, account_id: str, rule: BudgetRule) -> Ledger:
        """Return the budget of an account."""
        ...

    def start(self) -> None:
        """Meet the others; needs the running loop."""
        ...

    async def stop(self) -> None:
        """Leave the others."""
        ...


class OwnLedgers:
    """Give each of several processes, which cannot speak to one another, its part of everything."""

    def __init__(self, clock: Clock, processes: int) -> None:
        self._clock = clock
        self._share = 1.0 / processes

    def open(self, account_id: str, rule: BudgetRule) -> Ledger:  # noqa: ARG002 - each has its own
        """Return the budget of an account; calls of the other processes are nobody else's."""
        return OwnLedger(structs.replace(rule, sees_others=False), self._clock, self._share)

    def start(self) -> None:
        """Nobody can be met."""

    async def stop(self) -> None:
        """Nobody was met."""
