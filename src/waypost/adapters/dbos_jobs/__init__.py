"""Durable work on DBOS: the port of kernel/jobs on SQLite or PostgreSQL, and the worker that runs it.

DBOS is imported when the first job is enqueued or the worker starts, not before: it takes 23 MiB
and half a second.
"""

from waypost.adapters.dbos_jobs.queue import DbosJobs
from waypost.adapters.dbos_jobs.worker import DbosWorker

__all__ = ["DbosJobs", "DbosWorker"]
