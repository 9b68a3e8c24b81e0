"""The worker: DBOS's threads take jobs up, handlers run on the program's own event loop."""

import asyncio
import contextlib
import threading
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any

from waypost.adapters.dbos_jobs.ground import (
    APPLICATION,
    JOB,
    LANES,
    PARTITIONED,
    POLL_SECONDS,
    VERSION,
    has_work,
    json_serializer,
    keep_quiet,
    queue_name,
)
from waypost.adapters.dbos_jobs.liveness import Liveness, make_liveness
from waypost.adapters.dbos_jobs.queue import DbosJobs
from waypost.adapters.dbos_jobs.turned import wake_due
from waypost.base.database import Database
from waypost.base.errors import BudgetExhausted, ProviderDown, StorageUnavailable
from waypost.base.ids import jitter, new_id
from waypost.base.log import get_logger
from waypost.base.tasks import BackgroundTasks
from waypost.kernel.jobs import GaveUp, Handler, NewJob, put_off

TAKEOVER_SECONDS = 1.0
"""How often each worker looks for work of processes that have died."""
_TURNED_SECONDS = 0.05

_TURN = threading.Lock()
"""DBOS keeps one instance for each process; a second platform in it, as tests have, does without."""

_log = get_logger("waypost.jobs")


class DbosWorker:
    """Run jobs in this process, and those of processes that died.

    DBOS keeps one instance for each process, and so does this.
    """

    def __init__(
        self,
        jobs: DbosJobs,
        database: Database,
        tasks: BackgroundTasks,
        *,
        runs: bool = True,
    ) -> None:
        self._runs = runs
        self._jobs = jobs
        self._database = database
        self._tasks = tasks
        self._loop: asyncio.AbstractEventLoop | None = None
        self._liveness: Liveness | None = None
        self._starting: asyncio.Task[Any] | None = None
        self._watches: list[asyncio.Task[Any]] = []
        self._ended = asyncio.Event()
        self._has_turn = False
        jobs.on_enqueued = self.wake

    async def start(self) -> None:
        """Make what is missing, and begin when there is anything to do.

        Otherwise the first job that is enqueued begins it. Raises StorageUnavailable.
        """
        await self._jobs.prepare()
        if not self._runs:
            return
        self._loop = asyncio.get_running_loop()
        if await asyncio.to_thread(has_work, self._jobs.engine()):
            self.wake()
            assert self._starting is not None
            await self._starting

    def wake(self) -> None:
        """Begin if that has not happened yet; called after a commit."""
        if self._loop is not None and self._starting is None:
            self._starting = self._tasks.start(self._launch(), name="jobs.start")

    async def stop(self, patience: float = 10.0) -> None:
        """Take nothing up any more, wait for what runs, and let go."""
        self._ended.set()
        if self._starting is not None:
            await asyncio.wait([self._starting])
        if self._watches:  # not cancelled: their threads would go on without them
            await asyncio.wait(self._watches)
        if self._has_turn:
            await asyncio.to_thread(self._destroy, int(patience))
            self._has_turn = False
            _TURN.release()
        if self._liveness is not None:
            await asyncio.to_thread(self._liveness.release)
        self._jobs.close()

    async def _launch(self) -> None:
        if not _TURN.acquire(blocking=False):
            _log.warning("jobs_run_elsewhere", reason="another platform of this process runs them")
            return
        self._has_turn = True
        executor = new_id()
        self._liveness = make_liveness(self._jobs.engine(), executor)
        await asyncio.to_thread(self._liveness.hold)
        await asyncio.to_thread(self._start_dbos, executor)
        await self._plan_standing()
        self._watch("jobs.takeover", self._take_over())
        if self._jobs.clock_is_turned:
            self._watch("jobs.turned_clock", self._follow_clock())

    def _watch(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        self._watches.append(self._tasks.start(work, name=name))

    def _start_dbos(self, executor: str) -> None:
        from dbos import DBOS  # noqa: PLC0415 - loaded when it is needed

        async def run(
            kind: str, payload: dict[str, Any], attempt: int, partition: str | None = None
        ) -> str:
            # On DBOS's own loop; the handler runs on the program's.
            assert self._loop is not None
            job = NewJob(kind, payload, attempt=attempt, partition=partition)
            work = self._do(DBOS.workflow_id or "", job)
            return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._loop))

        keep_quiet()
        DBOS(
            config={
                "name": APPLICATION,
                "system_database_engine": self._jobs.engine(),
                "system_database_url": self._jobs.url.render_as_string(hide_password=False),
                "serializer": json_serializer(),
                "application_version": VERSION,
                "executor_id": executor,
                "log_level": "WARNING",
                "enable_otlp": False,
            }
        )
        DBOS.workflow(name=JOB, max_recovery_attempts=1000)(run)
        # Before the launch: queues that come later are seen a second later.
        for lane, most in LANES.items():
            self._jobs.client().register_queue(
                queue_name(lane),
                worker_concurrency=most,
                partition_concurrency=1 if lane in PARTITIONED else None,
                polling_interval_sec=POLL_SECONDS[lane],
            )
        DBOS.launch()

    def _destroy(self, patience: int) -> None:
        from dbos import DBOS  # noqa: PLC0415 - loaded when it is needed

        keep_quiet()
        DBOS.destroy(destroy_registry=True, workflow_completion_timeout_sec=patience)

    async def _do(self, job_id: str, job: NewJob) -> str:
        handler = self._jobs.handlers[job.kind]
        try:
            await handler.work(job.payload)
        except GaveUp as error:
            _log.error("job_given_up", job=job_id, kind=job.kind, reason=str(error))
            raise
        except Exception as error:
            if not await self._again(handler, job_id, job, error):
                raise
            return "again"
        finally:
            if handler.every is not None:
                await self._plan_next(handler)
        return "done"

    async def _again(self, handler: Handler, job_id: str, job: NewJob, error: Exception) -> bool:
        """Put the next attempt in its place; return False when there is none."""
        if handler.every is not None:
            _log.warning("standing_job_failed", kind=job.kind, error=type(error).__name__)
            return True
        key, _, turn = job_id.partition(":")[2].partition("#")
        next_attempt, times, wait = job.attempt + 1, 0, handler.backoff.wait(job.attempt, jitter())
        if isinstance(error, BudgetExhausted | ProviderDown):  # it was not the time: no failure
            next_attempt, times = job.attempt, int(turn.partition(".")[2] or 0) + 1
            wait = put_off(error.retry_after, times, jitter())
        if wait is None:
            _log.error("job_failed", job=job_id, kind=job.kind, error=type(error).__name__)
            return False
        at = self._jobs.clock.now() + wait
        again = replace(job, key=key, at=at, attempt=next_attempt, times_put_off=times)
        async with self._database.write() as connection:
            await self._jobs.enqueue(connection, again)
        _log.info("job_again", job=job_id, attempt=job.attempt, error=type(error).__name__)
        return True

    async def _plan_standing(self) -> None:
        for handler in self._jobs.handlers.values():
            if handler.every is not None:
                await self._plan(handler, self._slot(handler))

    async def _plan_next(self, handler: Handler) -> None:
        await self._plan(handler, self._slot(handler) + 1)

    async def _plan(self, handler: Handler, slot: int) -> None:
        """Plan one turn of standing work; all processes name it alike, so it happens once."""
        assert handler.every is not None
        at = slot * handler.every
        async with self._database.write() as connection:
            await self._jobs.enqueue(connection, NewJob(handler.kind, {}, f"@{slot}", at))

    def _slot(self, handler: Handler) -> int:
        assert handler.every is not None
        return int(self._jobs.clock.now() // handler.every)

    async def _take_over(self) -> None:
        while not self._ended.is_set():
            try:
                await asyncio.to_thread(self._recover_dead)
            except Exception as error:
                _log.warning("jobs_takeover_failed", error=type(error).__name__)
            # Spread out, so that many processes do not look in step.
            await self._rest(TAKEOVER_SECONDS * (0.75 + jitter() / 2))

    def _recover_dead(self) -> None:
        from dbos import DBOS  # noqa: PLC0415 - loaded when it is needed

        assert self._liveness is not None
        if not self._liveness.is_held():
            raise StorageUnavailable("The lock that says this worker lives is lost.")
        for executor in self._liveness.dead():
            DBOS._recover_pending_workflows([executor])
            self._liveness.bury(executor)
            _log.warning("jobs_taken_over", executor=executor)

    async def _follow_clock(self) -> None:
        """Wake what is due by a turned clock, as tests turn it."""
        seen = 0.0
        while not self._ended.is_set():
            now = self._jobs.clock.now()
            if now != seen:
                await asyncio.to_thread(wake_due, self._jobs.client(), now)
                seen = now
            await self._rest(_TURNED_SECONDS)

    async def _rest(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._ended.wait(), seconds)


__all__ = ["DbosWorker"]
