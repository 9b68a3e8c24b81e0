"""What the door to the database stands on: awaited calls, and connections that always come back."""

import asyncio
import threading
from pathlib import Path

import pytest
from sqlalchemy import text

from waypost.base import connection as connections
from waypost.base.connection import AsyncConnection
from waypost.base.database import Database
from waypost.base.errors import StorageUnavailable

pytestmark = pytest.mark.anyio


async def test_a_result_is_whole_when_it_comes(empty_database: Database) -> None:
    async with empty_database.read() as connection:
        result = await connection.execute(text("SELECT 1 UNION SELECT 2 ORDER BY 1"))
    assert result.scalars().all() == [1, 2], "read after the connection went back"


async def test_the_drivers_own_words_and_plain_work(empty_database: Database) -> None:
    async with empty_database.read() as connection:
        assert (await connection.exec_driver_sql("SELECT 3")).scalar_one() == 3
        plain = await connection.run_sync(lambda core: core.execute(text("SELECT 4")).scalar_one())
    assert plain == 4
    assert connection.dialect.name in ("sqlite", "postgresql")


async def test_a_reader_may_not_write(empty_database: Database) -> None:
    with pytest.raises(StorageUnavailable, match="The database failed"):
        async with empty_database.read() as connection:
            await connection.execute(text("CREATE TABLE forbidden (a INTEGER)"))


async def test_who_is_cancelled_gives_the_connection_back_and_undoes(
    empty_database: Database,
) -> None:
    async with empty_database.write() as connection:
        await connection.execute(text("CREATE TABLE kept (a INTEGER)"))
    holding = asyncio.Event()

    async def hold() -> None:
        async with empty_database.write() as mine:
            await mine.execute(text("INSERT INTO kept VALUES (1)"))
            holding.set()
            await asyncio.Event().wait()

    for _ in range(20):  # more often than there are connections
        holding.clear()
        task = asyncio.create_task(hold())
        await asyncio.wait_for(holding.wait(), 10)
        task.cancel()
        asyncio.get_running_loop().call_soon(task.cancel)  # once more, while it cleans up
        with pytest.raises(asyncio.CancelledError):
            await task
    async with empty_database.read() as reader:
        assert await counted(reader) == 0


async def counted(connection: AsyncConnection) -> int:
    return int((await connection.execute(text("SELECT count(*) FROM kept"))).scalar_one())


async def test_who_comes_when_all_threads_are_taken_waits_or_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(f"sqlite:///{tmp_path / 'x.db'}", pool_size=2)
    held, full, hold = list[int](), asyncio.Event(), asyncio.Event()

    async def read() -> int:
        async with database.read() as reader:
            held.append(1)
            if len(held) == 2:
                full.set()
            await hold.wait()
            return int((await reader.execute(text("SELECT 1"))).scalar_one())

    many = [asyncio.create_task(read()) for _ in range(20)]
    await full.wait()
    monkeypatch.setattr(connections, "WAIT_SECONDS", 0.0)
    with pytest.raises(StorageUnavailable):
        await database.ping()
    assert len(held) == 2
    hold.set()
    assert await asyncio.gather(*many) == [1] * 20
    await database.close()


async def test_a_closed_database_leaves_no_thread_and_can_be_used_again(tmp_path: Path) -> None:
    def threads() -> set[threading.Thread]:
        return {each for each in threading.enumerate() if each.name.startswith("database")}

    before = threads()
    database = Database(f"sqlite:///{tmp_path / 'x.db'}")
    for _ in range(2):
        await asyncio.gather(*(database.ping() for _ in range(20)))
        mine = threads() - before
        assert 0 < len(mine) <= 6
        await database.close()
        for thread in mine:
            await asyncio.to_thread(thread.join, 10)
            assert not thread.is_alive()
