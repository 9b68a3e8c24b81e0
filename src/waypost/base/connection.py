"""A database connection to await: SQLAlchemy's Core without the ORM its own asyncio front loads."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar, TypeVarTuple, overload

from sqlalchemy import Connection, CursorResult, Engine, Executable
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.selectable import TypedReturnsRows
from sqlalchemy.util import greenlet_spawn

_Columns = TypeVarTuple("_Columns")
_Result = TypeVar("_Result")
_Values = Mapping[str, Any] | Sequence[Mapping[str, Any]] | None


class AsyncConnection:
    """An open connection; every result is whole when it is returned."""

    __slots__ = ("_core",)

    def __init__(self, core: Connection) -> None:
        self._core = core

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
        return await greenlet_spawn(self._core.execute, statement, parameters)

    async def exec_driver_sql(self, sql: str, parameters: Any = None) -> CursorResult[Any]:
        """Execute SQL in the driver's own words and parameter style."""
        return await greenlet_spawn(self._core.exec_driver_sql, sql, parameters)

    async def run_sync(self, work: Callable[[Connection], _Result]) -> _Result:
        """Run what was written for a plain connection, such as a migration, on this one."""
        return await greenlet_spawn(work, self._core)

    async def open_transaction(self, *, postgresql_readonly: bool = False) -> None:
        """Begin; closing the connection without `commit` undoes it all."""
        if postgresql_readonly:
            await greenlet_spawn(self._core.execution_options, postgresql_readonly=True)
        await greenlet_spawn(self._core.begin)

    async def commit(self) -> None:
        """Make what was done since `open_transaction` last."""
        await greenlet_spawn(self._core.commit)


@asynccontextmanager
async def connected(engine: Engine) -> AsyncIterator[AsyncConnection]:
    """Give a connection of an engine whose driver is an asyncio one, and hand it back."""
    core = await greenlet_spawn(engine.connect)
    try:
        yield AsyncConnection(core)
    finally:
        await _to_the_end(greenlet_spawn(core.close))


async def dispose(engine: Engine) -> None:
    """Close every connection that waits in the engine's pool."""
    await greenlet_spawn(engine.dispose)


async def _to_the_end(work: Coroutine[Any, Any, None]) -> None:
    """Wait for `work` even if cancelled meanwhile: the pool may be closed before it would end."""
    task = asyncio.create_task(work)  # noqa: TID251 - awaited by the next lines
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
