"""A worker is killed with kill -9 while it works, and another process finishes what it began."""

import asyncio
import signal
import sys

import pytest

from waypost.adapters.dbos_jobs import DbosJobs
from waypost.base.clock import Clock
from waypost.base.database import Database
from waypost.kernel.jobs import Handler, Handlers, NewJob

pytestmark = pytest.mark.anyio

WORKER = """
import asyncio, sys
from waypost.adapters.dbos_jobs import DbosJobs, DbosWorker
from waypost.base.clock import Clock
from waypost.base.database import Database
from waypost.base.tasks import BackgroundTasks
from waypost.kernel.jobs import Handler, Handlers

url, hangs = sys.argv[1], sys.argv[2] == "hangs"

async def work(payload):
    print("begun", payload["n"], flush=True)
    if hangs:
        await asyncio.Event().wait()
    print("done", payload["n"], flush=True)

async def main():
    handlers = Handlers()
    handlers.add([Handler("note", work, lane="events")])
    tasks = BackgroundTasks()
    worker = DbosWorker(
        DbosJobs(url, handlers, Clock(), clock_is_turned=False), Database(url), tasks
    )
    await worker.start()
    await asyncio.Event().wait()

asyncio.run(main())
"""


async def begin(url: str, how: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-W", "ignore", "-c", WORKER, url, how),
        stdout=asyncio.subprocess.PIPE,
    )


async def hears(worker: asyncio.subprocess.Process, word: str, numbers: set[int]) -> None:
    """Read the worker's lines until it has said the word for every number."""
    assert worker.stdout is not None
    said: set[int] = set()
    async with asyncio.timeout(40):
        while not numbers <= said:
            line = (await worker.stdout.readline()).decode().split()
            assert line, "the worker ended"
            if line[0] == word:
                said.add(int(line[1]))


async def killed(worker: asyncio.subprocess.Process) -> None:
    if worker.returncode is None:
        worker.send_signal(signal.SIGKILL)
    await worker.wait()


async def nothing(_payload: object) -> None:
    """Stand for work that is done elsewhere."""


async def test_what_a_killed_worker_had_begun_is_finished_by_another(
    database: Database, database_url: str
) -> None:
    handlers = Handlers()
    handlers.add([Handler("note", nothing, lane="events")])
    jobs = DbosJobs(database_url, handlers, Clock(), clock_is_turned=False)
    await jobs.prepare()
    async with database.write() as connection:
        for n in range(5):
            await jobs.enqueue(connection, NewJob("note", {"n": n}))
    jobs.close()
    first = await begin(database_url, "hangs")
    second = None
    try:
        await hears(first, "begun", set(range(5)))
        second = await begin(database_url, "works")
        await killed(first)
        await hears(second, "done", set(range(5)))
    finally:
        await killed(first)
        if second is not None:
            await killed(second)
