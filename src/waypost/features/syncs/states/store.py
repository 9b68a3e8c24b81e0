"""The table of state cells, and its SQL."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Table,
    Text,
    UniqueConstraint,
    delete,
    select,
    update,
)

from waypost.base.clock import iso
from waypost.base.connection import AsyncConnection
from waypost.base.database import Json, Moment, insert_if_absent, metadata
from waypost.base.errors import NotFound
from waypost.base.ids import new_id
from waypost.base.listing import Condition, Kind, Listing, Page, fetch_page

sync_state = Table(
    "sync_state",
    metadata,
    Column("id", Text, primary_key=True),
    Column(
        "environment_id", Text, ForeignKey("environment.id", ondelete="CASCADE"), nullable=False
    ),
    Column("state_key", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("value", Json, nullable=False),
    Column("sync_job_run_id", Text),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    UniqueConstraint("environment_id", "state_key", "key", name="uq_sync_state_identity"),
    Index(None, "environment_id", "created_at", "id"),
)
"""`value` is `[value]`, so that null is one too."""

FILTERS: Mapping[str, Kind] = {
    "id": "text",
    "key": "text",
    "state_key": "text",
    "created_at": "moment",
    "updated_at": "moment",
}
_IDENTITY = ("environment_id", "state_key", "key")


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell."""

    id: str
    environment_id: str
    state_key: str
    key: str
    value: list[Any]
    sync_job_run_id: str | None
    created_at: float
    updated_at: float

    def wire(self) -> dict[str, Any]:
        """Show it."""
        shown = {name: getattr(self, name) for name in Cell.__slots__}
        moments = {"created_at": iso(self.created_at), "updated_at": iso(self.updated_at)}
        return {**shown, "value": self.value[0], **moments}


async def list_cells(
    connection: AsyncConnection, environment_id: str, state_key: str, listing: Listing
) -> Page[Cell]:
    """Return a page of the cells of one namespace."""
    query = select(sync_state).where(
        sync_state.c.environment_id == environment_id, sync_state.c.state_key == state_key
    )
    page = await fetch_page(connection, query, listing, dict(sync_state.c))
    return Page([Cell(**row._mapping) for row in page.items], page.next)


async def find(
    connection: AsyncConnection, environment_id: str, state_key: str, named: str
) -> Cell:
    """Return a cell by its id or its key; raises NotFound."""
    for field in ("id", "key"):
        listing = Listing((Condition(field, "eq", named),), limit=1)
        page = await list_cells(connection, environment_id, state_key, listing)
        if page.items:
            return page.items[0]
    raise NotFound("There is no such state.")


async def values_of(
    connection: AsyncConnection, environment_id: str, state_key: str, key: str
) -> list[Any]:
    """Return the value of a cell, alone in a list; an empty one where there is no cell."""
    query = select(sync_state.c.value).where(
        sync_state.c.environment_id == environment_id,
        sync_state.c.state_key == state_key,
        sync_state.c.key == key,
    )
    row = (await connection.execute(query)).first()
    return [] if row is None else list(row[0])


async def put(
    connection: AsyncConnection,
    environment_id: str,
    state_key: str,
    key: str,
    value: Any,
    *,
    run_id: str | None,
    now: float,
) -> None:
    """Write a cell, whether there was one or not."""
    values = {
        "id": new_id(),
        "environment_id": environment_id,
        "state_key": state_key,
        "key": key,
        "value": [value],
        "sync_job_run_id": run_id,
        "created_at": now,
        "updated_at": now,
    }
    if await insert_if_absent(connection, sync_state, values, keys=_IDENTITY):
        return
    await connection.execute(
        update(sync_state)
        .where(
            sync_state.c.environment_id == environment_id,
            sync_state.c.state_key == state_key,
            sync_state.c.key == key,
        )
        .values(value=[value], sync_job_run_id=run_id, updated_at=now)
    )


async def remove(
    connection: AsyncConnection, environment_id: str, state_key: str, key: str
) -> None:
    """Delete a cell, if there is one."""
    await connection.execute(
        delete(sync_state).where(
            sync_state.c.environment_id == environment_id,
            sync_state.c.state_key == state_key,
            sync_state.c.key == key,
        )
    )
