"""Jobs enqueued in the caller's transaction, cancelled and listed."""

import asyncio
import threading
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection, Engine, event

from waypost.adapters.dbos_jobs.ground import (
    APPLICATION,
    JOB,
    PARTITIONED,
    VERSION,
    has_tables,
    json_serializer,
    keep_quiet,
    make_engine,
    queue_name,
    sync_url,
)
from waypost.adapters.dbos_jobs.tables import make_tables
from waypost.base.clock import Clock
from waypost.base.connection import AsyncConnection
from waypost.base.database import after_commit
from waypost.base.ids import new_id
from waypost.kernel.jobs import Handlers, JobState, NewJob

_STATUS = {
    "DELAYED": "waiting",
    "ENQUEUED": "waiting",
    "PENDING": "running",
    "SUCCESS": "done",
    "ERROR": "failed",
    "MAX_RECOVERY_ATTEMPTS_EXCEEDED": "failed",
    "CANCELLED": "cancelled",
}
_UNFINISHED = ["DELAYED", "ENQUEUED", "PENDING"]
_MOST_LISTED = 1000
_CENTURY = 100 * 365 * 86400.0


class DbosJobs:
    """Implement `kernel.jobs.Jobs`; `handlers` say which lane a kind of work runs in."""

    def __init__(
        self, url: str, handlers: Handlers, clock: Clock, *, clock_is_turned: bool
    ) -> None:
        self.url = sync_url(url)
        self.handlers = handlers
        self.clock = clock
        self.clock_is_turned = clock_is_turned
        self.on_enqueued: Callable[[], None] = lambda: None
        self._lock = threading.Lock()
        self._engine: Engine | None = None
        self._client: Any = None

    async def prepare(self, *, here: bool = False) -> None:
        """Make DBOS's tables where they are missing; before any transaction that enqueues.

        `here` loads DBOS into this process rather than into one that ends. Raises
        StorageUnavailable.
        """
        if not await asyncio.to_thread(has_tables, self.engine()):
            await make_tables(self.url.render_as_string(hide_password=False), here=here)

    async def enqueue(self, connection: AsyncConnection, job: NewJob) -> str:
        """Add a job in the caller's transaction and return its id."""
        options = self._options(job)
        client = await asyncio.to_thread(self.client)
        arguments = (job.kind, dict(job.payload), job.attempt, job.partition)

        def add(sync: Connection) -> None:
            client.enqueue_in_transaction(sync, options, *arguments)

        await connection.run_sync(add)
        after_commit(self.on_enqueued)
        job_id: str = options["workflow_id"]
        return job_id

    async def cancel(self, job_id: str) -> None:
        """Take back a job that has not begun; outside of any transaction."""
        client = await asyncio.to_thread(self.client)
        await asyncio.to_thread(self._cancel, client, job_id)

    async def list(self, *, kind: str | None = None, unfinished: bool = True) -> list[JobState]:
        """Return jobs, oldest first, at most a thousand."""
        client = await asyncio.to_thread(self.client)
        found = await asyncio.to_thread(
            client.list_workflows,
            name=JOB,
            status=_UNFINISHED if unfinished else None,
            limit=_MOST_LISTED,
            load_output=False,
        )
        states = [_state(each) for each in found]
        return [each for each in states if kind is None or each.kind == kind]

    def engine(self) -> Engine:
        """Return the connections of DBOS's threads."""
        if self._engine is None:
            self._engine = make_engine(self.url)
        return self._engine

    def client(self) -> Any:
        """Return DBOS's client, loading it the first time; called in a thread."""
        with self._lock:
            if self._client is None:
                from dbos import DBOSClient  # noqa: PLC0415 - loaded when it is needed

                keep_quiet()
                self._client = DBOSClient(
                    system_database_engine=self.engine(),
                    serializer=json_serializer(),
                    application_name=APPLICATION,
                    lazy=True,
                )
            return self._client

    def close(self) -> None:
        """Close every connection."""
        if self._engine is not None:
            # A thread of DBOS may still hold a connection: it closes when it is given back.
            event.listen(self._engine, "checkin", _close_for_good)
            self._engine.dispose()
            self._engine = None
            self._client = None

    def _options(self, job: NewJob) -> dict[str, Any]:
        handler = self.handlers[job.kind]
        root = f"{job.kind}:{job.key or new_id()}"
        options: dict[str, Any] = {
            "workflow_name": JOB,
            "queue_name": queue_name(handler.lane),
            "workflow_id": root + _turn(job),
            "app_version": VERSION,
        }
        if handler.lane in PARTITIONED:
            options["queue_partition_key"] = job.partition or job.kind
        if job.at is not None:
            options["attributes"] = {"at": job.at}
            wait = job.at - self.clock.now()
            # DBOS waits by the real clock; a turned one is watched by the worker.
            options["delay_seconds"] = _CENTURY if self.clock_is_turned else max(wait, 0.0)
        return options

    @staticmethod
    def _cancel(client: Any, job_id: str) -> None:
        for found in client.list_workflows(workflow_ids=[job_id], load_input=False):
            if found.status in ("DELAYED", "ENQUEUED"):
                client.cancel_workflow(job_id)


def _turn(job: NewJob) -> str:
    """Return what tells the attempts of one job apart; the first has no mark."""
    if job.times_put_off:
        return f"#{job.attempt}.{job.times_put_off}"
    return "" if job.attempt == 1 else f"#{job.attempt}"


def _close_for_good(_connection: Any, record: Any) -> None:
    record.invalidate()


def _state(found: Any) -> JobState:
    kind, payload, attempt = found.input["args"][:3]
    attributes: Mapping[str, Any] = found.attributes or {}
    return JobState(
        found.workflow_id, kind, payload, _STATUS[found.status], attempt, attributes.get("at")
    )


__all__ = ["DbosJobs"]
