"""A clock that stands still until a test turns it."""

import asyncio
from collections.abc import Callable, Coroutine
from heapq import heappop, heappush
from itertools import count
from typing import TypeVar

from waypost.base.clock import Clock

START = 1_790_000_000.0
"""An ordinary moment: 2026-09-21T14:13:20Z."""
_T = TypeVar("_T")


class TurnedAlarm:
    """Wakes when the clock that set it is turned far enough, unless it is cancelled."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self.wake: Callable[[], None] | None = wake

    def cancel(self) -> None:
        self.wake = None


class TurnedClock(Clock):
    """Tell the time last set; sleeping turns the clock and takes none."""

    def __init__(self, at: float = START) -> None:
        self.at = at
        self.sleeps: list[float] = []
        self.wakings = 0
        self._alarms: list[tuple[float, int, TurnedAlarm]] = []
        self._order = count()
        super().__init__(lambda: self.at)

    def turn(self, seconds: float) -> None:
        """Move the time forward and wake whoever set an alarm to before then."""
        self.at += seconds
        while self._alarms and self._alarms[0][0] <= self.at:
            alarm = heappop(self._alarms)[2]
            if alarm.wake is not None:
                self.wakings += 1
                alarm.wake()

    async def sleep(self, seconds: float) -> None:
        """Be the `sleep` that is handed to code under test; what was asked is kept in `sleeps`."""
        self.sleeps.append(seconds)
        self.turn(seconds)

    def alarm(self, seconds: float, wake: Callable[[], None]) -> TurnedAlarm:
        """Be the `set_alarm` that is handed to code under test."""
        alarm = TurnedAlarm(wake)
        heappush(self._alarms, (self.at + seconds, next(self._order), alarm))
        return alarm

    @property
    def alarms(self) -> list[float]:
        """Return in how many seconds each alarm wakes that is still set."""
        return sorted(at - self.at for at, _, alarm in self._alarms if alarm.wake is not None)

    async def through(self, work: Coroutine[None, None, _T]) -> _T:
        """Run to its end what waits by alarms, turning the clock to each of them in time."""
        task = asyncio.ensure_future(work)
        while True:
            await settled()
            if task.done():
                return await task
            self.turn(self.alarms[0])


async def settled() -> None:
    """Let everything run that can run without time passing."""
    for _ in range(20):
        await asyncio.sleep(0)
