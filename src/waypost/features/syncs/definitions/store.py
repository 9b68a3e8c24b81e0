"""The table of sync jobs and templates, and its SQL."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    insert,
    select,
)

from waypost.base.clock import iso
from waypost.base.connection import AsyncConnection
from waypost.base.database import Json, Moment, metadata
from waypost.base.listing import Condition, Kind, Listing, Page, fetch_page
from waypost.base.rows import change_row, remove_row, the_one

sync_job = Table(
    "sync_job",
    metadata,
    Column("id", Text, primary_key=True),
    Column(
        "environment_id", Text, ForeignKey("environment.id", ondelete="CASCADE"), nullable=False
    ),
    Column("kind", Text, nullable=False),
    Column("label", Text, nullable=False),
    Column("description", Text),
    Column("sharing", Text),
    Column("integration_name", Text),
    Column("default_runtime_version", Integer, nullable=False),
    Column("args_schema", Json),
    Column("args_validation", Text),
    Column("mutex_key", Text),
    Column("state_key", Text),
    Column("resources", Json, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Index(None, "environment_id", "kind", "created_at", "id"),
)
"""`kind` is job or template."""

JOB, TEMPLATE = "job", "template"
FILTERS: Mapping[str, Kind] = {
    "id": "text",
    "label": "text",
    "integration_name": "text",
    "environment_id": "text",
    "created_at": "moment",
    "updated_at": "moment",
}


@dataclass(frozen=True, slots=True)
class SyncJob:
    """A definition that runs, or a template of one."""

    id: str
    environment_id: str
    kind: str
    label: str
    description: str | None
    sharing: str | None
    integration_name: str | None
    default_runtime_version: int
    args_schema: Mapping[str, Any] | None
    args_validation: str | None
    mutex_key: str | None
    state_key: str | None
    resources: list[Any]
    created_at: float
    updated_at: float

    def wire(self) -> dict[str, Any]:
        """Show it."""
        hidden = {"kind"} | ({"description", "sharing"} if self.kind == JOB else set())
        shown = {name: getattr(self, name) for name in SyncJob.__slots__ if name not in hidden}
        return {**shown, "created_at": iso(self.created_at), "updated_at": iso(self.updated_at)}


async def add(connection: AsyncConnection, record: SyncJob) -> None:
    """Insert one."""
    values = {name: getattr(record, name) for name in SyncJob.__slots__}
    await connection.execute(insert(sync_job).values(**values))


async def list_jobs(
    connection: AsyncConnection, environment_id: str, kind: str, listing: Listing
) -> Page[SyncJob]:
    """Return a page of an environment's jobs or templates."""
    query = select(sync_job).where(
        sync_job.c.environment_id == environment_id, sync_job.c.kind == kind
    )
    page = await fetch_page(connection, query, listing, dict(sync_job.c))
    return Page([SyncJob(**row._mapping) for row in page.items], page.next)


async def get(connection: AsyncConnection, environment_id: str, kind: str, job_id: str) -> SyncJob:
    """Return one; raises NotFound."""
    listing = Listing((Condition("id", "eq", job_id),), limit=1)
    return the_one(await list_jobs(connection, environment_id, kind, listing), f"sync {kind}")


async def change(
    connection: AsyncConnection, environment_id: str, job_id: str, values: Mapping[str, Any]
) -> None:
    """Change some columns."""
    await change_row(connection, sync_job, environment_id, job_id, values)


async def remove(connection: AsyncConnection, environment_id: str, job_id: str) -> None:
    """Delete one, with its runs, triggers and records."""
    await remove_row(connection, sync_job, environment_id, job_id)
