"""The table of cron triggers, and its SQL."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, Table, Text, insert, select

from waypost.base.clock import iso
from waypost.base.connection import AsyncConnection
from waypost.base.database import Json, Moment, metadata
from waypost.base.listing import Condition, Kind, Listing, Page, fetch_page
from waypost.base.rows import change_row, remove_row, the_one

sync_job_cron_trigger = Table(
    "sync_job_cron_trigger",
    metadata,
    Column("id", Text, primary_key=True),
    Column(
        "environment_id", Text, ForeignKey("environment.id", ondelete="CASCADE"), nullable=False
    ),
    Column("sync_job_id", Text, ForeignKey("sync_job.id", ondelete="CASCADE"), nullable=False),
    Column("account_id", Text, ForeignKey("account.id", ondelete="CASCADE"), nullable=False),
    Column("cron_expression", Text, nullable=False),
    Column("args", Json, nullable=False),
    Column("error_handling", Text),
    Column("events_to_send", Json),
    Column("meta", Json),
    Column("is_scheduled", Boolean, nullable=False),
    Column("schedule", Integer, nullable=False),
    Column("next_at", Moment),
    Column("last_at", Moment),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Index(None, "environment_id", "created_at", "id"),
    Index(None, "sync_job_id"),
    Index(None, "account_id"),
)
"""`schedule` counts schedulings: a job of an earlier one does nothing."""

FILTERS: Mapping[str, Kind] = {
    "id": "text",
    "sync_job_id": "text",
    "integrated_account_id": "text",
    "environment_id": "text",
    "created_at": "moment",
    "updated_at": "moment",
}
_COLUMNS = {**sync_job_cron_trigger.c, "integrated_account_id": sync_job_cron_trigger.c.account_id}


@dataclass(frozen=True, slots=True)
class Trigger:
    """A standing order of runs."""

    id: str
    environment_id: str
    sync_job_id: str
    account_id: str
    cron_expression: str
    args: Mapping[str, Any]
    error_handling: str | None
    events_to_send: list[str] | None
    meta: Mapping[str, Any] | None
    is_scheduled: bool
    schedule: int
    next_at: float | None
    last_at: float | None
    created_at: float
    updated_at: float

    def wire(self) -> dict[str, Any]:
        """Show it."""
        hidden = {"account_id", "schedule", "next_at", "last_at"}
        shown = {name: getattr(self, name) for name in Trigger.__slots__ if name not in hidden}
        return {
            **shown,
            "integrated_account_id": self.account_id,
            "next_run_at": None if self.next_at is None else iso(self.next_at),
            "last_run_at": None if self.last_at is None else iso(self.last_at),
            "created_at": iso(self.created_at),
            "updated_at": iso(self.updated_at),
        }


async def add(connection: AsyncConnection, record: Trigger) -> None:
    """Insert a trigger."""
    values = {name: getattr(record, name) for name in Trigger.__slots__}
    await connection.execute(insert(sync_job_cron_trigger).values(**values))


async def list_triggers(
    connection: AsyncConnection, environment_id: str, listing: Listing
) -> Page[Trigger]:
    """Return a page of an environment's triggers."""
    query = select(sync_job_cron_trigger).where(
        sync_job_cron_trigger.c.environment_id == environment_id
    )
    page = await fetch_page(connection, query, listing, _COLUMNS)
    return Page([Trigger(**row._mapping) for row in page.items], page.next)


async def get(connection: AsyncConnection, environment_id: str, trigger_id: str) -> Trigger:
    """Return a trigger; raises NotFound."""
    listing = Listing((Condition("id", "eq", trigger_id),), limit=1)
    return the_one(await list_triggers(connection, environment_id, listing), "cron trigger")


async def change(
    connection: AsyncConnection, environment_id: str, trigger_id: str, values: Mapping[str, Any]
) -> None:
    """Change some columns of a trigger."""
    await change_row(connection, sync_job_cron_trigger, environment_id, trigger_id, values)


async def remove(connection: AsyncConnection, environment_id: str, trigger_id: str) -> None:
    """Delete a trigger."""
    await remove_row(connection, sync_job_cron_trigger, environment_id, trigger_id)
