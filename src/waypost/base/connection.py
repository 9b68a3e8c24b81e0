"""A database connection to await: SQLAlchemy's Core without the ORM its own asyncio front loads.

A driver that is an asyncio one is awaited step by step. One that blocks works in threads, each with
a connection to itself: a statement goes there and back once, whatever its driver does for it.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar, TypeVarTuple, overload

from sqlalchemy import Connection, CursorResult, Engine, Executable
from sqlalchemy.engine import Dialect
from sqlalchemy.engine.cursor import FullyBufferedCursorFetchStrategy
from sqlalchemy.sql.selectable import TypedReturnsRows
from sqlalchemy.util import greenlet_spawn

_Columns = TypeVarTuple("_Columns")
_Result = TypeVar("_Result")
_Values = Mapping[str, Any] | Sequence[Mapping[str, Any]] | None


WAIT_SECONDS = 30.0


class Run(Protocol):
    """How work on a connection is awaited."""

    def __call__(
        self, work: Callable[..., _Result], /, *arguments: Any, **more: Any
    ) -> Awaitable[_Result]:
        """Do it, and return what it returned."""
        ...


class Lanes:
    """Threads for a driver that blocks; who comes when all of them are taken waits in line.

    The thread that was used last is used next, so that few ever start.
    """

    def __init__(self, count: int) -> None:
        self._free = [_thread() for _ in range(count)]
        self._room = asyncio.Semaphore(count)

    @asynccontextmanager
    async def taken(self) -> AsyncIterator[Run]:
        """Give a thread for the length of a block; raises TimeoutError when none becomes free."""
        async with asyncio.timeout(WAIT_SECONDS):
            await self._room.acquire()
        thread = self._free.pop()
        try:
            yield _in(thread)
        finally:
            self._free.append(thread)
            self._room.release()

    def end(self) -> None:
        """End the threads that do nothing; others start when there is work again."""
        for place, thread in enumerate(self._free):
            thread.shutdown(wait=False)
            self._free[place] = _thread()


def _thread() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, thread_name_prefix="database")


def _in(thread: ThreadPoolExecutor) -> Run:
    loop = asyncio.get_running_loop()

    def run(work: Callable[..., Any], /, *arguments: Any, **more: Any) -> Awaitable[Any]:
        return loop.run_in_executor(thread, _whole, work, arguments, more)

    return run


def _whole(work: Callable[..., Any], arguments: Any, more: Any) -> Any:
    """Do it; rows are fetched here, where the driver may block."""
    result = work(*arguments, **more)
    if isinstance(result, CursorResult) and result.returns_rows:
        cursor = result.cursor
        if not isinstance(result.cursor_strategy, FullyBufferedCursorFetchStrategy):
            result.cursor_strategy = FullyBufferedCursorFetchStrategy(
                cursor, cursor.description, cursor.fetchall()
            )
    return result


class AsyncConnection:
    """An open connection; every result is whole when it is returned."""

    __slots__ = ("_core", "_run")

    def __init__(self, core: Connection, run: Run = greenlet_spawn) -> None:
        self._core = core
        self._run = run

    @property
    def dialect(self) -> Dialect:
        """Return the dialect in use; its `name` is sqlite or postgresql."""
        return self._core.dialect

    @overload
    async def execute(
        self, statement: TypedReturnsRows[*_Columns], parameters: _Values = None
    ) -> CursorResult[*_Columns]: ...

    @overload
    async def execute(
        self, statement: Executable, parameters: _Values = None
    ) -> CursorResult[*tuple[Any, ...]]: ...

    async def execute(self, statement: Executable, parameters: _Values = None) -> CursorResult[Any]:
        """Execute a statement, once or for each of several parameter sets."""
        return await self._run(self._core.execute, statement, parameters)

    async def exec_driver_sql(self, sql: str, parameters: Any = None) -> CursorResult[Any]:
        """Execute SQL in the driver's own words and parameter style."""
        return await self._run(self._core.exec_driver_sql, sql, parameters)

    async def run_sync(self, work: Callable[[Connection], _Result]) -> _Result:
        """Run what was written for a plain connection, such as a migration, on this one."""
        return await self._run(work, self._core)

    async def open_transaction(self, *, postgresql_readonly: bool = False) -> None:
        """Begin; closing the connection without `commit` undoes it all."""
        if postgresql_readonly:
            await self._run(self._core.execution_options, postgresql_readonly=True)
        await self._run(self._core.begin)

    async def commit(self) -> None:
        """Make what was done since `open_transaction` last."""
        await self._run(self._core.commit)


@dataclass(frozen=True, slots=True)
class Pool:
    """Connections to a database; `lanes` where the engine's driver blocks."""

    engine: Engine
    lanes: Lanes | None = None

    @asynccontextmanager
    async def way(self) -> AsyncIterator[Run]:
        """Give the way in which work on one connection is awaited."""
        if self.lanes is None:
            yield greenlet_spawn
            return
        async with self.lanes.taken() as run:
            yield run


@asynccontextmanager
async def connected(pool: Pool) -> AsyncIterator[AsyncConnection]:
    """Give a connection, and hand it back."""
    held: list[Connection] = []
    async with pool.way() as run:
        try:
            # Whoever is cancelled meanwhile has it nevertheless: it is not lost to the pool.
            await run(lambda: held.append(pool.engine.connect()))
            yield AsyncConnection(held[0], run)
        finally:
            await _to_the_end(run(_close_all, held))


def _close_all(held: Sequence[Connection]) -> None:
    for each in held:
        each.close()


async def dispose(pool: Pool) -> None:
    """Close every connection that waits in the pool."""
    async with pool.way() as run:
        await run(pool.engine.dispose)
    if pool.lanes is not None:
        pool.lanes.end()


async def _to_the_end(work: Awaitable[object]) -> None:
    """Wait for `work` even if cancelled meanwhile: the pool may be closed before it would end."""
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError as error:
            if task.cancelled():
                raise
            cancelled = error
    task.result()
    if cancelled is not None:
        raise cancelled
