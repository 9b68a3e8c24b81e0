"""Jobs as they are kept; what a worker does with them is test_worker.py's."""

import pytest
from tests.support.turned_clock import TurnedClock

from waypost.adapters.dbos_jobs import DbosJobs
from waypost.base.database import Database
from waypost.kernel.jobs import Handler, Handlers, NewJob

pytestmark = pytest.mark.anyio


async def nothing(_payload: object) -> None:
    """Do nothing."""


async def made(url: str, clock: TurnedClock) -> DbosJobs:
    handlers = Handlers()
    handlers.add([Handler("note", nothing), Handler("sync", nothing, lane="syncs")])
    jobs = DbosJobs(url, handlers, clock, clock_is_turned=True)
    await jobs.prepare()
    return jobs


async def test_a_job_is_listed_with_what_it_was_given(
    database: Database, database_url: str
) -> None:
    clock = TurnedClock()
    jobs = await made(database_url, clock)
    async with database.write() as connection:
        await jobs.enqueue(connection, NewJob("note", {"n": 1}, key="a"))
        await jobs.enqueue(connection, NewJob("sync", {"run": "r"}, key="b", at=clock.now() + 60))
    (note,) = await jobs.list(kind="note")
    (sync,) = await jobs.list(kind="sync")
    assert (note.id, note.payload, note.status, note.at) == ("note:a", {"n": 1}, "waiting", None)
    assert (sync.id, sync.at) == ("sync:b", clock.now() + 60)
    jobs.close()


async def test_a_kind_that_nobody_does_is_refused(database: Database, database_url: str) -> None:
    jobs = await made(database_url, TurnedClock())
    async with database.write() as connection:
        with pytest.raises(KeyError):
            await jobs.enqueue(connection, NewJob("unknown"))
    jobs.close()


async def test_cancelling_what_is_not_there_is_no_error(
    database: Database, database_url: str
) -> None:
    jobs = await made(database_url, TurnedClock())
    await jobs.cancel("note:nobody")
    assert await jobs.list() == []
    jobs.close()
