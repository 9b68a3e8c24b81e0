"""Wake somebody later, by the clock that the process tells its time by."""

import asyncio
from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count
from typing import Protocol

from waypost.base.clock import Clock
from waypost.base.tasks import Sleep

LOOK_SECONDS = 0.004
"""How often a clock that others turn is looked at, in real seconds."""


class Alarm(Protocol):
    """Something that will wake; until then it may be cancelled."""

    def cancel(self) -> None:
        """Do not wake after all."""
        ...


SetAlarm = Callable[[float, Callable[[], None]], Alarm]
"""Wake in so many seconds; to be called inside the event loop."""


def loop_alarm(seconds: float, wake: Callable[[], None]) -> Alarm:
    """Wake by the event loop's own clock."""
    return asyncio.get_running_loop().call_later(seconds, wake)


class TurnedAlarms:
    """Wake by a clock that others turn: looked at often, but only while somebody is to be woken."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._waiting: list[tuple[float, int, _Alarm]] = []
        self._order = count()
        self._looking = False

    def __call__(self, seconds: float, wake: Callable[[], None]) -> Alarm:
        """Wake when the clock shows so many seconds more."""
        alarm = _Alarm(wake)
        heappush(self._waiting, (self._clock.now() + seconds, next(self._order), alarm))
        self._look_later()
        return alarm

    def _look_later(self) -> None:
        if not self._looking:
            self._looking = True
            asyncio.get_running_loop().call_later(LOOK_SECONDS, self._look)

    def _look(self) -> None:
        self._looking = False
        now = self._clock.now()
        while self._waiting and (self._waiting[0][0] <= now or self._waiting[0][2].wake is None):
            alarm = heappop(self._waiting)[2]
            if alarm.wake is not None:
                alarm.wake()
        if self._waiting:
            self._look_later()


class _Alarm:
    __slots__ = ("wake",)

    def __init__(self, wake: Callable[[], None]) -> None:
        self.wake: Callable[[], None] | None = wake

    def cancel(self) -> None:
        self.wake = None


def sleep_by(set_alarm: SetAlarm) -> Sleep:
    """Return a sleep that ends when an alarm of this kind does."""

    async def sleep(seconds: float) -> None:
        woken = asyncio.get_running_loop().create_future()

        def wake() -> None:
            if not woken.done():
                woken.set_result(None)

        alarm = set_alarm(seconds, wake)
        try:
            await woken
        finally:
            alarm.cancel()

    return sleep
