"""Several processes' budgets over one real server, in one loop, on a turned clock."""

import asyncio
from dataclasses import dataclass
from time import monotonic

from tests.support.turned_clock import TurnedClock

from waypost.adapters.valkey import Fleet, FleetSettings, SharedBudgets
from waypost.base.ids import new_id
from waypost.base.tasks import BackgroundTasks
from waypost.engine.limits import Lane
from waypost.engine.manifest.limits import Allowance, Quota, RateLimit
from waypost.kernel.calls.budget import AccountBudget, Budgets
from waypost.kernel.calls.turn import Turn

RULE = RateLimit(
    classes={"general": Allowance(limit=40), "send": Allowance(limit=20)},
    quota=Quota(limit=100_000, remaining_header="left"),
)


@dataclass
class Member:
    """One process: its fleet, its budgets, and the one account that all of them call."""

    fleet: Fleet
    budgets: Budgets
    tasks: BackgroundTasks
    own: AccountBudget

    async def call(self, rate_class: str = "send", turn: Turn | None = None) -> None:
        """Make one call that is answered at once."""
        await self.own.enter(rate_class, turn or Turn(wait=0.0))
        self.own.learn(rate_class, 200, ())

    async def entered(self, rate_class: str = "send", *, most: int = 200) -> int:
        """Make as many calls as go without waiting; return how many."""
        made = 0
        while made < most:
            try:
                await self.call(rate_class)
            except Exception:
                return made
            made += 1
        return made

    async def stop(self) -> None:
        await self.budgets.stop()
        await self.tasks.close()


class FleetWorld:
    """Starts members and turns their time."""

    def __init__(self, url: str, processes: int) -> None:
        self.clock = TurnedClock()
        self.settings = FleetSettings(url, processes, prefix=f"test-{new_id()}")
        self.members: list[Member] = []

    def start(self) -> Member:
        """Start one more process."""
        tasks = BackgroundTasks()
        fleet = Fleet(self.settings, self.clock, tasks)
        shared = SharedBudgets(fleet, self.clock, tasks)
        budgets = Budgets(self.clock, {}, set_alarm=self.clock.alarm, ledgers=shared)
        budgets.start()
        member = Member(fleet, budgets, tasks, budgets.of("account", "acme", RULE))
        self.members.append(member)
        return member

    async def until(self, mode: str, *members: Member, seconds: float = 20.0) -> None:
        """Wait, in real time, until members are in a mode."""
        ends = monotonic() + seconds
        while any(each.fleet.mode != mode for each in members or self.members):
            assert monotonic() < ends, [each.fleet.mode for each in self.members]
            await asyncio.sleep(0.02)

    async def until_share(self, share: float, member: Member, seconds: float = 20.0) -> None:
        """Wait, in real time, until so much of the allowance is given to those who share."""
        ends = monotonic() + seconds
        while member.fleet.share != share:
            assert monotonic() < ends, member.fleet.share
            await asyncio.sleep(0.02)

    async def stop(self) -> None:
        for member in self.members:
            await member.stop()


BULK = Turn(Lane.BULK, 600.0)
