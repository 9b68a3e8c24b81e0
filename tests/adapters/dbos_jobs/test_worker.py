"""What every durable engine behind kernel/jobs must do, here DBOS on SQLite and PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
from tests.support.turned_clock import TurnedClock

from waypost.adapters.dbos_jobs import DbosJobs, DbosWorker
from waypost.base.database import Database
from waypost.base.errors import BudgetExhausted, ProviderDown
from waypost.base.tasks import BackgroundTasks
from waypost.kernel.jobs import Backoff, GaveUp, Handler, Handlers, NewJob

pytestmark = pytest.mark.anyio


class Bench:
    """A worker with two kinds of work whose doing is kept."""

    def __init__(self, database: Database, url: str) -> None:
        self.done: list[Mapping[str, Any]] = []
        self.fails = 0
        self.failure: Exception = ConnectionError("not now")
        self.hears = asyncio.Event()
        self.silent_ends = asyncio.Event()
        self.clock = TurnedClock()
        self.database = database
        self.tasks = BackgroundTasks()
        handlers = Handlers()
        handlers.add(
            [
                Handler("note", self.note, lane="events", backoff=Backoff(3, 60, 2)),
                Handler("hopeless", self.hopeless, lane="events"),
                Handler("deliver", self.deliver, lane="deliveries", backoff=Backoff(3, 60, 2)),
            ]
        )
        self.jobs = DbosJobs(url, handlers, self.clock, clock_is_turned=True)
        self.worker = DbosWorker(self.jobs, database, self.tasks)

    async def note(self, payload: Mapping[str, Any]) -> None:
        self.done.append(payload)
        self.hears.set()
        if self.fails:
            self.fails -= 1
            raise self.failure

    async def hopeless(self, payload: Mapping[str, Any]) -> None:
        self.done.append(payload)
        self.hears.set()
        raise GaveUp("there is nothing to be done")

    async def deliver(self, payload: Mapping[str, Any]) -> None:
        """Fail the first time for everybody; then one endpoint hangs."""
        self.done.append(payload)
        self.hears.set()
        if sum(each == payload for each in self.done) == 1:
            raise ConnectionError("not now")
        if payload["to"] == "silent":
            await self.silent_ends.wait()

    async def add(self, **job: Any) -> str:
        async with self.database.write() as connection:
            return await self.jobs.enqueue(connection, NewJob(**job))

    async def heard(self, count: int) -> None:
        async with asyncio.timeout(20):
            while len(self.done) < count:
                self.hears.clear()
                if len(self.done) < count:
                    await self.hears.wait()

    async def status(self, job_id: str, wanted: str) -> None:
        async with asyncio.timeout(20):
            while True:
                states = {each.id: each.status for each in await self.jobs.list(unfinished=False)}
                if states.get(job_id) == wanted:
                    return
                await asyncio.sleep(0.02)


@pytest.fixture
async def bench(database: Database, database_url: str) -> AsyncIterator[Bench]:
    made = Bench(database, database_url)
    await made.jobs.prepare()
    yield made
    await made.worker.stop(patience=0)
    await made.tasks.close()


async def test_a_job_is_done_after_its_transaction_committed(bench: Bench) -> None:
    await bench.worker.start()
    job = await bench.add(kind="note", payload={"event": "e1"})
    await bench.heard(1)
    assert bench.done == [{"event": "e1"}]
    await bench.status(job, "done")


async def test_a_transaction_that_is_undone_takes_its_job_with_it(bench: Bench) -> None:
    await bench.worker.start()

    async def undone() -> None:
        async with bench.database.write() as connection:
            await bench.jobs.enqueue(connection, NewJob("note", {"n": 0}))
            raise RuntimeError("undone")

    with pytest.raises(RuntimeError):
        await undone()
    kept = await bench.add(kind="note", payload={"n": 1})
    await bench.heard(1)
    assert bench.done == [{"n": 1}]
    assert [each.id for each in await bench.jobs.list(unfinished=False)] == [kept]


async def test_of_two_jobs_with_one_key_the_first_is_kept(bench: Bench) -> None:
    first = await bench.add(kind="note", payload={"n": 1}, key="once")
    second = await bench.add(kind="note", payload={"n": 2}, key="once")
    await bench.worker.start()
    await bench.heard(1)
    assert first == second
    await bench.status(first, "done")
    assert bench.done == [{"n": 1}]


async def test_a_delayed_job_waits_for_the_platforms_clock(bench: Bench) -> None:
    await bench.worker.start()
    later = await bench.add(kind="note", payload={"n": 2}, at=bench.clock.now() + 86_400)
    now = await bench.add(kind="note", payload={"n": 1})
    await bench.status(now, "done")
    assert [each.id for each in await bench.jobs.list(kind="note")] == [later]
    bench.clock.turn(86_400)
    await bench.heard(2)
    assert bench.done == [{"n": 1}, {"n": 2}]


async def test_a_cancelled_job_is_never_done(bench: Bench) -> None:
    job = await bench.add(kind="note", payload={"n": 0}, at=bench.clock.now() + 10)
    await bench.jobs.cancel(job)
    await bench.worker.start()
    bench.clock.turn(20)
    await bench.add(kind="note", payload={"n": 1})
    await bench.heard(1)
    assert bench.done == [{"n": 1}]
    await bench.status(job, "cancelled")


async def test_a_failed_job_is_tried_again_later_and_then_given_up(bench: Bench) -> None:
    bench.fails = 3
    await bench.worker.start()
    job = await bench.add(kind="note", payload={"n": 1}, key="k")
    for attempt in (1, 2):
        await bench.heard(attempt)
        await bench.status(f"note:k#{attempt + 1}", "waiting")
        bench.clock.turn(200)
    await bench.heard(3)
    await bench.status(f"{job}#3", "failed")
    assert len(bench.done) == 3


async def test_a_job_that_is_tried_again_waits_for_its_own_partition_alone(bench: Bench) -> None:
    await bench.worker.start()
    try:
        for to, status in (("silent", "running"), ("quick", "done")):
            await bench.add(kind="deliver", payload={"to": to}, key=to, partition=to)
            await bench.status(f"deliver:{to}#2", "waiting")
            bench.clock.turn(200)
            await bench.status(f"deliver:{to}#2", status)
    finally:
        bench.silent_ends.set()
    await bench.status("deliver:silent#2", "done")


async def test_a_hopeless_job_is_tried_once(bench: Bench) -> None:
    await bench.worker.start()
    job = await bench.add(kind="hopeless")
    await bench.status(job, "failed")
    assert len(bench.done) == 1


async def test_work_of_a_worker_that_is_gone_is_taken_over(bench: Bench) -> None:
    job = await bench.add(kind="note", payload={"n": 1})
    table = "workflow_status" if bench.database.is_sqlite else "dbos.workflow_status"
    async with bench.database.write() as connection:
        await connection.exec_driver_sql(
            f"UPDATE {table} SET status = 'PENDING', executor_id = 'gone'"
        )
    await bench.worker.start()
    await bench.heard(1)
    await bench.status(job, "done")


async def test_a_job_whose_provider_is_left_in_peace_is_put_off_and_never_given_up(
    bench: Bench,
) -> None:
    bench.fails = 3  # a failed one would be given up
    await bench.worker.start()
    bench.failure = ProviderDown(retry_after=40.0)
    job = await bench.add(kind="note", payload={"n": 0}, key="k")
    for times in range(1, 4):
        await bench.status(f"{job}#1.{times}", "waiting")
        bench.failure = BudgetExhausted(retry_after=40.0)
        bench.clock.turn(51)
    await bench.status(f"{job}#1.3", "done")
    assert len(bench.done) == 4


async def test_being_put_off_leaves_the_attempts_as_they_are(bench: Bench) -> None:
    bench.fails = 9
    await bench.worker.start()
    job = await bench.add(kind="note", payload={"n": 0}, key="k")
    await bench.status(f"{job}#2", "waiting")
    bench.failure = ProviderDown(retry_after=5.0)
    bench.clock.turn(100)
    await bench.status(f"{job}#2.1", "waiting")
    bench.failure = ConnectionError("not now")
    bench.clock.turn(100)
    await bench.status(f"{job}#3", "waiting")
    bench.clock.turn(1000)
    await bench.status(f"{job}#3", "failed")
