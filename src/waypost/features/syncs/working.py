"""The durable work of this room, which is imported when there is some."""

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from waypost.features.syncs.kinds import (
    DAY,
    FIRE,
    FORGET,
    MOVING,
    STEP,
    STRETCH_SECONDS,
    STUCK_SECONDS,
    WATCH,
    WATCH_SECONDS,
)
from waypost.features.syncs.records import store as records
from waypost.features.syncs.runs import store
from waypost.kernel.jobs import Handler
from waypost.kernel.kernel import Kernel

if TYPE_CHECKING:
    from waypost.features.syncs.runs.runner import Runner
    from waypost.features.syncs.triggers.desk import Triggers


class _Work:
    """Reading a definition takes a validator, which a process without syncs does without: 0020."""

    def __init__(self, kernel: Kernel, stretch: float) -> None:
        self._kernel = kernel
        self._stretch = stretch

    @cached_property
    def _runner(self) -> "Runner":
        from waypost.features.syncs.runs.runner import Runner  # noqa: PLC0415

        return Runner(self._kernel, self._stretch)

    @cached_property
    def _triggers(self) -> "Triggers":
        from waypost.features.syncs.triggers.desk import Triggers  # noqa: PLC0415

        return Triggers(self._kernel)

    async def step(self, payload: Mapping[str, Any]) -> None:
        await self._runner.work(payload)

    async def fire(self, payload: Mapping[str, Any]) -> None:
        await self._triggers.fire(payload)

    async def forget(self, _payload: Mapping[str, Any]) -> None:
        """Delete runs that ended, and records that were deleted, as long ago as events are kept."""
        before = self._kernel.clock.now() - self._kernel.settings.keep_events_days * DAY
        async with self._kernel.database.write() as connection:
            await store.remove_older(connection, before)
            await records.remove_older(connection, before)

    async def watch(self, payload: Mapping[str, Any]) -> None:
        async with self._kernel.database.read() as connection:
            before = self._kernel.clock.now() - STUCK_SECONDS
            stuck = await store.still(connection, MOVING, before)
        if stuck:
            await self._runner.watch(payload)


def handlers(kernel: Kernel, *, stretch: float = STRETCH_SECONDS) -> list[Handler]:
    """Return the kinds of work of this room; a job takes a run forward for `stretch` seconds."""
    work = _Work(kernel, stretch)
    return [
        Handler(STEP, work.step, lane="syncs"),
        Handler(FIRE, work.fire),
        Handler(WATCH, work.watch, every=WATCH_SECONDS),
        Handler(FORGET, work.forget, every=DAY),
    ]
