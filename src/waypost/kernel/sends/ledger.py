"""Lines written durably, many to a commit: a burst of sends shares one."""

import asyncio
from collections import deque

from waypost.base.database import Database
from waypost.base.errors import WaypostError
from waypost.base.log import get_logger
from waypost.base.tasks import BackgroundTasks
from waypost.kernel.sends.crash_points import AFTER_OUTCOME_COMMITTED, AFTER_WRITTEN, reach
from waypost.kernel.sends.store import Line, add_lines

LATER_SECONDS = 0.05
MOST_WAITING = 20_000
_BATCH = 500
_log = get_logger("waypost.sends")


class Ledger:
    """Write lines in the order they came; what arrives during a commit goes into the next one."""

    # Not `base.group_commit`: half of these lines have nobody who waits. They are written a moment later
    # with whatever else is due, and one that a failing database refused is kept, in its place.

    def __init__(self, database: Database, tasks: BackgroundTasks) -> None:
        self._database = database
        self._tasks = tasks
        self._waiting: deque[tuple[Line, asyncio.Future[bool] | None]] = deque()
        self._writing = asyncio.Lock()
        self._is_running = False
        self._is_scheduled = False

    async def write(self, line: Line) -> bool:
        """Return once a line is durable; False when its claim lost. Raises StorageUnavailable.

        Cancelling the caller does not take back what is being written.
        """
        done: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append((line, done))
        self._start()
        return await done

    def write_later(self, line: Line) -> None:
        """Write a line with the next commit, or within moments; a crash may lose it."""
        if len(self._waiting) >= MOST_WAITING:
            _log.error("send_lines_dropped", waiting=len(self._waiting))
            return
        self._waiting.append((line, None))
        if not self._is_scheduled:
            self._is_scheduled = True
            asyncio.get_running_loop().call_later(LATER_SECONDS, self._begin)

    def _begin(self) -> None:
        self._is_scheduled = False
        self._start()

    def _start(self) -> None:
        if not self._is_running:
            self._is_running = True
            self._tasks.start(self._run(), name="write sends")

    async def _run(self) -> None:
        try:
            await self.flush()
        finally:
            self._is_running = False

    async def flush(self) -> None:
        """Write everything that waits; what nobody waits for survives a failing database."""
        async with self._writing:
            while self._waiting:
                count = min(_BATCH, len(self._waiting))
                batch = [self._waiting.popleft() for _ in range(count)]
                if not await self._commit(batch):
                    return

    async def _commit(self, batch: list[tuple[Line, asyncio.Future[bool] | None]]) -> bool:
        try:
            async with self._database.write() as connection:
                written = await add_lines(connection, [line for line, _ in batch])
        except Exception as error:
            return await self._failed(batch, error)
        _reach_points([line for line, _ in batch])
        for (_, done), value in zip(batch, written, strict=True):
            if done is not None and not done.done():
                done.set_result(value)
        return True

    async def _failed(
        self, batch: list[tuple[Line, asyncio.Future[bool] | None]], error: Exception
    ) -> bool:
        """Tell whoever waits; keep what nobody waits for; find the one line that spoils a batch."""
        if not isinstance(error, WaypostError) and len(batch) > 1:
            for each in batch:
                await self._commit([each])
            return True
        kept = [(line, done) for line, done in batch if done is None]
        for _, done in batch:
            if done is not None and not done.done():
                done.set_exception(error)
        if not isinstance(error, WaypostError):
            _log.error("send_line_lost", error=type(error).__name__, lines=len(kept))
            return True
        if not kept:
            return True
        self._waiting.extendleft(reversed(kept))
        if not self._is_scheduled:
            _log.warning("send_lines_wait", error=error.code, waiting=len(self._waiting))
            self._is_scheduled = True
            asyncio.get_running_loop().call_later(1.0, self._begin)
        return False


def _reach_points(lines: list[Line]) -> None:
    if any(line.send is not None for line in lines):
        reach(AFTER_WRITTEN)
    if any(line.settlements for line in lines):
        reach(AFTER_OUTCOME_COMMITTED)
