"""Durable work, behind one port: enqueued in your transaction, delayed, cancelled, run at least once."""

from waypost.kernel.jobs.handling import GaveUp, Handler, Handlers, Work
from waypost.kernel.jobs.port import Jobs, JobState, Lane, NewJob
from waypost.kernel.jobs.retry import Backoff, put_off

__all__ = [
    "Backoff",
    "GaveUp",
    "Handler",
    "Handlers",
    "JobState",
    "Jobs",
    "Lane",
    "NewJob",
    "Work",
    "put_off",
]
