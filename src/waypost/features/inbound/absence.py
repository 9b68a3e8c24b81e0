"""Notice that nobody was here to be told, and order what was missed."""

import asyncio

from waypost.base.clock import Clock
from waypost.base.database import Database
from waypost.base.errors import WaypostError
from waypost.base.log import get_logger
from waypost.base.tasks import Sleep
from waypost.features.inbound import store
from waypost.features.inbound.backfill import BACKFILL, Order
from waypost.kernel.hooks import Hooks
from waypost.kernel.jobs import Jobs, NewJob

BEAT_SECONDS = 30.0
ABSENT_SECONDS = 120.0
"""A shorter absence is made good by the providers' own repeats."""
_SLACK_SECONDS = 300.0
_log = get_logger("waypost.inbound")


class Absence:
    """Say at regular times that somebody is here, and see when nobody was."""

    def __init__(
        self,
        database: Database,
        *,
        hooks: Hooks,
        jobs: Jobs,
        clock: Clock,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._database = database
        self._hooks = hooks
        self._jobs = jobs
        self._clock = clock
        self._sleep = sleep

    async def run(self) -> None:
        """Beat until cancelled; a failing database is waited for."""
        while True:
            try:
                await self.beat()
            except WaypostError as error:
                _log.warning("heartbeat_missed", error=error.code)
            await self._sleep(BEAT_SECONDS)

    async def beat(self) -> int:
        """Say that this process is here; return how many hooks are read after an absence."""
        now = self._clock.now()
        async with self._database.write() as connection:
            last = await store.beat(connection, now, now - ABSENT_SECONDS)
        if last is None:
            return 0
        _log.warning("was_absent", seconds=round(now - last))
        return await self._order(last - _SLACK_SECONDS, now)

    async def _order(self, since: float, until: float) -> int:
        after, count = "", 0
        while hooks := await self._hooks.active(after):
            async with self._database.write() as connection:
                for hook in hooks:
                    order = Order(
                        environment_id=hook.environment_id,
                        account_id=hook.account_id,
                        registration=hook.kind,
                        subject_id=hook.subject_id,
                        subject_name=hook.subject_name,
                        since=max(since, hook.created_at),
                        until=until,
                    )
                    key = f"{hook.id}@{until:.3f}"
                    await self._jobs.enqueue(connection, NewJob(BACKFILL, order.payload(), key=key))
            after, count = hooks[-1].id, count + len(hooks)
        return count
