"""What features ask of the durable engine; which engine that is, only the wiring knows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from waypost.base.connection import AsyncConnection

Lane = Literal["events", "deliveries", "syncs", "upkeep"]
"""Lanes never wait for one another: a long sync delays no delivery."""


@dataclass(frozen=True, slots=True)
class NewJob:
    """Work to be done: `payload` holds ids and plain JSON, never a secret.

    `key` makes a repeat harmless: of the jobs of one kind with one key, only the first is kept.
    `at` is Unix seconds of the platform's clock; None means at once. Jobs of one `partition` of the
    deliveries lane run one after the other, in their order, and only they wait for one another.
    `times_put_off` counts how often this attempt was put off: not the time for it, and no failure.
    """

    kind: str
    payload: Mapping[str, Any] = field(default_factory=dict)
    key: str | None = None
    at: float | None = None
    attempt: int = 1
    partition: str | None = None
    times_put_off: int = 0


@dataclass(frozen=True, slots=True)
class JobState:
    """One job as an operator sees it; `status` is waiting, running, done, failed or cancelled."""

    id: str
    kind: str
    payload: Mapping[str, Any]
    status: str
    attempt: int
    at: float | None


class Jobs(Protocol):
    """Hand work to the durable engine.

    A job is run at least once: every outside effect of a handler carries a key of its own.
    """

    async def prepare(self, *, here: bool = False) -> None:
        """Make what the engine keeps its jobs in; raises StorageUnavailable."""
        ...

    def close(self) -> None:
        """Close every connection."""
        ...

    async def enqueue(self, connection: AsyncConnection, job: NewJob) -> str:
        """Add a job in the caller's transaction and return its id."""
        ...

    async def cancel(self, job_id: str) -> None:
        """Take back a job that has not begun; one that is done or unknown is left alone."""
        ...

    async def list(self, *, kind: str | None = None, unfinished: bool = True) -> list[JobState]:
        """Return jobs, oldest first, at most a thousand."""
        ...
