"""The processes that share budgets: who is there, and what each may do when the server is not.

A process is in one of three modes. *Shared*: it takes its places at the server. *Alone*: it cannot,
and uses no more than its share, one part of as many as there are processes. *Paused*: between the
two, it gives no places. The server gives only as many shares as there are processes that share, so
whoever is alone has not been given away. `docs/decisions` says why that is never too much.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from waypost.adapters.valkey.line import Line, LineBroken, open_line
from waypost.adapters.valkey.scripts import BEAT, LEAVE
from waypost.base.clock import Clock, monotonic
from waypost.base.ids import new_id
from waypost.base.log import get_logger
from waypost.base.tasks import BackgroundTasks

BEAT_SECONDS = 0.5
SILENT_SECONDS = 2.0
"""A process that was not heard for so long gives no more places of the server's."""
GONE_SECONDS = 4.0
"""A process that was not heard for so long has its share back, and uses it by itself."""
MEMORY_SECONDS = 600.0
"""How long a process that fell silent keeps its share."""
OPEN_AFTER = 70.0
"""When a server that forgot everything is believed, though not everybody came back: in budget
seconds, more than a window and a silence."""

_log = get_logger("waypost.valkey")


@dataclass(frozen=True, slots=True)
class FleetSettings:
    """Where the server is, the prefix of our keys, and how many processes there are in all."""

    url: str
    processes: int = 1
    prefix: str = "waypost"
    longest_window: float = OPEN_AFTER


class Fleet:
    """This process's membership; `on_change` is told of every change of mode."""

    def __init__(self, settings: FleetSettings, clock: Clock, tasks: BackgroundTasks) -> None:
        self.settings = settings
        self.mode = "paused"
        self.share = 1.0 / settings.processes
        self.epoch = ""
        self.living: dict[str, float] = {}
        self.line: Line | None = None
        self.who = new_id()
        self.alone_at = 0.0
        self.on_change: Callable[[], None] = _nothing
        self.on_beat: Callable[[], None] = _nothing
        self.bring: Callable[[], Awaitable[None]] = _nothing_to_bring
        self._clock = clock
        self._tasks = tasks
        self._heard = monotonic()
        self._ready_in = ""
        self._beating: asyncio.Task[None] | None = None
        base = f"{{{settings.prefix}}}:budget"
        self.keys = tuple(f"{base}:{name}" for name in ("fleet", "present", "ready", "seen"))

    def key_of(self, account_id: str) -> str:
        """Return the key of an account's budget in this epoch."""
        return f"{{{self.settings.prefix}}}:budget:{self.epoch}:{account_id}"

    def start(self) -> None:
        """Begin to give life signs; needs the running loop."""
        if self._beating is None:
            self._beating = self._tasks.start(self._beat_on(), name="valkey_fleet")

    async def stop(self) -> None:
        """Leave, so that the others need not wait for the silence."""
        if self._beating is not None:
            self._beating.cancel()
        if self.line is not None and not self.line.is_broken:
            try:
                async with asyncio.timeout(SILENT_SECONDS):
                    await self.line.ask("EVAL", LEAVE, 3, *self.keys[1:], self.who)
            except (LineBroken, TimeoutError):
                pass
            self.line.break_off()

    def lost(self) -> None:
        """Say that the server did not answer: nothing more is taken there until it is asked anew."""
        if self.line is not None:
            self.line.break_off()
            self.line = None
        self._ready_in = ""
        if self.mode == "shared":
            self._become("paused")

    async def _beat_on(self) -> None:
        while True:
            began = monotonic()
            try:
                async with asyncio.timeout(SILENT_SECONDS):
                    await self._beat(began)
            except (LineBroken, TimeoutError):
                self.lost()
            if self.mode == "paused" and monotonic() - self._heard > GONE_SECONDS:
                self._become("alone")
            await asyncio.sleep(max(0.01, BEAT_SECONDS - (monotonic() - began)))

    async def _beat(self, began: float) -> None:
        if self.line is None:
            self.line = await open_line(self.settings.url, self._tasks)
        told = await self._sign(self._ready_in)
        epoch, is_open, gathered = told[0].decode(), told[1], told[2]
        if epoch != self.epoch or (not self._ready_in and gathered):
            await self._join(epoch, is_gathered=bool(gathered))
            if self._ready_in:
                told = await self._sign(self._ready_in)
                is_open = told[1]
        self._heard = began
        self.on_beat()
        self._note(told[3], [each.decode() for each in told[4]])
        if is_open and self._ready_in == epoch and self.mode != "shared":
            self._become("shared")

    async def _sign(self, ready_in: str) -> list[Any]:
        assert self.line is not None
        settings = self.settings
        answer: list[Any] = await self.line.ask(
            *("EVAL", BEAT, 4, *self.keys),
            *(self.who, ready_in, settings.processes, self._clock.now()),
            *(settings.longest_window, int(GONE_SECONDS * 1000), int(MEMORY_SECONDS * 1000)),
            new_id(),
        )
        return answer

    async def _join(self, epoch: str, *, is_gathered: bool) -> None:
        """Tell the server what it cannot know, and only then count among those who share."""
        if epoch != self.epoch:
            self.epoch = epoch
            self._ready_in = ""
            if self.mode == "shared":
                self._become("paused")
        if not is_gathered:
            return
        if self.mode == "alone":
            self._become("paused")
        await self.bring()
        self._ready_in = epoch

    def _note(self, processes: int, ready: list[str]) -> None:
        now = monotonic()
        for each in (*ready, self.who):
            self.living[each] = now
        self.living = {who: at for who, at in self.living.items() if now - at <= GONE_SECONDS}
        self.share = min(1.0, len(ready) / processes)

    @property
    def own_share(self) -> float:
        """Return the part of an allowance that is this process's when it is alone."""
        return 1.0 / max(self.settings.processes, len(self.living) or 1)

    def _become(self, mode: str) -> None:
        _log.info("budget_mode", mode=mode)
        self.mode = mode
        if mode == "alone":
            self.alone_at = self._clock.now()
        self.on_change()


def _nothing() -> None:
    pass


async def _nothing_to_bring() -> None:
    pass
